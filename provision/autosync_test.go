package provision

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"carapace/schema"
)

// write puts a file into a vault here, with contents.
func (w *world) write(name schema.VaultName, file, contents string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.vault(name), file), []byte(contents), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// has reports whether a vault on the server has a file.
func (w *world) has(name schema.VaultName, file string) bool {
	return slices.Contains(w.onServer(name), file)
}

// watchIs waits until the continuous sync stands so.
func (s *sidecar) watchIs(want schema.VaultWatchWork) schema.ContinuousSync {
	s.t.Helper()
	var is schema.ContinuousSync
	for range 600 {
		if is = s.autosync.Watch(schema.DefaultClusterName); is.State == want {
			return is
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatalf("the continuous sync is %+v, not %s", is, want)
	return is
}

// soon waits until something is so; what changes here is on the server within seconds.
func (w *world) soon(what string, so func() bool) {
	w.t.Helper()
	for range 150 {
		if so() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatal("not within 15 seconds: " + what)
}

func (s *sidecar) watchVaults(on bool) {
	s.t.Helper()
	if _, err := s.WatchVaults(ctx, schema.VaultWatchParams{On: on}); err != nil {
		s.t.Fatal(err)
	}
}

func TestVaultsAreSyncedWhileTheyChange(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 30)
		s := w.launched()
		w.write(schema.VaultPublic, "before", "1")
		if time.Sleep(time.Minute); w.has(schema.VaultPublic, "before") || s.autosync.Watch(schema.DefaultClusterName).State != schema.WatchOff {
			t.Fatal("nobody asked for a continuous sync")
		}
		s.watchVaults(true)
		w.soon("what has changed before", func() bool { return w.has(schema.VaultPublic, "before") })
		if !s.status().VaultWatch {
			t.Error("the status does not say that the vaults are watched")
		}
		s.watchIs(schema.WatchIdle)
		w.write(schema.VaultPrivate, "new", "1")
		w.soon("a new file", func() bool { return w.has(schema.VaultPrivate, "new") })
		if err := os.Remove(filepath.Join(w.vault(schema.VaultPrivate), "new")); err != nil {
			t.Fatal(err)
		}
		w.soon("a deletion", func() bool { return !w.has(schema.VaultPrivate, "new") })
		s.watchIs(schema.WatchIdle)

		// Much that is gone is asked about, and an operation's consent is enough.
		before := w.onServer(schema.VaultPublic)
		w.empty(schema.VaultPublic)
		if is := s.watchIs(schema.WatchRefused); is.Reason == nil || is.Reason.Kind != schema.KindDeletionsRefused || is.PendingSince.IsZero() {
			t.Errorf("%+v", is)
		}
		if time.Sleep(10 * time.Minute); !slices.Equal(w.onServer(schema.VaultPublic), before) || !warned(s.status(), schema.KindDeletionsRefused, "spec.vaults.public") {
			t.Errorf("the server has %q, and it warns %+v", w.onServer(schema.VaultPublic), s.status().Warnings)
		}
		s.succeeds(s.Sync(ctx, schema.SyncParams{AllowDeletions: true}))
		s.watchIs(schema.WatchIdle)

		// A server that is stopped is waited for.
		s.succeeds(s.Stop(ctx, schema.ChangeParams{}))
		w.write(schema.VaultPublic, "while it was stopped", "1")
		if is := s.watchIs(schema.WatchPaused); is.Reason == nil {
			t.Errorf("why is not said: %+v", is)
		}
		s.succeeds(s.Start(ctx, schema.StartParams{}))
		s.watchIs(schema.WatchIdle)
		w.write(schema.VaultPublic, "after the start", "1")
		w.soon("a change after the start", func() bool { return w.has(schema.VaultPublic, "after the start") })

		s.watchVaults(false)
		w.write(schema.VaultPublic, "too late", "1")
		if time.Sleep(time.Minute); w.has(schema.VaultPublic, "too late") || s.status().VaultWatch {
			t.Error("it does not end")
		}
	})
}

// What the guard refuses of one vault does not hold the other up, and the status tells which waits.
func TestARefusedVaultDoesNotHoldUpTheOther(t *testing.T) {
	t.Parallel()
	for _, held := range schema.VaultNames {
		t.Run(string(held), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				other := schema.VaultPublic
				if held == other {
					other = schema.VaultPrivate
				}
				w.fill(held, 30)
				s := w.launched()
				s.watchVaults(true)
				s.watchIs(schema.WatchIdle)
				before := w.onServer(held)
				w.empty(held)
				first := s.watchIs(schema.WatchRefused)
				w.write(other, "meanwhile", "1")
				w.soon("a change of the other vault", func() bool { return w.has(other, "meanwhile") })
				w.write(other, "later", "1")
				w.soon("another", func() bool { return w.has(other, "later") })
				is := s.watchIs(schema.WatchRefused)
				if !slices.Equal(is.Waiting, []schema.VaultName{held}) || is.Reason == nil || is.Reason.Field != held.Field() || !is.PendingSince.Equal(first.PendingSince) {
					t.Errorf("%+v", is)
				}
				if !slices.Equal(w.onServer(held), before) || !warned(s.status(), schema.KindDeletionsRefused, held.Field()) || warned(s.status(), schema.KindDeletionsRefused, other.Field()) {
					t.Errorf("the server has %q, and it warns %+v", w.onServer(held), s.status().Warnings)
				}
				s.succeeds(s.Sync(ctx, schema.SyncParams{AllowDeletions: true}))
				if is := s.watchIs(schema.WatchIdle); len(is.Waiting) > 0 || !is.PendingSince.IsZero() {
					t.Errorf("%+v", is)
				}
			})
		})
	}
}

// A folder that goes slowly was mirrored a few files less each time, each time less than a tenth: all of it went unasked.
func TestWhatGoesSlowlyIsAskedAbout(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const files, each = 100, 6
		w.fill(schema.VaultPublic, files)
		s := w.launched()
		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		before := len(w.onServer(schema.VaultPublic))
		remove := func(from int) {
			t.Helper()
			for i := range each {
				if err := os.Remove(filepath.Join(w.vault(schema.VaultPublic), fmt.Sprintf("file %d", from+i))); err != nil {
					t.Fatal(err)
				}
			}
		}
		remove(0)
		w.soon("a few deletions", func() bool { return len(w.onServer(schema.VaultPublic)) == before-each })
		s.watchIs(schema.WatchIdle)
		remove(each)
		s.watchIs(schema.WatchRefused)
		if n := len(w.onServer(schema.VaultPublic)); n != before-each {
			t.Errorf("%d files are left of %d", n, before)
		}
		s.succeeds(s.Sync(ctx, schema.SyncParams{AllowDeletions: true}))
		s.watchIs(schema.WatchIdle)
		remove(2 * each)
		w.soon("a few deletions after a consent", func() bool { return len(w.onServer(schema.VaultPublic)) == before-3*each })
		s.watchIs(schema.WatchIdle)
		time.Sleep(time.Hour)
		remove(3 * each)
		w.soon("a few deletions an hour later", func() bool { return len(w.onServer(schema.VaultPublic)) == before-4*each })
	})
}

// A disk that is there again has the fingerprint of the last mirror: that nothing had to be brought left the warning as it was.
func TestADiskThatIsBackEndsTheWarning(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 30)
		s := w.launched()
		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		folder := w.vault(schema.VaultPublic)
		if err := errors.Join(os.Rename(folder, folder+".away"), os.Mkdir(folder, 0o755)); err != nil {
			t.Fatal(err)
		}
		s.watchIs(schema.WatchRefused)
		if err := errors.Join(os.Remove(folder), os.Rename(folder+".away", folder)); err != nil {
			t.Fatal(err)
		}
		s.watchIs(schema.WatchIdle)
		if warned(s.status(), schema.KindDeletionsRefused, schema.VaultPublic.Field()) {
			t.Errorf("it is idle, and warns %+v", s.status().Warnings)
		}
	})
}

// What a mirror that failed has brought stays on the server where the file here became again what it was, as a fingerprint says.
func TestAChangeThatIsTakenBackAfterABrokenMirror(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 3)
		s := w.launched()
		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		name := filepath.Join(w.vault(schema.VaultPublic), "file 0")
		was, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		w.inject("disk_full", "")
		w.write(schema.VaultPublic, "file 0", "changed")
		s.watchIs(schema.WatchPaused)
		there := w.there(schema.VaultPublic, "file 0") // as if it had been brought before the disk was full
		if err := errors.Join(os.WriteFile(there, []byte("changed"), 0o644), os.WriteFile(name, []byte("x"), 0o644), os.Chtimes(name, was.ModTime(), was.ModTime())); err != nil {
			t.Fatal(err)
		}
		w.heal()
		s.watchIs(schema.WatchIdle)
		if got, err := os.ReadFile(there); err != nil || string(got) != "x" {
			t.Errorf("it is idle, and the server has %q, %v", got, err)
		}
	})
}

func TestAContinuousSyncIsRememberedAndOneSidecarDoesIt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		second := w.start()
		second.watchIs(schema.WatchElsewhere)
		w.write(schema.VaultPublic, "one", "1")
		w.soon("a change", func() bool { return w.has(schema.VaultPublic, "one") })
		s.stopNow()
		second.watchIs(schema.WatchIdle)
		w.write(schema.VaultPublic, "two", "1")
		w.soon("a change, by the other sidecar", func() bool { return w.has(schema.VaultPublic, "two") })
		second.watchVaults(false)
		third := w.start()
		time.Sleep(time.Minute)
		if third.autosync.Watch(schema.DefaultClusterName).State != schema.WatchOff {
			t.Error("what was ended begins again")
		}
	})
}

func TestAServerThatDoesNotAnswerIsTriedAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		w.inject("host_key_changed", "")
		w.write(schema.VaultPublic, "private", "1")
		if is := s.watchIs(schema.WatchPaused); is.Reason == nil || is.Reason.Kind != schema.KindHostKeyChanged {
			t.Errorf("%+v", is)
		}
		w.heal()
		for range 60 { // it waits longer with each failure
			if time.Sleep(10 * time.Second); w.has(schema.VaultPublic, "private") {
				return
			}
		}
		t.Error("it does not go on")
	})
}

func TestWhoCantBeWatched(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		_, err := s.WatchVaults(ctx, schema.VaultWatchParams{On: true})
		wantKind(t, err, schema.KindClusterNotFound)
	})
}
