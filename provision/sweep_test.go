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

// A link that somebody has planted in the place of the operations' folder leads the
// sweep to nothing, and no launch writes there.
func TestSweepFollowsNoLink(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		theirs, state := filepath.Join(w.t.TempDir(), "11111111-2222-3333-4444-555555555555"), filepath.Join(w.dir, "state")
		for _, dir := range []string{theirs, state} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
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
}
