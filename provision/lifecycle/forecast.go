package lifecycle

import (
	"slices"
	"sort"
	"time"

	"carapace/schema"
)

// Forecast is how far an operation has got, and how long the whole is likely to take. The time left is
// ExpectedSeconds without what has passed.
type Forecast struct {
	ExpectedSeconds float64      // of the whole; never less than what has passed
	Percent         int          // 0 to 99: what has passed of it
	Basis           schema.Basis // what that is estimated from
}

// durations are what the phases of an operation take, in seconds. A phase that is missing takes none.
type durations map[schema.Phase]float64

// defaults are what operations take where none of their kind has succeeded on this machine yet: medians
// of the phases of 5 launches, 4 starts, 4 stops, 3 destroys and 4 syncs in the lab, as their states had
// them after bench/lifecycle.sh and the lab's scenarios, and of an installation as docs/install.md tells it.
// A cloud's machine may take longer to come than the lab's, so a phase that has lasted longer moves the end
// away: see forecast.
var defaults = []struct {
	kind    schema.OperationKind
	phase   schema.Phase
	seconds float64
}{
	{schema.OperationLaunch, schema.PhasePreparing, 17},
	{schema.OperationLaunch, schema.PhaseSelecting, 1},
	{schema.OperationLaunch, schema.PhaseProvisioning, 12},
	{schema.OperationLaunch, schema.PhaseConnecting, 27},
	{schema.OperationLaunch, schema.PhaseSyncing, 27},
	{schema.OperationLaunch, schema.PhaseSetup, 6},
	{schema.OperationLaunch, schema.PhaseStarting, 2},
	{schema.OperationStart, schema.PhaseProvisioning, 24},
	{schema.OperationStart, schema.PhaseConnecting, 36},
	{schema.OperationStart, schema.PhaseSyncing, 11},
	{schema.OperationStart, schema.PhaseStarting, 22},
	{schema.OperationStop, schema.PhaseStopping, 15},
	{schema.OperationStop, schema.PhaseVerifying, 6},
	{schema.OperationDestroy, schema.PhasePreparing, 7},
	{schema.OperationDestroy, schema.PhaseDestroying, 16},
	{schema.OperationDestroy, schema.PhaseVerifying, 6},
	{schema.OperationSync, schema.PhaseSyncing, 2},
	{schema.OperationInstall, schema.PhaseInstalling, 25},
	{schema.OperationInstall, schema.PhaseVerifying, 5},
}

// defaultsOf returns the defaults of a kind.
func defaultsOf(kind schema.OperationKind) durations {
	all := durations{}
	for _, d := range defaults {
		if d.kind == kind {
			all[d.phase] = d.seconds
		}
	}
	return all
}

// learnedFrom is how many of the last operations that succeeded are learned from.
const learnedFrom = 9

// learned returns what the phases of the last operations of a kind that succeeded took, by the median of
// each phase; nil if there are none. Of operations whose phases are not kept any more the whole is
// known, which is shared out among the phases as among those of defaults. A dry run tells nothing.
func (s *State) learned(kind schema.OperationKind) durations {
	var whole []float64
	phases := map[schema.Phase][]float64{}
	detailed := 0
	for _, op := range slices.Backward(s.Operations) {
		if op.Kind != kind || op.State != schema.OperationSucceeded || op.DryRun || len(whole) == learnedFrom {
			continue
		}
		whole = append(whole, op.ElapsedSeconds)
		if len(op.Phases) == 0 {
			continue
		}
		detailed++
		took := durations{}
		for _, p := range op.Phases {
			took[p.Phase] += p.Seconds
		}
		for _, phase := range PhasesOf(kind) {
			phases[phase] = append(phases[phase], took[phase])
		}
	}
	if len(whole) == 0 {
		return nil
	}
	all := durations{}
	if detailed > 0 {
		for phase, took := range phases {
			all[phase] = median(took)
		}
		return all
	}
	all = defaultsOf(kind)
	share := median(whole) / all.from(kind, 0)
	for phase := range all {
		all[phase] *= share
	}
	return all
}

// from returns what the phases of a kind take from the one of an index on.
func (d durations) from(kind schema.OperationKind, index int) (seconds float64) {
	for _, phase := range PhasesOf(kind)[index:] {
		seconds += d[phase]
	}
	return seconds
}

func median(all []float64) float64 {
	// slices.Sort makes code of its own for numbers like these (CONTRIBUTING.md, "Size").
	sort.Slice(all, func(i, k int) bool { return all[i] < all[k] })
	return all[len(all)/2]
}

// Forecast estimates the whole of an operation in progress that is in a phase at a time: what has passed
// before the phase, then the phase, which takes no less than it has already, then those that follow. So
// a phase that was quick brings the end nearer, one that is slow moves it away, and while the phases go
// forward the percentage does not fall.
func (s *State) Forecast(op *Operation, phase schema.Phase, at time.Time) Forecast {
	f := Forecast{Basis: schema.BasisHistory}
	typical := s.learned(op.Kind)
	if typical == nil {
		f.Basis, typical = schema.BasisDefault, defaultsOf(op.Kind)
	}
	elapsed, inPhase := Seconds(at.Sub(op.StartedAt)), 0.0
	if n := len(op.Phases); n > 0 && op.Phases[n-1].Phase == phase {
		inPhase = min(elapsed, Seconds(at.Sub(op.Phases[n-1].StartedAt)))
	}
	index, _ := PhaseIndex(op.Kind, phase)
	whole := elapsed - inPhase + max(inPhase, typical[phase]) + typical.from(op.Kind, index+1)
	f.ExpectedSeconds = Seconds(time.Duration(whole * float64(time.Second)))
	if f.ExpectedSeconds > 0 {
		f.Percent = min(99, int(100*elapsed/f.ExpectedSeconds))
	}
	return f
}
