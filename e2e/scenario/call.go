package scenario

import (
	"encoding/json"
	"testing"
	"time"

	"carapace/schema"
)

// answerPatience is how long an answer may take. Answers come at once; this is
// for a machine that is busy with other tests, and for what asks the cloud
// (`sky status --refresh` took 54 s once: transcript status-up-refresh).
const answerPatience = 120 * time.Second

// Call asks and returns the answer; an error fails the test.
func Call[P, R any](t testing.TB, p *Peer, m schema.Method[P, R], params P) R {
	t.Helper()
	result, refusal := Try(t, p, m, params)
	if refusal != nil {
		t.Fatalf("%s: %s: %s (%s)\n%s", m.Name, refusal.Kind, refusal.Message, refusal.Hint, p.Transcript())
	}
	return result
}

// Refused asks and returns the error, which must be of that kind and have a
// message and a hint.
func Refused[P, R any](t testing.TB, p *Peer, m schema.Method[P, R], params P, kind schema.Kind) *schema.Error {
	t.Helper()
	_, refusal := Try(t, p, m, params)
	switch {
	case refusal == nil:
		t.Fatalf("%s was accepted, not refused as %s\n%s", m.Name, kind, p.Transcript())
	case refusal.Kind != kind:
		t.Fatalf("%s was refused as %s, not %s: %s", m.Name, refusal.Kind, kind, refusal.Message)
	case refusal.Message == "" || refusal.Hint == "":
		t.Fatalf("%s: a refusal without message or hint: %+v", m.Name, *refusal)
	}
	return refusal
}

// Try asks and returns the answer or the error's data.
func Try[P, R any](t testing.TB, p *Peer, m schema.Method[P, R], params P) (R, *schema.Error) {
	t.Helper()
	return Answer(t, p, m, p.Send(t, m.Name, params))
}

// Answer waits for the answer to a request that was sent.
func Answer[P, R any](t testing.TB, p *Peer, m schema.Method[P, R], id string) (R, *schema.Error) {
	t.Helper()
	var result R
	got := p.await(t, "the answer to "+m.Name, 0, answerPatience, func(got message) bool {
		return got.Method == "" && string(got.ID) == id
	})
	if e := got.Error; e != nil {
		if e.Data == nil {
			t.Fatalf("%s: error %d without data: %s", m.Name, e.Code, e.Message)
		}
		return result, e.Data
	}
	if err := json.Unmarshal(got.Result, &result); err != nil {
		t.Fatalf("%s: %v in %s", m.Name, err, got.Result)
	}
	return result, nil
}

// Await returns the first notification that matches, also one that came before
// the call.
func Await[P any](t testing.TB, p *Peer, n schema.Notification[P], what string, patience time.Duration, match func(P) bool) P {
	t.Helper()
	return AwaitAfter(t, p, 0, n, what, patience, match)
}

// AwaitAfter is Await without what had come before the Mark.
func AwaitAfter[P any](t testing.TB, p *Peer, mark int, n schema.Notification[P], what string, patience time.Duration, match func(P) bool) P {
	t.Helper()
	var params P
	p.await(t, what, mark, patience, func(m message) bool {
		var got P
		if m.Method != n.Name || json.Unmarshal(m.Params, &got) != nil || !match(got) {
			return false
		}
		params = got
		return true
	})
	return params
}

// Notified returns every notification of a kind that came so far.
func Notified[P any](p *Peer, n schema.Notification[P]) []P {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []P
	for _, m := range p.messages {
		var params P
		if m.Method == n.Name && json.Unmarshal(m.Params, &params) == nil {
			all = append(all, params)
		}
	}
	return all
}
