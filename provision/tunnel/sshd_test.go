//go:build unix

package tunnel

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carapace/provision/hostkeys/sshdtest"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// line is a relay between ssh and a real sshd, which can be cut.
type line struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

// through writes SkyPilot's file about a machine that is reached through a new line.
func (p place) through(to sshdtest.Daemon) *line {
	p.t.Helper()
	text, err := os.ReadFile(to.Configure(p.t, "ForwardAgent yes"))
	if err != nil {
		p.t.Fatal(err)
	}
	machine, known := sky.ParseSSHConfig(string(text), node)
	if !known {
		p.t.Fatalf("no machine in %s", text)
	}
	l := &line{Listener: listen(p.t)}
	var relaying sync.WaitGroup
	relay := func(from, to net.Conn) {
		_, _ = io.Copy(to, from)
		_, _ = from.Close(), to.Close()
	}
	relaying.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(machine.Port)))
			if err != nil {
				_ = near.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, near, far)
			l.mu.Unlock()
			relaying.Go(func() { relay(near, far) })
			relaying.Go(func() { relay(far, near) })
		}
	})
	p.t.Cleanup(func() { _ = l.Close(); l.cut(); relaying.Wait() })
	p.configure(strings.Replace(string(text), "Port "+strconv.Itoa(machine.Port), "Port "+strconv.Itoa(port(l)), 1))
	return l
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func realSSH(t *testing.T) place {
	t.Helper()
	sshdtest.Needs(t)
	t.Parallel()
	runner := host.NewExecRunner(host.ExecOptions{Locate: func(context.Context) (host.Location, error) {
		return host.Location{Environ: append(os.Environ(), "SHELL=/usr/sbin/nologin")}, nil // some accounts have none to run a command
	}})
	t.Cleanup(func() { _ = runner.Close() })
	return newPlace(t, runner)
}

// page returns what a web server says.
func page(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	said, _ := io.ReadAll(answer.Body)
	return string(said)
}

func web(t *testing.T) int {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the Gatekeeper") }))
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

func TestAPortOfARealServer(t *testing.T) {
	p := realSSH(t)
	line, service := p.through(sshdtest.Listen(t, "ed25519")), web(t)
	is := p.opens(service)
	if said := page(t, is.URL); said != "the Gatekeeper" {
		t.Fatalf("%s says %q", is.URL, said)
	}
	if err := p.Close(t.Context(), is.ID); err != nil {
		t.Fatal(err)
	}
	p.ended(is, "")
	if said := page(t, is.URL); said != "" {
		t.Errorf("after its end %s says %q", is.URL, said)
	}
	again, err := p.Open(t.Context(), node, service, is.LocalPort) // it is free again
	if err != nil || again.LocalPort != is.LocalPort || again.ID == is.ID || page(t, again.URL) != "the Gatekeeper" {
		t.Fatalf("%+v, %v", again, err)
	}
	line.cut()
	p.ended(again, schema.KindUnreachable)
	p.through(sshdtest.Listen(t, "ed25519")) // another customer's machine has the address now
	p.refuses(service, 0, schema.KindHostKeyChanged)
}

func TestAPortOfThisMachineThatIsTaken(t *testing.T) {
	p := realSSH(t)
	p.through(sshdtest.Listen(t, "ed25519"))
	taken := listen(t)
	defer func() { _ = taken.Close() }()
	if refusal := p.refuses(web(t), port(taken), schema.KindInvalidParams); refusal.Field != "localPort" {
		t.Errorf("%+v", refusal)
	}
}

// The server is stopped: what ssh has open goes with it at once.
func TestARealTunnelEndsWithItsServer(t *testing.T) {
	p := realSSH(t)
	p.through(sshdtest.Listen(t, "ed25519"))
	is := p.opens(web(t))
	p.change(func(rec *lifecycle.Cluster) { rec.View.Status = schema.StatusStopped })
	p.ended(is, schema.KindUnsupported)
	if said := page(t, is.URL); said != "" {
		t.Errorf("it says %q", said)
	}
}
