package provision

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// A cancel in the middle of a mirror says which vault it has left as it was, and the next
// mirror makes it the same. The public vault is mirrored first.
func TestACanceledMirrorSaysWhichVaultsDiffer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		kind schema.OperationKind
		at   schema.VaultName // whose mirror, or comparison, the cancel comes in
		look bool
		want []string // the vaults that are told
	}{
		{"a sync, in the first mirror", schema.OperationSync, schema.VaultPublic, false, []string{"public", "private"}},
		{"a sync, in the second mirror", schema.OperationSync, schema.VaultPrivate, false, []string{"private"}},
		{"a sync, in the second comparison", schema.OperationSync, schema.VaultPrivate, true, []string{"public"}},
		{"a sync, before anything is known", schema.OperationSync, schema.VaultPublic, true, nil},
		{"a start", schema.OperationStart, schema.VaultPrivate, false, []string{"private"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var s *sidecar
				var armed atomic.Bool
				var began atomic.Int32
				mirrors := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					look := slices.Contains(call.Args, "--dry-run")
					if call.Program == "rsync" && look == tt.look && slices.ContainsFunc(call.Args, func(arg string) bool { return strings.HasSuffix(arg, "/"+string(tt.at)+"/") }) && armed.CompareAndSwap(true, false) {
						began.Add(1)
						if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
							t.Error(err)
						}
						<-ctx.Done() // as an rsync that is ended on its way
						return sky.Result{Code: 20}, ctx.Err()
					}
					return next.Run(ctx, call)
				}}
				s = w.launched(w.through(mirrors))
				if tt.kind == schema.OperationStart {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				}
				for _, vault := range []string{"public", "private"} {
					if err := os.WriteFile(filepath.Join(w.dir, "project", "data", vault, "new"), []byte("new"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				armed.Store(true)
				end := s.until(s.ask(tt.kind))
				if end.Operation.State != schema.OperationCanceled || began.Load() != 1 {
					t.Errorf("it ended %s after %d cancels: %+v", end.Operation.State, began.Load(), end.Operation.Error)
				}
				if got := differing(end.Cluster); !slices.Equal(got, tt.want) {
					t.Errorf("it is told of %q, want %q: %+v", got, tt.want, end.Cluster.Warnings)
				}
				if end := s.until(s.ask(tt.kind)); end.Operation.State != schema.OperationSucceeded || len(differing(end.Cluster)) != 0 {
					t.Errorf("the next ended %s, and told of %q", end.Operation.State, differing(end.Cluster))
				}
			})
		})
	}
}

// differing are the vaults of which it is told that a cancel has left them as they were.
func differing(c schema.Cluster) (vaults []string) {
	for _, w := range c.Warnings {
		if vault, found := strings.CutPrefix(w.Field, "spec.vaults."); found && w.Kind == schema.KindCanceled && strings.Contains(w.Message, vault) {
			vaults = append(vaults, vault)
		}
	}
	return vaults
}
