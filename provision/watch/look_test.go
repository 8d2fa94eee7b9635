package watch

import (
	"context"
	"testing"
	"time"
)

// A request that waits behind another look must end when it is canceled.
func TestRefreshThatWaitsCanBeCanceled(t *testing.T) {
	w := New(Options{})
	w.looking <- struct{}{} // a look that takes a minute
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	done := make(chan struct{})
	go func() { w.Look(canceled, nil); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Second):
		t.Error("a canceled request goes on waiting for another's look")
	}
	<-w.looking
	<-done
}
