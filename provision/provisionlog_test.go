package provision

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// silentCloud is a cloud whose reason stands in the log of the provisioning alone, as
// DigitalOcean's does: the launch's output loses the lines with it.
type silentCloud struct {
	sky.Runner
	log   string // what `sky logs --provision` prints
	code  int    // its exit code
	talks bool   // the output is left as it is
	asked atomic.Int64
}

func (r *silentCloud) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if slices.Contains(call.Args, "--provision") {
		r.asked.Add(1)
		return sky.Result{Code: r.code, Stdout: r.log}, nil
	}
	res, err := r.Runner.Run(ctx, call)
	if r.talks {
		return res, err
	}
	var kept strings.Builder
	for line := range strings.Lines(res.Stdout) {
		if !strings.Contains(line, "An error occurred (") {
			kept.WriteString(line)
		}
	}
	res.Stdout = kept.String()
	return res, err
}

// A launch whose output holds no reason is explained from the log of its provisioning:
// quota was told as "capacity, was not told why", and to be retried.
func TestReasonOfALaunchInTheProvisionLog(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, log string
		code      int
		kind      schema.Kind
		says      string
		retryable bool
	}{
		{"it is there", "sky.provision.do.utils.DigitalOceanError: Error: 422 Unprocessable Entity: creating this/these droplet(s) will exceed your droplet limit\n", 0, schema.KindQuotaExceeded, "will exceed your droplet limit", false},
		{"of no known kind", "sky.provision.do.utils.DigitalOceanError: Error: 422 Unprocessable Entity: the moon is in the wrong house\n", 0, schema.KindProviderRefused, "the moon is in the wrong house", false},
		{"it says nothing either", "D 11-24 10:00:00.000 PID=7 provisioner.py:220] SkyPilot version: 0.14.1\n", 0, schema.KindCapacityUnavailable, "was not told why", false},
		{"there is no log", "", 1, schema.KindCapacityUnavailable, "was not told why", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.inject("quota", "")
				cloud := &silentCloud{Runner: w.runner, log: tt.log, code: tt.code}
				w.runner = cloud
				s := w.start()
				e := s.until(s.Launch(ctx, onAWS)).Operation.Error
				if e == nil || e.Kind != tt.kind || !strings.Contains(e.Message, tt.says) || e.Retryable != tt.retryable {
					t.Errorf("%+v, want %s, %q", e, tt.kind, tt.says)
				}
				if n := cloud.asked.Load(); n != 1 {
					t.Errorf("the log was asked for %d times", n)
				}
			})
		})
	}
	inWorld(t, func(w *world) { // where the output tells, nothing more is asked
		w.inject("quota", "")
		cloud := &silentCloud{Runner: w.runner, talks: true}
		w.runner = cloud
		s := w.start()
		s.until(s.Launch(ctx, onAWS))
		if cloud.asked.Load() != 0 {
			t.Error("the log was asked for, though the output told why")
		}
	})
}
