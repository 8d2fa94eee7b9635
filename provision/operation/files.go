package operation

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/task"
	"carapace/schema"
)

// Sweep removes what killed processes left: the files of operations that are
// over, which may hold secrets, and the records of leases. Under the journal's
// lock, because an operation's files are made under it.
func (r *Runner) Sweep() {
	r.leases.Sweep()
	err := r.store.Update(func(st *lifecycle.State) error {
		for _, id := range r.operationsOnDisk() {
			if op := st.Operation(id); op == nil || op.Ended() {
				r.discard(id)
			}
		}
		return store.ErrUnchanged
	})
	if !errors.Is(err, store.ErrUnchanged) {
		r.log.Warn("what earlier processes left could not be swept", "error", err)
	}
}

// operationsOnDisk are the ids of the operations that have files. Nothing else is
// ours to remove, least of all what stands where a link leads to: the state folder
// may have been open to others before it was closed to them.
func (s shared) operationsOnDisk() (ids []string) {
	if info, err := os.Lstat(s.store.OperationDir("")); err != nil || !info.IsDir() {
		return nil // there are none yet
	}
	entries, _ := os.ReadDir(s.store.OperationDir(""))
	for _, e := range entries {
		if _, err := uuid.Parse(e.Name()); err == nil {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

// discard removes the files of an operation that is over, unless a submission of
// it is still running: a destroy may be waiting for that.
func (s shared) discard(id string) {
	if !slices.ContainsFunc(s.outputs(id), host.SubmissionRuns) {
		_ = os.RemoveAll(s.store.OperationDir(id))
	}
}

// outputs are the files that an operation's submissions print to.
func (s shared) outputs(id string) (paths []string) {
	entries, _ := os.ReadDir(s.store.OperationDir(id)) // it may have none any more
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".out" {
			paths = append(paths, filepath.Join(s.store.OperationDir(id), e.Name()))
		}
	}
	return paths
}

// submissions are the output files of what was being submitted for a server.
func (s shared) submissions(cluster string) (paths []string) {
	for _, id := range s.operationsOnDisk() {
		if op := s.store.Operation(id); op.ID != "" && op.Cluster == cluster {
			paths = append(paths, s.outputs(id)...)
		}
	}
	return paths
}

// writeTask writes an operation's task, which holds the secrets, where only its
// user can read it, and lasting: the operation is journaled after it. A task
// that a power cut had emptied is one to sky, which launches a machine of its own
// choice for it (client/cli/command.py: _check_yaml_only).
func (s shared) writeTask(id string, yaml []byte) error {
	if err := journal.EnsurePrivate(s.store.OperationDir("")); err != nil {
		return err
	}
	return journal.WriteDurably(s.taskPath(id), yaml)
}

func (s shared) taskPath(id string) string {
	return filepath.Join(s.store.OperationDir(id), task.FileName)
}

// keepSecretsOf makes the secrets of an operation that another process accepted
// known to what cleans texts: until it is submitted they stand in its task file, and
// nowhere else.
func (s shared) keepSecretsOf(id string) {
	if rendered, err := os.ReadFile(s.taskPath(id)); err == nil {
		s.store.KeepSecrets(schema.Spec{Secrets: task.Secrets(rendered)})
	}
}
