package provision

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

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

// A server that goes while its autostop is changed is told as that.
func TestAutostopOfAServerThatHasJustGone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Runner = &late{w.runner, func() { w.outside("terminate") }} })
		s.until(s.Launch(ctx, onAWS))
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 10})
		if err == nil {
			t.Fatal("the autostop of a server that is gone was set")
		}
		if e := wantKind(t, err, schema.KindUnsupported); !strings.Contains(e.Message, "is not there") {
			t.Errorf("the message is %s", e.Message)
		}
	})
}

// SkyPilot can take longer to set an autostop than its minutes last (measured on a
// busy computer: 109 s). It was set all the same.
func TestAutostopThatIsOverWhenItIsTold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Runner = slowAutostop{w.runner} })
		s.until(s.Launch(ctx, onAWS))
		c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 1})
		if err != nil || c.Autostop == nil {
			t.Errorf("the answer is %v, %+v", err, c)
		}
	})
}

// slowAutostop answers when the autostop that it has set is at work.
type slowAutostop struct{ sky.Runner }

func (s slowAutostop) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	result, err := s.Runner.Run(ctx, call)
	if slices.Contains(call.Args, "autostop") {
		time.Sleep(62 * time.Second)
	}
	return result, err
}
