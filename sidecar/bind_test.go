package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision"
)

// The service is made when a request needs it, or after the head start of those that
// do not.
func TestWhenTheServiceIsMade(t *testing.T) {
	refusal := errors.New("the state folder can't be used")
	for name, c := range map[string]struct {
		needed time.Duration // when it is, after the start; 0: never
		made   time.Duration
	}{"nobody needs it": {0, headStart}, "needed later": {time.Second, headStart}, "needed before": {time.Millisecond, time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			b, began := newBinding(options{}), time.Now()
			var made time.Duration
			go b.open(func() (*provision.Service, error) { made = time.Since(began); return nil, refusal })
			if c.needed > 0 {
				time.Sleep(c.needed)
				if _, err := b.opened(context.Background()); !errors.Is(err, refusal) {
					t.Errorf("%s: %v", name, err)
				}
			}
			<-b.made
			if made != c.made {
				t.Errorf("%s: it was made after %s, want %s", name, made, c.made)
			}
		})
	}
}

// A request that was given up does not wait for a service whose folder is locked.
func TestARequestThatIsGivenUpWhileTheServiceIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, unlock := newBinding(options{}), make(chan struct{})
		go b.open(func() (*provision.Service, error) { <-unlock; return nil, nil })
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := b.opened(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(unlock)
	})
}
