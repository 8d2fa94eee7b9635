package gate

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow is a Runner whose every sky takes three seconds, as the real one does, but for
// those that follow, which last until their context ends or ended is closed.
type slow struct {
	mu            sync.Mutex
	running, most int
	calls         []string
	ended         chan struct{} // nil: never
}

const took = 3 * time.Second

func (s *slow) begin(call sky.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, strings.Join(call.Args, " "))
	s.running++
	s.most = max(s.most, s.running)
}

func (s *slow) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

func (s *slow) count(args string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		if call == args {
			n++
		}
	}
	return n
}

func (s *slow) atMost() int { s.mu.Lock(); defer s.mu.Unlock(); return s.most }

func (s *slow) now() int { s.mu.Lock(); defer s.mu.Unlock(); return s.running }

func (s *slow) started() int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.calls) }

func (s *slow) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	s.begin(call)
	defer s.end()
	if call.Purpose == sky.Follow {
		select {
		case <-s.ended:
			return sky.Result{}, nil
		case <-ctx.Done():
			return sky.Result{Code: -1}, ctx.Err()
		}
	}
	if !supervisor.Sleep(ctx, took/2) {
		return sky.Result{Code: -1}, ctx.Err()
	}
	if call.Line != nil {
		call.Line(schema.StreamStdout, "a line")
	}
	if call.Answer != nil {
		_, _ = call.Answer.Write([]byte("[]\n"))
	}
	if !supervisor.Sleep(ctx, took/2) {
		return sky.Result{Code: -1}, ctx.Err()
	}
	return sky.Result{Stdout: "done"}, nil
}

func (s *slow) Expect(sky.Call, int) {}

func (s *slow) Submit(ctx context.Context, call sky.Call, _ string) (sky.Result, error) {
	call.Purpose = sky.Change
	if call.Confirm != nil {
		s.begin(call)
		defer s.end()
		if err := call.Confirm(); err != nil {
			return sky.Result{Code: -1}, err
		}
		return sky.Result{}, nil
	}
	return s.Run(ctx, call)
}

// gateOf is a gate before a Runner, with what ends it.
func gateOf(runner sky.Runner) (g *Gate, end func()) {
	group := supervisor.New(slog.New(slog.DiscardHandler))
	return New(runner, group), func() { group.Close(context.Background()) }
}

func call(purpose sky.Purpose, args ...string) sky.Call {
	return sky.Call{Program: "sky", Purpose: purpose, Args: args}
}
