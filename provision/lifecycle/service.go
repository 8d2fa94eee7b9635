package lifecycle

import (
	"fmt"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// Whether what a server is for is healthy nobody but the service itself tells, when it is asked over HTTP. It is a light beside the
// server: whether the machine exists, where it stands and what it costs is never concluded from it.

// serviceGrace is how long after its server came up a service that does not answer well yet is starting: as long as a slow line
// takes for the images of some containers.
const serviceGrace = 10 * time.Minute

// serviceProofs is how many answers in a row make a healthy service unhealthy: one alone is lost now and then.
const serviceProofs = 2

// ServiceSeen is what is known of a service, after the last question. It is not part of the state: each process asks for itself, as
// it has tunnels of its own. A value does not change; nil is a service that was not asked yet.
type ServiceSeen struct {
	Run      string // what the answers hold for, see [Cluster.ServiceRun]
	Address  string // where it is asked, HOST:PORT; empty: there is no way to ask it
	State    schema.ServiceState
	Since    time.Time // when it came to that state
	Checked  time.Time // when it was last seen that the state holds
	Asked    time.Time // when it was asked last
	Failures int       // answers in a row that were not good
	Was      bool      // it was healthy once
	Reason   text.Text
}

// ServiceAnswer is what one question came to.
type ServiceAnswer struct {
	Answered bool
	Status   int  // of HTTP; 0: it answered in something else
	Away     bool // it has not answered, and the machine's SSH port does not either
}

// ServiceRun returns what the answers of a service that is asked at an address hold for: its server, between one start and the end
// after that, and the question. It is empty where none is to be asked: the server does not run, or was launched without a question.
func (c *Cluster) ServiceRun(address string) string {
	if c.Existence() != ExistsSeen || c.View.Status != schema.StatusRunning || c.Spec == nil || c.Spec.Health == nil {
		return ""
	}
	return fmt.Sprint(c.Identity.Hash, c.View.LaunchedAt.UnixNano(), *c.Spec.Health, address)
}

// Settled reports whether a service is as it is likely to stay, so that it need not be asked soon again.
func (s *ServiceSeen) Settled() bool {
	return s.State != schema.ServiceStarting && (s.State != schema.ServiceHealthy || s.Failures == 0)
}

// ServiceAnswered returns what is known of a service after an answer from an address, of which seen was known before.
func (c *Cluster) ServiceAnswered(seen *ServiceSeen, address string, answer ServiceAnswer, at time.Time) *ServiceSeen {
	now := ServiceSeen{Run: c.ServiceRun(address), Address: address}
	if seen != nil && seen.Run == now.Run {
		now = *seen
	}
	now.Asked = at
	if address == "" {
		now.State, now.Reason = schema.ServiceUnknown, text.New(&text.ServiceNoWay, text.Args{"port": c.Spec.Health.Port})
		return &now
	}
	state, reason := answer.means(c.Spec.Health.Port)
	if state != schema.ServiceUnhealthy {
		now.Failures = 0
	} else if now.Failures++; now.State == schema.ServiceHealthy && now.Failures < serviceProofs {
		return &now
	} else if !now.Was && c.justUp(at) {
		state = schema.ServiceStarting
	}
	if now.State != state {
		now.State, now.Since = state, at
	}
	now.Was = now.Was || state == schema.ServiceHealthy
	now.Checked, now.Reason = at, reason
	return &now
}

// justUp reports whether a running server came up, or its run command began, so lately that its service may be starting. SkyPilot's
// clock may be ahead of this one.
func (c *Cluster) justUp(at time.Time) bool {
	up := c.View.LaunchedAt
	if c.RunJobSince.After(up) {
		up = c.RunJobSince
	}
	return at.Sub(up).Abs() < serviceGrace
}

// means returns what an answer says of a service at a port by itself, and why; no text: there is nothing to say. Each status that
// is not of an error is a good one: a page that redirects, to a login for instance, has answered.
func (a ServiceAnswer) means(port int) (schema.ServiceState, text.Text) {
	switch {
	case a.Status >= 200 && a.Status < 400:
		return schema.ServiceHealthy, text.Text{}
	case a.Status != 0:
		return schema.ServiceUnhealthy, text.New(&text.ServiceStatus, text.Args{"port": port, "answer": a.Status})
	case a.Answered:
		return schema.ServiceUnhealthy, text.New(&text.ServiceOtherProtocol, text.Args{"port": port})
	case a.Away:
		return schema.ServiceUnknown, text.New(&text.ServiceAway)
	}
	return schema.ServiceUnhealthy, text.New(&text.ServiceSilent, text.Args{"port": port})
}

// service returns a service as the protocol shows it, nil if there is none to ask.
func (c *Cluster) service(seen *ServiceSeen) *schema.Service {
	shown := schema.Service{State: schema.ServiceUnknown}
	switch {
	case c.ServiceRun("") == "":
		return nil
	case seen == nil || seen.Run != c.ServiceRun(seen.Address):
		return &shown
	}
	shown.State, shown.Since, shown.CheckedAt, shown.ReasonText = seen.State, seen.Since, seen.Checked, seen.Reason
	if seen.Reason.Code != "" {
		shown.Reason = seen.Reason.Message()
	}
	if seen.Address != "" {
		shown.URL = "http://" + seen.Address + "/"
	}
	return &shown
}
