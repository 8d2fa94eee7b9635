package lifecycle

import (
	"testing"

	"carapace/schema"
)

func TestWhatMayBeginBesideAnother(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		going, asked schema.OperationKind
		refused      bool
	}{
		{schema.OperationInstall, schema.OperationLaunch, true},
		{schema.OperationInstall, schema.OperationStart, true},
		{schema.OperationInstall, schema.OperationStop, false},
		{schema.OperationInstall, schema.OperationDestroy, false},
		{schema.OperationInstall, schema.OperationSync, false},
		{schema.OperationInstall, schema.OperationInstall, true},
		{schema.OperationDestroy, schema.OperationInstall, true},
		{schema.OperationSync, schema.OperationInstall, true},
		{schema.OperationDestroy, schema.OperationLaunch, false},
	} {
		st := Empty()
		st.Operations = []*Operation{
			{Operation: schema.Operation{ID: "over", Kind: schema.OperationInstall, State: schema.OperationSucceeded}},
			{Operation: schema.Operation{ID: "going", Kind: tt.going, State: schema.OperationRunning}},
		}
		if refusal := st.AdmitBeside(tt.asked); (refusal != nil) != tt.refused {
			t.Errorf("%s beside %s: %v", tt.asked, tt.going, refusal)
		}
		if wait := st.AdmitSwitch("another"); wait == nil || wait.ID != "going" {
			t.Errorf("%+v", wait)
		}
		if wait := st.AdmitSwitch("going"); wait != nil {
			t.Errorf("it waits for %+v", wait)
		}
	}
}
