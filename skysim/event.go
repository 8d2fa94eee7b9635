package skysim

import (
	"strings"
	"time"
)

// The events of a cluster's life, in SkyPilot's words (global_user_state.py:
// add_cluster_event and its callers; docs/skypilot.md, "Status"). The last one is last_event.
const (
	eventProvisioned = "Cluster successfully provisioned with 1 nodes"
	eventMounts      = "Syncing file mounts"
	eventSetup       = "Running setup commands to install dependencies"
	eventHealthy     = "All nodes up; SkyPilot runtime healthy."
	eventStopped     = "All nodes stopped, cleaning up the cluster."
	eventTerminated  = "All nodes terminated, cleaning up the cluster."
	// eventAbnormal begins what a look says of a machine that it can't use, and
	// tells init_kind unhealthy from launching.
	eventAbnormal = "Cluster is abnormal because"
)

// event notes what happened to a cluster. Of two in one moment the one that comes
// first in the alphabet stays the last event: SkyPilot sorts by the second alone,
// and reads in the order of its key, so the events of a launch that end with
// "Running setup commands" are shown as "Cluster successfully provisioned".
func (c *cluster) event(at time.Time, reason string) {
	if c.EventAt.Equal(at) && c.LastEvent != "" && c.LastEvent < reason {
		return
	}
	c.LastEvent, c.EventAt = reason, at
}

// byUser is the event of what a user asked for. It is noted before anything is
// tried, and stays when the cloud refuses (core.py: down, stop).
func (r *request) byUser(done string) string {
	return "Cluster was " + done + " by user " + r.User.Name + " (request ID: " + r.ID + ")."
}

// initKind tells the two meanings of INIT apart by the last event, as SkyPilot
// does; empty for any other state.
func (c *cluster) initKind() string {
	switch {
	case c.Status != clusterInit:
		return ""
	case strings.HasPrefix(c.LastEvent, eventAbnormal):
		return "unhealthy"
	}
	return "launching"
}
