package supervisor

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAClosedGroupTakesNobodyIn(t *testing.T) {
	g := New(slog.New(slog.DiscardHandler))
	joined := false
	g.Go("the first", func() {
		<-g.Closing()
		joined = g.Go("one more", func() {}) // those at work may bring others until they end
	})
	g.Close(context.Background())
	if !joined {
		t.Error("a goroutine of the group may not start another while it ends")
	}
	if g.Go("too late", func() { t.Error("it ran") }) {
		t.Error("a goroutine joined after all had ended")
	}
	g.Close(context.Background())
}

func TestCloseEndsWhatDoesNotEndByItself(t *testing.T) {
	g := New(slog.New(slog.DiscardHandler))
	g.Go("stubborn", func() { <-g.Context().Done() })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g.Close(ctx)
}

func TestALoopGoesOnAfterAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(slog.New(slog.DiscardHandler))
		runs := 0
		g.Loop("a loop", func() {
			if runs++; runs < 3 {
				panic("a defect")
			}
			<-g.Closing()
		})
		time.Sleep(time.Minute)
		g.Close(context.Background())
		if runs != 3 {
			t.Errorf("the loop ran %d times, want 3", runs)
		}
	})
}

func TestUntilClosing(t *testing.T) {
	g := New(slog.New(slog.DiscardHandler))
	ctx, cancel := g.UntilClosing()
	defer cancel()
	if ctx.Err() != nil || g.IsClosing() {
		t.Error("it ended before the host had gone")
	}
	g.BeginClosing()
	<-ctx.Done()
	if g.Context().Err() != nil {
		t.Error("what must be done before leaving was ended too")
	}
}
