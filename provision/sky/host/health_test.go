package host

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// As SkyPilot 0.14.1 answers.
const healthy = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n" +
	`{"status":"healthy","api_version":"62","version":"0.14.1","version_on_disk":"0.14.1","commit":"7e595970a806dcc9eefadf459f399edf1733e962","user":null}`

// serve answers one connection, or with "" takes it and says nothing until ctx ends.
func serve(t *testing.T, ctx context.Context, answer string) (url string, request <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		line, _ := bufio.NewReader(conn).ReadString('\n')
		got <- strings.TrimSpace(line)
		if answer == "" {
			<-ctx.Done()
			return
		}
		_, _ = conn.Write([]byte(answer))
	}()
	return "http://" + l.Addr().String(), got
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		err          error
		want         Health
	}{
		{"healthy", healthy, nil, Health{"healthy", "0.14.1", "62"}},
		{"wants a login", "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"needs_auth\",\"api_version\":\"62\"}", nil, Health{Status: "needs_auth", APIVersion: "62"}},
		{"another program", "HTTP/1.1 404 Not Found\r\n\r\nnope", ErrForeignServer, Health{}},
		{"another program with JSON", "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"healthy\"}", ErrForeignServer, Health{}},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", ErrForeignServer, Health{}},
		{"endless", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 2*maxAnswer), ErrForeignServer, Health{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url, request := serve(t, context.Background(), tt.answer)
			got, err := Probe(context.Background(), Endpoint{URL: url})
			if !errors.Is(err, tt.err) || got != tt.want || got.Healthy() != (got.Status == "healthy") {
				t.Errorf("%+v, %v", got, err)
			}
			if line := <-request; line != "GET /api/health HTTP/1.0" {
				t.Errorf("asked %q", line)
			}
		})
	}
}

func TestProbeNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	l.Close()
	if _, err := Probe(context.Background(), Endpoint{URL: url}); !errors.Is(err, ErrServerDown) {
		t.Error(err)
	}
	for _, url := range []string{"https://sky.example.com", "", "::", "http://"} {
		if _, err := Probe(context.Background(), Endpoint{URL: url}); !errors.Is(err, ErrNoProbe) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestProbeSilent(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	url, request := serve(t, ctx, "")
	ended := make(chan error)
	go func() {
		_, err := Probe(ctx, Endpoint{URL: url})
		ended <- err
	}()
	<-request
	stop()
	if err := <-ended; !errors.Is(err, ErrServerDown) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestResolveEndpoint(t *testing.T) {
	local := Endpoint{URL: "http://127.0.0.1:46580", Local: true}
	for _, tt := range []struct {
		name    string
		environ []string
		config  string
		want    Endpoint
	}{
		{"nothing", nil, "", local},
		{"port", []string{"SKYPILOT_API_SERVER_LOCAL_PORT=5000"}, "", Endpoint{"http://127.0.0.1:5000", true}},
		{"no port", []string{"SKYPILOT_API_SERVER_LOCAL_PORT=x;y"}, "", local},
		{"variable", []string{"SKYPILOT_API_SERVER_ENDPOINT=https://sky.example.com/"}, "api_server:\n  endpoint: http://other\n", Endpoint{"https://sky.example.com", false}},
		{"password", []string{"SKYPILOT_API_SERVER_ENDPOINT=http://user:pass@sky.example.com:30050"}, "", Endpoint{"http://sky.example.com:30050", false}},
		{"configured", nil, "aws:\n  x: 1\napi_server:\n  endpoint: http://10.0.0.1:46580\n", Endpoint{"http://10.0.0.1:46580", false}},
		{"configured as local", nil, "api_server:\n  endpoint: http://localhost:46580/\n", local},
		{"configured as all addresses", nil, "api_server:\n  endpoint: http://0.0.0.0:46580\n", local},
		{"forwarded", nil, "api_server:\n  endpoint: http://127.0.0.1:9999\n", Endpoint{"http://127.0.0.1:9999", false}},
		{"local with a password", nil, "api_server:\n  endpoint: http://u:p@127.0.0.1:46580\n", Endpoint{"http://127.0.0.1:46580", false}},
		{"damaged", nil, "api_server: [\n", local},
		{"of another shape", nil, "api_server: 5\n", local},
		{"unreadable", []string{"SKYPILOT_API_SERVER_ENDPOINT=http://%zz"}, "", Endpoint{"an address that can't be read", false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			writeConfig(t, filepath.Join(home, ".sky", "config.yaml"), tt.config)
			if got := ResolveEndpoint(Host{GOOS: "linux", Home: home, Environ: tt.environ}); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
	home := t.TempDir()
	writeConfig(t, filepath.Join(home, "mine.yaml"), "api_server:\n  endpoint: http://mine:1\n")
	got := ResolveEndpoint(Host{GOOS: "linux", Home: home, Environ: []string{"SKYPILOT_GLOBAL_CONFIG=~/mine.yaml"}})
	if got.URL != "http://mine:1" {
		t.Errorf("%+v", got)
	}
}

func writeConfig(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
