package sky

import (
	"fmt"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// told is what a Progress tells of an output, one line for each event.
func told(output string) string {
	p := new(Progress)
	var b strings.Builder
	for line := range strings.Lines(output) {
		e, ok := p.Line(strings.TrimRight(line, "\r\n"))
		if !ok {
			continue
		}
		fmt.Fprintf(&b, "%s: %s", e.Phase, text.Join(e.Said...))
		for _, mark := range []struct {
			on   bool
			text string
		}{
			{len(e.Zones) > 0, strings.Join(e.Zones, "+")},
			{e.JobID > 0, fmt.Sprintf("job %d", e.JobID)},
			{e.Offer != nil, "offer"},
		} {
			if mark.on {
				b.WriteString(" [" + mark.text + "]")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

const told1Launch = `selecting: SkyPilot compares the machines that fit.
selecting: Chose m6i.xlarge on AWS us-east-1 (4 vCPUs, 16 GB). It costs about $0.19 an hour. [offer]
provisioning: Asking AWS for the machine in us-east-1. [us-east-1a+us-east-1b+us-east-1c]
connecting: The machine is up; installing SkyPilot's runtime on it.
connecting: The machine answers and SkyPilot's runtime is on it.
syncing: Bringing the files onto the server.
syncing: Bringing files to /opt/carapace/data/public.
syncing: Bringing files to /opt/carapace/data/private.
syncing: The files are on the server.
setup: Handing setup to the server.
setup: Setup is handed to the server. [job 1]
`

func TestProgress(t *testing.T) {
	for _, tt := range []struct{ recording, want string }{
		{"api-logs-launch-ok", told1Launch},
		{"api-logs-replay", told1Launch},
		{"0.12.0/api-logs", told1Launch},
		{"0.13.0/api-logs", told1Launch},
		{"rec/api-logs-slurm", `selecting: SkyPilot compares the machines that fit.
selecting: Chose 2 vCPUs, 4 GB memory on Slurm lab. [offer]
provisioning: Asking Slurm for the machine in lab. [main]
connecting: The machine is up; installing SkyPilot's runtime on it.
connecting: The machine answers and SkyPilot's runtime is on it.
syncing: Bringing the files onto the server.
syncing: Bringing files to /opt/carapace/data/private.
syncing: Bringing files to /opt/carapace/data/public.
syncing: The files are on the server.
setup: Handing setup to the server.
setup: Setup is handed to the server. [job 1]
`},
		{"rec/api-logs-exec", "setup: Setup is handed to the server. [job 2]\n"},
		{"rec/api-logs-start", `provisioning: Starting the stopped machine in AWS (us-east-1).
provisioning: Asking AWS for the machine in us-east-1. [us-east-1a]
connecting: The machine is up; installing SkyPilot's runtime on it.
connecting: The machine answers and SkyPilot's runtime is on it.
`},
		{"launch-quota", `selecting: SkyPilot compares the machines that fit.
selecting: Chose m6i.xlarge on AWS us-east-1 (4 vCPUs, 16 GB). It costs about $0.19 an hour. [offer]
provisioning: Asking AWS for the machine in us-east-1. [us-east-1a+us-east-1b+us-east-1c]
: AWS refused in us-east-1: “You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit”.
selecting: That place did not work; SkyPilot looks for another.
`},
		{"launch-unauthorized", `: Waiting for another operation on this server to end.
selecting: SkyPilot compares the machines that fit.
selecting: Chose m6i.xlarge on AWS us-east-1 (4 vCPUs, 16 GB). It costs about $0.19 an hour. [offer]
provisioning: Asking AWS for the machine in us-east-1. [us-east-1a+us-east-1b+us-east-1c]
: AWS refused in us-east-1: “You are not authorized to perform this operation”.
selecting: That place did not work; SkyPilot looks for another.
`},
		{"rec/api-logs-stop", ""},
	} {
		t.Run(tt.recording, func(t *testing.T) {
			if got := told(recording(t, tt.recording).Stdout); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Failover to another region: the places are counted, and each one's reason told once.
func TestProgressFailover(t *testing.T) {
	got := told(`⚙︎ Launching on AWS us-east-1 (us-east-1a).
W 11-23 06:36:19.501 PID=1 instance.py:415] create_instances: Attempt failed with An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation (reached max retries: 0): no capacity
W 11-23 06:36:19.512 PID=1 instance.py:415] create_instances: Attempt failed with An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation (reached max retries: 0): no capacity
AWS handler error: Failed to launch instances. Max attempts exceeded.
↺ Trying other potential resources.
⚙︎ Launching on GCP us-west1 (us-west1-b).
├── Instance is up.
⚙︎ Launching on Lambda.
⨯ Failed to set up SkyPilot runtime on cluster.
↺ Retrying provisioning with requested resources: 1x
`)
	want := `provisioning: Asking AWS for the machine in us-east-1. [us-east-1a]
: AWS refused in us-east-1: “no capacity”.
selecting: That place did not work; SkyPilot looks for another.
provisioning: Asking Google Cloud for the machine in us-west1. That makes 2 places so far. [us-west1-b]
connecting: The machine is up; installing SkyPilot's runtime on it.
provisioning: Asking Lambda for the machine. That makes 3 places so far.
: SkyPilot could not set its runtime up on the machine.
selecting: No place worked; SkyPilot tries again.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// No line says that the operation succeeded, whatever it claims.
func TestProgressClaimsNothing(t *testing.T) {
	for _, line := range []string{
		"Stopping cluster n...done.", "Terminating cluster n...done.", "Cluster n started.", "✓ Job finished (status: SUCCEEDED).",
		"(setup pid=1) ⚙︎ Launching on AWS us-east-1", "(n, pid=1) Job submitted", "Job submitted, ID: x", "Job submitted, ID: 0", "", "Syncing (to nowhere",
	} {
		if e, ok := new(Progress).Line(line); ok {
			t.Errorf("%q: %+v", line, e)
		}
	}
}

func FuzzProgress(f *testing.F) {
	for _, name := range []string{"api-logs-launch-ok", "launch-quota", "launch-unauthorized", "rec/api-logs-start"} {
		f.Add(recording(f, name).Stdout)
	}
	f.Add("Launching on \nAn error occurred ( operation")
	f.Fuzz(func(t *testing.T, output string) {
		p := new(Progress)
		for line := range strings.Lines(output) {
			e, ok := p.Line(line)
			if !ok {
				continue
			}
			if said := text.Join(e.Said...); said == "" || strings.ContainsAny(said, "\x1b\n") {
				t.Errorf("%q: %+v", line, e)
			}
			switch e.Phase {
			case "", schema.PhaseSelecting, schema.PhaseProvisioning, schema.PhaseConnecting, schema.PhaseSyncing, schema.PhaseSetup:
			default:
				t.Errorf("%q: phase %s", line, e.Phase)
			}
		}
	})
}
