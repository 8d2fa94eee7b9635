package host

import (
	"context"
	"net"
	"strings"
	"testing"

	"carapace/provision/sky"
)

// serveAll serves one answer a connection, in turn.
func serveAll(t *testing.T, all ...string) (url string, asked func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, answer := range all {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			n, _ := conn.Read(buf)
			line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
			lines = append(lines, line)
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}
	}()
	return "http://" + l.Addr().String(), func() []string { _ = l.Close(); <-done; return lines }
}

func TestRequestEnd(t *testing.T) {
	const id = "7b33094c-c5f8-4572-b557-96deef482b6f"
	const ok = "HTTP/1.1 200 OK\r\n\r\n"
	status := func(s string) string {
		return ok + `[{"request_id":"` + id + `","name":"sky.stop","request_body":"{}","status":"` + s + `","created_at":1795934635.8543825,"pid":null}]`
	}
	for name, c := range map[string]struct {
		health, answer string
		want           sky.RequestEnd
	}{
		"succeeded":       {healthy, status("SUCCEEDED"), sky.EndedWell},
		"failed":          {healthy, status("FAILED"), sky.EndedBadly},
		"canceled":        {healthy, status("CANCELLED"), sky.EndedBadly},
		"waits":           {healthy, status("PENDING"), sky.EndNotYet},
		"runs":            {healthy, status("RUNNING"), sky.EndNotYet},
		"a new status":    {healthy, status("PAUSED"), sky.EndUnknown},
		"not known":       {healthy, ok + "[]", sky.EndUnknown},
		"another's":       {healthy, strings.Replace(status("SUCCEEDED"), id, "other", 1), sky.EndUnknown},
		"an error":        {healthy, "HTTP/1.1 500 Internal Server Error\r\n\r\n{\"detail\":\"x\"}", sky.EndUnknown},
		"nothing":         {healthy, "", sky.EndUnknown},
		"too long":        {healthy, ok + strings.Repeat(" ", 2*maxAnswer) + "[]", sky.EndUnknown},
		"another version": {strings.ReplaceAll(healthy, "0.14.1", "0.15.0"), "", sky.EndUnknown},
		"an ill server":   {strings.Replace(healthy, `"healthy"`, `"unhealthy"`, 1), "", sky.EndUnknown},
		"not SkyPilot's":  {ok + "hello", "", sky.EndUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			url, asked := serveAll(t, c.health, c.answer)
			if got := RequestEnd(context.Background(), Endpoint{URL: url, Local: true}, id); got != c.want {
				t.Errorf("the end is %d, not %d", got, c.want)
			}
			if lines := asked(); c.want != sky.EndUnknown && lines[1] != "GET /api/status?request_ids="+id+" HTTP/1.0" {
				t.Errorf("asked %q", lines)
			}
		})
	}
	if RequestEnd(context.Background(), Endpoint{URL: "http://127.0.0.1:1"}, id) != sky.EndUnknown {
		t.Error("a remote server was asked")
	}
}
