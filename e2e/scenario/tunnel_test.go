package scenario

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// get asks for a web page by hand, and returns all of the answer; "" where nobody answers.
func get(t *testing.T, tunnel schema.Tunnel) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", tunnel.LocalPort))
	if err != nil {
		return ""
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// A tunnel lasts as long as its server, and not longer than its sidecar, however that ends.
func TestTunnel(t *testing.T) {
	t.Parallel()
	s := &scene{Stage: NewStage(t, t.TempDir()), world: simulated{cloud: AWS()}, Cloud: AWS()}
	s.sidecar(t)
	Refused(t, s.Peer, schema.TunnelOpen, schema.TunnelOpenParams{Port: 443}, schema.KindClusterNotFound)
	s.launch(t, s.Small())
	open := func() schema.Tunnel {
		t.Helper()
		is := Call(t, s.Peer, schema.TunnelOpen, schema.TunnelOpenParams{Port: 443})
		if page := get(t, is); !strings.Contains(page, "443") {
			t.Fatalf("%s says %q", is.URL, page)
		}
		return is
	}
	ended := func(is schema.Tunnel, kind schema.Kind) {
		t.Helper()
		told := Await(t, s.Peer, schema.TunnelEnd, "the end of a tunnel", s.world.Patience(), func(c schema.TunnelClosed) bool { return c.Tunnel == is })
		if (told.Reason == nil) != (kind == "") || told.Reason != nil && told.Reason.Kind != kind {
			t.Errorf("it ended because of %+v, want %s", told.Reason, kind)
		}
		if page := get(t, is); page != "" {
			t.Errorf("after its end %s says %q", is.URL, page)
		}
	}
	first := open()
	if again := open(); again != first {
		t.Errorf("the same port has another tunnel: %+v", again)
	}
	if list := Call(t, s.Peer, schema.TunnelList, schema.Empty{}).Tunnels; len(list) != 1 || list[0] != first {
		t.Errorf("listed are %+v", list)
	}
	Call(t, s.Peer, schema.TunnelClose, schema.TunnelCloseParams{ID: first.ID})
	ended(first, "")

	second := open()
	do(t, s, schema.ClusterStop, schema.ChangeParams{Name: ClusterName}, schema.StatusStopped)
	ended(second, schema.KindUnsupported)
	do(t, s, schema.ClusterStart, schema.StartParams{Name: ClusterName}, schema.StatusRunning)

	third := open()
	s.End(t, time.Minute)
	if page := get(t, third); page != "" {
		t.Errorf("after the sidecar's end %s says %q", third.URL, page)
	}
	s.sidecar(t)
	fourth := open()
	s.Kill(t)
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		return // no kernel there ends a child with its parent
	}
	for deadline := time.Now().Add(s.world.Patience()); get(t, fourth) != ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("its ssh lives on after the sidecar was killed")
		}
	}
}
