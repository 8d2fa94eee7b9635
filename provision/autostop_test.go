package provision

import (
	"context"
	"slices"
	"strings"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// late is a Runner under which something happens just before an autostop is set.
type late struct {
	sky.Runner
	happens func()
}

func (l *late) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if slices.Contains(call.Args, "autostop") {
		l.happens()
	}
	return l.Runner.Run(ctx, call)
}

// A server that has ended itself while its autostop is changed is told as that.
func TestAutostopOfAServerThatHasJustStopped(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Runner = &late{w.runner, func() { w.outside("stop") }} })
		s.until(s.Launch(ctx, onAWS))
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 10})
		if err == nil {
			t.Fatal("a stopped server's autostop was set")
		}
		if e := wantKind(t, err, schema.KindUnsupported); !strings.Contains(e.Message, "is stopped") {
			t.Errorf("the message is %s", e.Message)
		}
	})
}
