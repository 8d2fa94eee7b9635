package provision

import (
	"strings"
	"sync"
	"testing"

	"carapace/schema"
)

// A host whose sidecar dies before it answers can't know whether its request was accepted. It
// asks again with the same id, and that must neither launch twice nor be refused.
func TestTheSameRequestIsTheSameOperation(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		launch := schema.LaunchParams{Spec: onAWS.Spec, RequestID: "launch-1"}
		var answers [3]schema.OperationResult
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() {
				var err error
				if answers[i], err = s.Launch(ctx, launch); err != nil {
					t.Errorf("request %d: %v", i, err)
				}
			})
		}
		group.Wait()
		id := answers[0].Operation.ID
		for _, a := range answers {
			if a.Operation.ID != id {
				t.Errorf("one request began %s and %s", id, a.Operation.ID)
			}
		}
		s.stopNow()

		s = w.start()
		again, err := s.Launch(ctx, launch)
		if err != nil || again.Operation.ID != id {
			t.Fatalf("after a restart: %+v (%v), want operation %s", again.Operation, err, id)
		}
		s.until(again, nil)
		ended, err := s.Launch(ctx, launch)
		if err != nil || ended.Operation.ID != id || ended.Operation.State != schema.OperationSucceeded {
			t.Errorf("after its end: %+v (%v)", ended.Operation, err)
		}
		_, err = s.Launch(ctx, schema.LaunchParams{Spec: onAWS.Spec, RequestID: "launch-2"})
		wantKind(t, err, schema.KindClusterActive)

		destroy := schema.DestroyParams{RequestID: "launch-1"} // of another kind, so another request
		first := s.until(s.Destroy(ctx, destroy))
		if second, err := s.Destroy(ctx, destroy); err != nil || second.Operation.ID != first.Operation.ID || first.Operation.ID == id {
			t.Errorf("a destroy asked twice: %s and %s (%v)", first.Operation.ID, second.Operation.ID, err)
		}
	})
}

func TestAnIDIsShort(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		long := strings.Repeat("x", maxID+1)
		_, err := s.Stop(ctx, schema.ChangeParams{RequestID: long})
		if e := wantKind(t, err, schema.KindInvalidParams); e.Field != "requestId" {
			t.Errorf("the field is %q", e.Field)
		}
		_, err = s.Logs(ctx, schema.LogsParams{Source: schema.LogRun, Subscription: long})
		if e := wantKind(t, err, schema.KindInvalidParams); e.Field != "subscription" {
			t.Errorf("the field is %q", e.Field)
		}
	})
}

// Two panes that follow two logs of one server must be able to tell their lines apart.
func TestLinesOfAFollowedLogNameTheirSubscription(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		seen := len(s.host.logs)
		result, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogRun, Follow: true, Subscription: "pane"})
		if err != nil {
			t.Fatal(err)
		}
		lines := s.host.logs[seen:]
		if len(lines) == 0 || len(lines) != len(result.Lines) {
			t.Fatalf("%d lines were told, %d answered", len(lines), len(result.Lines))
		}
		for _, l := range lines {
			if l.Subscription != "pane" {
				t.Errorf("a line is of %q: %+v", l.Subscription, l)
			}
		}
	})
}
