package lifecycle

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// Feed is the list of the latest events, oldest first. Events are numbered in sequence; the ID
// distinguishes the feed from that of a lost state. The zero value is an empty feed.
type Feed struct {
	ID     string      `json:"id,omitempty"`
	Last   uint64      `json:"last,omitempty"` // number of the newest event
	Events []FeedEvent `json:"events,omitempty"`
}

// FeedEvent is one event with its number.
type FeedEvent struct {
	Number uint64       `json:"number"`
	Event  schema.Event `json:"event"`
}

// keepEvents bounds the feed: every write of the state rewrites it.
const keepEvents = 100

// Moment is what a state showed at one time; [State.RecordEvents] compares it with a later state.
type Moment struct {
	clusters map[string]shown
	ended    map[string]bool // operations
}

type shown struct {
	status  schema.Status
	machine schema.MachineState
	costs   schema.Spending
}

// Moment returns what the state shows now.
func (s *State) Moment() Moment {
	m := Moment{clusters: map[string]shown{}, ended: map[string]bool{}}
	for name, rec := range s.Clusters {
		m.clusters[name] = s.snapshotOf(name, rec)
	}
	for _, op := range s.Operations {
		if op.Ended() {
			m.ended[op.ID] = true
		}
	}
	return m
}

// snapshotOf returns the facts about a cluster whose change is an event.
func (s *State) snapshotOf(name string, rec *Cluster) shown {
	status, _ := s.statusAndStory(name, rec)
	return shown{status, rec.MachineState(), rec.Costs().Now}
}

// statusAndStory returns the status and the description of a cluster as [State.View] shows them.
func (s *State) statusAndStory(name string, rec *Cluster) (schema.Status, []text.Text) {
	if op := s.Running(name); op != nil {
		if status, story := transitional(op, rec.View.Status, rec); story != nil {
			return status, story
		}
	}
	return rec.View.Status, and(rec.story(), rec.money()...)
}

// RecordEvents adds an event to the feed for each change since a moment. id becomes the feed's ID if
// it has none yet.
func (s *State) RecordEvents(since Moment, id string, at time.Time) {
	for _, op := range s.Operations {
		if op.Ended() && !since.ended[op.ID] {
			ended := schema.Operation{ID: op.ID, Kind: op.Kind, Cluster: op.Cluster, State: op.State, Phase: op.Phase, StartedAt: op.StartedAt, EndedAt: op.EndedAt}
			s.emit(id, schema.Event{At: at, Cluster: op.Cluster, Type: schema.EventOperation, Source: schema.SourceOperation, Operation: &ended})
		}
	}
	for name, rec := range s.Clusters {
		was, known := since.clusters[name]
		now := s.snapshotOf(name, rec)
		if !known {
			was = shown{schema.StatusNoServer, schema.MachineNone, schema.SpendingNothing}
		}
		if was == now {
			continue
		}
		_, story := s.statusAndStory(name, rec)
		event := schema.Event{
			At: at, Cluster: name, Type: schema.EventChange, Status: now.status, Previous: was.status,
			Machine: now.machine, Costs: now.costs, Source: rec.Source, Text: text.Join(story...), Texts: story,
		}
		switch {
		case s.Running(name) != nil: // LastChange is from before the operation
			event.Cause, event.Source = schema.CauseUser, schema.SourceOperation
		case rec.View.LastChange != nil:
			event.Cause = rec.View.LastChange.Cause
		}
		s.emit(id, event)
	}
	for name, was := range since.clusters {
		if s.Clusters[name] == nil && was.status != schema.StatusNoServer {
			s.emit(id, schema.Event{
				At: at, Cluster: name, Type: schema.EventRemoved, Status: schema.StatusNoServer, Previous: was.status,
				Machine: schema.MachineNone, Costs: schema.SpendingNothing, Source: schema.SourceOperation,
			})
		}
	}
}

func (s *State) emit(id string, e schema.Event) {
	f := &s.Feed
	if f.ID == "" {
		f.ID = id
	}
	f.Last++
	e.Cursor = f.cursor(f.Last)
	f.Events = append(f.Events, FeedEvent{f.Last, e})
	if drop := len(f.Events) - keepEvents; drop > 0 {
		f.Events = append([]FeedEvent(nil), f.Events[drop:]...)
	}
}

func (f *Feed) cursor(number uint64) string { return fmt.Sprintf("%s-%d", f.ID, number) }

// Cursor returns the cursor after the newest event.
func (f *Feed) Cursor() string { return f.cursor(f.Last) }

// Complete returns an event with the operation as the state has it: the feed keeps only the
// operation's main fields.
func (s *State) Complete(e schema.Event) schema.Event {
	if e.Operation == nil {
		return e
	}
	if op := s.Operation(e.Operation.ID); op != nil {
		whole := op.Operation
		if whole.Error != nil {
			whole.Error = whole.Error.WithDetail("")
		}
		e.Operation, e.Text, e.Texts = &whole, op.Message, op.Texts
	}
	return e
}

// Since returns the events after a cursor, oldest first. ok is false if the
// cursor belongs to another feed or is older than the kept events: the caller has to read the state
// anew.
func (f *Feed) Since(cursor string) (events []schema.Event, ok bool) {
	at := strings.LastIndexByte(cursor, '-')
	if at < 0 {
		return nil, false
	}
	number, err := strconv.ParseUint(cursor[at+1:], 10, 64)
	oldest := f.Last + 1
	if len(f.Events) > 0 {
		oldest = f.Events[0].Number
	}
	if err != nil || cursor[:at] != f.ID || number > f.Last || number+1 < oldest {
		return nil, false
	}
	events = []schema.Event{}
	for _, e := range f.Events {
		if e.Number > number {
			events = append(events, e.Event)
		}
	}
	return events, true
}
