package host

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"carapace/provision/sky"
)

// LocalServer is SkyPilot's API server on this machine, which can be ended where it is proven that nobody but one state
// folder's `sky` has used it (Linux alone: docs/skypilot.md, "The API server"). It is for one goroutine.
type LocalServer struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Endpoint Endpoint
	// Mark is the value of [sky.MarkVariable] that this state folder's `sky` are started with. A server has it
	// in its environment if one of them started it, and a request in its body if one of them made it.
	Mark string

	seen   process // as Kept has seen it
	newest string  // its newest request when all since its start were known, ours, and had ended
}

// Why an API server is left alone; "": it need not be.
const (
	ServerNotThere = "not_there"  // none runs, or it can't be told
	ServerNotOurs  = "not_ours"   // no sidecar of this state folder has started it
	ServerOthers   = "others_use" // somebody else has used it, or it can't be told
	ServerInUse    = "in_use"     // somebody uses it, or it does not answer
)

// listLimit is how long an API server may take to list its requests: there are thousands of a day.
const listLimit = 10 * time.Second

// What SkyPilot 0.14.1 calls its own: the user of what the server asks of itself (the request of its start, and its daemons,
// which never end), and the command of the requests that it makes for what a client asks by a GET: they show the
// server's environment and not the client's (server/constants.py, server/server.py, enabled_clouds).
const (
	ownUser    = "skypilot-system"
	ownCommand = "/sky/server/server.py "
	onBoot     = "skypilot-server-on-boot-check"
	oneCommand = 15 // seconds in which one `sky` makes its requests
)

// inBody is how a request's body shows a mark, as a list shows the body. In what a client has sent as a text the
// quotation marks are escaped once more.
func inBody(mark string) string { return `\"` + sky.MarkVariable + `\":\"` + mark + `\"` }

// keptByRequests reads a list of requests, the newest first, of which ours have a mark in their bodies. newest is the first, where
// all since the server's start are known, ours, and have ended. They are known where the list reaches back to the request of the start, or to the newest of
// before: what has ended a day ago is forgotten. What the server has made for a GET is ours only if a `sky` of ours was at work then.
func keptByRequests(body, mark, before string) (why, newest string) {
	var rows []requestRow
	if json.Unmarshal([]byte(body), &rows) != nil {
		return ServerInUse, ""
	}
	known, last, doubt := false, math.MaxFloat64, 0.0 // the last of ours; the last for a GET that is not known to be ours
	for i := range rows {
		r, ours, text := &rows[i], false, string(rows[i].Body)
		switch {
		case r.ID == onBoot: // more is asked right after it
			ours, known = true, true
		case r.User == ownUser:
			continue
		case strings.Contains(text, ownCommand):
			if last-r.Created > oneCommand && doubt == 0 {
				doubt = r.Created
			}
		default:
			ours = strings.Contains(text, mark)
			if !ours {
				return ServerOthers, ""
			}
		}
		if ours {
			if doubt-r.Created > oneCommand {
				return ServerOthers, ""
			}
			last, doubt = r.Created, 0
		}
		if end := r.end(); end != sky.EndedWell && end != sky.EndedBadly {
			why = ServerInUse
		}
		if newest == "" {
			newest = r.ID
		}
		known = known || before != "" && r.ID == before
	}
	switch {
	case !known || doubt != 0:
		return ServerOthers, ""
	case why != "":
		newest = ""
	}
	return why, newest
}

// mayAsk reports whether a program, by its command, may ask an API server: a `sky`, also one that waits for what it is to do
// (spare.py), or what managed jobs and services run by (sky/jobs, sky/serve of 0.14.1).
func mayAsk(args string) bool {
	for _, part := range [...]string{"/sky ", "sky.jobs.", "sky.serve."} {
		if strings.Contains(args, part) && strings.Contains(args, "python") {
			return true
		}
	}
	return strings.HasPrefix(args, "sky ")
}
