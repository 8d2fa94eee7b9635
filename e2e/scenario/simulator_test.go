package scenario

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/schema"
	"carapace/skysim"
)

// TestSimulated tells every story on the simulated cloud, each on a stage of its own.
func TestSimulated(t *testing.T) {
	t.Parallel()
	Run(t, simulated{cloud: AWS()}, func(t testing.TB) Stage { return NewStage(t, t.TempDir()) })
}

// TestSimulatedLambda tells what there is to tell of a cloud that can't stop, by a sidecar that asks
// SkyPilot's API server nothing itself.
func TestSimulatedLambda(t *testing.T) {
	t.Parallel()
	lambda, known := CloudOf("lambda")
	if !known {
		t.Fatal("the suite does not know lambda")
	}
	lambda.Region = "us-east-1" // the only one that the simulator has
	RunShort(t, simulated{cloud: lambda, env: []string{"CARAPACE_ASK_SKY=1"}}, func(t testing.TB) Stage { return NewStage(t, t.TempDir()) })
}

// TestSimulatedVast tells what there is to tell of a cloud that stops a spot machine.
func TestSimulatedVast(t *testing.T) {
	t.Parallel()
	vast, known := CloudOf("vast")
	if !known {
		t.Fatal("the suite does not know vast")
	}
	vast.InstanceType = "1x-RTX_3060-8-32768" // the only one that the simulator has
	RunShort(t, simulated{cloud: vast}, func(t testing.TB) Stage { return NewStage(t, t.TempDir()) })
}

// simulated is the built-in simulated cloud. Faults are injected through the
// protocol; what the cloud has is read from the simulator's own state.
type simulated struct {
	cloud Cloud
	env   []string // of the sidecar, beside what each has
}

// speed makes a launch of 70 seconds take one.
const speed = "0.015"

// cloudDir is where under its state folder a simulating sidecar keeps the cloud.
const cloudDir = "simulated"

func (simulated) Simulated() bool         { return true }
func (w simulated) Cloud() Cloud          { return w.cloud }
func (simulated) Patience() time.Duration { return 2 * time.Minute }

func (w simulated) Command(t testing.TB, stage Stage) Command {
	return Command{
		Path: sidecar(t),
		Args: []string{"--simulate", "--state-dir", stage.StateDir, "--project", stage.Project, "--name", ClusterName, "--log-level", "debug"},
		Env:  append(append(os.Environ(), "HOME="+stage.Project, "USERPROFILE="+stage.Project, skysim.EnvSpeed+"="+speed), w.env...),
		Dir:  stage.Project,
	}
}

func (simulated) control(stage Stage) skysim.Control {
	return skysim.Control{Dir: filepath.Join(stage.StateDir, cloudDir)}
}

func (w simulated) machines(t testing.TB, stage Stage) []skysim.Machine {
	t.Helper()
	all, err := w.control(stage).Machines()
	if err != nil {
		t.Fatal(err)
	}
	var there []skysim.Machine
	for _, m := range all {
		if m.State != "terminated" && m.Cluster == ClusterName {
			there = append(there, m)
		}
	}
	return there
}

func (w simulated) Instances(t testing.TB, stage Stage) []string {
	t.Helper()
	var states []string
	for _, m := range w.machines(t, stage) {
		states = append(states, m.State)
	}
	return states
}

func (w simulated) Known(t testing.TB, stage Stage) []string {
	t.Helper()
	var out, errs bytes.Buffer
	env := skysim.Env{Dir: w.control(stage).Dir, Scale: 0.001}
	if code := skysim.Main(t.Context(), env, "sky", []string{"status", "-o", "json", ClusterName}, nil, &out, &errs); code != 0 {
		t.Fatalf("sky status: %d: %s%s", code, out.Bytes(), errs.Bytes())
	}
	return Statuses(t, out.String())
}

func (w simulated) Disk(t testing.TB, stage Stage) string {
	t.Helper()
	there := w.machines(t, stage)
	if len(there) != 1 {
		t.Fatalf("the cloud has %d machines, not one", len(there))
	}
	return there[0].Disk
}

func (simulated) Inject(t testing.TB, p *Peer, f Fault) {
	t.Helper()
	params := map[Fault]schema.InjectParams{
		NoQuota:           {Fault: "quota", At: Region},
		NoCapacityAtFirst: {Fault: "capacity", At: FirstRegion},
		StopRefused:       {Fault: "stop_refused"},
		DestroyRefused:    {Fault: "down_refused"},
		SetupFails:        {Fault: "setup_failed"},
		RunFails:          {Fault: "run_failed"},
		AnotherHostKey:    {Fault: "host_key_changed"},
	}[f]
	if got := Call(t, p, schema.SimulateInject, params); len(got.Faults) != 1 {
		t.Errorf("the faults in force are %v", got.Faults)
	}
}

// Words are those of the transcripts, as far as they are the same in each.
func (simulated) Words(f Fault) string {
	return map[Fault]string{
		NoQuota:        "You have requested more vCPU capacity than your current vCPU limit",
		StopRefused:    "not authorized to perform this operation",
		DestroyRefused: "not authorized to perform this operation",
	}[f]
}

func (w simulated) Heal(t testing.TB, stage Stage) {
	t.Helper()
	if err := w.control(stage).Clear(); err != nil {
		t.Error(err)
	}
}

func (simulated) StopOutside(t testing.TB, p *Peer) {
	t.Helper()
	Call(t, p, schema.SimulateOutside, schema.OutsideParams{Action: skysim.OutsideStop})
}

func (simulated) TerminateOutside(t testing.TB, p *Peer) {
	t.Helper()
	Call(t, p, schema.SimulateOutside, schema.OutsideParams{Action: skysim.OutsideTerminate})
}
