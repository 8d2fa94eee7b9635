package provision

import (
	"context"
	"slices"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// ListEvents is what happened lately, newest first, as many as fit into a message.
func (s *Service) ListEvents(_ context.Context, p schema.EventListParams) (schema.EventListResult, error) {
	p = p.WithDefaults()
	if p.Limit < 0 {
		return schema.EventListResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsLimit).WithField("limit")
	}
	result, size := schema.EventListResult{Events: []schema.Event{}}, 0
	s.store.Read(func(st *lifecycle.State) {
		result.Cursor = st.Feed.Cursor()
		for _, e := range slices.Backward(st.Feed.Events) {
			if p.Cluster != "" && p.Cluster != e.Event.Cluster {
				continue
			}
			event := st.Complete(e.Event)
			if size += sizeOf(event); size > maxList || len(result.Events) == p.Limit {
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
			if size += sizeOf(e); size > maxList {
				result.More = true
				return
			}
			result.Events, result.Cursor = append(result.Events, e), e.Cursor
		}
	})
	return result, nil
}
