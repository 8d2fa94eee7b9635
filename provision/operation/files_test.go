//go:build unix

package operation

import (
	"os"
	"path/filepath"
	"testing"

	"carapace/schema"
)

// The sweep removes what operations have left, in a state folder of whatever name,
// and nothing that somebody else has put there.
func TestSweepKeepsToItsOwn(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		p := w.start("state [a-b]") // a pattern, to filepath.Glob
		op := p.launch()
		output := filepath.Join(p.store.OperationDir(op.ID), "x.out")
		if err := os.WriteFile(output, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := p.submissions(server); len(got) != 1 || got[0] != output {
			t.Errorf("what is being submitted: %v", got)
		}
		notes, left := p.store.OperationDir("notes"), p.store.OperationDir("11111111-2222-3333-4444-555555555555")
		for _, dir := range []string{notes, left} {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		p.Sweep()
		if _, err := os.Stat(notes); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(left); err == nil {
			t.Errorf("%s is still there", left)
		}
		p.wantEnd(op, schema.OperationSucceeded)
	})
}
