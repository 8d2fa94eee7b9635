package provision

import (
	"time"

	"carapace/provision/autosync"
	"carapace/provision/operation"
	"carapace/provision/watch"
)

// Timing is every wait of the service. Tests and the simulated cloud use other
// values than a real cloud needs.
type Timing struct {
	Heartbeat   time.Duration // a silent operation says so this often (docs/protocol.md: at least every 10 s)
	JobInterval time.Duration // between two looks at a job's state
	Retry       time.Duration // before a look that failed is tried again
	Watch       time.Duration // between two looks at the stamps of files where no event tells of them; no process, no read
	Asleep      time.Duration // between two looks at the clock where there is a server: has the computer slept?
	Poll        time.Duration // between the beginnings of two looks at the cloud
	Quiet       time.Duration // a request's log without a line, before SkyPilot is asked whether the request has ended
	Late        time.Duration // after a launch was given up: until then SkyPilot may still show what comes of it
	Silence     time.Duration // of a machine that says every 20 s that the run command goes on: then the connection is given up
	Wait        time.Duration // for a lease that its holder was asked to give up

	Short     time.Duration // deadline of one short `sky` call
	APIServer time.Duration // deadline of starting SkyPilot's API server
	Refresh   time.Duration // deadline of a look at the cloud
	Submit    time.Duration // deadline of handing a request to SkyPilot
	Provision time.Duration // deadline of a launch or start, up to its last file
	Patience  time.Duration // deadline of a launch that may wait for the cloud to have a machine
	Setup     time.Duration // deadline of the setup script
	Change    time.Duration // deadline of a stop or destroy
	Sync      time.Duration // deadline of mirroring the vaults

	Idle time.Duration // SkyPilot's API server, with nothing asked of it, before it is ended

	Vaults   autosync.Pace // of a continuous sync
	Services watch.Pace    // of asking what the servers are for how it is
}

// RealTiming is the Timing for real clouds. The deadlines are several times what
// the recordings took: a launch 104 s, a start 63 s, stop and down under 20 s,
// a refresh up to 271 s when throttled.
var RealTiming = Timing{
	Heartbeat: 8 * time.Second, JobInterval: 2 * time.Second, Retry: 3 * time.Second,
	Watch: time.Second, Asleep: 5 * time.Second, Poll: 30 * time.Second, Late: 30 * time.Minute, Quiet: 30 * time.Second, Silence: time.Minute, Wait: 30 * time.Second,

	Short: 60 * time.Second, APIServer: 90 * time.Second, Refresh: 60 * time.Second, Submit: 90 * time.Second,
	Provision: 30 * time.Minute, Patience: 24 * time.Hour, Setup: 30 * time.Minute, Change: 10 * time.Minute, Sync: 60 * time.Minute,

	Idle: 5 * time.Minute,

	Vaults:   autosync.Pace{Quiet: time.Second, Longest: 10 * time.Second, Poll: 5 * time.Second, Retry: 5 * time.Second, Lease: 5 * time.Second},
	Services: watch.Pace{Starting: 3 * time.Second, Settled: 30 * time.Second},
}

// SimulatedTiming is the Timing for the simulated cloud's fast clock.
var SimulatedTiming = Timing{
	Heartbeat: 2 * time.Second, JobInterval: 50 * time.Millisecond, Retry: 50 * time.Millisecond,
	Watch: 50 * time.Millisecond, Asleep: time.Second, Poll: 500 * time.Millisecond, Quiet: 5 * time.Second, Silence: 10 * time.Second, Late: time.Minute, Wait: 10 * time.Second,

	Short: 20 * time.Second, APIServer: 20 * time.Second, Refresh: 20 * time.Second, Submit: 20 * time.Second,
	Provision: 60 * time.Second, Patience: 10 * time.Minute, Setup: 60 * time.Second, Change: 30 * time.Second, Sync: 60 * time.Second,

	Vaults:   autosync.Pace{Quiet: 200 * time.Millisecond, Longest: 2 * time.Second, Poll: time.Second, Retry: time.Second, Lease: time.Second},
	Services: watch.Pace{Starting: 200 * time.Millisecond, Settled: time.Second},
}

// operation is the part of it that operations need.
func (t Timing) operation() operation.Timing {
	return operation.Timing{
		Heartbeat: t.Heartbeat, JobInterval: t.JobInterval, Retry: t.Retry, Quiet: t.Quiet, Wait: t.Wait,
		Short: t.Short, APIServer: t.APIServer, Refresh: t.Refresh, Submit: t.Submit, Provision: t.Provision,
		Patience: t.Patience, Setup: t.Setup, Change: t.Change, Sync: t.Sync,
	}
}
