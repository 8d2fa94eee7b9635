package provision

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// crowd counts the `sky` that run at once.
type crowd struct {
	sky.Runner
	mu            sync.Mutex
	running, most int
}

func (c *crowd) enter(call sky.Call, by int) {
	if call.Program != "sky" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running += by
	c.most = max(c.most, c.running)
}

func (c *crowd) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	c.enter(call, 1)
	defer c.enter(call, -1)
	return c.Runner.Run(ctx, call)
}

func (c *crowd) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	c.enter(call, 1)
	defer c.enter(call, -1)
	return c.Runner.Submit(ctx, call, output)
}

// A host that asks 300 things at once starts at most four `sky`, is told so where that
// is too much, and its stop ends all the same.
func TestAFloodOfRequests(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		c := &crowd{Runner: w.runner}
		s := w.launched(func(cfg *Config) { cfg.Runner = c })
		var flood sync.WaitGroup
		var mu sync.Mutex
		kinds := map[schema.Kind]int{}
		ask := func(question func() error) {
			flood.Go(func() {
				kind := schema.Kind("answered")
				if e, refused := errors.AsType[*schema.Error](question()); refused {
					kind = e.Kind
				}
				mu.Lock()
				defer mu.Unlock()
				kinds[kind]++
			})
		}
		for i := range 150 {
			ask(func() error { _, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogSources[i%3]}); return err })
			ask(func() error {
				_, err := s.CheckProvider(ctx, schema.ProviderCheckParams{Cloud: "aws", Profile: string(rune('a' + i)), Refresh: true})
				return err
			})
		}
		synctest.Wait()
		began := time.Now()
		if end := s.until(s.Stop(ctx, schema.ChangeParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the stop ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		stopped := time.Since(began)
		flood.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.most > 4 {
			t.Errorf("%d ran at once", c.most)
		}
		// By the time that its turn comes, a log may be one of a server that is stopped, or late.
		others := kinds[schema.KindUnsupported] + kinds[schema.KindTimeout]
		if kinds["answered"] < 32 || kinds[schema.KindBusy] < 100 || kinds["answered"]+kinds[schema.KindBusy]+others != 300 {
			t.Errorf("the answers were %v", kinds)
		}
		if stopped > time.Minute {
			t.Errorf("the stop took %s", stopped)
		}
	})
}
