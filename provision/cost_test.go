package provision

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// What a server costs and has cost is answered in every state, and never that there is no such
// server where one has cost money.
func TestCostInEachState(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		want := func(state string, now schema.Spending, total bool, says string) schema.CostResult {
			t.Helper()
			c, err := s.Cost(ctx, schema.NameParams{})
			if err != nil || c.Costs.Now != now || c.TotalKnown != total || c.Total > 0 != (state != "none ever" && total) || !strings.Contains(c.Description, says) {
				t.Errorf("%s: %v, %+v", state, err, c)
			}
			return c
		}
		want("none ever", schema.SpendingNothing, true, "No server was launched from here yet.")
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(10 * time.Minute)
		want("running", schema.SpendingMachine, true, "costs about $0.192 an hour")
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		stopped := want("stopped", schema.SpendingDisk, true, "only its disk costs money")
		if stopped.HourlyCost != 0.192 || !stopped.EndedAt.IsZero() {
			t.Errorf("stopped: %+v", stopped)
		}
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		s.stopNow()
		time.Sleep(40 * 24 * time.Hour) // beyond the thirty days of SkyPilot's short report
		s = w.start()
		ended := want("destroyed", schema.SpendingNothing, true, "Nothing of it costs money any more.")
		if ended.Total < stopped.Total || time.Since(ended.EndedAt).Round(24*time.Hour) != 40*24*time.Hour {
			t.Errorf("it cost %v when it was stopped; when it has ended: %+v", stopped.Total, ended)
		}
		if _, err := s.Cost(ctx, schema.NameParams{Name: "another"}); err == nil {
			t.Error("of a name that is not known it is said what it costs")
		}
	})
}

// Of a server that SkyPilot does not know any more it is not known what it has cost, which is
// not nothing.
func TestCostThatSkyPilotDoesNotTell(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		s := w.start(w.losingRecords(&lost))
		s.until(s.Launch(ctx, onAWS))
		lost.Store(true)
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		if c, err := s.Cost(ctx, schema.NameParams{}); err != nil || c.TotalKnown || c.Costs.Now != schema.SpendingUnknown || !strings.Contains(c.Description, "costing money") {
			t.Errorf("lost: %v, %+v", err, c)
		}
	})
}

// That a server has ended and costs nothing is known without SkyPilot.
func TestCostOfAnEndedServerWithoutSkyPilot(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var broken atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if broken.Load() {
				return sky.Result{}, errors.New("sky can't be started")
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		broken.Store(true)
		c, err := s.Cost(ctx, schema.NameParams{})
		if err != nil || c.TotalKnown || c.Reason == nil || c.EndedAt.IsZero() || c.Costs.Now != schema.SpendingNothing {
			t.Errorf("%v, %+v", err, c)
		}
	})
}
