package skysim

import (
	"time"
)

// teardown is what stop and down come to.
func (w *world) teardown(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	if c != nil && c.Status == clusterInit {
		if said := w.inspect(c, at); said != "" {
			r.say("", said)
		}
		c = w.cluster(r.Cluster)
	}
	if c == nil {
		r.say("", "Cluster '"+r.Cluster+"' is already terminated. Skipped.")
		return r.succeed(at)
	}
	if w.fault(faultNetwork, c.Offer.Cloud) && !r.Plan.Purge {
		return stepTeardown, hold
	}
	m := w.machine(c.Machine)
	// SkyPilot stops its runtime before it asks the cloud: after a refusal the
	// record is UP until the next look finds it abnormal (recording
	// status-after-stop-refused), and only `sky start` mends it.
	m.RuntimeDown = true
	if reason := w.teardownRefused(r, c); reason == "" {
		m.end(r.Name)
	} else if !r.Plan.Purge {
		r.Reason = "botocore error (ClientError): " + reason
		return r.fail(at, "sky.exceptions.CloudError: "+r.Reason)
	}
	if r.Name == "sky.down" {
		// with --purge the record goes even if the machine does not
		c.LastEvent = "Cluster was terminated by user " + userName + "."
		w.remove(c, at)
		return r.succeed(at)
	}
	c.Status, c.InitKind, c.InitReason = clusterStopped, "", ""
	c.LastEvent = "All nodes stopped, cleaning up the cluster."
	return r.succeed(at)
}

// end stops or terminates a machine that there still is.
func (m *machine) end(request string) {
	switch {
	case request == "sky.down":
		m.State = machineTerminated
	case m.State == machineRunning:
		m.State = machineStopped
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
