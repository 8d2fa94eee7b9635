package provision

import (
	"context"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// limited is a launch of a size that SkyPilot's own limit does not hold for: it names
// its instance type (recording launch-cheap1). It costs 0.096 in us-east-1, and more
// in every other region.
func limited(limit float64) schema.LaunchParams {
	p := onAWS
	p.Spec.InstanceType, p.Spec.MaxHourlyCost = "m6i.large", limit
	return p
}

func TestMaxHourlyCostOfANamedSize(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit float64
		full  string // a region without a machine to give
		want  schema.OperationState
		kind  schema.Kind
		made  int // machines that the cloud has ever made
	}{
		"above":                     {0.05, "", schema.OperationFailed, schema.KindInvalidSpec, 0},
		"within":                    {0.10, "", schema.OperationSucceeded, "", 1},
		"within, the table rounds":  {0.0965, "", schema.OperationSucceeded, "", 1},
		"above, the table rounds":   {0.0955, "", schema.OperationFailed, schema.KindInvalidSpec, 0}, // the catalog does not
		"dearer where there is one": {0.0965, "us-east-1", schema.OperationFailed, schema.KindCapacityUnavailable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				if c.full != "" {
					w.inject("capacity", c.full)
				}
				s := w.start()
				end := s.until(s.Launch(ctx, limited(c.limit)))
				if end.Operation.State != c.want {
					t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
				if c.want == schema.OperationSucceeded {
					if found := s.wantStatus(schema.StatusRunning); len(found.Warnings) > 0 {
						t.Errorf("warnings: %+v", found.Warnings)
					}
					return
				}
				if e := end.Operation.Error; e.Kind != c.kind || e.Hint == "" || !strings.Contains(e.Message, "$0.") {
					t.Errorf("the launch failed with %+v", e)
				}
				if c := s.wantStatus(schema.StatusNoServer); c.Costs.Now != schema.SpendingNothing {
					t.Errorf("it costs %s", c.Costs.Now)
				}
				if n := w.machines("terminated"); n != c.made || w.machines("running") != 0 {
					t.Errorf("%d machines were made and removed, not %d; %d run", n, c.made, w.machines("running"))
				}
			})
		})
	}
}

// A process that dies while the machine that is too dear is being removed must leave
// no launch to be made again.
func TestMaxHourlyCostAcrossARestart(t *testing.T) {
	t.Parallel()
	for after := time.Duration(0); after < 150*time.Second; after += 10 * time.Second {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				w.inject("capacity", "us-east-1") // elsewhere it is dearer
				first := w.run()
				result, err := first.Launch(ctx, limited(0.0965))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				first.stopNow()
				second := w.start()
				for range 1000 {
					op, err := second.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID})
					if err != nil {
						t.Fatal(err)
					}
					if op.State != schema.OperationRunning {
						break
					}
					time.Sleep(time.Second)
				}
				op, _ := second.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID})
				if op.State != schema.OperationFailed || op.Error.Kind != schema.KindCapacityUnavailable {
					t.Errorf("the launch ended %s: %+v", op.State, op.Error)
				}
				if w.machines("running") != 0 || w.machines("terminated") != 1 {
					t.Errorf("%d machines run, %d were removed", w.machines("running"), w.machines("terminated"))
				}
				second.wantStatus(schema.StatusNoServer)
			})
		})
	}
}

// What can't be asked is not denied: the server runs, and that is said.
func TestMaxHourlyCostNotFoundOut(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Runner = withoutCosts{c.Runner} })
		p := onAWS
		p.Spec.MaxHourlyCost = 1
		s.until(s.Launch(ctx, p))
		c := s.wantStatus(schema.StatusRunning)
		if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "limit of $1.00") {
			t.Errorf("warnings: %+v", c.Warnings)
		}
	})
}

// withoutCosts is a SkyPilot that has no cost report.
type withoutCosts struct{ sky.Runner }

func (r withoutCosts) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if len(call.Args) > 0 && call.Args[0] == "cost-report" {
		return sky.Result{Code: 1, Stderr: "no report"}, nil
	}
	return r.Runner.Run(ctx, call)
}
