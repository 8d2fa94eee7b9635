package provision

import (
	"context"
	"slices"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// ListEvents is what happened lately, newest first, as many as fit into a message.
func (s *Service) ListEvents(_ context.Context, p schema.EventListParams) (schema.EventListResult, error) {
	p = p.WithDefaults()
	if p.Limit < 0 {
		return schema.EventListResult{}, schema.NewError(schema.KindInvalidParams, "limit must be 1 or more.", "Leave it out for 50.").WithField("limit")
	}
	result, size := schema.EventListResult{Events: []schema.Event{}}, 0
	s.store.Read(func(st *lifecycle.State) {
		result.Cursor = st.Feed.Cursor()
		for _, e := range slices.Backward(st.Feed.Events) {
			if p.Cluster != "" && p.Cluster != e.Event.Cluster {
				continue
			}
			event := st.Complete(e.Event)
			if size += sizeOfEvent(event); size > maxList || len(result.Events) == p.Limit {
				return
			}
			result.Events = append(result.Events, event)
		}
	})
	return result, nil
}

// EventsSince is what happened after a cursor, oldest first, as many as fit into a
// message: more says that there are others after them.
func (s *Service) EventsSince(_ context.Context, p schema.EventsSinceParams) (schema.EventsSinceResult, error) {
	result, size := schema.EventsSinceResult{Events: []schema.Event{}, Cursor: p.Cursor}, 0
	s.store.Read(func(st *lifecycle.State) {
		events, ok := st.Feed.Since(p.Cursor)
		if !ok {
			result.TooOld, result.Cursor = true, st.Feed.Cursor()
			return
		}
		for _, e := range events {
			e = st.Complete(e)
			if size += sizeOfEvent(e); size > maxList {
				result.More = true
				return
			}
			result.Events, result.Cursor = append(result.Events, e), e.Cursor
		}
	})
	return result, nil
}

func sizeOfEvent(e schema.Event) int {
	size := 320 + len(e.Cluster) + len(e.Text)
	if e.Operation != nil {
		size += sizeOfOperation(*e.Operation)
	}
	return size
}
