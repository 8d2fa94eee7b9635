package skysim

import "slices"

// Fault is something that goes wrong in the simulated world until it is cleared.
type Fault struct {
	// Name is one of FaultNames.
	Name string
	// At restricts it to a cloud ("gcp"), a region ("us-east-1") or a cluster;
	// empty: everywhere.
	At string
}

// The faults, and the recording that each imitates (provision/sky/testdata/transcripts,
// testdata/recordings).
const (
	faultCredentialsMissing = "credentials_missing" // check-aws-missing, launch-credentials-missing
	faultCredentialsInvalid = "credentials_invalid" // check-aws-invalid, launch-credentials-invalid
	faultStaleIdentity      = "stale_identity"      // api-logs-stale-identity: until the API server is restarted
	faultQuota              = "quota"               // launch-quota
	faultCapacity           = "capacity"            // launch-capacity
	faultPermission         = "permission"          // launch-permission
	faultUnauthorized       = "unauthorized"        // launch-unauthorized
	faultRateLimited        = "rate_limited"        // launch-ratelimited-silent
	faultServerDown         = "api_server_down"     // the API server cannot be started
	faultServerDies         = "api_server_dies"     // launch-apiserver-dies, status-apiserver-restarting
	faultNetwork            = "network"             // status-cloud-unreachable
	faultThrottled          = "throttled"           // status-throttled
	faultStopRefused        = "stop_refused"        // stop-refused
	faultDownRefused        = "down_refused"        // down-refused
	faultStartRefused       = "start_refused"       // the same for StartInstances
	faultSetupFailed        = "setup_failed"        // launch-setup-fails-attached, queue-setup-failed
	faultRunFailed          = "run_failed"          // a job that ends FAILED
	faultMountFailed        = "mount_failed"        // the copy of a mount fails
	faultDiskFull           = "disk_full"           // no space on the machine
	faultSSHNeverUp         = "ssh_never_up"        // the machine runs and never answers
	faultLaunchHangs        = "launch_hangs"        // the cloud takes the call and does not answer
	faultAnswerLost         = "answer_lost"         // api-logs-cloud-hangs: the machine is made, and SkyPilot is not told
	faultUnreachable        = "unreachable"         // status-unreachable
	faultOldVersion         = "old_version"         // SkyPilot 0.10.0: no -o json
	faultSpotPreempted      = "spot_preempted"      // spot machines are taken away
	faultRecordInvalid      = "record_invalid"      // q4-autostopnull-named: SkyPilot leaves the record out of its answers
	faultHostKeyChanged     = "host_key_changed"    // another machine answers at the address: OpenSSH 9.2's words
	faultRunFailsLater      = "run_fails_later"     // queue-up1-failed: a job that runs for a while and ends FAILED
	faultServiceUnhealthy   = "service_unhealthy"   // what the server is for answers with the HTTP status 503
)

// FaultNames lists every fault that Control.Inject knows, sorted.
func FaultNames() []string {
	names := []string{
		faultCredentialsMissing, faultCredentialsInvalid, faultStaleIdentity, faultQuota, faultCapacity,
		faultPermission, faultUnauthorized, faultRateLimited, faultServerDown, faultServerDies, faultNetwork, faultThrottled,
		faultStopRefused, faultDownRefused, faultStartRefused, faultSetupFailed, faultRunFailed, faultMountFailed,
		faultDiskFull, faultSSHNeverUp, faultLaunchHangs, faultAnswerLost, faultUnreachable, faultOldVersion, faultSpotPreempted,
		faultRecordInvalid, faultRunFailsLater, faultHostKeyChanged, faultServiceUnhealthy,
	}
	slices.Sort(names)
	return names
}

// fault says whether something goes wrong at any of these places.
func (w *world) fault(name string, places ...string) bool {
	return slices.ContainsFunc(w.Faults, func(f Fault) bool {
		return f.Name == name && (f.At == "" || slices.Contains(places, f.At))
	})
}

// heal ends a fault that happens once.
func (w *world) heal(name string) {
	kept := w.Faults[:0]
	for _, f := range w.Faults {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	w.Faults = kept
}

// enabled says whether SkyPilot would use a cloud.
func (w *world) enabled(cloud string) bool {
	return !w.fault(faultCredentialsMissing, cloud) && !w.fault(faultCredentialsInvalid, cloud)
}
