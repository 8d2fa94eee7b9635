package scenario

import (
	"os"
	"testing"

	"carapace/schema"
)

// emptiedVault: a vault whose disk is not there does not empty the server's; with a
// person's consent it does.
func emptiedVault(t *testing.T, s *scene) {
	_, private := s.vaults()
	remote := Inside(s.world.Disk(t, s.Stage), RemotePrivate)
	before, kept := Tree(t, remote), private+" elsewhere"
	if err := os.Rename(private, kept); err != nil {
		t.Fatal(err)
	}
	mkdir(t, private)
	mark := s.Mark()
	got := Call(t, s.Peer, schema.ClusterSync, schema.SyncParams{Name: ClusterName})
	f := s.fail(t, got.Operation.ID, schema.KindDeletionsRefused)
	if f.Operation.Error.Hint == "" || len(f.Operation.Vaults) == 0 {
		t.Errorf("what would go, and what to do, is not said: %+v", f.Operation)
	}
	if after := Tree(t, remote); len(after) != len(before) || len(before) == 0 {
		t.Errorf("the server has %d files after the refusal, %d before", len(after), len(before))
	}
	AwaitAfter(t, s.Peer, mark, schema.ClusterStatusChanged, "a warning about the private vault", s.world.Patience(), func(c schema.StatusChanged) bool {
		return len(c.Cluster.Warnings) > 0 && c.Cluster.Warnings[0].Field == "spec.vaults.private"
	})
	got = Call(t, s.Peer, schema.ClusterSync, schema.SyncParams{Name: ClusterName, DryRun: true})
	s.succeed(t, got.Operation.ID, schema.StatusRunning)
	got = Call(t, s.Peer, schema.ClusterSync, schema.SyncParams{Name: ClusterName, AllowDeletions: true})
	f = s.succeed(t, got.Operation.ID, schema.StatusRunning)
	s.vaultsArrived(t)
	if len(f.Cluster.Warnings) > 0 {
		t.Errorf("it warns still: %+v", f.Cluster.Warnings)
	}
	if err := os.Remove(private); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(kept, private); err != nil {
		t.Fatal(err)
	}
	do(t, s, schema.ClusterSync, schema.SyncParams{Name: ClusterName}, schema.StatusRunning)
	s.vaultsArrived(t)
}

// anotherHostKey: what answers at the server's address gets nothing unless it is the
// server; and that is known again when it is back.
func anotherHostKey(t *testing.T, s *scene) {
	if !s.world.Simulated() {
		t.Skip("NOT TOLD in the lab: its machines have no second host key")
	}
	_, private := s.vaults()
	remote := Inside(s.world.Disk(t, s.Stage), RemotePrivate)
	write(t, private, map[string]string{"new secret.txt": "not for another\n"})
	s.inject(t, AnotherHostKey)
	got := Call(t, s.Peer, schema.ClusterSync, schema.SyncParams{Name: ClusterName, AllowDeletions: true})
	f := s.fail(t, got.Operation.ID, schema.KindHostKeyChanged)
	if f.Operation.Error.Hint == "" {
		t.Errorf("what to do is not said: %+v", *f.Operation.Error)
	}
	if _, there := Tree(t, remote)["new secret.txt"]; there {
		t.Error("another machine got the private vault")
	}
	s.world.Heal(t, s.Stage)
	do(t, s, schema.ClusterSync, schema.SyncParams{Name: ClusterName}, schema.StatusRunning)
	s.vaultsArrived(t)
}
