package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/redact"
	"carapace/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told is a Notifier that keeps the states and the progress that it was told.
type told struct {
	statuses []schema.StatusChanged
	progress []schema.Progress
}

func (n *told) StatusChanged(c schema.StatusChanged)  { n.statuses = append(n.statuses, c) }
func (n *told) Progress(p schema.Progress)            { n.progress = append(n.progress, p) }
func (n *told) Log(schema.LogLine)                    {}
func (n *told) Finished(schema.Finished)              {}
func (n *told) WatchChanged(schema.VaultWatchChanged) {}
func (n *told) Checked(schema.Check)                  {}
func (n *told) ConfigChanged(schema.ConfigChanged)    {}
func (n *told) TunnelClosed(schema.TunnelClosed)      {}

func open(t *testing.T, dir, leases string) (*Store, *told) {
	t.Helper()
	n := &told{}
	s, err := Open(Options{
		Ended: func(string) error { return nil },
		Dir:   dir, Configured: "c", Endpoint: "e", Records: journal.NewRecords(leases, "e"), Notifier: n,
		Redactor: &redact.Redactor{}, Log: slog.New(slog.DiscardHandler), Life: context.Background(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, n
}

func launched(st *lifecycle.State) error {
	rec := st.Ensure("c")
	rec.Identity.Hash, rec.View.Status = "h", schema.StatusRunning
	rec.Witness(lifecycle.EvidenceShown, "", time.Now())
	return nil
}

// The observer runs under the store's locks, after the host was told: what it locks
// itself comes after them. Were it called outside of them, or before a change is on
// disk, a driver could see an older state than the host was told of.
func TestTheObserverRunsUnderTheLocks(t *testing.T) {
	s, n := open(t, t.TempDir(), t.TempDir())
	calls := 0
	s.Announce(func(st *lifecycle.State) {
		calls++
		if s.mu.TryLock() {
			t.Error("the state is not locked")
			s.mu.Unlock()
		}
		select {
		case s.writing <- struct{}{}:
			t.Error("another change could be made meanwhile")
			<-s.writing
		default:
		}
		if st.Clusters["c"] == nil || len(n.statuses) == 0 {
			t.Error("it is called before the host was told")
		}
	})
	if err := s.Update(launched); err != nil || calls != 1 {
		t.Fatalf("%v, after %d calls", err, calls)
	}
	refused := errors.New("refused")
	if err := s.Update(func(*lifecycle.State) error { return refused }); !errors.Is(err, refused) || calls != 1 {
		t.Errorf("%v, after %d calls", err, calls)
	}
}

// An older copy of the file is damage, not news.
// A heartbeat is made beside the driver, and can come after what the driver has said since.
func TestALateHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := open(t, t.TempDir(), t.TempDir())
		op := schema.Operation{ID: "o", Kind: schema.OperationLaunch, Cluster: "c", State: schema.OperationRunning, StartedAt: time.Now()}
		if err := s.Update(func(st *lifecycle.State) error {
			st.Operations = append(st.Operations, &lifecycle.Operation{Operation: op})
			return launched(st)
		}); err != nil {
			t.Fatal(err)
		}
		tell := func(phase schema.Phase, elapsed float64) {
			s.NotifyProgress(schema.Progress{Operation: "o", Cluster: "c", Phase: phase, ElapsedSeconds: elapsed})
		}
		time.Sleep(10 * time.Second)
		s.SetProgress("o", schema.PhaseConnecting, nil)
		tell(schema.PhaseConnecting, 10)
		tell(schema.PhaseProvisioning, 9)
		tell(schema.PhaseConnecting, 9)
		if len(n.progress) != 2 || n.progress[0].ElapsedSeconds != 10 || n.progress[1].ElapsedSeconds != 10 {
			t.Errorf("the host was told %+v", n.progress)
		}
	})
}

func TestAnOlderFileIsNoNews(t *testing.T) {
	dir := t.TempDir()
	s, n := open(t, dir, t.TempDir())
	s.Announce(func(*lifecycle.State) {})
	path := filepath.Join(dir, "state.json")
	if err := s.Update(func(*lifecycle.State) error { return nil }); err != nil {
		t.Fatal(err)
	}
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(launched); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Reload()
	if c, _ := s.Cluster("c"); c.Status != schema.StatusRunning || len(n.statuses) != 1 {
		t.Errorf("it is %s, after %d notifications", c.Status, len(n.statuses))
	}
	again, _ := open(t, dir, t.TempDir())
	if c, _ := again.Cluster("c"); c.Status != schema.StatusRunning {
		t.Errorf("on disk it is %s", c.Status)
	}
}

// What a process that was killed while it wrote a record has left goes when the next one opens the
// state, though nothing is written then.
func TestTheNextProcessSweepsTheRecords(t *testing.T) {
	dir, leases := t.TempDir(), t.TempDir()
	s, _ := open(t, dir, leases)
	if refusal := s.RecordLaunch("c", "op", 1, true); refusal != nil {
		t.Fatal(refusal)
	}
	before, err := os.ReadDir(leases)
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	if err := os.WriteFile(filepath.Join(leases, ".1-2.json.tmp"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir, leases)
	if after, _ := os.ReadDir(leases); len(after) != len(before) {
		t.Errorf("%v, before %v", after, before)
	}
}

// A process that is killed between a launch's record and its acceptance leaves nothing that
// costs money: neither its own folder nor another's tells of a server.
func TestALaunchThatWasNeverAcceptedIsNoServer(t *testing.T) {
	dir, leases := t.TempDir(), t.TempDir()
	s, _ := open(t, dir, leases)
	s.Announce(func(*lifecycle.State) {})
	if err := s.Update(func(st *lifecycle.State) error {
		if refusal := s.RecordLaunch("c", "op", st.Generation, true); refusal != nil {
			return refusal
		}
		return errors.New("killed")
	}); err == nil {
		t.Fatal("the launch was accepted")
	}
	again, _ := open(t, dir, leases)
	if c, rec := again.Cluster("c"); c.Status != schema.StatusNoServer || rec != nil {
		t.Errorf("it is %s: %s", c.Status, c.Description)
	}
	again.Announce(func(*lifecycle.State) {})
	if err := again.Update(func(st *lifecycle.State) error { st.Ensure("d"); return nil }); err != nil {
		t.Fatal(err)
	}
	if elsewhere, _ := open(t, t.TempDir(), leases); len(elsewhere.Elsewhere()) != 0 {
		t.Errorf("another state folder sees %v", elsewhere.Elsewhere())
	}
}

// A launch is recorded before the state has it. Another process that reads the state just before does
// not take the record for one of the server that has ended: ended, it would end the launch.
func TestALaunchThatAnotherProcessAcceptsIsNotEnded(t *testing.T) {
	for name, other := range map[string]func(b *Store, leases string){
		"it opens the state":            func(b *Store, leases string) { open(t, b.Dir(), leases) },
		"it has just changed the state": func(b *Store, _ string) { clear(b.kept); b.updateRecords(b.state) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, leases := t.TempDir(), t.TempDir()
			a, _ := open(t, dir, leases)
			a.Announce(func(*lifecycle.State) {})
			if refusal := a.RecordLaunch("c", "earlier", 1, true); refusal != nil {
				t.Fatal(refusal)
			}
			for _, change := range []func(*lifecycle.State) error{launched, ended} {
				if err := a.Update(change); err != nil {
					t.Fatal(err)
				}
			}
			b, _ := open(t, dir, leases)
			op := &lifecycle.Operation{Operation: schema.Operation{ID: "op", Kind: schema.OperationLaunch, Cluster: "c", State: schema.OperationRunning, StartedAt: time.Now()}}
			if err := a.Update(func(st *lifecycle.State) error {
				st.Operations = append(st.Operations, op)
				if refusal := a.RecordLaunch("c", op.ID, st.Generation, true); refusal != nil {
					return refusal
				}
				other(b, leases)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := a.Update(func(*lifecycle.State) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if got := a.Operation("op"); got.Ended() {
				t.Errorf("the launch became %+v", got)
			}
		})
	}
}

// ended is a change of a state by which its server has ended.
func ended(st *lifecycle.State) error {
	st.Clusters["c"].View.Cloud = "aws"
	st.Clusters["c"].Witness(lifecycle.EvidenceShown, "", time.Now())
	st.Clusters["c"].Witness(lifecycle.EvidenceDestroyed, "", time.Now())
	return nil
}

// A record whose end could not be written, because the process was killed or the disk was full, is no
// part of the next launch of that name.
func TestALaunchInheritsNothingOfAnEndedServer(t *testing.T) {
	dir, leases := t.TempDir(), t.TempDir()
	s, _ := open(t, dir, leases)
	if refusal := s.RecordLaunch("c", "earlier", 1, true); refusal != nil {
		t.Fatal(refusal)
	}
	records := journal.NewRecords(leases, "e")
	if err := errors.Join(records.Identify("c", "earlier", "u", "h"), records.Note("c", "earlier", "an account", new(string))); err != nil {
		t.Fatal(err)
	}
	if refusal := s.RecordLaunch("c", "next", 2, true); refusal != nil {
		t.Fatal(refusal)
	}
	found, err := records.All()
	if err != nil || len(found) != 1 || found[0].Operation != "next" || found[0].Hash != "" || found[0].Account != "" || found[0].Orphan != nil || !slices.Equal(found[0].Earlier, []string{"h"}) {
		t.Errorf("%+v, %v", found, err)
	}
}

// A clock that was set back leaves a record that is newer than any state: once a state has taken it
// over, that state ends it.
func TestARecordOfALaterGenerationIsEnded(t *testing.T) {
	dir, leases := t.TempDir(), t.TempDir()
	later := uint64(time.Now().AddDate(1, 0, 0).UnixMilli())
	if err := journal.NewRecords(leases, "e").Begin(journal.Record{Name: "c", Operation: "lost", Endpoint: "e", At: time.Now(), StateDir: dir, Generation: later, Submitted: true}, true); err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, dir, leases)
	s.Announce(func(*lifecycle.State) {})
	if _, rec := s.Cluster("c"); rec == nil || !rec.MayExist() {
		t.Fatalf("%+v", rec)
	}
	if err := s.Update(ended); err != nil {
		t.Fatal(err)
	}
	if elsewhere, _ := open(t, t.TempDir(), leases); len(elsewhere.Elsewhere()) != 0 {
		t.Errorf("after its end another state folder sees %v", elsewhere.Elsewhere())
	}
}

// A durable record finds what the state file lost, and a verified end removes it.
func TestRecordsOutliveTheStateFile(t *testing.T) {
	dir, leases := t.TempDir(), t.TempDir()
	s, _ := open(t, dir, leases)
	s.Announce(func(*lifecycle.State) {})
	if refusal := s.RecordLaunch("c", "op", 1, true); refusal != nil {
		t.Fatal(refusal)
	}
	if err := s.Update(launched); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "state.json")); err != nil {
		t.Fatal(err)
	}
	lost, _ := open(t, dir, leases)
	if _, rec := lost.Cluster("c"); rec == nil || rec.Identity.Hash != "h" || !rec.MayExist() {
		t.Fatalf("%+v", rec)
	}
	if elsewhere, _ := open(t, t.TempDir(), leases); len(elsewhere.Elsewhere()) != 1 {
		t.Errorf("another state folder sees %v", elsewhere.Elsewhere())
	}
	lost.Announce(func(*lifecycle.State) {})
	if err := lost.Update(ended); err != nil {
		t.Fatal(err)
	}
	if elsewhere, _ := open(t, t.TempDir(), leases); len(elsewhere.Elsewhere()) != 0 {
		t.Errorf("after its end another state folder sees %v", elsewhere.Elsewhere())
	}
}
