package operation

import (
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// ending is how a request that was followed has ended, and by whose word. The zero value is that
// of a request which SkyPilot does not know, or which there was none of.
type ending struct {
	id       string           // "": there was nothing to do, or SkyPilot does not know the request any more
	word     word             // whose word it is
	at       time.Time        // when it was known, which is after the request's end
	record   sky.Request      // SkyPilot's record of it; of wordRecord only
	followed sky.FollowResult // what it printed; of wordServer as far as its log was read
}

// word is where it is known from how a request has ended. What is true of a server a look tells.
type word int

const (
	wordNone   word = iota // it is not known
	wordServer             // SkyPilot's API server said that it ended well, and its log was not read, or not to its end
	wordLog                // its log ended as only that of a request does that succeeded, and the API server says that it is over
	wordRecord             // SkyPilot's record, read by `sky api status`
)

// well reports whether the request is known to have succeeded.
func (e ending) well() bool {
	return e.word == wordServer || e.word == wordLog || e.word == wordRecord && e.record.Status == "SUCCEEDED"
}

// canceled reports whether somebody canceled the request.
func (e ending) canceled() bool { return e.word == wordRecord && e.record.Status == "CANCELLED" }

// cutOff reports whether its log ended before the request did, because the connection to
// SkyPilot's API server was lost.
func (d *driver) cutOff(e ending) bool {
	if e.followed.Code == 0 {
		return false
	}
	return e.well() || e.record.Status == "FAILED" && d.whyEnded(e).Kind == schema.KindAPIServer
}
