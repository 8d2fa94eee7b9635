//go:build unix

package provision

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"carapace/schema"
)

// A submission that outlives its process and hangs may hand the launch over at any
// time: the successor neither makes a second one nor says that nothing came of it.
func TestAHangingSubmissionIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{}
		dead := b.killAtSubmission("launch")
		first := w.start(w.through(b))
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		<-dead
		first.stopNow()
		output, err := os.Create(filepath.Join(first.store.OperationDir(result.Operation.ID), "launch.out"))
		if err == nil {
			err = syscall.Flock(int(output.Fd()), syscall.LOCK_EX)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer output.Close()
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		end := w.start().until(result, nil)
		if n := m.sinceThen()["launch"]; n > 0 {
			t.Errorf("it was submitted %d times more", n)
		}
		if c := end.Cluster; end.Operation.State != schema.OperationFailed || c.Status != schema.StatusError || c.Error.Kind != schema.KindTimeout {
			t.Errorf("the launch ended %s; the server is %s: %s", end.Operation.State, c.Status, c.Description)
		}
	})
}
