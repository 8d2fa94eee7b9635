package lifecycle

import (
	"testing"

	"carapace/schema"
)

// Where a phase stands is said alike of an operation that this process drives and of another's, and whatever is no phase of the
// operation neither moves it back nor lets it begin anew.
func TestPhases(t *testing.T) {
	for name, tt := range map[string]struct {
		kind         schema.OperationKind
		phase, other schema.Phase
		index, count int
		before       bool
	}{
		"the first":           {schema.OperationStart, schema.PhaseChecking, schema.PhasePreparing, 0, 6, true},
		"the last":            {schema.OperationStart, schema.PhaseStarting, schema.PhaseSyncing, 5, 6, false},
		"itself":              {schema.OperationStop, schema.PhaseStopping, schema.PhaseStopping, 1, 3, false},
		"none of its own":     {schema.OperationLaunch, schema.PhaseVerifying, schema.PhaseChecking, 0, 8, true},
		"of another kind":     {schema.OperationDestroy, schema.PhaseStopping, schema.PhaseDestroying, 0, 3, true},
		"before none at all":  {schema.OperationDestroy, schema.PhaseDestroying, schema.PhaseStopping, 1, 3, false},
		"of an installation":  {schema.OperationInstall, schema.PhaseVerifying, schema.PhaseInstalling, 1, 2, false},
		"not known, as older": {schema.OperationSync, "", schema.PhaseSyncing, 0, 2, true},
	} {
		index, count := PhaseIndex(tt.kind, tt.phase)
		if before := PhaseBefore(tt.kind, tt.phase, tt.other); index != tt.index || count != tt.count || before != tt.before {
			t.Errorf("%s: it is %d of %d, before the other: %v", name, index, count, before)
		}
	}
}
