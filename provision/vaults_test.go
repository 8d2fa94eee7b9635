package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
	"carapace/skysim"
)

// vault is a vault's folder here.
func (w *world) vault(name schema.VaultName) string {
	return filepath.Join(w.dir, "project", "data", string(name))
}

// fill puts files into a vault here.
func (w *world) fill(name schema.VaultName, n int) {
	w.t.Helper()
	for i := range n {
		if err := os.WriteFile(filepath.Join(w.vault(name), fmt.Sprintf("file %d", i)), []byte("x"), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

// empty takes all out of a vault here, as an unmounted disk does.
func (w *world) empty(name schema.VaultName) {
	w.t.Helper()
	if err := os.RemoveAll(w.vault(name)); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Mkdir(w.vault(name), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// brought reports whether any machine has a file in a vault.
func (w *world) brought(vault schema.VaultName, file string) bool {
	w.t.Helper()
	machines, err := w.control.Machines()
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(machines, func(m skysim.Machine) bool {
		_, err := os.Stat(filepath.Join(m.Disk, remoteVaults, string(vault), file))
		return err == nil
	})
}

// remoteVaults is where SkyPilot puts the vaults on a machine's disk.
const remoteVaults = "home/ubuntu/.sky/file_mounts/opt/carapace/data"

// onServer names what is in a vault on the one machine that there is.
func (w *world) onServer(vault schema.VaultName) (names []string) {
	w.t.Helper()
	entries, err := os.ReadDir(w.there(vault, ""))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// there is where the last machine has a file in a vault.
func (w *world) there(vault schema.VaultName, file string) string {
	w.t.Helper()
	machines, err := w.control.Machines()
	if err != nil || len(machines) == 0 {
		w.t.Fatal(machines, err)
	}
	return filepath.Join(machines[len(machines)-1].Disk, remoteVaults, string(vault), file)
}

// fails waits for an operation that must fail as a kind.
func (s *sidecar) fails(kind schema.Kind, result schema.OperationResult, err error) schema.Finished {
	s.t.Helper()
	end := s.until(result, err)
	if e := end.Operation.Error; end.Operation.State != schema.OperationFailed || e == nil || e.Kind != kind || e.Hint == "" {
		s.t.Fatalf("the %s ended %s: %+v, not as %s", end.Operation.Kind, end.Operation.State, e, kind)
	}
	return end
}

func (s *sidecar) succeeds(result schema.OperationResult, err error) schema.Finished {
	s.t.Helper()
	end := s.until(result, err)
	if end.Operation.State != schema.OperationSucceeded {
		s.t.Fatalf("the %s ended %s: %+v", end.Operation.Kind, end.Operation.State, end.Operation.Error)
	}
	return end
}

func warned(c schema.Cluster, kind schema.Kind, field string) bool {
	return slices.ContainsFunc(c.Warnings, func(e schema.Error) bool { return e.Kind == kind && e.Field == field && e.Hint != "" })
}

// Two empty mount points emptied both vaults on the server, and success was said.
func TestAnEmptiedVaultDoesNotEmptyTheServers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 12)
		w.fill(schema.VaultPrivate, 3)
		s := w.launched()
		public, private := w.onServer(schema.VaultPublic), w.onServer(schema.VaultPrivate)
		w.empty(schema.VaultPrivate)
		result, err := s.Sync(ctx, schema.SyncParams{})
		end := s.fails(schema.KindDeletionsRefused, result, err)
		if e := end.Operation.Error; !strings.Contains(e.Message, "“file 0”") || !strings.Contains(e.Message, fmt.Sprintf("%d of %d files", len(private), len(private))) {
			t.Errorf("how many would go, and the first of them, is not said: %s", e.Message)
		}
		if !slices.Equal(w.onServer(schema.VaultPublic), public) || !slices.Equal(w.onServer(schema.VaultPrivate), private) {
			t.Error("a refused mirror changed the server")
		}
		if c := s.wantStatus(schema.StatusRunning); !warned(c, schema.KindDeletionsRefused, "spec.vaults.private") {
			t.Errorf("which vault is not the same is not said: %+v", c.Warnings)
		}
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		_, err = s.Start(ctx, schema.StartParams{}) // before a machine that costs money is up
		if e := wantKind(t, err, schema.KindDeletionsRefused); e.Field != "spec.vaults.private" || e.Hint == "" {
			t.Errorf("the refusal is %+v", e)
		}
		if err := os.Rename(w.vault(schema.VaultPublic), w.vault("away")); err != nil {
			t.Fatal(err)
		}
		_, err = s.Start(ctx, schema.StartParams{AllowDeletions: true})
		wantKind(t, err, schema.KindVaultMissing)
		if err := os.Rename(w.vault("away"), w.vault(schema.VaultPublic)); err != nil {
			t.Fatal(err)
		}
		s.wantStatus(schema.StatusStopped)
		s.succeeds(s.Start(ctx, schema.StartParams{AllowDeletions: true}))
		if c := s.wantStatus(schema.StatusRunning); len(w.onServer(schema.VaultPrivate)) != 0 || warned(c, schema.KindDeletionsRefused, "spec.vaults.private") {
			t.Errorf("after the consent the server has %q, and it warns %+v", w.onServer(schema.VaultPrivate), c.Warnings)
		}
	})
}

// A disk that goes while the machine is made, after SkyPilot has brought its files: the mirror
// that finishes the launch is refused, whichever sidecar makes it.
func TestTheMirrorThatFinishesALaunchIsRefused(t *testing.T) {
	for by, finisher := range map[string]func(s *sidecar) *sidecar{
		"who began it":    func(s *sidecar) *sidecar { return s },
		"who takes it up": func(s *sidecar) *sidecar { s.stopNow(); return s.start() },
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				w.fill(schema.VaultPrivate, 3)
				s := w.start()
				result, err := s.Launch(ctx, onAWS)
				for !w.brought(schema.VaultPrivate, "file 0") {
					time.Sleep(time.Second)
				}
				before := w.onServer(schema.VaultPrivate)
				w.empty(schema.VaultPrivate)
				s = finisher(s)
				end := s.fails(schema.KindDeletionsRefused, result, err)
				if e := end.Operation.Error; end.Operation.Kind != schema.OperationLaunch || e.Field != "spec.vaults.private" || !strings.Contains(e.Message, fmt.Sprintf("%d of %d files", len(before), len(before))) {
					t.Errorf("the %s ended with %+v", end.Operation.Kind, e)
				}
				c := end.Cluster
				if e := c.Error; c.Status != schema.StatusError || e == nil || e.Kind != schema.KindDeletionsRefused || e.Field != "spec.vaults.private" {
					t.Errorf("the server is %s: %+v", c.Status, e)
				}
				if left := w.onServer(schema.VaultPrivate); !slices.Equal(left, before) {
					t.Errorf("a refused mirror left %q of %q", left, before)
				}

				again, err := s.Start(ctx, schema.StartParams{}) // a start finishes it, no sooner than somebody consents
				s.fails(schema.KindDeletionsRefused, again, err)
				s.succeeds(s.Start(ctx, schema.StartParams{AllowDeletions: true}))
				if left := w.onServer(schema.VaultPrivate); len(left) != 0 {
					t.Errorf("after the consent the server has %q", left)
				}
			})
		})
	}
}

// Another folder at a vault's path may be the place of a disk that is not there.
func TestAnotherFolderMayDeleteNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPrivate, 20)
		s := w.launched()
		w.empty(schema.VaultPrivate) // a folder with another inode
		w.fill(schema.VaultPrivate, 19)
		if err := os.Rename(w.vault(schema.VaultPrivate), w.vault("moved")); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(w.vault(schema.VaultPrivate), 0o755); err != nil {
			t.Fatal(err)
		}
		w.fill(schema.VaultPrivate, 19)
		result, err := s.Sync(ctx, schema.SyncParams{})
		if end := s.fails(schema.KindDeletionsRefused, result, err); !strings.Contains(end.Operation.Error.Message, "is not the one that was mirrored last") {
			t.Errorf("%s", end.Operation.Error.Message)
		}
		s.succeeds(s.Sync(ctx, schema.SyncParams{AllowDeletions: true}))
		if err := os.Remove(filepath.Join(w.vault(schema.VaultPrivate), "file 3")); err != nil {
			t.Fatal(err)
		}
		s.succeeds(s.Sync(ctx, schema.SyncParams{})) // the folder is known by now
	})
}

func TestADryRunTellsAndChangesNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 2)
		s := w.launched()
		before, changed := w.onServer(schema.VaultPublic), s.status().LastChange.At
		w.empty(schema.VaultPublic)
		if err := os.WriteFile(filepath.Join(w.vault(schema.VaultPublic), "new"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		end := s.succeeds(s.Sync(ctx, schema.SyncParams{DryRun: true}))
		if at := s.status().LastChange.At; !at.Equal(changed) {
			t.Errorf("the server is said to have changed at %s, not at %s", at, changed)
		}
		public := end.Operation.Vaults[0]
		if len(end.Operation.Vaults) != 2 || public.Vault != schema.VaultPublic || public.Added != 1 || public.Deleted != len(before) || public.FirstAdded[0] != "new" || public.Compared != schema.CompareContents {
			t.Errorf("%+v", end.Operation.Vaults)
		}
		if !slices.Equal(w.onServer(schema.VaultPublic), before) || len(s.status().Warnings) != 0 || !strings.Contains(end.Operation.Message, "Nothing was changed") {
			t.Errorf("the server has %q: %s", w.onServer(schema.VaultPublic), end.Operation.Message)
		}
		if op, _ := s.GetOperation(ctx, schema.OperationGetParams{ID: end.Operation.ID}); len(op.Vaults) != 2 {
			t.Errorf("it is not remembered: %+v", op.Vaults)
		}
	})
}

// The private vault went to whoever answered at the server's old address.
func TestAnotherMachineGetsNoVault(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		before := w.onServer(schema.VaultPrivate)
		connection, err := s.Connection(ctx, schema.NameParams{})
		if err != nil || !strings.Contains(connection.SSHCommand, "StrictHostKeyChecking=yes") || !strings.Contains(connection.SSHCommand, "HostKeyAlias=") {
			t.Errorf("%+v, %v", connection, err)
		}
		w.fill(schema.VaultPrivate, 1)
		w.inject("host_key_changed", "")
		for _, params := range []schema.SyncParams{{}, {AllowDeletions: true}, {DryRun: true}} {
			result, err := s.Sync(ctx, params)
			end := s.fails(schema.KindHostKeyChanged, result, err)
			if !strings.Contains(end.Operation.Error.Hint, filepath.Join(s.cfg.LeaseDir, "hostkeys")) {
				t.Errorf("what to do is not said: %s", end.Operation.Error.Hint)
			}
		}
		if !slices.Equal(w.onServer(schema.VaultPrivate), before) {
			t.Error("another machine got the vault")
		}
		if err := os.RemoveAll(s.cfg.StateDir); err != nil { // a lost state folder still knows the server
			t.Fatal(err)
		}
		again := w.start(func(c *Config) { c.StateDir = filepath.Join(w.dir, "second") })
		again.until(again.Destroy(context.Background(), schema.DestroyParams{}))
		w.heal()
		if left, err := os.ReadDir(filepath.Join(s.cfg.LeaseDir, "hostkeys")); err != nil || len(left) != 0 {
			t.Errorf("after the server's end its key is kept: %v, %v", left, err)
		}
		again.launchAgain()
	})
}

// launchAgain launches a server anew, whose key is another.
func (s *sidecar) launchAgain() {
	s.t.Helper()
	s.succeeds(s.Launch(context.Background(), onAWS))
	s.succeeds(s.Sync(context.Background(), schema.SyncParams{}))
}

// Neither by a link, nor by one that leads there only after the launch: what is the sidecar's,
// SkyPilot's, SSH's and AWS's stays out of the vaults, and they out of it.
func TestAVaultWithTheStateFolderIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		home := s.cfg.Environment.Home
		at := func(name string) string { return filepath.Join(w.dir, name) }
		must := func(errs ...error) {
			t.Helper()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		}
		must(os.MkdirAll(filepath.Join(home, ".sky"), 0o700), os.MkdirAll(filepath.Join(home, ".aws", "cli"), 0o700), os.MkdirAll(at("keys/.ssh"), 0o700),
			os.Symlink(at("keys/.ssh"), filepath.Join(home, ".ssh")), os.Symlink(s.cfg.StateDir, at("to the state")), os.Symlink(w.dir, at("project/all")),
			os.MkdirAll(s.cfg.LeaseDir, 0o700))
		for why, vault := range map[string]string{
			"holds the state folder": w.dir, "is the state folder": s.cfg.StateDir, "is it by a link": at("to the state"), "holds it by a link": "all",
			"is the leases'": s.cfg.LeaseDir, "is ~/.sky": filepath.Join(home, ".sky"), "lies in ~/.aws": filepath.Join(home, ".aws", "cli"),
			"is ~/.ssh": filepath.Join(home, ".ssh"), "is where ~/.ssh leads": at("keys/.ssh"), "holds where ~/.ssh leads": at("keys"),
			"is ~/.aws by another way": filepath.Join(at("project/all"), "project", "..", mustRel(t, w.dir, home), ".aws"),
		} {
			for _, vaults := range []schema.Vaults{{Public: vault}, {Private: vault}} {
				spec := onAWS
				spec.Spec.Vaults = &vaults
				_, err := s.Launch(ctx, spec)
				if e := wantKind(t, err, schema.KindInvalidSpec); !strings.HasPrefix(e.Field, "spec.vaults") || e.Hint == "" {
					t.Errorf("a vault that %s: %+v", why, e)
				}
			}
		}
		if w.machines("running") > 0 {
			t.Fatal("something was launched")
		}

		s.succeeds(s.Launch(ctx, onAWS))
		before := w.onServer(schema.VaultPrivate)
		must(os.Remove(filepath.Join(home, ".ssh")), os.Symlink(w.vault(schema.VaultPrivate), filepath.Join(home, ".ssh")))
		w.fill(schema.VaultPrivate, 1)
		result, err := s.Sync(ctx, schema.SyncParams{})
		if e := s.fails(schema.KindInvalidSpec, result, err).Operation.Error; e.Field != "spec.vaults.private" || !slices.Equal(w.onServer(schema.VaultPrivate), before) {
			t.Errorf("%+v; the server has %q", e, w.onServer(schema.VaultPrivate))
		}
	})
}

// A vault that was moved to another disk, with a link left in its place, was refused as a link that leaves its vault.
// Where the link leads is judged like any other folder.
func TestAVaultThatBecameALink(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		public, moved := w.vault(schema.VaultPublic), filepath.Join(w.dir, "moved")
		must := func(errs ...error) {
			t.Helper()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		}
		must(os.Rename(public, moved), os.Symlink(moved, public))
		w.write(schema.VaultPublic, "by the link", "1")
		s.succeeds(s.Sync(ctx, schema.SyncParams{}))
		if !w.has(schema.VaultPublic, "by the link") {
			t.Error("it is not brought")
		}
		w.write(schema.VaultPublic, "watched", "1")
		w.soon("what changes where the link leads", func() bool { return w.has(schema.VaultPublic, "watched") })
		again := func() *sidecar { s.stopNow(); return w.start() }
		s = again()
		s.watchIs(schema.WatchIdle)
		w.write(schema.VaultPublic, "after a new start", "1")
		w.soon("what changes where the link leads, looked through", func() bool { return w.has(schema.VaultPublic, "after a new start") })
		s.watchVaults(false)

		before := w.onServer(schema.VaultPublic)
		for to, want := range map[string]schema.Error{
			w.vault(schema.VaultPrivate):    {Kind: schema.KindInvalidSpec, Field: "spec.vaults"},
			s.cfg.StateDir:                  {Kind: schema.KindInvalidSpec, Field: "spec.vaults.public"},
			filepath.Join(w.dir, "nowhere"): {Kind: schema.KindVaultMissing, Field: "spec.vaults.public"},
		} {
			must(os.Remove(public), os.Symlink(to, public))
			result, err := s.Sync(ctx, schema.SyncParams{AllowDeletions: true})
			e := &schema.Error{}
			if !errors.As(err, &e) {
				e = s.fails(want.Kind, result, err).Operation.Error
			}
			if e.Kind != want.Kind || e.Field != want.Field {
				t.Errorf("where it leads to %s: %+v", to, e)
			}
			if now := w.onServer(schema.VaultPublic); !slices.Equal(now, before) {
				t.Errorf("where it leads to %s the server has %q", to, now)
			}
		}
	})
}

// The times of a vault's last mirror are remembered, so that what rsync does not see by size and time is looked for by
// contents.
func TestAChangeInTheTimeOfTheLastMirror(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 1)
		s := w.launched()
		look := func(s *sidecar) schema.VaultState {
			t.Helper()
			status, err := s.VaultStatus(ctx, schema.VaultStatusParams{Refresh: true})
			if err != nil || status.Vaults[0].Changes == nil {
				t.Fatalf("%+v, %v", status, err)
			}
			return status.Vaults[0]
		}
		file := filepath.Join(w.vault(schema.VaultPublic), "file 0")
		for later, want := range map[time.Duration]schema.Comparison{0: schema.CompareContents, time.Minute: schema.CompareSizeAndTime} {
			at := look(s).LastSame.Add(later)
			if err := os.Chtimes(file, at, at); err != nil {
				t.Fatal(err)
			}
			if got := look(s).Changes.Compared; got != want {
				t.Errorf("changed %v after the mirror it is compared by %s", later, got)
			}
		}
	})
}

// mustRel is a path from a folder on.
func mustRel(t *testing.T, folder, path string) string {
	t.Helper()
	rel, err := filepath.Rel(folder, path)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// What is here may be known for the same only by a look: somebody may have changed the
// server's.
func TestVaultStatus(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 3)
		s := w.start()
		ask := func(p schema.VaultStatusParams) (public, private schema.VaultState) {
			t.Helper()
			result, err := s.VaultStatus(ctx, p)
			if err != nil || len(result.Vaults) != 2 {
				t.Fatal(result, err)
			}
			return result.Vaults[0], result.Vaults[1]
		}
		if result, err := s.VaultStatus(ctx, schema.VaultStatusParams{}); err != nil || len(result.Vaults) != 0 || result.Vaults == nil {
			t.Errorf("without a server: %+v, %v", result, err)
		}
		s.succeeds(s.Launch(ctx, onAWS))
		public, private := ask(schema.VaultStatusParams{})
		if public.State != schema.VaultUnknown || !public.AsOf.IsZero() || public.ChangedHere || public.LastSame.IsZero() || public.LastCompared != schema.CompareSizeAndTime || public.Changes != nil || public.Files < 3 || public.Reason != nil {
			t.Errorf("without a look: %+v", public)
		}
		if private.Vault != schema.VaultPrivate || private.Local != w.vault(schema.VaultPrivate) {
			t.Errorf("%+v", private)
		}
		if public, _ = ask(schema.VaultStatusParams{Refresh: true}); public.State != schema.VaultInSync || public.AsOf.IsZero() || public.Changes == nil || public.Changes.Compared != schema.CompareSizeAndTime {
			t.Errorf("by a look: %+v", public)
		}
		if err := os.WriteFile(filepath.Join(w.vault(schema.VaultPublic), "new"), []byte("12345"), 0o644); err != nil {
			t.Fatal(err)
		}
		if public, private = ask(schema.VaultStatusParams{}); public.State != schema.VaultDiffers || !public.ChangedHere || public.Changes != nil || private.State != schema.VaultUnknown {
			t.Errorf("after a change here: %+v", public)
		}
		public, _ = ask(schema.VaultStatusParams{Refresh: true, Contents: true})
		if c := public.Changes; public.State != schema.VaultDiffers || c.Added != 1 || c.AddedBytes != 5 || !slices.Equal(c.FirstAdded, []string{"new"}) || c.Compared != schema.CompareContents {
			t.Errorf("%+v", c)
		}
		s.succeeds(s.Sync(ctx, schema.SyncParams{}))
		if public, _ = ask(schema.VaultStatusParams{}); public.State != schema.VaultUnknown || public.ChangedHere || public.LastCompared != schema.CompareContents {
			t.Errorf("after a sync: %+v", public)
		}
		_, err := s.VaultStatus(ctx, schema.VaultStatusParams{Contents: true})
		wantKind(t, err, schema.KindInvalidParams)
		w.inject("host_key_changed", "")
		if public, _ = ask(schema.VaultStatusParams{Refresh: true}); public.State != schema.VaultUnknown || public.Reason == nil || public.Reason.Kind != schema.KindHostKeyChanged || !public.AsOf.IsZero() {
			t.Errorf("another machine: %+v", public)
		}
		if public, _ = ask(schema.VaultStatusParams{}); public.State != schema.VaultUnknown || public.Reason != nil {
			t.Errorf("without a look the server was asked: %+v", public)
		}
		w.heal()
		s.succeeds(s.Stop(ctx, schema.ChangeParams{}))
		if public, _ = ask(schema.VaultStatusParams{Refresh: true}); public.State != schema.VaultUnknown || public.Reason == nil || public.LastSame.IsZero() {
			t.Errorf("of a stopped server: %+v", public)
		}
	})
}

func TestPathsFitIntoAMessage(t *testing.T) {
	c := schema.VaultChange{FirstDeleted: []string{"keep"}}
	for i := range maxPaths {
		c.FirstAdded = append(c.FirstAdded, strings.Repeat("ä", 49))
		c.FirstChanged = append(c.FirstChanged, fmt.Sprint(i))
	}
	fit(&c)
	if len(c.FirstDeleted) != 1 || len(c.FirstAdded) == 0 || len(c.FirstChanged) < len(c.FirstAdded) {
		t.Errorf("%d added, %d changed, %d deleted", len(c.FirstAdded), len(c.FirstChanged), len(c.FirstDeleted))
	}
	line, err := json.Marshal(schema.VaultStatusResult{Vaults: []schema.VaultState{{Changes: &c}, {Changes: &c}}})
	if err != nil || len(line) > 16<<10 {
		t.Errorf("%d bytes, %v", len(line), err)
	}
}

// A host sees how far a mirror has got, and that has an end.
func TestAMirrorTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.fill(schema.VaultPublic, 7)
		s.succeeds(s.Sync(ctx, schema.SyncParams{}))
		var told []schema.Transfer
		s.host.mu.Lock()
		defer s.host.mu.Unlock()
		for _, p := range s.host.progress {
			if p.Transfer != nil && p.Transfer.Vault == schema.VaultPublic {
				told = append(told, *p.Transfer)
			} else if len(told) > 0 && p.Transfer != nil {
				t.Errorf("a mirror that has ended is told of: %+v", p)
			}
		}
		if len(told) < 2 || told[0].FilesDone != 0 || told[0].FilesTotal != 7 || told[0].BytesTotal != 7 || told[len(told)-1].FilesDone != 7 || told[len(told)-1].BytesDone != 7 {
			t.Errorf("%+v", told)
		}
	})
}
