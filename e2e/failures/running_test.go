//go:build e2e

package failures

import (
	"os/exec"
	"strings"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// What a server that runs can suffer.
var runningFailures = []failure{
	{"Disk full on the server, sync", "`lab disk-full` of the public vault, then `cluster.sync`", schema.KindDiskFull, schema.StatusRunning, "", (*failing).syncFull},
	{"Network cut during a sync", "`lab cut`, then `cluster.sync`", schema.KindUnreachable, "", "", (*failing).syncCut},
	{"Network cut while it runs", "`lab cut`", schema.KindUnreachable, schema.StatusError, "", (*failing).cut},
	{"Cloud does not answer while it runs", "`lab hang`", schema.KindNetwork, schema.StatusError, "", (*failing).cloudHangs},
	{"Rate limit while it runs", "`lab fault ANY RequestLimitExceeded …`", schema.KindNetwork, schema.StatusError, "", (*failing).cloudThrottles},
	{"Stop refused", "`lab fault StopInstances UnauthorizedOperation …`", schema.KindPermission, schema.StatusRunning, "not authorized", (*failing).stopRefused},
	{"Destroy refused", "`lab fault TerminateInstances UnauthorizedOperation …`", schema.KindPermission, "", "not authorized", (*failing).destroyRefused},
	{"Start refused", "`lab fault StartInstances InsufficientInstanceCapacity …`", schema.KindCapacityUnavailable, schema.StatusStopped, "sufficient", (*failing).startRefused},
	{"Server does not answer", "`lab unreachable`", schema.KindUnreachable, schema.StatusError, "", (*failing).unreachable},
}

func (f *failing) sync(t *testing.T) *schema.Error {
	got := scenario.Call(t, f.Peer, schema.ClusterSync, schema.SyncParams{Name: scenario.ClusterName})
	return f.end(t, got.Operation.ID).Operation.Error
}

func (f *failing) syncFull(t *testing.T) *schema.Error {
	f.runs(t)
	lab.Must(t, "disk-full", "/home/ubuntu/"+publicVault)
	f.isFull(t)
	return f.sync(t)
}

// publicVault is where SkyPilot really puts it, in the user's home: /opt/carapace
// is links.
const publicVault = ".sky/file_mounts/opt/carapace/data/public"

// isFull waits, on the server, until the fault is in force there.
func (f *failing) isFull(t *testing.T) {
	t.Helper()
	c := scenario.Call(t, f.Peer, schema.ClusterConnection, schema.NameParams{Name: scenario.ClusterName})
	command := exec.CommandContext(t.Context(), "sh", "-c", c.SSHCommand+` 'while echo full > ~/`+publicVault+`/.probe; do sleep 0.2; done'`)
	if out, err := command.CombinedOutput(); err != nil && !strings.Contains(string(out), "No space") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func (f *failing) syncCut(t *testing.T) *schema.Error {
	lab.Must(t, "cut")
	return f.sync(t)
}

// breaks waits for the error that the poller finds under a fault. The server is
// brought back afterwards.
func (f *failing) breaks(t *testing.T, fault ...string) *schema.Error {
	f.runs(t)
	mark := f.Mark()
	lab.Must(t, fault...)
	t.Cleanup(func() { f.healAll(t); f.runs(t) })
	return f.becomes(t, mark, schema.StatusError).Error
}

func (f *failing) cut(t *testing.T) *schema.Error        { return f.breaks(t, "cut") }
func (f *failing) cloudHangs(t *testing.T) *schema.Error { return f.breaks(t, "hang") }
func (f *failing) cloudThrottles(t *testing.T) *schema.Error {
	return f.breaks(t, "fault", "ANY", "RequestLimitExceeded", "Request limit exceeded.")
}
func (f *failing) unreachable(t *testing.T) *schema.Error { return f.breaks(t, "unreachable") }

func (f *failing) stopRefused(t *testing.T) *schema.Error {
	f.runs(t)
	lab.Must(t, "fault", "StopInstances@"+scenario.Region, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	got := scenario.Call(t, f.Peer, schema.ClusterStop, schema.ChangeParams{Name: scenario.ClusterName})
	return f.end(t, got.Operation.ID).Operation.Error
}

func (f *failing) destroyRefused(t *testing.T) *schema.Error {
	lab.Must(t, "fault", "TerminateInstances@"+scenario.Region, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	got := scenario.Call(t, f.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName})
	return f.end(t, got.Operation.ID).Operation.Error
}

func (f *failing) startRefused(t *testing.T) *schema.Error {
	f.runs(t)
	got := scenario.Call(t, f.Peer, schema.ClusterStop, schema.ChangeParams{Name: scenario.ClusterName})
	f.end(t, got.Operation.ID)
	lab.Must(t, "fault", "StartInstances@"+scenario.Region, "InsufficientInstanceCapacity", "We currently do not have sufficient m6i.large capacity in the Availability Zone you requested.")
	again := scenario.Call(t, f.Peer, schema.ClusterStart, schema.StartParams{Name: scenario.ClusterName})
	return f.end(t, again.Operation.ID).Operation.Error
}
