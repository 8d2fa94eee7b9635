package provision

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// idleServer is SkyPilot's API server as a sidecar sees it on its machine: the first `sky` starts it, and each leaves its mark.
type idleServer struct {
	w *world
	interceptor
	mark string
	// asked is called when a sidecar asks for everybody's clusters.
	asked func()

	mu               sync.Mutex
	up, ours, others bool
	running          int // `sky`
	starts, asks     int
}

// idling puts the server between all `sky` of a world and the cloud.
func (w *world) idling() *idleServer {
	f := &idleServer{w: w, mark: Mark(filepath.Join(w.dir, "state")), asked: func() {}}
	f.Runner = w.runner
	f.run = func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
		defer f.begin(call)()
		return next.Run(ctx, call)
	}
	f.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		defer f.begin(call)()
		return next.Submit(ctx, call, output)
	}
	w.runner = f
	return f
}

// ends is a sidecar that ends the server when nothing needs it.
func (f *idleServer) ends(c *Config) { c.Mark, c.APIServer, c.Runner = f.mark, f, f }

func (f *idleServer) begin(call sky.Call) (end func()) {
	if call.Program != "sky" || slices.Contains(call.Args, "--version") {
		return func() {}
	}
	if slices.Contains(call.Args, "--all-users") {
		f.asked()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	ours := slices.Contains(call.Env, sky.MarkVariable+"="+f.mark)
	switch {
	case slices.Equal(call.Args, []string{"api", "stop"}):
		f.up = false
		return func() {}
	case !f.up:
		f.up, f.ours, f.others = true, ours, false
		f.starts++
	case !ours:
		f.others = true
	}
	if slices.Contains(call.Args, "--all-users") {
		f.asks++
	}
	f.running++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running--
	}
}

func (f *idleServer) Kept(context.Context) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.up:
		return host.ServerNotThere
	case !f.ours:
		return host.ServerNotOurs
	case f.others:
		return host.ServerOthers
	case f.running > 0:
		return host.ServerInUse
	}
	return ""
}

// End ends it. As it ends its databases are written.
func (f *idleServer) End(context.Context) bool {
	f.w.stopAPIServer(sky.Call{})
	for at, name := range []string{"state.db", "requests.db"} {
		path := filepath.Join(f.w.files().Folders()[at], name)
		if err := os.WriteFile(path, []byte(time.Now().String()), 0o600); err != nil {
			f.w.t.Error(err)
		}
	}
	return true
}

func (f *idleServer) state() (up bool, starts, asks int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.up, f.starts, f.asks
}

// want fails unless the server runs, or does not, after a time.
func (f *idleServer) want(up bool, after time.Duration, why string) {
	f.w.t.Helper()
	time.Sleep(after)
	if now, _, _ := f.state(); now != up {
		f.w.t.Errorf("%s after %s: the API server runs: %v, want %v", why, after, now, up)
	}
}

const aWhile = 12 * time.Minute

func (s *sidecar) pause(paused bool) {
	s.t.Helper()
	if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
		s.t.Fatal(err)
	}
}

// A server that a sidecar started is ended when nothing needs it any more, is there again for what comes next, and is not started
// again by what it wrote as it ended.
func TestAnIdleAPIServerIsEnded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		f := w.idling()
		s := w.launched(f.ends)
		f.want(true, aWhile, "while a server runs")
		s.pause(true)
		f.want(true, aWhile, "while a server runs, without looks")
		s.succeeds(s.Stop(ctx, schema.ChangeParams{}))
		f.want(false, aWhile, "while a server is stopped, without looks")
		s.pause(false)
		f.want(true, time.Minute, "with looks again")
		f.want(true, aWhile, "while a stopped server is looked at")
		s.succeeds(s.Destroy(ctx, schema.DestroyParams{}))
		f.want(true, time.Minute, "right after an operation")
		f.want(false, aWhile, "without any server")
		_, before, _ := f.state()
		f.want(false, 5*time.Hour, "without any server")
		if _, starts, _ := f.state(); starts != before {
			t.Errorf("it was started %d times for nothing", starts-before)
		}
		s.succeeds(s.Launch(ctx, onAWS))
		f.want(true, aWhile, "with a new server")
		s.wantHonest()
	})
}

// What somebody else does with the API server, or has, keeps it; that is asked of SkyPilot once an hour at most.
func TestAnAPIServerThatOthersUseIsKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after func(f *idleServer)
		asks          int
	}{
		"a person has started it":      {before: func(f *idleServer) { f.w.byHand("api", "start") }},
		"a person has asked it once":   {after: func(f *idleServer) { f.w.byHand("status") }},
		"another state folder uses it": {after: func(f *idleServer) { f.byMark(Mark("/elsewhere")) }},
		"a person asks right before":   {before: func(f *idleServer) { f.asked = func() { f.w.byHand("status") } }, asks: 1},
		"a person has a cluster": {asks: 6, before: func(f *idleServer) {
			f.w.byHand("launch", "-y", "-c", "mine", "--infra", "aws/us-east-1")
			f.w.byHand("api", "stop")
		}},
		"the switch is off": {},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				f := w.idling()
				if c.before != nil {
					c.before(f)
				}
				s := w.launched(f.ends, func(cfg *Config) {
					if name == "the switch is off" {
						cfg.Timing.Idle = 0
					}
				})
				s.succeeds(s.Destroy(ctx, schema.DestroyParams{}))
				if c.after != nil {
					c.after(f)
				}
				f.want(true, 5*time.Hour, name)
				if _, _, asks := f.state(); asks > c.asks || c.asks > 0 && asks == 0 {
					t.Errorf("everybody's clusters were asked for %d times, want %d at most", asks, c.asks)
				}
			})
		})
	}
}

// byMark has another sidecar run `sky`.
func (f *idleServer) byMark(mark string) {
	f.w.t.Helper()
	call := sky.Call{Program: "sky", Args: []string{"status"}, Env: []string{sky.MarkVariable + "=" + mark}}
	if res, err := f.Run(ctx, call); err != nil || res.Code != 0 {
		f.w.t.Errorf("sky status: %v %d", err, res.Code)
	}
}

// Another sidecar of the state folder looks: the server is ended once it has.
func TestAnotherSidecarThatLooksKeepsTheAPIServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		f := w.idling()
		s := w.launched(f.ends)
		s.succeeds(s.Destroy(ctx, schema.DestroyParams{}))
		lease, _, err := journal.NewLeases(filepath.Join(w.dir, "leases"), s.cfg.Endpoint.URL).Try("poller of "+s.store.Dir(), "poll")
		if err != nil || lease == nil {
			t.Fatal(lease, err)
		}
		f.want(true, time.Hour, "while another sidecar looks")
		lease.Release()
		f.want(false, aWhile, "once it has looked")
	})
}
