package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// TestFullDisk fills the disk that the state is on, truly, before a launch and in
// the middle of one: the first is refused with a reason, the second comes to its
// end, and no sidecar forgets the server.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	m := newInstalled(t)
	disk := filepath.Join(m.dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256k,mode=700"); errors.Is(err, syscall.EPERM) {
		t.Skip("only root can have a disk of its own")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p := m.start(t, "disk/state")
	scenario.Call(t, p, schema.Ping, schema.Empty{})
	free := fill(t, disk)
	if e := scenario.Refused(t, p, schema.ClusterLaunch, trusting(), schema.KindDiskFull); e.Hint == "" {
		t.Errorf("no hint: %+v", e)
	}
	if _, made := m.machines(t); made > 0 {
		t.Fatalf("%d machines were made", made)
	}
	free()
	got := scenario.Call(t, p, schema.ClusterLaunch, trusting())
	scenario.Await(t, p, schema.ClusterProgress, "provisioning", patience,
		func(p schema.Progress) bool {
			return p.Operation == got.Operation.ID && p.Phase == schema.PhaseProvisioning
		})
	free = fill(t, disk)
	if op := ended(t, p, got.Operation.ID); op.State != schema.OperationSucceeded {
		t.Errorf("the launch ended %s: %+v", op.State, op.Error)
	}
	m.agrees(t, scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server}))
	p.Kill(t) // what only memory knew is lost
	free()
	p = m.start(t, "disk/state")
	if op := ended(t, p, got.Operation.ID); op.State != schema.OperationSucceeded {
		t.Errorf("the next sidecar ended the launch %s: %+v", op.State, op.Error)
	}
	m.agrees(t, scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server}))
	if _, made := m.machines(t); made != 1 {
		t.Errorf("%d machines were made", made)
	}
	free = fill(t, disk)
	e := scenario.Refused(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: server}, schema.KindDiskFull)
	t.Logf("a destroy on a full disk: %s %s", e.Message, e.Hint)
	free()
	if op := ended(t, p, scenario.Call(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: server}).Operation.ID); op.State != schema.OperationSucceeded {
		t.Errorf("the destroy ended %s: %+v", op.State, op.Error)
	}
	p.End(t, patience)
	m.deserted(t)
}

// fill takes all the space that a disk has; the returned function gives it back.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	ballast := filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	_ = f.Close()
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}
