package skysim

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is something that goes wrong in the simulated world until it is cleared.
type Fault struct {
	// Name is one of FaultNames.
	Name string
	// At restricts it to a cloud ("gcp"), a region ("us-east-1") or a cluster;
	// empty: everywhere.
	At string
}

// The faults, and the recording that each imitates (provision/sky/testdata/transcripts).
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
)

// FaultNames lists every fault that Control.Inject knows, sorted.
func FaultNames() []string {
	names := []string{
		faultCredentialsMissing, faultCredentialsInvalid, faultStaleIdentity, faultQuota, faultCapacity,
		faultPermission, faultUnauthorized, faultRateLimited, faultServerDown, faultServerDies, faultNetwork, faultThrottled,
		faultStopRefused, faultDownRefused, faultStartRefused, faultSetupFailed, faultRunFailed, faultMountFailed,
		faultDiskFull, faultSSHNeverUp, faultLaunchHangs, faultAnswerLost, faultUnreachable, faultOldVersion, faultSpotPreempted,
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
	w.Faults = slices.DeleteFunc(w.Faults, func(f Fault) bool { return f.Name == name })
}

// enabled says whether SkyPilot would use a cloud.
func (w *world) enabled(cloud string) bool {
	return !w.fault(faultCredentialsMissing, cloud) && !w.fault(faultCredentialsInvalid, cloud)
}

// Control changes a simulated world from outside of SkyPilot. Its methods block
// for a moment only, and are safe for concurrent use with everything that runs
// on the same folder.
type Control struct {
	// Dir is the state folder, as in Env.
	Dir string
	// Scale is the clock, as in Env: the same as that of the programs that run.
	Scale float64
}

func (c Control) world() store { return store{dir: c.Dir, scale: Env{Scale: c.Scale}.scale()} }

// Inject makes something go wrong from now on, everywhere or at a cloud, region
// or cluster. A name that is not known is an error that lists those that are.
func (c Control) Inject(fault, at string) error {
	if !slices.Contains(FaultNames(), fault) {
		return fmt.Errorf("there is no fault %q; there are %s", fault, strings.Join(FaultNames(), ", "))
	}
	return c.world().update(func(w *world) error {
		if !slices.Contains(w.Faults, Fault{fault, at}) {
			w.Faults = append(w.Faults, Fault{fault, at})
		}
		if fault == faultServerDown {
			w.resetServer()
		}
		return nil
	})
}

// Clear ends all faults. What they did stays done.
func (c Control) Clear() error {
	return c.world().update(func(w *world) error { w.Faults = nil; return nil })
}

// Faults lists what is wrong now.
func (c Control) Faults() ([]Fault, error) {
	var faults []Fault
	err := c.world().update(func(w *world) error { faults = slices.Clone(w.Faults); return nil })
	return faults, err
}

// The actions of Control.Outside.
const (
	OutsideStop      = "stop"
	OutsideTerminate = "terminate"
	OutsideStart     = "start"
)

// Outside does something to every machine as a person at the cloud's console
// would: SkyPilot knows of it only when it looks. An action that is not known is
// an error that lists those that are.
func (c Control) Outside(action string) error {
	var change func(m *machine)
	switch action {
	case OutsideStop:
		change = func(m *machine) {
			if m.State == machineRunning {
				m.State, m.RuntimeDown = machineStopped, true
			}
		}
	case OutsideTerminate:
		change = func(m *machine) { m.State = machineTerminated }
	case OutsideStart:
		change = func(m *machine) {
			if m.State == machineStopped {
				m.State, m.RuntimeDown = machineRunning, true
			}
		}
	default:
		return fmt.Errorf("there is no action %q; there are %s, %s, %s", action, OutsideStop, OutsideTerminate, OutsideStart)
	}
	return c.world().update(func(w *world) error {
		for _, m := range w.Machines {
			change(m)
		}
		return nil
	})
}

// Machine is one instance in the simulated cloud, as its console would show it.
type Machine struct {
	// ID is the cloud's name for it, Cluster SkyPilot's for what runs on it.
	ID, Cluster string
	// State is "running", "stopped" or "terminated"; it bills in the first, and
	// for its disk in the second.
	State string
	// Disk is the folder with what was copied to it, by remote path.
	Disk string
}

// Machines lists every instance that was ever made, the oldest first.
func (c Control) Machines() ([]Machine, error) {
	var machines []Machine
	err := c.world().update(func(w *world) error {
		for _, m := range w.Machines {
			machines = append(machines, Machine{m.ID, m.Cluster, m.State, w.disk(m.ID)})
		}
		return nil
	})
	return machines, err
}
