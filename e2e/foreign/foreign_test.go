package foreign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// problem is what is needed of the data of an error.
type problem struct {
	Kind, Hint, Field string
	Retryable         bool
}

type operation struct{ ID, State, Message string }

type cluster struct{ Name, Status, Description string }

type accepted struct {
	Operation operation
	Cluster   cluster
}

// host is a sidecar and the client that talks to it.
type host struct {
	*jrpc2.Client
	cmd   *exec.Cmd
	notes chan *jrpc2.Request
}

// start runs a sidecar on the simulated cloud, with a state folder and vaults of
// its own. It is ended when the test is.
func start(t *testing.T) *host {
	t.Helper()
	path := os.Getenv("CARAPACE_SIDECAR")
	if path == "" {
		t.Skip("CARAPACE_SIDECAR is not set: the built sidecar is NOT tested")
	}
	project := t.TempDir()
	for _, vault := range []string{"public", "private"} {
		if err := os.MkdirAll(filepath.Join(project, "data", vault), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "--simulate", "--state-dir", filepath.Join(project, "state"), "--project", project)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := connect(cmd, stdout, stdin)
	t.Cleanup(func() { h.end(t) })
	return h
}

func connect(cmd *exec.Cmd, stdout io.Reader, stdin io.WriteCloser) *host {
	h := &host{cmd: cmd, notes: make(chan *jrpc2.Request, 10_000)}
	h.Client = jrpc2.NewClient(channel.Line(stdout, stdin), &jrpc2.ClientOptions{
		OnNotify: func(r *jrpc2.Request) { h.notes <- r },
		OnCancel: func(c *jrpc2.Client, r *jrpc2.Response) {
			_ = c.Notify(context.Background(), "$/cancelRequest", map[string]any{"id": json.RawMessage(r.ID())})
		},
	})
	return h
}

// end closes the sidecar's stdin, as a host does that has gone, and waits for it.
func (h *host) end(t *testing.T) {
	killer := time.AfterFunc(30*time.Second, func() { _ = h.cmd.Process.Kill() })
	defer killer.Stop()
	_ = h.Close()
	if err := h.cmd.Wait(); err != nil {
		t.Errorf("the sidecar ended with %v", err)
	}
}

func ask[R any](t *testing.T, h *host, method string, params any) R {
	t.Helper()
	var result R
	if err := h.CallResult(t.Context(), method, params, &result); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return result
}

// refusal calls a method that must answer with an error.
func refusal(t *testing.T, h *host, method string, params any) (*jrpc2.Error, problem) {
	t.Helper()
	_, err := h.Call(t.Context(), method, params)
	var rpcError *jrpc2.Error
	if !errors.As(err, &rpcError) {
		t.Fatalf("%s: got %v, want an error of the sidecar", method, err)
	}
	var data problem
	if len(rpcError.Data) > 0 {
		if err := json.Unmarshal(rpcError.Data, &data); err != nil {
			t.Fatalf("%s: data %s: %v", method, rpcError.Data, err)
		}
	}
	return rpcError, data
}

func TestPing(t *testing.T) {
	h := start(t)
	if got := ask[map[string]any](t, h, "ping", nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestDescribesItself(t *testing.T) {
	h := start(t)
	doc := ask[struct {
		OpenRPC string
		Methods []struct{ Name string }
	}](t, h, "rpc.discover", nil)
	if doc.OpenRPC == "" || len(doc.Methods) < 20 {
		t.Errorf("got version %q and %d methods", doc.OpenRPC, len(doc.Methods))
	}
}

func TestRefusals(t *testing.T) {
	h := start(t)
	cases := []struct {
		name, method string
		params       any
		code         jrpc2.Code
		kind         string
	}{
		{"no such method", "cluster.explode", nil, jrpc2.MethodNotFound, ""},
		{"params by position", "cluster.status", []string{"x"}, jrpc2.InvalidParams, ""},
		{"an unknown field", "cluster.stop", map[string]any{"nmae": "x"}, jrpc2.InvalidParams, "invalid_params"},
		{"a mistyped field", "cluster.status", map[string]any{"name": 1}, jrpc2.InvalidParams, "invalid_params"},
		{"a bad spec", "cluster.launch", map[string]any{"spec": map[string]any{"cpus": "lots"}}, jrpc2.InvalidParams, "invalid_spec"},
		{"nothing to stop", "cluster.stop", nil, -32012, "cluster_not_found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err, data := refusal(t, h, c.method, c.params)
			if err.Code != c.code || (c.kind != "" && data.Kind != c.kind) {
				t.Errorf("got %d %s %q, want %d %s", err.Code, data.Kind, err.Message, c.code, c.kind)
			}
			if c.kind != "" && data.Hint == "" {
				t.Errorf("no hint: %s", err.Data)
			}
		})
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	h := start(t)
	var group sync.WaitGroup
	for range 2000 {
		group.Go(func() {
			if _, err := h.Call(t.Context(), "ping", nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestBatch(t *testing.T) {
	h := start(t)
	answers, err := h.Batch(t.Context(), []jrpc2.Spec{
		{Method: "ping"},
		{Method: "ping", Notify: true},
		{Method: "cluster.explode"},
		{Method: "cluster.list", Params: map[string]any{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(answers) != 3 {
		t.Fatalf("%d answers, want 3: a notification has none", len(answers))
	}
	if answers[0].Error() != nil || answers[2].Error() != nil {
		t.Errorf("got %v, %v", answers[0].Error(), answers[2].Error())
	}
	if got := answers[1].Error(); got == nil || got.Code != jrpc2.MethodNotFound {
		t.Errorf("got %v, want method not found", got)
	}
}

func TestLaunchAndDestroy(t *testing.T) {
	h := start(t)
	launched := ask[accepted](t, h, "cluster.launch", map[string]any{"spec": map[string]any{"cloud": "aws"}})
	if launched.Cluster.Status != "provisioning" {
		t.Errorf("launch answered with the status %s", launched.Cluster.Status)
	}
	if end := h.finished(t, launched.Operation.ID); end.Operation.State != "succeeded" || end.Cluster.Status != "running" {
		t.Fatalf("launch ended: %+v", end)
	}
	if err, data := refusal(t, h, "cluster.launch", nil); data.Kind != "cluster_active" {
		t.Errorf("a second launch: %v", err)
	}
	destroyed := ask[accepted](t, h, "cluster.destroy", nil)
	if end := h.finished(t, destroyed.Operation.ID); end.Operation.State != "succeeded" || end.Cluster.Status != "no_server" {
		t.Fatalf("destroy ended: %+v", end)
	}
}

// finished waits for the end of an operation and returns it.
func (h *host) finished(t *testing.T, id string) accepted {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		select {
		case note := <-h.notes:
			var end accepted
			if note.Method() != "operation.finished" {
				continue
			}
			if err := note.UnmarshalParams(&end); err != nil {
				t.Fatal(err)
			}
			if end.Operation.ID == id {
				return end
			}
		case <-deadline:
			t.Fatal(fmt.Errorf("operation %s did not finish", id))
		}
	}
}

// A canceled context makes jrpc2 give the call up; the connection must survive
// the $/cancelRequest and the late answer.
func TestCancelRequest(t *testing.T) {
	h := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := h.Call(ctx, "cluster.status", map[string]any{"refresh": true})
		done <- err
	}()
	cancel()
	<-done // with an error, or with an answer that was faster
	ask[map[string]any](t, h, "ping", nil)
}

func TestShutdownEndsTheProcess(t *testing.T) {
	h := start(t)
	ask[map[string]any](t, h, "shutdown", nil)
}
