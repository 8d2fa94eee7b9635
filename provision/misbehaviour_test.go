package provision

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// misbehaving is a Runner whose `sky` does one kind of call in a wrong way, for as
// long as it is armed, and all else as the simulated one does.
type misbehaving struct {
	sky.Runner
	kind string // of call; see kindOf
	how  misbehaviour

	mu    sync.Mutex
	armed bool
	calls map[string]int // by kind, since the start
}

// misbehaviour makes something else of a call. well runs it as it should be.
type misbehaviour func(ctx context.Context, call sky.Call, well func() (sky.Result, error)) (sky.Result, error)

// kindOf is what a call is for: the words of its command, or the program.
func kindOf(call sky.Call) string {
	switch {
	case call.Program != "sky":
		return call.Program
	case call.Args[0] == "api":
		return "api " + call.Args[1]
	}
	return call.Args[0]
}

func (m *misbehaving) wrong(call sky.Call) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[kindOf(call)]++
	return m.armed && kindOf(call) == m.kind
}

// sinceThen forgets the calls and returns what they were, by kind.
func (m *misbehaving) sinceThen() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	were := m.calls
	m.calls = map[string]int{}
	return were
}

func (m *misbehaving) arm(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed = on
}

func (m *misbehaving) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if !m.wrong(call) {
		return m.Runner.Run(ctx, call)
	}
	return answering(call, func(call sky.Call) (sky.Result, error) {
		return m.how(ctx, call, func() (sky.Result, error) {
			silent := call
			silent.Line = nil // it is the misbehaviour that prints
			return m.Runner.Run(ctx, silent)
		})
	})
}

func (m *misbehaving) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	return confirmed(call, func(call sky.Call) (sky.Result, error) {
		if !m.wrong(call) {
			return m.Runner.Submit(ctx, call, output)
		}
		res, err := m.how(ctx, call, func() (sky.Result, error) { return m.Runner.Submit(ctx, call, output) })
		if err == nil {
			err = os.WriteFile(output, []byte(res.Stdout), 0o600) // what a successor reads
		}
		return res, err
	})
}

// prints gives a result as a program that prints it and ends.
func prints(call sky.Call, code int, stdout, stderr string) (sky.Result, error) {
	if call.Line != nil {
		for line := range strings.Lines(stdout) {
			call.Line(schema.StreamStdout, strings.TrimSuffix(line, "\n"))
		}
		for line := range strings.Lines(stderr) {
			call.Line(schema.StreamStderr, strings.TrimSuffix(line, "\n"))
		}
	}
	return sky.Result{Code: code, Stdout: stdout, Stderr: stderr}, nil
}

// altered is a call that does its work, and whose output is then another.
func altered(alter func(string) string) misbehaviour {
	return func(_ context.Context, call sky.Call, well func() (sky.Result, error)) (sky.Result, error) {
		res, err := well()
		if err != nil {
			return res, err
		}
		return prints(call, res.Code, alter(res.Stdout), alter(res.Stderr))
	}
}

var (
	jsonValue  = regexp.MustCompile(`(?m)^(\s+"\w+": )("[^"]*"|-?[0-9.]+|null|true|false)(,?)$`)
	jsonStatus = regexp.MustCompile(`("status": )"[A-Z_]+"`)
)

// misbehaviours are those that a Runner does not take away: how the real one deals
// with processes is tested where it is (provision/sky).
func misbehaviours() map[string]misbehaviour {
	return map[string]misbehaviour{
		"hangs": func(ctx context.Context, _ sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		},
		"does its work, then hangs": func(ctx context.Context, _ sky.Call, well func() (sky.Result, error)) (sky.Result, error) {
			_, _ = well()
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		},
		"prints without end": func(ctx context.Context, call sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			for n := 0; ctx.Err() == nil; n++ {
				if call.Line != nil {
					call.Line(schema.StreamStdout, fmt.Sprintf("⠙ line %d of what never ends", n))
				}
				supervisor.Sleep(ctx, time.Second)
			}
			return sky.Result{Code: -1}, ctx.Err()
		},
		"prints very much": func(_ context.Context, call sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			return prints(call, 0, strings.Repeat(strings.Repeat("x", 99)+"\n", 1000), "")
		},
		"prints one long line": func(_ context.Context, call sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			return prints(call, 0, strings.Repeat("y", 64<<10)+"…\n", "")
		},
		"prints binary": func(_ context.Context, call sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			return prints(call, 0, "\x00\x01\uFFFD[\n{\uFFFD\n", "\uFFFD\n")
		},
		"prints nothing": func(_ context.Context, call sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			return prints(call, 0, "", "")
		},
		"is killed": func(context.Context, sky.Call, func() (sky.Result, error)) (sky.Result, error) {
			return sky.Result{Code: -1}, nil
		},
		"can't be started": func(context.Context, sky.Call, func() (sky.Result, error)) (sky.Result, error) {
			return sky.Result{}, os.ErrPermission
		},
		"fails with a traceback": func(_ context.Context, call sky.Call, _ func() (sky.Result, error)) (sky.Result, error) {
			return prints(call, 1, "", "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nKeyError: 'x'\n")
		},
		"does its work, and prints nothing": altered(func(string) string { return "" }),
		"prints half":                       altered(func(s string) string { return s[:len(s)/2] }),
		"prints other types": altered(func(s string) string {
			return jsonValue.ReplaceAllString(s, `$1{"was": $2}$3`)
		}),
		"prints null":           altered(func(s string) string { return jsonValue.ReplaceAllString(s, `${1}null$3`) }),
		"prints unknown states": altered(func(s string) string { return jsonStatus.ReplaceAllString(s, `$1"QUANTUM"`) }),
		"prints empty records":  altered(func(string) string { return "[\n    {},\n    null\n]\n" }),
	}
}

// action is what is asked for while `sky` misbehaves, from a server that runs, or
// from none.
type action struct {
	launched bool
	ask      func(*sidecar) (schema.OperationResult, error)
}

func actions() map[string]action {
	return map[string]action{
		"launch": {false, func(s *sidecar) (schema.OperationResult, error) { return s.Launch(ctx, onAWS) }},
		"stop":   {true, func(s *sidecar) (schema.OperationResult, error) { return s.Stop(ctx, schema.ChangeParams{}) }},
		"start":  {true, func(s *sidecar) (schema.OperationResult, error) { return s.Service.Start(ctx, schema.StartParams{}) }},
		"sync":   {true, func(s *sidecar) (schema.OperationResult, error) { return s.Sync(ctx, schema.SyncParams{}) }},
		"destroy": {true, func(s *sidecar) (schema.OperationResult, error) {
			return s.Destroy(ctx, schema.DestroyParams{})
		}},
	}
}

// begin brings a sidecar to where the action is asked for.
func (a action) begin(t *testing.T, name string, w *world) *sidecar {
	t.Helper()
	if !a.launched {
		return w.start()
	}
	s := w.launched()
	if name == "start" {
		s.until(s.Stop(ctx, schema.ChangeParams{}))
	}
	return s
}

// callsOf are the kinds of call that an action makes when all is well.
func callsOf(t *testing.T, name string, a action) (kinds []string) {
	t.Helper()
	inWorld(t, func(w *world) {
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		s := a.begin(t, name, w)
		m.sinceThen()
		s.until(a.ask(s))
		for kind := range m.sinceThen() {
			kinds = append(kinds, kind)
		}
	})
	slices.Sort(kinds)
	return kinds
}

// foremost are the misbehaviours that are tried without further ado; all of them,
// for some minutes, with MISBEHAVIOURS=all.
var foremost = []string{"hangs", "does its work, and prints nothing", "prints without end", "prints nothing", "prints empty records"}

func tried(misbehaviour string) bool {
	some := foremost
	if testing.Short() {
		some = foremost[:2]
	}
	return os.Getenv("MISBEHAVIOURS") == "all" || slices.Contains(some, misbehaviour)
}

// Whatever `sky` does at whichever call, each operation ends, with a word to the
// host every ten seconds meanwhile, and what is said of the server is true.
func TestWhateverSkyDoes(t *testing.T) {
	t.Parallel()
	for name, a := range actions() {
		for _, kind := range callsOf(t, name, a) {
			if name == "start" && kind == "queue" {
				continue // as in a launch, and half an hour each
			}
			for wrong, how := range misbehaviours() {
				if !tried(wrong) {
					continue
				}
				t.Run(name+"/"+kind+" "+wrong, func(t *testing.T) {
					t.Parallel()
					inWorld(t, func(w *world) {
						m := &misbehaving{Runner: w.runner, kind: kind, how: how, calls: map[string]int{}}
						w.runner = m
						s := a.begin(t, name, w)
						m.arm(true)
						began := time.Now()
						end := s.until(a.ask(s))
						if took := time.Since(began); took > 5*time.Hour {
							t.Errorf("it took %s", took)
						}
						s.wantHonestEnd(t, end)
						m.arm(false)
						s.wantRecovery(t)
					})
				})
			}
		}
	}
}

// silence is how long a host may be left without a word (docs/protocol.md).
const silence = 10 * time.Second

// wantHonestEnd fails the test unless what was said of an operation is true of the machines, now and for as long as anything may still come of it.
func (s *sidecar) wantHonestEnd(t *testing.T, end schema.Finished) {
	t.Helper()
	op := end.Operation
	if gap := s.host.longestSilence(op); gap > silence {
		t.Errorf("nothing was said for %s", gap)
	}
	if op.State == schema.OperationFailed && (op.Error == nil || op.Error.Message == "" || op.Error.Hint == "") {
		t.Errorf("it failed without saying why: %+v", op.Error)
	}
	for range 2 {
		said := end.Cluster.Description
		running, stopped := s.machines("running"), s.machines("stopped")
		gone := end.Cluster.Status == schema.StatusNoServer || strings.Contains(said, "othing of it costs") || strings.Contains(said, "othing costs")
		switch {
		case gone && running+stopped > 0,
			end.Cluster.Status == schema.StatusStopped && running > 0,
			end.Cluster.Status == schema.StatusRunning && running != 1:
			t.Errorf("the %s ended %s, %s: %q, %+v; there are %d machines running, %d stopped", op.Kind, op.State, end.Cluster.Status, said, op.Error, running, stopped)
		}
		time.Sleep(3 * time.Minute)
	}
}

// wantRecovery: with `sky` well again the truth is seen, and the server can be
// destroyed.
func (s *sidecar) wantRecovery(t *testing.T) {
	t.Helper()
	time.Sleep(2 * time.Minute)
	c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
	if err != nil {
		t.Fatal(err)
	}
	running, stopped := s.machines("running"), s.machines("stopped")
	want := map[schema.Status]int{schema.StatusRunning: running, schema.StatusStopped: stopped}
	if n, ok := want[c.Status]; ok && n != 1 || c.Status == schema.StatusNoServer && running+stopped > 0 || running+stopped > 1 {
		t.Errorf("then the server is %s (%s), with %d machines running and %d stopped", c.Status, c.Description, running, stopped)
	}
	if end := s.until(s.Destroy(ctx, schema.DestroyParams{})); end.Operation.State != schema.OperationSucceeded {
		t.Errorf("then a destroy ended %s: %+v", end.Operation.State, end.Operation.Error)
	}
	time.Sleep(3 * time.Minute)
	if left := s.machines("running") + s.machines("stopped"); left > 0 {
		t.Errorf("%d machines are left after all", left)
	}
}

// A state that nobody has heard of is said as it is: not that the server runs.
func TestAStateThatNobodyKnows(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		m := &misbehaving{Runner: w.runner, kind: "status", how: misbehaviours()["prints unknown states"], calls: map[string]int{}}
		w.runner = m
		s := w.launched()
		m.arm(true)
		time.Sleep(time.Minute) // a look may have been under way
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		if err != nil || c.Status != schema.StatusError || !strings.Contains(c.Description, "QUANTUM") {
			t.Errorf("%v; the status is %s: %s", err, c.Status, c.Description)
		}
		if _, err := s.Launch(ctx, onAWS); err == nil {
			t.Error("another launch was accepted over it")
		}
		m.arm(false)
		time.Sleep(time.Minute)
		if c, err = s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil || c.Status != schema.StatusRunning {
			t.Errorf("%v; then the status is %s: %s", err, c.Status, c.Description)
		}
	})
}

// A submission that reached SkyPilot and was killed before it could say so is
// found: it is one launch, and it goes on.
func TestASubmissionThatDoesNotSayItsID(t *testing.T) {
	for _, wrong := range []string{"does its work, and prints nothing", "prints half"} {
		t.Run(wrong, func(t *testing.T) {
			inWorld(t, func(w *world) {
				m := &misbehaving{Runner: w.runner, kind: "launch", how: misbehaviours()[wrong], calls: map[string]int{}, armed: true}
				w.runner = m
				s := w.start()
				if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
				s.wantStatus(schema.StatusRunning)
			})
		})
	}
}
