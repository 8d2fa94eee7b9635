package demo

import (
	"fmt"
	"slices"
	"time"

	"carapace/schema"
)

// claim is what tells the server that the demo's own launch made from any other of
// its name. SkyPilot and the service know a server by its name alone: a destroy ends
// whatever has it.
type claim struct {
	launch  schema.Operation // as accepted; as it ended, when it has
	created time.Time        // schema.Cluster.CreatedAt of the record that the launch began
	begun   []string         // ids of the demo's operations, oldest first
	// seen is whether SkyPilot had a record of the machine when an operation of the
	// demo's ended. From then on the service notices a machine that takes its place,
	// and gives it another CreatedAt.
	seen bool
}

// newClaim is the claim to what an accepted launch makes.
func newClaim(accepted schema.OperationResult) *claim {
	return &claim{
		launch: accepted.Operation, created: accepted.Cluster.CreatedAt,
		begun: []string{accepted.Operation.ID},
	}
}

// ended takes in the end of an operation of the demo's.
func (c *claim) ended(end schema.Finished) {
	if end.Operation.ID == c.launch.ID {
		c.launch = end.Operation
	}
	c.seen = c.seen || !end.Cluster.LaunchedAt.IsZero()
}

// gaveWay says whether the launch ended because somebody else had the name: it made
// nothing then. The service has these two kinds for nothing else that a launch can
// end with.
func (c *claim) gaveWay() bool {
	e := c.launch.Error
	return e != nil && (e.Kind == schema.KindClusterActive || e.Kind == schema.KindOperationInProgress)
}

// owner says whose the server is that has the demo's name now.
type owner int

const (
	ours    owner = iota + 1 // the demo's launch made it
	nobodys                  // there is none
	theirs                   // it is somebody else's, or somebody else works on it
	unsure                   // it may be the demo's
)

// judge compares the server of the demo's name, as a look has just found it, and the
// newest operation on it with the claim. The sentence says why it is not ours.
func (c *claim) judge(now schema.Cluster, newest string) (owner, string) {
	switch {
	case c.gaveWay():
		return theirs, fmt.Sprintf("Somebody else has the name %s, and the demo's launch has made nothing.", now.Name)
	case c.created.Before(c.launch.StartedAt): // the service has finished an earlier launch
		return theirs, fmt.Sprintf("There was a server called %s before the demo's launch.", now.Name)
	case !slices.Contains(c.begun, newest):
		return theirs, fmt.Sprintf("Somebody else has begun something with the server called %s.", now.Name)
	case now.Stale:
		return unsure, fmt.Sprintf("SkyPilot could not say what there is of %s.", now.Name)
	case now.Status == schema.StatusNoServer:
		return nobodys, now.Description
	case !now.CreatedAt.Equal(c.created):
		return theirs, fmt.Sprintf("The server called %s is not the one that the demo launched.", now.Name)
	case !c.seen && !now.LaunchedAt.IsZero() && !c.during(now.LaunchedAt):
		return unsure, fmt.Sprintf("The server called %s appeared after the demo's launch had ended.", now.Name)
	}
	return ours, ""
}

// during says whether the launch was going on at that time. SkyPilot's times are
// whole seconds.
func (c *claim) during(at time.Time) bool {
	return !at.Before(c.launch.StartedAt.Truncate(time.Second)) && !at.After(c.launch.EndedAt)
}
