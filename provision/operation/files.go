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

// Sweep removes what killed processes have left: the files of operations that have ended,
// which may hold secrets, the logs of forgotten ones, the records of leases, and installations that are not current. It holds the journal's lock, because
// an operation's files are written under that lock before the operation is journaled. It
// blocks for small reads and writes; failures are logged.
func (r *Runner) Sweep() {
	r.leases.Sweep()
	r.tidyInstallations()
	err := r.store.Update(func(st *lifecycle.State) error {
		for _, id := range r.operationsOnDisk() {
			if op := st.Operation(id); op == nil || op.Ended() {
				r.discard(id)
			}
		}
		r.logs.Sweep(st.KeepsLog)
		return store.ErrUnchanged
	})
	if !errors.Is(err, store.ErrUnchanged) {
		r.log.Warn("what earlier processes left could not be swept", "error", err)
	}
}

// operationsOnDisk returns the ids of the operations that have files. It skips all other
// names, and returns nothing if the folder is a link: others may have been able to write to
// the state folder before it was closed to them.
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

// discard removes the files of an operation that has ended, unless one of its submissions
// still runs: a destroy may be waiting for that.
func (s shared) discard(id string) {
	if !slices.ContainsFunc(s.outputs(id), host.SubmissionRuns) {
		_ = os.RemoveAll(s.store.OperationDir(id))
	}
}

// outputs returns the files that an operation's submissions print to.
func (s shared) outputs(id string) (paths []string) {
	entries, _ := os.ReadDir(s.store.OperationDir(id)) // it may have none any more
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".out" {
			paths = append(paths, filepath.Join(s.store.OperationDir(id), e.Name()))
		}
	}
	return paths
}

// submissions returns the output files of all submissions for a cluster.
func (s shared) submissions(cluster string) (paths []string) {
	for _, id := range s.operationsOnDisk() {
		if op := s.store.Operation(id); op.ID != "" && op.Cluster == cluster {
			paths = append(paths, s.outputs(id)...)
		}
	}
	return paths
}

// writeTask writes an operation's task file, which holds the secrets, so that only its user
// can read it and that it outlives a power cut: the operation is journaled after it. sky
// accepts an empty task file and launches a machine of its own choice for it
// (client/cli/command.py: _check_yaml_only).
func (s shared) writeTask(id string, yaml []byte) error {
	if err := journal.EnsurePrivate(s.store.OperationDir("")); err != nil {
		return err
	}
	return journal.WriteDurably(s.taskPath(id), yaml)
}

func (s shared) taskPath(id string) string {
	return filepath.Join(s.store.OperationDir(id), task.FileName)
}

// keepSecretsOf reads the secrets of an operation that another process accepted, so that
// they are removed from all texts, and reports whether it has them. Until the submission they are in the
// task file only.
func (s shared) keepSecretsOf(id string) bool {
	rendered, err := os.ReadFile(s.taskPath(id))
	if err == nil {
		s.store.KeepSecrets(schema.Spec{Secrets: task.Secrets(rendered)})
	}
	return err == nil
}

// knowsSecrets reports whether this process can take out of what is printed during the operation what the
// server's spec has for secrets: their values are kept nowhere once the launch was submitted.
func (d *driver) knowsSecrets() bool {
	spec := d.operation().Spec
	if spec == nil {
		spec = d.record().Spec
	}
	switch {
	case spec == nil || len(spec.Secrets) == 0:
		return true
	case d.kind == schema.OperationLaunch:
		return !d.secretsGone
	}
	return d.kind != schema.OperationStart // whose output is SkyPilot's alone
}
