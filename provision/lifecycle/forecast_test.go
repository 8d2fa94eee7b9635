package lifecycle

import (
	"testing"
	"time"

	"carapace/schema"
)

// entered makes the times of phases that were entered at seconds after a beginning; the last one goes on
// where an operation has not ended.
func entered(begun time.Time, end float64, phases []schema.Phase, at ...float64) (list []schema.PhaseTime) {
	at = append(at, end)
	for i, phase := range phases {
		list = append(list, schema.PhaseTime{Phase: phase, StartedAt: begun.Add(time.Duration(at[i] * float64(time.Second))), Seconds: at[i+1] - at[i]})
	}
	return list
}

// stops makes a state in which servers were stopped, with seconds in "stopping" and as many in "verifying".
func stops(seconds ...float64) *State {
	s := Empty()
	for _, each := range seconds {
		op := &Operation{Operation: schema.Operation{Kind: schema.OperationStop, State: schema.OperationSucceeded, ElapsedSeconds: 2 * each}}
		op.Phases = entered(time.Time{}, 2*each, []schema.Phase{schema.PhaseStopping, schema.PhaseVerifying}, 0, each)
		s.Operations = append(s.Operations, op)
	}
	return s
}

func TestForecast(t *testing.T) {
	begun := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	unlike := stops(100, 100)
	unlike.Operations[0].State, unlike.Operations[1].DryRun = schema.OperationFailed, true
	old := stops(21) // the first stop's phases are kept no more
	old.Operations[0].Phases = nil
	many := stops(900, 900, 900, 900, 900, 10, 10, 10, 10, 10, 10, 10, 10, 10)
	for name, c := range map[string]struct {
		state   *State
		phase   schema.Phase
		entered []float64 // of preparing, stopping, verifying
		elapsed float64
		want    Forecast
	}{
		"the first of all":                  {Empty(), schema.PhasePreparing, []float64{0}, 0, Forecast{21, 0, schema.BasisDefault}},
		"the first, in its middle":          {Empty(), schema.PhaseStopping, []float64{0, 0}, 10, Forecast{21, 47, schema.BasisDefault}},
		"a phase that was quick":            {Empty(), schema.PhaseVerifying, []float64{0, 0, 4}, 4, Forecast{10, 40, schema.BasisDefault}},
		"a phase that is slow":              {Empty(), schema.PhaseStopping, []float64{0, 0}, 60, Forecast{66, 90, schema.BasisDefault}},
		"a phase that nobody has noted yet": {Empty(), schema.PhaseVerifying, []float64{0, 0}, 60, Forecast{66, 90, schema.BasisDefault}},
		"the last phase, for an hour":       {Empty(), schema.PhaseVerifying, []float64{0, 0, 10}, 3600, Forecast{3600, 99, schema.BasisDefault}},
		"a clock that was set back":         {Empty(), schema.PhaseStopping, []float64{0, 0}, -60, Forecast{21, 0, schema.BasisDefault}},
		"failures and dry runs":             {unlike, schema.PhaseStopping, []float64{0, 0}, 0, Forecast{21, 0, schema.BasisDefault}},
		"one before":                        {stops(30), schema.PhaseStopping, []float64{0, 0}, 15, Forecast{60, 25, schema.BasisHistory}},
		"the middle of three":               {stops(5, 30, 300), schema.PhaseStopping, []float64{0, 0}, 15, Forecast{60, 25, schema.BasisHistory}},
		"only the last nine":                {many, schema.PhaseStopping, []float64{0, 0}, 5, Forecast{20, 25, schema.BasisHistory}},
		"tenths":                            {stops(0.1), schema.PhaseStopping, []float64{0, 0.1}, 0.2, Forecast{0.3, 66, schema.BasisHistory}},
		"only the whole is known":           {old, schema.PhaseVerifying, []float64{0, 0, 30}, 30, Forecast{42, 71, schema.BasisHistory}},
	} {
		op := &Operation{Operation: schema.Operation{Kind: schema.OperationStop, State: schema.OperationRunning, StartedAt: begun}}
		op.Phases = entered(begun, 0, PhasesOf(op.Kind)[:len(c.entered)], c.entered...)
		if got := c.state.Forecast(op, c.phase, begun.Add(time.Duration(c.elapsed*float64(time.Second)))); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Whatever its phases take, an operation of any kind has a time from its first moment on, and what is
// said of how far it is never falls.
func TestForecastsNeverFall(t *testing.T) {
	begun := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, kind := range schema.OperationKinds {
		for _, each := range []time.Duration{0, time.Second, time.Minute} {
			op := &Operation{Operation: schema.Operation{Kind: kind, State: schema.OperationRunning, StartedAt: begun}}
			at, last := begun, 0
			for _, phase := range PhasesOf(kind) {
				op.enter(phase, at)
				for range 10 {
					f := Empty().Forecast(op, phase, at)
					if f.ExpectedSeconds <= 0 || f.ExpectedSeconds < Seconds(at.Sub(begun)) || f.Percent < last {
						t.Fatalf("%s with phases of %s, in %s: %+v after %d %%", kind, each, phase, f, last)
					}
					last, at = f.Percent, at.Add(each/10)
				}
			}
		}
	}
}
