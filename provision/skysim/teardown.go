package skysim

import (
	"time"
)

// teardown is what stop and down come to.
func (w *world) teardown(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	if c == nil {
		r.say("", "Cluster '"+r.Cluster+"' is already terminated. Skipped.")
		return r.succeed(at)
	}
	m := w.machine(c.Machine)
	if w.fault(faultNetwork, c.Offer.Cloud) && !r.Plan.Purge {
		return stepTeardown, hold
	}
	if reason := w.teardownRefused(r, c); reason != "" && !r.Plan.Purge {
		// SkyPilot's runtime was stopped before the cloud said no: the record
		// stays at INIT until `sky start` mends it
		if m != nil && m.State == machineRunning {
			if c.Status == clusterInit {
				r.say("", abnormal(c.Name))
			}
			m.RuntimeDown = true
			c.unhealthy(noRuntime)
		}
		r.Reason = "botocore error (ClientError): " + reason
		return r.fail(at, "sky.exceptions.CloudError: botocore error (ClientError): "+reason)
	}
	if r.Name == "sky.down" {
		// with --purge the record goes even if the machine does not
		if m != nil && w.teardownRefused(r, c) == "" {
			m.State = machineTerminated
		}
		c.LastEvent = "Cluster was terminated by user me."
		w.remove(c, at)
		return r.succeed(at)
	}
	if m != nil && m.State == machineRunning {
		m.State, m.RuntimeDown = machineStopped, true
	}
	c.Status, c.InitKind, c.InitReason = clusterStopped, "", ""
	c.LastEvent = "All nodes stopped, cleaning up the cluster."
	return r.succeed(at)
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
