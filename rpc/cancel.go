package rpc

import "encoding/json"

// cancelMethod is the notification that ends a request, as in the Language Server
// Protocol.
const cancelMethod = "$/cancelRequest"

// cancelParams is what it takes. An id that is of no request in flight is no
// error: the answer may be on its way.
type cancelParams struct {
	ID json.RawMessage `json:"id"`
}

// cancelRequest answers the request with the given id as canceled, at once, and
// ends its context. If it is itself a request it is answered with {}.
func (s *stream) cancelRequest(e *element, at place) {
	var p cancelParams
	if err := Decode(e.params, &p); err != nil {
		if e.id == nil {
			s.log.Warn("rpc: "+cancelMethod+" was ignored", "error", err)
		}
		s.refuse(e.id, at, ReasonInvalidParams, err)
		return
	}
	s.cancel(func(one *call) bool { return one.id != nil && sameID(one.id, p.ID) })
	if e.id == nil {
		return
	}
	line, err := s.answers.result(e.id, struct{}{})
	if err != nil {
		s.refuse(e.id, at, ReasonInternal, err)
		return
	}
	at.expect()
	s.deliver(at, line)
}

// cancelAll cancels whatever is not answered yet.
func (s *stream) cancelAll() { s.cancel(func(*call) bool { return true }) }

// cancel answers calls as canceled and ends their contexts. What their handlers
// return later is discarded.
func (s *stream) cancel(match func(*call) bool) {
	for _, one := range s.calls.settleAll(match) {
		one.cancel(errCanceled)
		if one.id != nil {
			s.deliver(one.place, s.answers.refusal(one.id, ReasonCanceled, errCanceled))
		}
	}
}
