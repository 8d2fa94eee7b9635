package jobwatch

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/backend"
	"carapace/provision/cloud/credentials"
	"carapace/provision/hostkeys"
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

const (
	node = "node"
	hash = "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"
)

// quiet is a store.Notifier that nobody reads.
type quiet struct{ store.Notifier }

func (quiet) StatusChanged(schema.StatusChanged) {}

// place is a state folder in which a server runs whose run command goes on, and a home with SkyPilot's
// file about it.
type place struct {
	*Watch
	t     *testing.T
	group *supervisor.Group
	ended atomic.Int32 // how often the queue was to be asked
	home  string
}

func newPlace(t *testing.T, runner sky.Runner) *place {
	t.Helper()
	dir, log, redactor := t.TempDir(), slog.New(slog.DiscardHandler), &redact.Redactor{}
	group, pins := supervisor.New(log), hostkeys.In(filepath.Join(dir, "keys"))
	s, err := store.Open(store.Options{
		Dir: filepath.Join(dir, "state"), Configured: node, Endpoint: "e", Notifier: quiet{}, Redactor: redactor, Log: log, Life: group.Context(),
		Records: journal.NewRecords(filepath.Join(dir, "servers"), "e"), Ended: pins.Forget,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, group: group, home: filepath.Join(dir, "home")}
	p.Watch = New(Options{
		Store: s, Group: group, Log: log, HostKeys: pins, Silence: time.Minute, Ended: func() { p.ended.Add(1) },
		SkyPilot: backend.New(backend.Options{
			Store: s, Group: group, Log: log, Redactor: redactor, Runner: runner,
			Environment: credentials.Environment{Home: p.home, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile},
		}),
	})
	t.Cleanup(func() { group.Close(context.Background()) })
	p.configure("")
	if _, refusal := pins.Options(hash); refusal != nil { // it makes the folder
		t.Fatal(refusal)
	}
	p.write(pins.Path(hash), hash+" ssh-ed25519 AAAA\n")
	s.Announce(p.OnStateChange)
	return p
}

// runs makes the server run, with a run command that goes on.
func (p *place) runs() {
	p.change(func(rec *lifecycle.Cluster) {
		rec.Identity.Hash, rec.View.Status, rec.RunJob = hash, schema.StatusRunning, 12
		rec.Witness(lifecycle.EvidenceShown, "", time.Now())
	})
}

func (p *place) change(fn func(*lifecycle.Cluster)) {
	p.t.Helper()
	if err := p.opt.Store.Update(func(st *lifecycle.State) error { fn(st.Ensure(node)); return nil }); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) configure(more string) {
	p.write(sky.SSHConfigPath(p.home, node), "Host node\n  HostName 192.0.2.1\n"+more)
}

func (p *place) write(path, content string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// machine is a Runner whose ssh is answered by a function.
type machine struct {
	sky.Runner
	answer   func(ctx context.Context, out io.Writer)
	complain func(ctx context.Context, line func(schema.Stream, string)) // nil: it does not
	begun    *atomic.Int32                                               // ssh
	open     *atomic.Int32                                               // of them that go on
}

func newMachine(answer func(ctx context.Context, out io.Writer)) machine {
	return machine{answer: answer, begun: &atomic.Int32{}, open: &atomic.Int32{}}
}

func (m machine) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	m.begun.Add(1)
	m.open.Add(1)
	defer m.open.Add(-1)
	if m.complain != nil {
		m.complain(ctx, call.Line)
	} else {
		m.answer(ctx, call.Answer)
	}
	return sky.Result{Code: 255}, ctx.Err()
}

// says is a machine that says words, each after twenty seconds, and goes on with the last until the end.
func says(words ...string) func(context.Context, io.Writer) {
	return func(ctx context.Context, out io.Writer) {
		for i := 0; ctx.Err() == nil; i = min(i+1, len(words)-1) {
			if _, err := fmt.Fprintln(out, words[i]); err != nil || words[i] == wordEnded {
				return
			}
			supervisor.Sleep(ctx, 20*time.Second)
		}
	}
}

func silent(ctx context.Context, _ io.Writer) { <-ctx.Done() }

// One connection is enough for as long as the command goes on; its end is told once.
func TestTheEndOfARunCommandIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		m := newMachine(func(ctx context.Context, out io.Writer) {
			_, _ = io.WriteString(out, "Welcome to Ubuntu\ncarapace-job-")
			_, _ = io.WriteString(out, "runs\n")
			for supervisor.Sleep(ctx, 20*time.Second) {
				select {
				case <-over:
					_, _ = io.WriteString(out, wordEnded+"\n")
					return
				default:
					_, _ = io.WriteString(out, wordRuns+"\n")
				}
			}
		})
		p := newPlace(t, m)
		synctest.Wait()
		if m.begun.Load() != 0 {
			t.Error("a server that does not run is watched")
		}
		p.runs()
		time.Sleep(10 * time.Hour)
		if sign := p.Sign(node); m.begun.Load() != 1 || time.Since(sign.Runs) > 20*time.Second || !sign.Ended.IsZero() || p.ended.Load() != 0 {
			t.Errorf("after ten hours: %d connections, %+v", m.begun.Load(), sign)
		}
		close(over)
		time.Sleep(21 * time.Second)
		if sign := p.Sign(node); p.ended.Load() != 1 || sign.Ended.IsZero() {
			t.Errorf("the end is told %d times: %+v", p.ended.Load(), sign)
		}
		p.GoesOn(node, time.Now().Add(-time.Minute)) // an answer from before
		if p.Sign(node).Wrong {
			t.Error("an older answer of the queue's makes it wrong")
		}
		p.GoesOn(node, time.Now())
		time.Sleep(24 * time.Hour)
		if !p.Sign(node).Wrong || m.begun.Load() != 1 || p.ended.Load() != 1 {
			t.Errorf("a machine that was wrong is believed again: %d connections, %+v", m.begun.Load(), p.Sign(node))
		}
	})
}

// No ssh is left where there is nothing to watch any more.
func TestTheConnectionEnds(t *testing.T) {
	for name, end := range map[string]func(p *place){
		"stopped":     func(p *place) { p.change(func(rec *lifecycle.Cluster) { rec.View.Status = schema.StatusStopped }) },
		"another one": func(p *place) { p.change(func(rec *lifecycle.Cluster) { rec.Identity.Hash = "" }) },
		"over":        func(p *place) { p.change(func(rec *lifecycle.Cluster) { rec.RunJobOver = true }) },
		"an operation": func(p *place) {
			if err := p.opt.Store.Update(func(st *lifecycle.State) error {
				st.Operations = append(st.Operations, &lifecycle.Operation{Operation: schema.Operation{ID: "a", Kind: schema.OperationStop, Cluster: node, State: schema.OperationRunning}})
				return nil
			}); err != nil {
				p.t.Fatal(err)
			}
		},
		"the host has gone": func(p *place) { p.group.BeginClosing() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(says(wordRuns))
				p := newPlace(t, m)
				p.runs()
				time.Sleep(time.Minute)
				if m.open.Load() != 1 {
					t.Fatalf("%d connections are open", m.open.Load())
				}
				end(p)
				synctest.Wait()
				if m.open.Load() != 0 {
					t.Error("the connection is left")
				}
				time.Sleep(time.Hour)
				if m.begun.Load() != 1 {
					t.Errorf("%d connections were begun", m.begun.Load())
				}
			})
		})
	}
}

// What a machine does can't make the watch over it dear, nor have it believed.
func TestAMachineThatIsNotToBeTrusted(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(context.Context, io.Writer)
		most   int32 // connections in an hour
	}{
		"refuses":   {func(context.Context, io.Writer) {}, 10},
		"is silent": {silent, 10},
		"floods": {func(ctx context.Context, out io.Writer) {
			for ctx.Err() == nil {
				_, _ = io.WriteString(out, strings.Repeat("x", 1<<10))
			}
		}, 10},
		"floods with words": {func(ctx context.Context, out io.Writer) {
			for ctx.Err() == nil {
				_, _ = io.WriteString(out, wordRuns+"\n")
			}
		}, 10},
		"says something like it": {says(" "+wordEnded, wordEnded+" ", strings.ToUpper(wordEnded), wordRuns+wordEnded, ""), 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(tt.answer)
				p := newPlace(t, m)
				p.runs()
				time.Sleep(time.Hour)
				if n := m.begun.Load(); n < 2 || n > tt.most {
					t.Errorf("%d connections in an hour", n)
				}
				if sign := p.Sign(node); p.ended.Load() != 0 || !sign.Ended.IsZero() {
					t.Errorf("it is believed: %+v", sign)
				}
			})
		})
	}
}

// Nor can a flood of complaints, while the right word comes as well.
func TestAFloodOfComplaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(nil)
		m.complain = func(ctx context.Context, line func(schema.Stream, string)) {
			for n := 0; ctx.Err() == nil; n++ {
				if n == 1000 {
					t.Error("it is listened to for ever")
					<-ctx.Done()
				}
				line(schema.StreamStderr, strings.Repeat("x", 1<<10))
			}
		}
		p := newPlace(t, m)
		p.runs()
		time.Sleep(time.Hour)
		if n := m.begun.Load(); n < 2 || n > 10 {
			t.Errorf("%d connections in an hour", n)
		}
	})
}

// The end is told when it is said, although the connection stays open: what a login shell has started may hold it.
func TestTheEndIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(func(ctx context.Context, out io.Writer) {
			_, _ = io.WriteString(out, wordEnded+"\n")
			silent(ctx, out)
		})
		p := newPlace(t, m)
		p.runs()
		time.Sleep(time.Second)
		if p.ended.Load() != 1 || m.open.Load() != 0 {
			t.Errorf("the end is told %d times, %d connections are open", p.ended.Load(), m.open.Load())
		}
	})
}

// A connection that a sleep of the computer, or the network, has cut is made again.
func TestALostConnectionIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		m := newMachine(func(ctx context.Context, out io.Writer) {
			if !back.Load() {
				_, _ = io.WriteString(out, wordRuns+"\n")
				silent(ctx, out)
				return
			}
			says(wordRuns, wordEnded)(ctx, out)
		})
		p := newPlace(t, m)
		p.runs()
		time.Sleep(10 * time.Second)
		back.Store(true)
		time.Sleep(3 * time.Minute)
		if m.begun.Load() != 2 || p.ended.Load() != 1 {
			t.Errorf("%d connections, the end told %d times", m.begun.Load(), p.ended.Load())
		}
	})
}

// A machine is not asked through another program, nor where its host key is not kept.
func TestMachinesThatAreNotAsked(t *testing.T) {
	for name, prepare := range map[string]func(p *place){
		"behind a proxy": func(p *place) { p.configure("  ProxyCommand kubectl port-forward\n") },
		"not known":      func(p *place) { _ = p.opt.HostKeys.Forget(hash) },
		"no file":        func(p *place) { _ = os.Remove(sky.SSHConfigPath(p.home, node)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(says(wordRuns))
				p := newPlace(t, m)
				prepare(p)
				p.runs()
				time.Sleep(time.Hour)
				if m.begun.Load() != 0 {
					t.Errorf("%d ssh were started", m.begun.Load())
				}
			})
		})
	}
}
