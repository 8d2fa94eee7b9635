package sky

import (
	"context"
	"slices"
	"testing"

	"carapace/schema"
)

func TestEndpoints(t *testing.T) {
	printed := "\x1b[34m\x1b[1m443\x1b[0m: \x1b[36m\x1b[1m127.0.1.16:20443\x1b[0m\n80: http://host/skypilot/80\n" +
		"I 11-23 runpod.py:1: waiting\nport: x\n: y\n81:\n"
	r := &stub{res: Result{Stdout: printed}}
	got, err := NewClient(r, false).Endpoints(context.Background(), "n")
	want := []Endpoint{{"443", "127.0.1.16:20443"}, {"80", "http://host/skypilot/80"}}
	if err != nil || !slices.Equal(got, want) || !slices.Equal(r.call.Args, []string{"status", "--endpoints", "n"}) {
		t.Errorf("%+v, %v, asked %q", got, err, r.call.Args)
	}
	_, err = NewClient(&stub{res: recording(t, "status-endpoints-none").exits(1)}, false).Endpoints(context.Background(), "n")
	if e, ok := err.(*schema.Error); !ok || e == nil { //nolint:errorlint // the client wraps none
		t.Errorf("without open ports: %v", err)
	}
	if _, err := NewClient(r, false).Endpoints(context.Background(), "--all"); err == nil {
		t.Error("a flag is taken for a name")
	}
}
