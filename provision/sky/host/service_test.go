package host

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAskService(t *testing.T) {
	var asked atomic.Value
	var followed atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.RequestURI + " " + r.Host)
		_, _ = io.WriteString(w, strings.Repeat("body ", 1<<20))
	})
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/followed", http.StatusFound) })
	mux.HandleFunc("/followed", func(http.ResponseWriter, *http.Request) { followed.Store(true) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/cookies", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "session="+strings.Repeat("x", 60<<10))
	})
	real := httptest.NewServer(mux)
	defer real.Close()
	at := strings.TrimPrefix(real.URL, "http://")
	for path, want := range map[string]int{"/healthz?full=1": 200, "/empty": 204, "/moved": 302, "/broken": 500, "/nowhere": 404, "/cookies": 200} {
		if status, answered := AskService(t.Context(), at, path); status != want || !answered {
			t.Errorf("%s answers %d (%v), want %d", path, status, answered, want)
		}
	}
	if got, want := asked.Load(), "GET /healthz?full=1 "+at; got != want {
		t.Errorf("asked was %v, want %s", got, want)
	}
	if followed.Load() {
		t.Error("the redirect was followed")
	}
	real.Close()
	if status, answered := AskService(t.Context(), at, "/healthz"); answered {
		t.Errorf("a port that is closed answers %d", status)
	}
}

// What speaks TLS alone answers a plain question with 400, as nginx does, too; others with an alert, or by closing.
func TestAskServiceThatSpeaksTLS(t *testing.T) {
	real := httptest.NewUnstartedServer(http.NotFoundHandler())
	real.Config.ErrorLog = log.New(io.Discard, "", 0)
	real.StartTLS()
	defer real.Close()
	if status, answered := AskService(t.Context(), strings.TrimPrefix(real.URL, "https://"), "/"); status != http.StatusBadRequest || !answered {
		t.Errorf("a web server: %d, %v", status, answered)
	}
}

// answering is a server that handles one connection, once the request has come.
func answering(t *testing.T, handle func(conn net.Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		if n, _ := conn.Read(make([]byte, 4<<10)); n > 0 {
			handle(conn)
		}
	}()
	return listener.Addr().String()
}

func TestAskServiceThatIsNone(t *testing.T) {
	for name, test := range map[string]struct {
		says     string
		status   int
		answered bool
	}{
		"nothing":            {"", 0, false},
		"a TLS alert":        {"\x15\x03\x03\x00\x02\x02\x0a", 0, true},
		"SSH":                {"SSH-2.0-OpenSSH_9.2p1\r\n", 0, true},
		"half a head":        {"HTTP/1.1 200 OK\r\nServer: x\r\n", 0, true},
		"no number":          {"HTTP/1.1 OK\r\n\r\n", 0, true},
		"a sign":             {"HTTP/1.1 +20 OK\r\n\r\n", 0, true},
		"a number too long":  {"HTTP/1.1 2000 OK\r\n\r\n", 0, true},
		"a number too short": {"HTTP/1.1 099 OK\r\n\r\n", 0, true},
		"HTTP/2":             {"HTTP/2.0 200 OK\r\n\r\n", 0, true},
		"nothing but an end": {"\r\n\r\n", 0, true},
		"no words":           {"HTTP/1.0 200\r\n\r\n", 200, true},
	} {
		if status, answered := AskService(t.Context(), answering(t, func(conn net.Conn) { _, _ = io.WriteString(conn, test.says) }), "/"); status != test.status || answered != test.answered {
			t.Errorf("%s: %d, %v", name, status, answered)
		}
	}
}

func TestAskServiceWithEndlessHeaders(t *testing.T) {
	written := make(chan int, 1)
	address := answering(t, func(conn net.Conn) {
		all, _ := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for all < 64<<20 {
			n, err := io.WriteString(conn, "X-More: "+strings.Repeat("x", 1000)+"\r\n")
			if all += n; err != nil {
				break
			}
		}
		written <- all
	})
	if status, answered := AskService(t.Context(), address, "/"); status != 0 || !answered {
		t.Errorf("it answers %d, %v", status, answered)
	}
	if all := <-written; all >= 64<<20 {
		t.Error("all of it was read")
	}
}

// A service is given five seconds in all, however it fills them; the sidecar's end waits for none.
func TestAskServiceThatIsSlow(t *testing.T) {
	for name, end := range map[string]struct {
		sidecar, limit time.Duration
	}{"the limit": {time.Hour, 20 * time.Millisecond}, "the sidecar's end": {20 * time.Millisecond, time.Hour}} {
		for words, says := range map[string]string{"nothing": "", "half a head": "HTTP/1.1 200 OK\r\n"} {
			address := answering(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, says)
				_, _ = io.Copy(io.Discard, conn) // until it is hung up
			})
			ctx, cancel := context.WithTimeout(t.Context(), end.sidecar)
			if status, answered := askService(ctx, address, "/", end.limit); answered {
				t.Errorf("%s, %s: it answers %d", name, words, status)
			}
			cancel()
		}
	}
}
