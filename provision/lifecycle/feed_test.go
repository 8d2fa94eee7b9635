package lifecycle

import (
	"testing"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

func TestFeed(t *testing.T) {
	s := Empty()
	change := func(fn func()) {
		before := s.Moment()
		fn()
		s.RecordEvents(before, "feed", noon)
	}
	empty := s.Feed.Cursor()
	if _, ok := s.Feed.Since(empty); !ok {
		t.Error("the cursor of an empty feed is not understood")
	}
	change(func() { s.Ensure("c").View.Status = schema.StatusRunning })
	start := s.Feed.Events[0].Event
	if start.Type != schema.EventChange || start.Status != schema.StatusRunning || start.Previous != schema.StatusNoServer {
		t.Errorf("%+v", start)
	}
	change(func() {}) // nothing changed
	change(func() {
		s.Operations = append(s.Operations, &Operation{Operation: schema.Operation{ID: "1", Kind: schema.OperationStop, Cluster: "c", State: schema.OperationSucceeded, Message: "Done."}})
	})
	change(func() { delete(s.Clusters, "c") })
	events, ok := s.Feed.Since(start.Cursor)
	if !ok || len(events) != 2 || events[0].Type != schema.EventOperation || events[1].Type != schema.EventRemoved {
		t.Fatalf("%+v, %v", events, ok)
	}
	if whole := s.Complete(events[0]); whole.Text != "Done." || whole.Operation.Message != "Done." {
		t.Errorf("%+v", whole)
	}
	for i := range 2 * keepEvents {
		change(func() { s.Ensure("c").View.Status = []schema.Status{schema.StatusRunning, schema.StatusStopped}[i%2] })
	}
	if len(s.Feed.Events) != keepEvents {
		t.Errorf("%d events are kept", len(s.Feed.Events))
	}
	for _, cursor := range []string{start.Cursor, empty, "", "other-3", "feed-99999", "feed-x"} {
		if _, ok := s.Feed.Since(cursor); ok {
			t.Errorf("%q is no cursor that is kept", cursor)
		}
	}
	if events, ok := s.Feed.Since(s.Feed.Cursor()); !ok || len(events) != 0 {
		t.Errorf("after the newest: %v, %v", events, ok)
	}
}

// While an operation runs an event tells its story, and not that of the state before
// it: of a start it said "The server is stopped. The machine runs and costs money."
func TestTheFeedTellsOfTheOperation(t *testing.T) {
	s := Empty()
	rec := s.Ensure("c")
	rec.Exists.State, rec.Machine = ExistsSeen, schema.MachineStopped
	SetStatus(rec, schema.StatusStopped, []text.Text{text.New(&text.ServerStopped)}, nil)
	rec.View.LastChange = &schema.Change{Cause: schema.CauseOutside, At: noon}
	before := s.Moment()
	s.Operations = append(s.Operations, &Operation{Operation: schema.Operation{ID: "1", Kind: schema.OperationStart, Cluster: "c", State: schema.OperationRunning}})
	rec.Machine = schema.MachineRunning
	s.RecordEvents(before, "feed", noon)
	got := s.Feed.Events[0].Event
	if want := s.View("c", Context{At: noon}).Description; got.Text != want || got.Status != schema.StatusProvisioning || got.Cause != schema.CauseUser || got.Source != schema.SourceOperation {
		t.Errorf("%s by %s of %s: %q, not %q", got.Status, got.Cause, got.Source, got.Text, want)
	}
}

func TestOlderThan(t *testing.T) {
	op := Operation{Operation: schema.Operation{StartedAt: noon}, Accepted: Boot{ID: "a", Up: time.Hour}}
	for name, tt := range map[string]struct {
		at   time.Time
		boot Boot
		want bool
	}{
		"at once":                {noon.Add(time.Second), Boot{"a", time.Hour + time.Second}, false},
		"by the wall clock":      {noon.Add(11 * time.Minute), Boot{"a", time.Hour + time.Minute}, true},
		"asleep, clock set back": {noon.Add(time.Minute), Boot{"a", 3 * time.Hour}, true},
		"another boot":           {noon.Add(time.Minute), Boot{"b", time.Minute}, true},
		"far in the past":        {noon.Add(-time.Hour), Boot{"a", time.Hour}, true},
		"no clock but the wall":  {noon.Add(time.Minute), Boot{}, false},
	} {
		if got := op.OlderThan(10*time.Minute, tt.at, tt.boot); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
