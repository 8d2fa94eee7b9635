package gate

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/sky"
)

// One who leaves does not end what the others wait for; with the last the process ends.
func TestACanceledAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &slow{}
		g, end := gateOf(fake)
		defer end()
		hold := holdAll(g)
		contexts := make([]context.Context, 3)
		cancels := make([]context.CancelFunc, 3)
		var answers [3]strings.Builder
		var errs [3]error
		var all sync.WaitGroup
		for i := range 3 {
			contexts[i], cancels[i] = context.WithCancel(context.Background())
			all.Go(func() {
				c := call(sky.Question, "status")
				c.Answer = &answers[i]
				_, errs[i] = g.Lane(Host).Run(contexts[i], c)
			})
		}
		synctest.Wait()
		cancels[0]() // before it has begun
		hold()
		time.Sleep(took / 2)
		synctest.Wait()
		cancels[1]() // while it runs
		all.Wait()
		if n := fake.count("status"); n != 1 {
			t.Errorf("%d processes", n)
		}
		if !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], context.Canceled) || errs[2] != nil {
			t.Errorf("%v", errs)
		}
		if answers[0].String() != "" || answers[2].String() != "[]\n" {
			t.Errorf("%q and %q", answers[0].String(), answers[2].String())
		}
		cancels[2]()

		ctx, cancel := context.WithCancel(context.Background())
		all.Go(func() { _, _ = g.Lane(Host).Run(ctx, call(sky.Question, "queue")) })
		synctest.Wait()
		began := time.Now()
		cancel()
		all.Wait()
		synctest.Wait()
		if fake.now() != 0 || time.Since(began) != 0 {
			t.Error("a process went on that nobody asks for any more")
		}
	})
}

// holdAll takes all that the host may have, until the function is called.
func holdAll(g *Gate) (letGo func()) {
	var leaves []func()
	for range sky.MaxRunning - kept {
		leave, _ := g.enter(context.Background(), hostCall)
		leaves = append(leaves, leave)
	}
	return func() {
		for _, leave := range leaves {
			leave()
		}
	}
}

// Nobody is given an answer that was begun before the question, nor another's.
func TestWhoSharesAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			one, other sky.Call
			late       time.Duration // the other asks when the first has run for so long
			lane       Lane
			want       int
		}{
			"equal":                        {call(sky.Question, "a"), call(sky.Question, "a"), 0, Host, 1},
			"equal, but later":             {call(sky.Question, "a"), call(sky.Question, "a"), 501 * time.Millisecond, Host, 2},
			"equal, while it only imports": {call(sky.Question, "a"), call(sky.Question, "a"), 500 * time.Millisecond, Host, 1},
			"of other arguments":           {call(sky.Question, "a"), call(sky.Question, "b"), 0, Host, 2},
			"cut otherwise":                {call(sky.Question, "a b"), call(sky.Question, "a", "b"), 0, Host, 2},
			"of another account":           {call(sky.Question, "a"), with(call(sky.Question, "a"), "AWS_PROFILE=x"), 0, Host, 2},
			"that changes things":          {call(sky.Change, "a"), call(sky.Change, "a"), 0, Host, 2},
			"of operations":                {call(sky.Question, "a"), call(sky.Question, "a"), 0, Operations, 2},
		} {
			fake := &slow{}
			g, end := gateOf(fake)
			hold := holdAll(g)
			var all sync.WaitGroup
			all.Go(func() { _, _ = g.Lane(c.lane).Run(context.Background(), c.one) })
			synctest.Wait()
			if c.late > 0 {
				hold()
				time.Sleep(c.late)
			}
			all.Go(func() { _, _ = g.Lane(c.lane).Run(context.Background(), c.other) })
			synctest.Wait()
			if c.late == 0 {
				hold()
			}
			all.Wait()
			if n := fake.started(); n != c.want {
				t.Errorf("%s: %d processes, want %d", name, n, c.want)
			}
			end()
		}
	})
}

func with(c sky.Call, env ...string) sky.Call {
	c.Env = env
	return c
}

// Where the service has ended nothing begins, and a panic is no answer.
func TestTheEndOfAFlight(t *testing.T) {
	g, end := gateOf(panics{})
	if res, err := g.Lane(Host).Run(context.Background(), call(sky.Question, "a")); err == nil {
		t.Errorf("a panic gave %+v", res)
	}
	end()
	if _, err := g.Lane(Host).Run(context.Background(), call(sky.Question, "a")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

type panics struct{ sky.Runner }

func (panics) Run(context.Context, sky.Call) (sky.Result, error) { panic("a defect") }

// A program that ignores its end holds up neither who gave the question up nor the end
// of the service, which is what kills it.
func TestAProgramThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		program := stubborn{killed: make(chan struct{})}
		g, end := gateOf(program)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		if _, err := g.Lane(Host).Run(ctx, call(sky.Question, "a")); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		end()
		close(program.killed)
	})
}

type stubborn struct {
	sky.Runner
	killed chan struct{}
}

func (s stubborn) Run(context.Context, sky.Call) (sky.Result, error) {
	<-s.killed
	return sky.Result{Code: -1}, nil
}
