//go:build unix

package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
	"carapace/skysim"
)

// installed is a machine on which SkyPilot is installed: a `sky` in PATH that is
// the simulated one. The sidecars on it do not know that, and are started as for a
// real cloud, each with a state folder of its own.
type installed struct {
	stage
	bin string
}

func newInstalled(t testing.TB) installed {
	t.Helper()
	m := installed{newStage(t), ""}
	m.bin = filepath.Join(m.dir, "bin")
	for _, dir := range []string{m.bin, m.home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"sky", "rsync", "ssh"} {
		script := fmt.Sprintf("#!/bin/sh\n%s='%s' %s=%s exec '%s' %s \"$@\"\n", skysim.EnvDir, m.cloud().Dir, skysim.EnvSpeed, slow, sidecar(t), program) // a loser waits a second for the winner
		if err := os.WriteFile(filepath.Join(m.bin, program), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m installed) home() string { return skysim.Home(m.cloud().Dir) }

func (m installed) environ() []string {
	return append(os.Environ(), "HOME="+m.home(), "XDG_CACHE_HOME=", "CARAPACE_SKY="+filepath.Join(m.bin, "sky"),
		"PATH="+m.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// start starts a sidecar with a state folder of that name.
func (m installed) start(t testing.TB, folder string) *scenario.Peer {
	t.Helper()
	return scenario.Start(t, scenario.Command{
		Path: sidecar(t), Dir: m.project, Env: m.environ(),
		Args: []string{"--state-dir", filepath.Join(m.dir, folder), "--project", m.project, "--name", server, "--log-level", "info"},
	})
}

// trusting is a launch that leaves the judgement of credentials to SkyPilot: there
// are none on this machine.
func trusting() schema.LaunchParams {
	no := false
	return schema.LaunchParams{Spec: spec(), CheckCredentials: &no}
}

// TestRaceAcrossStateFolders: the state folder is not what makes two sidecars
// mean the same server; the user's SkyPilot is. The winner is killed half way,
// and the others still do not make a second machine, but look after the first.
func TestRaceAcrossStateFolders(t *testing.T) {
	t.Parallel()
	m := newInstalled(t)
	var peers []*scenario.Peer
	var ids []string
	for i := range 4 {
		p := m.start(t, fmt.Sprint("state", i))
		peers, ids = append(peers, p), append(ids, p.Send(t, schema.ClusterLaunch.Name, trusting()))
	}
	winner, won := oneWinner(t, peers, ids)
	scenario.Await(t, peers[winner], schema.ClusterProgress, "provisioning", patience,
		func(p schema.Progress) bool { return p.Operation == won.ID && p.Phase == schema.PhaseProvisioning })
	peers[winner].Kill(t)
	loser := peers[(winner+1)%len(peers)]
	got, refusal := scenario.Try(t, loser, schema.ClusterLaunch, trusting()) // its own journal knows of nothing
	if refusal == nil {
		refusal = ended(t, loser, got.Operation.ID).Error
	}
	if refusal == nil || refusal.Kind != schema.KindOperationInProgress && refusal.Kind != schema.KindClusterActive || refusal.Hint == "" {
		t.Errorf("the second launch was refused with %+v", refusal)
	}
	m.lookedAfter(t, loser)
	if _, made := m.machines(t); made != 1 {
		t.Errorf("%d machines were made", made)
	}
}

// lookedAfter fails the test unless a sidecar whose launch gave way to somebody
// else's says, when that has ended, that there is a server.
func (m installed) lookedAfter(t *testing.T, p *scenario.Peer) {
	t.Helper()
	scenario.Call(t, p, schema.PollerConfigure, schema.PollerParams{IntervalSeconds: 1})
	scenario.Await(t, p, schema.ClusterStatusChanged, "the server of the other", patience,
		func(c schema.StatusChanged) bool { return c.Cluster.Status == schema.StatusRunning })
	m.agrees(t, scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server}))
}

// TestLaunchByHand: what somebody launches with `sky` in a terminal counts.
func TestLaunchByHand(t *testing.T) {
	t.Parallel()
	m := newInstalled(t)
	task := filepath.Join(m.dir, "task.yaml")
	if err := os.WriteFile(task, []byte("resources: {infra: aws/us-west-2, instance_type: m6i.large}\nrun: echo hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	byHand := exec.Command(filepath.Join(m.bin, "sky"), "launch", "-y", "-c", server, "-d", "--async", task)
	byHand.Env = m.environ()
	if out, err := byHand.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := m.start(t, "state")
	got, refusal := scenario.Try(t, p, schema.ClusterLaunch, trusting())
	if refusal == nil {
		refusal = ended(t, p, got.Operation.ID).Error
	}
	if refusal == nil || refusal.Kind != schema.KindOperationInProgress && refusal.Kind != schema.KindClusterActive || refusal.Hint == "" {
		t.Errorf("the launch beside one by hand was refused with %+v", refusal)
	}
	m.lookedAfter(t, p)
	if _, made := m.machines(t); made != 1 {
		t.Errorf("%d machines were made", made)
	}
}
