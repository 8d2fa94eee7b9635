package provision

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

var lookedAt = regexp.MustCompile(`"status_updated_at": \d+`)

// as is an answer of `sky status` with another state and another time of the look.
func as(res sky.Result, state string, at time.Time) sky.Result {
	for _, is := range []string{"UP", "STOPPED", "INIT"} {
		res.Stdout = strings.ReplaceAll(res.Stdout, `"status": "`+is+`"`, `"status": "`+state+`"`)
	}
	res.Stdout = lookedAt.ReplaceAllString(res.Stdout, `"status_updated_at": `+strconv.FormatInt(at.Unix(), 10))
	return res
}

// The look that is begun while a stop goes on decides only if the cloud was asked after the
// stop's end. Whatever else it shows, the cloud is asked again. The stop of this test goes on for
// seven seconds.
func TestTheEarlyLookOfAStopCountsOnlyIfAskedAfterItsEnd(t *testing.T) {
	t.Parallel()
	const lasts = 7 * time.Second
	for _, c := range []struct {
		name   string
		answer func(ctx context.Context, begun time.Time, ask func() sky.Result) sky.Result
		looks  int
	}{
		{"as SkyPilot answers: its lock makes the look wait", func(_ context.Context, begun time.Time, ask func() sky.Result) sky.Result {
			time.Sleep(time.Until(begun.Add(lasts)))
			return ask()
		}, 1},
		{"answered before the end, by a clock that is ahead", func(_ context.Context, begun time.Time, ask func() sky.Result) sky.Result {
			return as(ask(), "STOPPED", begun.Add(lasts+time.Second))
		}, 2},
		{"asked before the end and answered after it", func(_ context.Context, begun time.Time, ask func() sky.Result) sky.Result {
			res := as(ask(), "STOPPED", time.Now())
			time.Sleep(time.Until(begun.Add(lasts + 3*time.Second)))
			return res
		}, 2},
		{"printed as the stop left it, after waiting for the lock in vain", func(_ context.Context, begun time.Time, ask func() sky.Result) sky.Result {
			res := ask()
			time.Sleep(time.Until(begun.Add(sky.LockPatience)))
			return as(res, "STOPPED", begun.Add(lasts))
		}, 2},
		{"by a lock that was free at last", func(_ context.Context, begun time.Time, ask func() sky.Result) sky.Result {
			time.Sleep(time.Until(begun.Add(sky.LockPatience)))
			return as(ask(), "STOPPED", begun.Add(lasts+2*time.Second))
		}, 1},
		{"the server as it was before", func(_ context.Context, begun time.Time, ask func() sky.Result) sky.Result {
			time.Sleep(time.Until(begun.Add(lasts)))
			return as(ask(), "UP", time.Now())
		}, 2},
		{"no answer", func(context.Context, time.Time, func() sky.Result) sky.Result {
			return sky.Result{Code: 1, Stderr: "no answer"}
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var mu sync.Mutex // guards what follows
				var stopping bool
				var looks []time.Time // when each began that a stop made
				var first, ended time.Time
				s := w.quiet(func(cfg *Config) {
					ask := cfg.RequestEnd
					cfg.RequestEnd = func(ctx context.Context, id string) sky.RequestEnd {
						mu.Lock()
						defer mu.Unlock()
						if stopping && first.IsZero() {
							first = time.Now()
						}
						if stopping && time.Since(first) < lasts {
							return sky.EndNotYet
						}
						if stopping && ended.IsZero() {
							ended = time.Now()
						}
						return ask(ctx, id)
					}
				}, w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					ask := func() (sky.Result, error) { return next.Run(ctx, call) }
					if !is(call, "status", "--refresh") {
						return ask()
					}
					mu.Lock()
					looks = append(looks, time.Now())
					early := len(looks) == 1
					mu.Unlock()
					if !early {
						return ask()
					}
					var err error
					res := c.answer(ctx, time.Now(), func() (res sky.Result) { res, err = ask(); return res })
					return res, err
				}}))
				s.until(s.Launch(ctx, onAWS))
				time.Sleep(time.Minute)
				mu.Lock()
				stopping, looks = true, nil
				mu.Unlock()
				end := s.until(s.Stop(ctx, schema.ChangeParams{}))
				if end.Operation.State != schema.OperationSucceeded {
					t.Fatalf("it ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				if len(looks) != c.looks {
					t.Fatalf("the cloud was looked at %d times, not %d", len(looks), c.looks)
				}
				if !looks[0].Before(ended) {
					t.Error("the early look began after the stop's end")
				}
				if c.looks > 1 && looks[1].Before(ended) {
					t.Error("the look that decided began before the stop's end")
				}
				s.wantStatus(schema.StatusStopped)
			})
		})
	}
}
