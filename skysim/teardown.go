package skysim

import (
	"time"
)

// teardown is what stop and down come to.
func (w *world) teardown(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	if c == nil {
		return r.skipped(at)
	}
	if w.fault(faultNetwork, c.Offer.Cloud) && !r.Plan.Purge {
		return stepTeardown, hold
	}
	done := "stopped"
	if r.Name == "sky.down" {
		done = "terminated"
	}
	c.event(at, r.byUser(done))
	if refusal := w.mismatch(c); refusal != "" {
		if r.Plan.Purge {
			return w.purgeForeign(r, c, refusal, at)
		}
		return r.refuse(at, mismatchError, refusal)
	}
	if w.looksFirst(c, at) {
		found := w.inspect(c, at)
		if found.said != "" {
			r.say("", found.said)
		}
		if found.gone {
			return r.skipped(at)
		}
	}
	return w.tearDown(r, c, at)
}

// freshSeconds is how old a look may be for a teardown to do without its own
// (SkyPilot's CLUSTER_STATUS_CACHE_DURATION_SECONDS).
const freshSeconds = 2

// looksFirst says whether SkyPilot looks at the cloud before it stops or ends a
// cluster: where it is INIT, or may have ended by itself since the last look. What
// it finds is the last event then, and hides the user's (recording
// q9-status-stopped).
func (w *world) looksFirst(c *cluster, at time.Time) bool {
	mayHaveEnded := c.Offer.Spot || c.Autostop >= 0 && c.Status != clusterStopped
	return c.Status == clusterInit || mayHaveEnded && at.After(w.after(c.Updated, freshSeconds*time.Second))
}

// skipped ends a teardown of what is not there.
func (r *request) skipped(at time.Time) (string, time.Duration) {
	r.say("", "Cluster '"+r.Cluster+"' is already terminated. Skipped.")
	return r.succeed(at)
}

// tearDown asks the cloud and changes the record. A machine that SkyPilot does not
// see is none to it: there is nothing to be done, and that succeeds.
func (w *world) tearDown(r *request, c *cluster, at time.Time) (string, time.Duration) {
	m := w.seen(c)
	if m != nil {
		// SkyPilot stops its runtime before it asks the cloud: after a refusal the
		// record is UP until the next look finds it abnormal (recording
		// status-after-stop-refused), and only `sky start` mends it.
		m.RuntimeDown = true
	}
	if reason := w.teardownRefused(r, c); reason != "" && m != nil {
		if !r.Plan.Purge {
			return r.refuse(at, "sky.exceptions.CloudError: ", "botocore error (ClientError): "+reason)
		}
		// the record goes even if the machine does not
		r.say(yellow+"WARNING: Received non-zero exit code from stopping/terminating cluster nodes. Make sure resources are manually deleted.",
			"Details: [botocore.exceptions.ClientError] "+reason+reset)
	} else if m != nil {
		w.end(m, r.Name, at)
	}
	if r.Name == "sky.down" {
		w.remove(c, at)
		return r.succeed(at)
	}
	c.Status = clusterStopped
	c.outOfUse(at)
	return r.succeed(at)
}

// purgeForeign forgets a cluster of another account, and touches no machine
// (backends/cloud_vm_ray_backend.py: _teardown).
func (w *world) purgeForeign(r *request, c *cluster, refusal string, at time.Time) (string, time.Duration) {
	r.say(refusal, yellow+"Purge (-p/--purge) is set, ignoring the identity mismatch error and removing the cluster record from cluster table."+reset,
		yellow+"It is the user's responsibility to ensure that this cluster is actually terminated on the cloud."+reset)
	w.remove(c, at)
	return r.succeed(at)
}

// end stops or terminates a machine that there still is.
func (w *world) end(m *machine, request string, at time.Time) {
	switch {
	case request == "sky.down":
		w.turn(m, machineTerminated, causeUser, at)
	case m.State == machineRunning:
		w.turn(m, machineStopped, causeUser, at)
	}
}

// teardownRefused is the cloud's word against a stop or a termination.
func (w *world) teardownRefused(r *request, c *cluster) string {
	fault, call := faultStopRefused, "StopInstances"
	if r.Name == "sky.down" {
		fault, call = faultDownRefused, "TerminateInstances"
	}
	places := []string{c.Name, c.Offer.Region, c.Offer.Cloud}
	switch {
	case w.fault(fault, places...):
		return "An error occurred (UnauthorizedOperation) when calling the " + call + " operation: You are not authorized to perform this operation."
	case w.fault(faultThrottled, places...):
		return "An error occurred (RequestLimitExceeded) when calling the " + call + " operation (reached max retries: 12): Request limit exceeded."
	}
	return ""
}
