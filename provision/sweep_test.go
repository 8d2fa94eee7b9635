//go:build unix

package provision

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/provision/task"
	"carapace/schema"
)

// What a sidecar that is killed leaves, with secrets in it, goes also while another
// one lives on and none is started.
func TestLeftoversGoWhileASidecarLives(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		time.Sleep(time.Minute)
		left := s.store.OperationDir("11111111-2222-3333-4444-555555555555")
		if err := os.MkdirAll(left, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, task.FileName), []byte("secrets: {}"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if _, err := os.Stat(left); err == nil {
			t.Errorf("%s is still there", left)
		}
	})
}

// What is swept is what operations have left, in a state folder of whatever name,
// and nothing where a link that somebody has planted leads to.
func TestSweepKeepsToItsOwn(t *testing.T) {
	t.Parallel()
	const id = "11111111-2222-3333-4444-555555555555"
	plant := func(t *testing.T, dir, name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("elsewhere", func(t *testing.T) {
		inWorld(t, func(w *world) {
			theirs := plant(t, w.t.TempDir(), id)
			state := plant(t, w.dir, "state")
			if err := os.Symlink(filepath.Dir(theirs), filepath.Join(state, "operations")); err != nil {
				t.Fatal(err)
			}
			s := w.start()
			time.Sleep(time.Minute)
			if _, err := os.Stat(theirs); err != nil {
				t.Error(err)
			}
			_, err := s.Launch(ctx, onAWS)
			wantKind(t, err, schema.KindStateUnwritable)
		})
	})
	t.Run("a name that is a pattern", func(t *testing.T) {
		inWorld(t, func(w *world) {
			s := w.start(func(c *Config) { c.StateDir = filepath.Join(w.dir, "state [a-b]") })
			result, err := s.Launch(ctx, onAWS)
			if err != nil {
				t.Fatal(err)
			}
			output := filepath.Join(s.store.OperationDir(result.Operation.ID), "x.out")
			if err := os.WriteFile(output, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := s.operations.SubmissionsForTest(schema.DefaultClusterName); len(got) != 1 || got[0] != output {
				t.Errorf("what is being submitted: %v", got)
			}
			theirs := plant(t, s.store.OperationDir(""), "notes")
			swept := plant(t, s.store.OperationDir(""), id)
			s.operations.Sweep()
			if _, err := os.Stat(theirs); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(swept); err == nil {
				t.Errorf("%s is still there", swept)
			}
		})
	})
}
