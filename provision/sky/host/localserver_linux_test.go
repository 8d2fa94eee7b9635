package host

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"carapace/provision/sky"
)

// fakeServer is what looks like an API server at a port, with a worker that, as SkyPilot's, does not heed SIGTERM and outlives its parent.
type fakeServer struct {
	*exec.Cmd
	ended chan struct{} // the server itself has
	gone  chan struct{} // none of its processes is left
}

func startFake(t *testing.T, port, mark string) fakeServer {
	t.Helper()
	const script = `trap 'exit 0' TERM; (trap '' TERM; echo; while :; do read x </dev/zero; done) & while :; do wait; done`
	cmd := exec.Command("/bin/bash", "-c", script, "server", "-m", "sky.server.server", "--host=127.0.0.1", "--port="+port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = append(os.Environ(), sky.MarkVariable+"="+mark)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = in // which the worker has, too
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	f := fakeServer{cmd, make(chan struct{}), make(chan struct{})}
	go func() { defer close(f.ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-f.ended
		<-f.gone
	})
	if _, err := out.Read(make([]byte, 1)); err != nil { // both run
		t.Fatal(err)
	}
	go func() { defer close(f.gone); _, _ = io.Copy(io.Discard, out); _ = out.Close() }()
	return f
}

// kept is Kept, of the server's own processes alone: other programs of this machine may use another server.
func (f fakeServer) kept(s *LocalServer) string {
	var all []*process
	for _, p := range processes() {
		if p.pid == f.Process.Pid || p.parent == f.Process.Pid {
			all = append(all, p)
		}
	}
	return s.kept(context.Background(), all)
}

// listing is a server's port, which lists requests.
func listing(t *testing.T, list string) (s *LocalServer, port string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/health" {
			fmt.Fprintf(w, `{"status":"healthy","api_version":"62","version":%q}`, sky.Tested)
			return
		}
		_, _ = w.Write([]byte(list))
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &LocalServer{Endpoint: Endpoint{URL: server.URL, Local: true}, Mark: "abc"}, u.Port()
}

func oursAlone(t *testing.T) string {
	t.Helper()
	return listOf(t, requestOf("a", "SUCCEEDED", "abc", "sky status", 1000), ownRequest(onBoot, "SUCCEEDED", 990))
}

func TestAServerOfOursIsEndedWithItsWorkers(t *testing.T) {
	s, port := listing(t, oursAlone(t))
	f := startFake(t, port, "abc")
	if why := f.kept(s); why != "" || s.newest != "a" {
		t.Fatalf("a server that nobody uses is kept: %s; its newest request is %q", why, s.newest)
	}
	if !s.End(t.Context()) {
		t.Fatal("it was not ended")
	}
	<-f.ended
	<-f.gone
	if why := s.Kept(t.Context()); why != ServerNotThere {
		t.Errorf("after its end it is kept: %s", why)
	}
}

func TestAnothersServerIsKept(t *testing.T) {
	for _, mark := range []string{"", "abd", "abcd", "xabc"} {
		s, port := listing(t, oursAlone(t))
		if why := startFake(t, port, mark).kept(s); why != ServerNotOurs {
			t.Errorf("started with %q it is kept: %q", mark, why)
		}
	}
}

func TestAServerThatDoesNotAnswerIsKept(t *testing.T) {
	s, port := listing(t, "<html>")
	if why := startFake(t, port, "abc").kept(s); why != ServerInUse {
		t.Errorf("it is kept: %q", why)
	}
}

// A `sky`, also one of another sidecar's, has begun and not asked yet.
func TestAProgramThatMayAskKeepsTheServer(t *testing.T) {
	s, port := listing(t, oursAlone(t))
	f := startFake(t, port, "abc")
	all := append(serverProcesses(processes(), port), &process{pid: 1, args: "/venv/bin/python /venv/bin/sky status "})
	if why := s.kept(t.Context(), all); why != ServerInUse {
		t.Errorf("it is kept: %q", why)
	}
	_ = f
}

// A pid may have been given to another since.
func TestAnotherProcessOfTheSameNumberIsNotEnded(t *testing.T) {
	s, port := listing(t, oursAlone(t))
	f := startFake(t, port, "abc")
	if why := f.kept(s); why != "" {
		t.Fatal(why)
	}
	s.seen.start += "0"
	if s.End(t.Context()) {
		t.Error("it is said to be ended")
	}
	if err := f.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error(err)
	}
}

// One that does not end in its time is killed, unless somebody is connected.
func TestAServerThatDoesNotEnd(t *testing.T) {
	for _, served := range []bool{false, true} {
		s, port := listing(t, oursAlone(t))
		f := startFake(t, port, "abc")
		if why := f.kept(s); why != "" {
			t.Fatal(why)
		}
		if err := f.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if served {
			conn, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if why := f.kept(s); why != ServerInUse {
				t.Errorf("somebody is connected, and it is kept: %q", why)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if ended := s.End(ctx); ended == served {
			t.Errorf("somebody is connected: %v; it is said to be ended: %v", served, ended)
		}
		if !served {
			<-f.gone
		} else if err := f.Process.Signal(syscall.Signal(0)); err != nil {
			t.Errorf("somebody is connected: %v", err)
		}
	}
}
