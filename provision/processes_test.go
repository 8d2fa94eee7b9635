package provision

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// started counts the programs that a sidecar starts, by name, but not the ssh that watches a run command:
// it is no operation's, and begins when one has ended.
type started struct {
	sky.Runner
	mu     sync.Mutex
	names  []string
	spares int      // that were started before they were due, and wait
	early  []string // what those did that do not wait any more
}

func (s *started) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	s.note(call)
	return s.Runner.Run(ctx, call)
}

func (s *started) Expect(_ sky.Call, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spares = max(s.spares, n)
}

// takeEarly returns what was done by `sky` that were started before they were due. One that did
// nothing is a waste.
func (s *started) takeEarly() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	early := s.early
	for range s.spares {
		early = append(early, "nothing")
	}
	s.spares, s.early = 0, nil
	return early
}

func (s *started) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	s.note(call)
	return s.Runner.Submit(ctx, call, output)
}

func (s *started) note(call sky.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := call.Program
	switch name {
	case "ssh":
		return
	case "sky":
		name = call.Args[0]
	}
	if name == "api" {
		name += " " + call.Args[1]
	}
	if slices.Contains(call.Args, "--refresh") {
		name += " --refresh"
	}
	s.names = append(s.names, name)
	if call.Expected && s.spares > 0 {
		s.spares--
		s.early = append(s.early, name)
	}
}

func (s *started) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.names
	s.names = nil
	return names
}

// Each `sky` takes three seconds of a processor. What each operation starts is bounded, by
// name, after a minute in which nobody has looked; the version is asked for once in a
// process. Where SkyPilot's API server can't be asked itself, each request costs one more.
func TestProcessesOfEachOperation(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"launch":  {"--version", "api status", "status", "launch", "api logs", "status", "rsync", "rsync", "logs"},
		"sync":    {"rsync", "rsync"},
		"stop":    {"status", "stop", "status --refresh"},
		"start":   {"status", "start", "api logs", "status", "rsync", "rsync", "exec"},
		"destroy": {"status", "down", "status --refresh"},
	}
	inWorld(t, func(w *world) {
		counter := &started{Runner: w.runner}
		s := w.quiet(func(c *Config) { c.Runner = counter })
		counter.take()
		early := map[string][]string{
			"launch":  {"status", "logs"},
			"start":   {"status", "exec"},
			"destroy": {"status --refresh"},
		}
		check := func(operation string) {
			if got := counter.takeEarly(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(early[operation]))) {
				t.Errorf("of what %s started before it was due, there was done %q, not %q", operation, got, early[operation])
			}
			got := counter.take()
			slices.Sort(got)
			slices.Sort(want[operation])
			if !slices.Equal(got, want[operation]) {
				t.Errorf("%s started %q, not %q", operation, got, want[operation])
			}
			time.Sleep(time.Minute)
			counter.take()
		}
		s.until(s.Launch(ctx, onAWS))
		check("launch")
		s.until(s.Sync(ctx, schema.SyncParams{}))
		check("sync")
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		check("stop")
		s.until(s.Start(ctx, schema.StartParams{}))
		check("start")
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		check("destroy")
	})
	inWorld(t, func(w *world) { // what a look of the last five seconds has shown is not asked again
		counter := &started{Runner: w.runner}
		s := w.quiet(func(c *Config) { c.Runner = counter })
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(time.Minute)
		counter.take()
		for range 2 {
			s.status()
			_, twice := s.Launch(ctx, onAWS) // refused: there is one
			wantKind(t, twice, schema.KindClusterActive)
		}
		if got := counter.take(); len(got) > 0 {
			t.Errorf("a status and a refusal started %q", got)
		}
		for _, change := range []struct {
			verb string
			ask  func() (schema.OperationResult, error)
		}{
			{"stop", func() (schema.OperationResult, error) { return s.Stop(ctx, schema.ChangeParams{}) }},
			{"down", func() (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) }},
		} {
			time.Sleep(time.Minute)
			if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
				t.Fatal(err)
			}
			counter.take()
			s.until(change.ask())
			if got := counter.take(); !slices.Equal(got, []string{change.verb, "status --refresh"}) {
				t.Errorf("right after a look `sky %s` was one of %q", change.verb, got)
			}
		}
	})
	inWorld(t, func(w *world) {
		counter := &started{Runner: w.runner}
		s := w.quiet(func(c *Config) { c.Runner = counter }, asksSky)
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(time.Minute)
		counter.take()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		if got := counter.take(); !slices.Equal(got, []string{"stop", "status", "api logs", "api status", "status --refresh"}) {
			t.Errorf("without the API server's own word a stop started %q", got)
		}
	})
	inWorld(t, func(w *world) {
		counter := &started{Runner: w.runner}
		w.inject("run_fails_later", "") // it runs for a while and prints nothing: only the queue says that
		s := w.quiet(func(c *Config) { c.Runner = counter })
		counter.take()
		s.until(s.Launch(ctx, onAWS))
		got, want := counter.take(), append(want["launch"], "queue")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("a launch whose run command goes on started %q, not %q", got, want)
		}
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		time.Sleep(time.Minute)
		counter.take()
		s.until(s.Start(ctx, schema.StartParams{}))
		if got := counter.take(); !slices.Contains(got, "exec") || slices.Contains(got, "queue") { // it runs no setup: that its job has started is enough
			t.Errorf("a start whose run command goes on started %q", got)
		}
		if c := s.status(); c.Status != schema.StatusRunning {
			t.Errorf("after the start the server is %s", c.Status)
		}
	})
}

// The look that shows which server it is runs while the `sky` that changes the server starts,
// which takes as long. The simulated one starts for 3 s, as the real one does.
func TestTheLookBeforeAChangeRunsBesideIt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		begun := map[string]time.Time{}
		var mu sync.Mutex
		note := func(call sky.Call) {
			mu.Lock()
			defer mu.Unlock()
			begun[call.Args[0]] = time.Now()
		}
		s := w.quiet(w.through(&interceptor{
			run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
				if is(call, "status") && !slices.Contains(call.Args, "--refresh") {
					note(call)
				}
				return next.Run(ctx, call)
			},
			submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
				note(call)
				return next.Submit(ctx, call, output)
			},
		}))
		s.until(s.Launch(ctx, onAWS))
		for _, change := range []struct {
			verb string
			ask  func() (schema.OperationResult, error)
		}{
			{"stop", func() (schema.OperationResult, error) { return s.Stop(ctx, schema.ChangeParams{}) }},
			{"down", func() (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) }},
		} {
			time.Sleep(time.Minute)
			s.until(change.ask())
			if apart := begun["status"].Sub(begun[change.verb]); apart < 0 || apart > time.Second {
				t.Errorf("the look before `sky %s` began %s after it", change.verb, apart)
			}
		}
	})
}

// The log of a stop or a removal is read only where it is needed, for it costs seconds of
// Python after the request's end.
func TestWhenTheLogOfAChangeIsRead(t *testing.T) {
	t.Parallel()
	stop := func(s *sidecar) (schema.OperationResult, error) { return s.Stop(ctx, schema.ChangeParams{}) }
	destroy := func(s *sidecar) (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) }
	slow := func(c *Config) { // each request lasts for 11 s, by the API server's word
		ask, first := c.RequestEnd, map[string]time.Time{}
		c.RequestEnd = func(ctx context.Context, id string) sky.RequestEnd {
			if first[id].IsZero() {
				first[id] = time.Now()
			}
			if time.Since(first[id]) < 11*time.Second {
				return sky.EndNotYet
			}
			return ask(ctx, id)
		}
	}
	shownAsUp := func(report sky.Result) sky.Result {
		report.Stdout = strings.ReplaceAll(report.Stdout, `"STOPPED"`, `"UP"`)
		return report
	}
	for _, c := range []struct {
		name   string
		fault  string
		change func(*Config)
		shown  func(sky.Result) sky.Result
		ask    func(*sidecar) (schema.OperationResult, error)
		want   []string // what was started after the submission
		ends   schema.OperationState
	}{
		{"a stop", "", nil, nil, stop, []string{"status --refresh"}, schema.OperationSucceeded},
		{"a removal", "", nil, nil, destroy, []string{"status --refresh"}, schema.OperationSucceeded},
		{"a stop that lasts", "", slow, nil, stop, []string{"status --refresh", "api logs", "status --refresh"}, schema.OperationSucceeded},
		{"a stop that is refused", "stop_refused", nil, nil, stop, []string{"status --refresh", "api logs", "api status", "status --refresh", "status --refresh", "status --refresh", "start", "api logs", "status --refresh"}, schema.OperationFailed},
		{"a removal that is refused", "down_refused", nil, nil, destroy, []string{"api logs", "api status", "status --refresh", "status --refresh", "status --refresh"}, schema.OperationFailed},
		{"a stop that shows nothing", "", nil, shownAsUp, stop, []string{"status --refresh", "status --refresh", "status --refresh", "status --refresh", "api logs"}, schema.OperationFailed},
		{"a purge", "", nil, nil, func(s *sidecar) (schema.OperationResult, error) {
			return s.Destroy(ctx, schema.DestroyParams{Purge: true})
		}, []string{"api logs", "status --refresh"}, schema.OperationSucceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				shown := func(r sky.Result) sky.Result { return r }
				counter := &started{Runner: &interceptor{Runner: w.runner, run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					res, err := next.Run(ctx, call)
					if is(call, "status", "--refresh") {
						res = shown(res)
					}
					return res, err
				}}}
				s := w.quiet(func(cfg *Config) {
					cfg.Runner = counter
					if c.change != nil {
						c.change(cfg)
					}
				})
				s.until(s.Launch(ctx, onAWS))
				time.Sleep(time.Minute)
				if c.fault != "" {
					w.inject(c.fault, "")
				}
				if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
					t.Fatal(err)
				}
				if c.shown != nil {
					shown = c.shown
				}
				counter.take()
				end := s.until(c.ask(s))
				got := counter.take()
				if len(got) == 0 || !slices.Equal(got[1:], c.want) {
					t.Errorf("it started %q, not the submission and %q", got, c.want)
				}
				if end.Operation.State != c.ends {
					t.Errorf("it ended %s: %s", end.Operation.State, end.Operation.Message)
				}
			})
		})
	}
}

// The job's log, which needs no more than the job's id, is followed beside the look that says
// that the machine is up: it begins with the end of the launch's request.
func TestTheLogOfALaunchBeginsBesideItsLook(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		begun := map[string]time.Time{} // the last of each kind
		var mu sync.Mutex
		s := w.quiet(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "sky" {
				mu.Lock()
				begun[call.Args[0]] = time.Now()
				mu.Unlock()
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		if apart := begun["logs"].Sub(begun["status"]); apart.Abs() > time.Second {
			t.Errorf("the job's log began %s after the look", apart)
		}
	})
}

// A launch and a start go on when SkyPilot's API server says that their request has ended, and
// not only when `sky api logs` has noticed that and ended: here it takes half a minute more.
func TestAnOperationGoesOnWithItsRequestsEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Config)
		waits  bool
	}{
		{"the API server says it", func(*Config) {}, false},
		{"it can't be asked", asksSky, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var mu sync.Mutex
				var waited []bool
				slow := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					res, err := next.Run(ctx, call)
					if is(call, "api", "logs") {
						select {
						case <-ctx.Done():
							err = ctx.Err()
						case <-time.After(30 * time.Second):
						}
						mu.Lock()
						waited = append(waited, err == nil)
						mu.Unlock()
					}
					return res, err
				}}
				s := w.quiet(w.through(slow), c.change)
				s.until(s.Launch(ctx, onAWS))
				s.until(s.Stop(ctx, schema.ChangeParams{}))
				mu.Lock()
				waited = slices.Delete(waited, 1, len(waited)) // a stop's log, where it is read, is read to its end
				mu.Unlock()
				end := s.until(s.Start(ctx, schema.StartParams{}))
				if end.Operation.State != schema.OperationSucceeded {
					t.Errorf("the start ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				if want := []bool{c.waits, c.waits}; !slices.Equal(waited, want) {
					t.Errorf("the launch and the start waited for their logs: %v, not %v", waited, want)
				}
			})
		})
	}
}
