package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestNext(t *testing.T) {
	none := class(-1)
	for _, c := range []struct {
		name             string
		running, waiting counts
		want             class
	}{
		{"nobody waits", counts{}, counts{}, none},
		{"an operation first", counts{}, counts{operationCall: 1, operationFollow: 1, watchCall: 1, hostCall: 1}, operationCall},
		{"its log second", counts{}, counts{operationFollow: 1, watchCall: 1, hostCall: 1}, operationFollow},
		{"a look third", counts{}, counts{watchCall: 1, hostCall: 1}, watchCall},
		{"the host last", counts{}, counts{hostCall: 1}, hostCall},
		{"one is kept for operations", counts{hostCall: 3}, counts{watchCall: 1, hostCall: 1, operationFollow: 1}, none},
		{"who may take it", counts{hostCall: 3}, counts{operationCall: 1}, operationCall},
		{"a log that is followed does not take it", counts{operationFollow: 2, hostCall: 1}, counts{hostCall: 1, operationFollow: 1}, none},
		{"not even from the host", counts{hostFollow: 1, hostCall: 2}, counts{hostCall: 1}, none},
		{"never five", counts{operationCall: 1, hostCall: 3}, counts{operationCall: 1, hostCall: 1}, none},
		{"two logs", counts{operationFollow: 2}, counts{operationFollow: 1}, none},
		{"two logs, one of the host's", counts{operationFollow: 1, hostFollow: 1}, counts{operationFollow: 1}, none},
		{"operations may take all", counts{operationCall: 3}, counts{operationCall: 1}, operationCall},
		{"but not for ever", counts{operationCall: 3}, counts{operationCall: 1, hostCall: 1}, hostCall},
		{"where somebody runs, an operation first", counts{operationCall: 2, hostCall: 1}, counts{operationCall: 1, hostCall: 1}, operationCall},
	} {
		got, ok := next(c.running, c.waiting)
		if !ok {
			got = none
		}
		if got != c.want {
			t.Errorf("%s: class %d, want %d", c.name, got, c.want)
		}
	}
}

// A host that asks 300 things at once starts three `sky` at a time, one for all who ask
// the same, and is told when it is too much.
func TestAFloodOfTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		var asked sync.WaitGroup
		var mu sync.Mutex
		answers, busy, lines := 0, 0, 0
		ask := func(c sky.Call) {
			asked.Go(func() {
				res, err := g.Lane(Host).Run(context.Background(), c)
				mu.Lock()
				defer mu.Unlock()
				e, refused := errors.AsType[*schema.Error](err)
				switch {
				case refused && e.Kind == schema.KindBusy:
					busy++
				case err == nil && res.Stdout == "done":
					answers++
				default:
					t.Errorf("%v: %+v, %v", c.Args, res, err)
				}
			})
		}
		for range 150 {
			ask(call(sky.Question, "check", "aws"))
		}
		synctest.Wait()
		for i := range 150 {
			c := call(sky.Question, "logs", fmt.Sprint("server-", i))
			c.Line = func(schema.Stream, string) { mu.Lock(); lines++; mu.Unlock() }
			ask(c)
		}
		asked.Wait()
		if fake.atMost() > sky.MaxRunning-kept {
			t.Errorf("%d ran at once", fake.atMost())
		}
		if n := fake.count("check aws"); n != 1 {
			t.Errorf("%d processes answered one question", n)
		}
		if answers != 300-busy || answers-150 != lines || lines != sky.MaxRunning-kept-1+maxWaiting {
			t.Errorf("%d answers, %d busy, %d lines", answers, busy, lines)
		}
	})
}

// An operation gets on while the host asks without end: its calls wait for nobody.
func TestAnOperationInAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		ctx, stop := context.WithCancel(context.Background())
		var flood sync.WaitGroup
		for i := range 60 {
			flood.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					if _, err := g.Lane(Host).Run(ctx, call(sky.Question, "logs", fmt.Sprint(i, n))); err != nil {
						time.Sleep(time.Second)
					}
				}
			})
		}
		time.Sleep(time.Minute)
		operation := g.Lane(Operations)
		began := time.Now()
		if _, err := operation.Submit(ctx, call(sky.Change, "launch"), ""); err != nil {
			t.Fatal(err)
		}
		following, unfollow := context.WithCancel(ctx)
		flood.Go(func() { _, _ = operation.Run(following, call(sky.Follow, "api", "logs", "1")) })
		for range 10 {
			if _, err := operation.Run(ctx, call(sky.Question, "api", "status", "1")); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(began) - 11*took; waited > 0 {
			t.Errorf("an operation of 11 calls waited %s for others", waited)
		}
		if fake.count("api logs 1") != 1 {
			t.Error("its log was not followed")
		}
		if _, err := g.Lane(Watch).Run(ctx, call(sky.Question, "status")); err != nil {
			t.Errorf("a look was refused: %v", err)
		}
		unfollow()
		stop()
		flood.Wait()
		if fake.atMost() > sky.MaxRunning {
			t.Errorf("%d ran at once", fake.atMost())
		}
	})
}

// Submissions that each need an answer of `sky` before they go on do not keep each other from it.
func TestManySubmissionsThatAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		var all sync.WaitGroup
		for i := range 2 * sky.MaxRunning {
			all.Go(func() {
				stop := call(sky.Change, "stop", fmt.Sprint(i))
				stop.Confirm = func() error {
					_, err := g.Lane(Operations).Run(t.Context(), call(sky.Question, "status", fmt.Sprint(i)))
					return err
				}
				if _, err := g.Lane(Operations).Submit(t.Context(), stop, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if fake.atMost() > sky.MaxRunning {
			t.Errorf("%d ran at once", fake.atMost())
		}
	})
}

// Operations that each follow a log while they ask do not wait for each other in a
// circle: more of them than may run, all beginning at once, all end.
func TestManyOperationsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		operation, began := g.Lane(Operations), time.Now()
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := operation.Submit(context.Background(), call(sky.Change, "launch"), ""); err != nil {
					t.Error(err)
				}
				following, unfollow := context.WithCancel(context.Background())
				var log sync.WaitGroup
				log.Go(func() { _, _ = operation.Run(following, call(sky.Follow, "api", "logs", fmt.Sprint(i))) })
				for range 3 { // as one does whose log is quiet
					if _, err := operation.Run(context.Background(), call(sky.Question, "api", "status")); err != nil {
						t.Error(err)
					}
				}
				unfollow()
				log.Wait()
			})
		}
		looked := false
		all.Go(func() {
			_, err := g.Lane(Watch).Run(context.Background(), call(sky.Question, "status"))
			looked = err == nil && time.Since(began) < 3*took
		})
		all.Wait()
		if fake.atMost() != sky.MaxRunning {
			t.Errorf("%d ran at once", fake.atMost())
		}
		if !looked {
			t.Error("a look waited for all operations")
		}
	})
}

// A host that follows logs leaves room for the rest.
func TestLogsThatTheHostFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{ended: make(chan struct{})}
		g, end := gateOf(fake)
		defer end()
		var all sync.WaitGroup
		all.Go(func() { _, _ = g.Lane(Host).Run(context.Background(), call(sky.Follow, "logs", "a")) })
		synctest.Wait()
		_, err := g.Lane(Host).Run(context.Background(), call(sky.Follow, "logs", "b"))
		if e, ok := errors.AsType[*schema.Error](err); !ok || e.Kind != schema.KindBusy {
			t.Errorf("a second log: %v", err)
		}
		all.Go(func() { _, _ = g.Lane(Operations).Run(context.Background(), call(sky.Follow, "api", "logs")) })
		if _, err := g.Lane(Host).Run(context.Background(), call(sky.Question, "status")); err != nil {
			t.Error(err)
		}
		close(fake.ended)
		all.Wait()
		if fake.count("api logs") != 1 {
			t.Error("an operation's log was not followed")
		}
	})
}

// Who no longer waits does not take a turn, and a turn that comes too late is passed on.
func TestACanceledWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		var all sync.WaitGroup
		for i := range 3 * maxWaiting {
			for _, lane := range []Lane{Host, Watch, Operations} {
				all.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*took/8)
					defer cancel()
					_, _ = g.Lane(lane).Run(ctx, call(sky.Change, "start", fmt.Sprint(lane, i)))
				})
			}
		}
		all.Wait()
		g.mu.Lock()
		defer g.mu.Unlock()
		for one := range classes {
			if g.running[one] != 0 || len(g.waiting[one]) != 0 {
				t.Errorf("class %d: %d run, %d wait", one, g.running[one], len(g.waiting[one]))
			}
		}
		if fake.atMost() > sky.MaxRunning {
			t.Errorf("%d ran at once", fake.atMost())
		}
	})
}

// Programs that are not sky wait for nothing.
func TestOtherPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { _, _ = g.Lane(Host).Run(context.Background(), sky.Call{Program: "rsync"}) })
		}
		all.Wait()
		if fake.atMost() != 10 {
			t.Errorf("%d ran at once", fake.atMost())
		}
	})
}

// What is done alone begins where no `sky` runs, and those that come meanwhile begin after it.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		call := func(lane Lane) {
			if _, err := g.Lane(lane).Run(t.Context(), sky.Call{Program: "sky", Args: []string{"stop"}}); err != nil {
				t.Error(err)
			}
		}
		var calls sync.WaitGroup
		calls.Go(func() { call(Operations) })
		synctest.Wait()
		g.Alone(func() { t.Error("it was done beside a `sky`") })
		calls.Wait()
		done := false
		g.Alone(func() {
			for _, lane := range []Lane{Operations, Watch, Host} {
				calls.Go(func() {
					call(lane)
					if !done {
						t.Error("a `sky` ran meanwhile")
					}
				})
			}
			g.Alone(func() { t.Error("it was done twice at once") })
			time.Sleep(time.Minute)
			synctest.Wait()
			done = true
		})
		calls.Wait()
		if !done {
			t.Error("it was not done where no `sky` ran")
		}
	})
}
