package tunnel

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	node = "node" // the alias of hostkeys/sshdtest
	hash = "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"
)

// told is a store.Notifier that keeps which tunnels have ended.
type told struct {
	store.Notifier
	closed chan schema.TunnelClosed
}

func (told) StatusChanged(schema.StatusChanged)   {}
func (n told) TunnelClosed(c schema.TunnelClosed) { n.closed <- c }

// place is a state folder in which a server runs, and a home with SkyPilot's file about it.
type place struct {
	*Tunnels
	t    *testing.T
	told chan schema.TunnelClosed
	home string
}

func newPlace(t *testing.T, runner sky.Runner) place {
	t.Helper()
	dir, log, redactor := t.TempDir(), slog.New(slog.DiscardHandler), &redact.Redactor{}
	group, pins, heard := supervisor.New(log), hostkeys.In(filepath.Join(dir, "keys")), make(chan schema.TunnelClosed, 2*maxOpen)
	s, err := store.Open(store.Options{
		Dir: filepath.Join(dir, "state"), Configured: node, Endpoint: "e", Notifier: told{closed: heard}, Redactor: redactor, Log: log, Life: group.Context(),
		Records: journal.NewRecords(filepath.Join(dir, "servers"), "e"), Ended: pins.Forget,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := place{t: t, told: heard, home: filepath.Join(dir, "home")}
	p.Tunnels = New(Options{
		Store: s, Group: group, HostKeys: pins, Opening: time.Minute,
		Changed: func() {}, SkyPilot: backend.New(backend.Options{
			Store: s, Group: group, Log: log, Redactor: redactor, Runner: runner,
			Environment: credentials.Environment{Home: p.home, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile},
		}),
	})
	s.Announce(p.OnStateChange)
	p.change(func(rec *lifecycle.Cluster) {
		rec.Identity.Hash, rec.View.Status = hash, schema.StatusRunning
		rec.Witness(lifecycle.EvidenceShown, "", time.Now())
	})
	p.configure("Host node\n  HostName 192.0.2.1\n")
	t.Cleanup(func() { group.Close(context.Background()) })
	return p
}

func (p place) change(fn func(*lifecycle.Cluster)) {
	p.t.Helper()
	if err := p.opt.Store.Update(func(st *lifecycle.State) error { fn(st.Ensure(node)); return nil }); err != nil {
		p.t.Fatal(err)
	}
}

// configure writes SkyPilot's file about the server.
func (p place) configure(text string) {
	p.t.Helper()
	path := sky.SSHConfigPath(p.home, node)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) opens(port int) schema.Tunnel {
	p.t.Helper()
	is, err := p.Open(p.t.Context(), node, port, 0)
	if err != nil {
		p.t.Fatalf("port %d: %v", port, err)
	}
	return is
}

// refuses wants an error with a hint, of a kind.
func (p place) refuses(port, local int, want schema.Kind) *schema.Error {
	p.t.Helper()
	is, err := p.Open(p.t.Context(), node, port, local)
	refusal, ok := err.(*schema.Error) //nolint:errorlint // none is wrapped
	if !ok || refusal.Kind != want || refusal.Message == "" || refusal.Hint == "" {
		p.t.Fatalf("%+v, %v, want %s", is, err, want)
	}
	return refusal
}

// ended waits for the end of a tunnel; kind "" is that of one that was closed.
func (p place) ended(want schema.Tunnel, kind schema.Kind) {
	p.t.Helper()
	got := <-p.told
	if got.Tunnel != want || (got.Reason == nil) != (kind == "") || got.Reason != nil && got.Reason.Kind != kind {
		p.t.Errorf("told was %+v, %+v; want %+v, %s", got.Tunnel, got.Reason, want, kind)
	}
}

// fake is a Runner whose ssh connects, says something, or does neither, and whose sky ends at once.
type fake struct {
	says    []string
	connect bool
	calls   chan sky.Call
}

func (f fake) Expect(sky.Call, int) {}

func (f fake) Submit(context.Context, sky.Call, string) (sky.Result, error) { return sky.Result{}, nil }

func (f fake) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if call.Program != "ssh" {
		return sky.Result{}, nil
	}
	f.calls <- call
	if len(f.says) > 0 {
		return sky.Result{Code: 255, Stderr: strings.Join(f.says, "\n")}, nil
	}
	for _, arg := range call.Args {
		if path, is := strings.CutPrefix(arg, "UserKnownHostsFile="); is && f.connect {
			if err := os.WriteFile(path, []byte(hash+" ssh-ed25519 AAAA\n"), 0o600); err != nil {
				return sky.Result{}, err
			}
		}
	}
	if f.connect {
		call.Line(schema.StreamStderr, connected) // the server says it: a banner is no connection
		call.Line(schema.StreamStdout, connected)
	}
	<-ctx.Done()
	return sky.Result{Code: -1}, ctx.Err()
}

func newFake(connect bool, says ...string) fake {
	return fake{connect: connect, says: says, calls: make(chan sky.Call, 4*maxOpen)}
}

// As many as there may be, and none of them keeps a sky waiting.
func TestTunnelsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, newFake(true))
		first := p.opens(1)
		for port := 2; port <= maxOpen; port++ {
			p.opens(port)
		}
		p.refuses(maxOpen+1, 0, schema.KindBusy)
		if again := p.opens(1); again != first || len(p.List()) != maxOpen {
			t.Errorf("a port that has a tunnel has another: %+v of %+v", again, p.List())
		}
		if _, err := p.opt.SkyPilot.Run(t.Context(), sky.Call{Program: "sky", Args: []string{"status"}}); err != nil {
			t.Errorf("sky waits for tunnels: %v", err)
		}
		if err := p.Close(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		p.ended(first, "")
		p.opens(maxOpen + 1)
		if err := p.Close(t.Context(), first.ID); err != nil {
			t.Errorf("one that is closed already: %v", err)
		}
	})
}

func TestATunnelEndsWithItsServer(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*lifecycle.Cluster)
		kind   schema.Kind
	}{
		"stopped":     {func(rec *lifecycle.Cluster) { rec.View.Status = schema.StatusStopped }, schema.KindUnsupported},
		"gone":        {func(rec *lifecycle.Cluster) { rec.View.Status = schema.StatusNoServer }, schema.KindClusterNotFound},
		"another one": {func(rec *lifecycle.Cluster) { rec.Identity.Hash = "another" }, schema.KindUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlace(t, newFake(true))
				is := p.opens(80)
				p.change(func(rec *lifecycle.Cluster) { rec.View.IP = "192.0.2.9" }) // this changes nothing
				synctest.Wait()
				if len(p.List()) != 1 {
					t.Fatal("it has ended with a change that is none to it")
				}
				p.change(tt.change)
				p.ended(is, tt.kind)
				if len(p.List()) != 0 {
					t.Errorf("there is still %+v", p.List())
				}
			})
		})
	}
}

func TestNoTunnelWithoutAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runner := newFake(true)
		p := newPlace(t, runner)
		p.change(func(rec *lifecycle.Cluster) { rec.View.Status = schema.StatusStopped })
		p.refuses(80, 0, schema.KindUnsupported)
		p.change(func(rec *lifecycle.Cluster) { rec.View.Status = schema.StatusRunning })
		for _, port := range []int{0, -1, 65536} {
			if refusal := p.refuses(port, 0, schema.KindInvalidParams); refusal.Field != "port" {
				t.Errorf("%d: %s", port, refusal.Field)
			}
		}
		if refusal := p.refuses(80, -1, schema.KindInvalidParams); refusal.Field != "localPort" {
			t.Error(refusal.Field)
		}
		p.change(func(rec *lifecycle.Cluster) { rec.Identity.Hash = "" }) // nobody knows its key
		p.refuses(80, 0, schema.KindInternal)
		if len(runner.calls) != 0 || len(p.List()) != 0 {
			t.Errorf("%d ssh were started", len(runner.calls))
		}
	})
}

func TestWhatSSHSays(t *testing.T) {
	const bind = "bind [127.0.0.1]:1: Address already in use\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 1\nCould not request local forwarding."
	for name, tt := range map[string]struct {
		says  string
		local int
		kind  schema.Kind
		tries int
	}{
		"a port of its choice that is taken": {bind, 0, schema.KindInvalidParams, maxTries},
		"a port that is taken":               {bind, 4711, schema.KindInvalidParams, 1},
		"no key":                             {"ubuntu@192.0.2.1: Permission denied (publickey).", 0, schema.KindPermission, 1},
		"no key, and no password":            {"ubuntu@192.0.2.1: Permission denied (password).", 0, schema.KindPermission, 1},
		"too many keys":                      {"Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures", 0, schema.KindPermission, 1},
		"nobody":                             {"ssh: connect to host 192.0.2.1 port 22: Connection refused", 0, schema.KindUnreachable, 1},
		"another machine":                    {"REMOTE HOST IDENTIFICATION HAS CHANGED", 0, schema.KindHostKeyChanged, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runner := newFake(false, tt.says)
				p := newPlace(t, runner)
				if refusal := p.refuses(80, tt.local, tt.kind); tt.kind == schema.KindUnreachable && !strings.Contains(refusal.Detail, tt.says) {
					t.Errorf("ssh's words are lost: %q", refusal.Detail)
				}
				if len(runner.calls) != tt.tries || len(p.told) != 0 {
					t.Errorf("%d tries, want %d, and %d ends were told of what nobody had", len(runner.calls), tt.tries, len(p.told))
				}
			})
		})
	}
}

// A connection that is not made in time is given up; until then the others are not kept waiting.
func TestAConnectionThatIsNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, newFake(false))
		began := time.Now()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Open(impatient, node, 80, 0); err == nil || len(p.List()) != 0 {
			t.Fatalf("%v, %+v", err, p.List())
		}
		p.refuses(80, 0, schema.KindTimeout) // the same one
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// The server gets nothing of ours, and nobody else's connection is used.
func TestSSHIsAskedForATunnelAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runner := newFake(true)
		p := newPlace(t, runner)
		is := p.opens(80)
		args := (<-runner.calls).Args
		for _, want := range []string{"-N", "-a", "-x", "ControlPath=none", "ExitOnForwardFailure=yes", "HostKeyAlias=" + hash, sky.SSHConfigPath(p.home, node)} {
			if !slices.Contains(args, want) {
				t.Errorf("%s is missing in %q", want, args)
			}
		}
		if to := args[slices.Index(args, "-L")+1]; !strings.HasPrefix(to, "127.0.0.1:") || !strings.HasSuffix(to, ":127.0.0.1:80") || !strings.HasSuffix(is.URL, strings.Split(to, ":")[1]) {
			t.Errorf("it is %s, and said is %s", to, is.URL)
		}
	})
}

// A key that can't be kept would be learned anew from whoever answers next.
func TestAKeyThatIsNotKeptEndsTheTunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, unkept{newFake(true)})
		p.refuses(80, 0, schema.KindStateUnwritable)
	})
}

// unkept is a fake whose ssh writes no key.
type unkept struct{ fake }

func (u unkept) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	call.Args = slices.DeleteFunc(call.Args, func(arg string) bool { return strings.HasPrefix(arg, "UserKnownHostsFile=") })
	return u.fake.Run(ctx, call)
}
