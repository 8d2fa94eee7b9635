package provision

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
)

// Sync begins to make the vaults on the server exact mirrors of the local ones.
func (s *Service) Sync(ctx context.Context, p schema.NameParams) (schema.OperationResult, error) {
	name := s.nameOf(p.Name)
	s.mu.Lock()
	rec := s.state.Clusters[name]
	s.mu.Unlock()
	if rec != nil && rec.Vaults != nil {
		if _, problems := vault.Scan(ctx, vault.Paths{Public: rec.Vaults.Public, Private: rec.Vaults.Private}); len(problems) > 0 {
			return schema.OperationResult{}, &problems[0]
		}
	}
	return s.accept(ctx, request{kind: schema.OperationSync, name: name, admit: func(st *journal.State) *schema.Error {
		if rec := st.Clusters[name]; rec != nil && rec.Vaults == nil {
			return schema.NewError(schema.KindUnsupported, name+" was not launched by Carapace, so it has no vaults to bring up to date.",
				"Destroy it and launch a server here to have vaults on it.")
		}
		return nil
	}})
}

func (d *driver) sync() outcome {
	if failure := d.mirror(); failure != nil {
		return outcome{err: failure}
	}
	return outcome{message: "The vaults on the server are the same as here."}
}

// mirror makes both vaults on the server exact: SkyPilot's own sync leaves out
// what a .gitignore names and deletes nothing (design.md 9).
func (d *driver) mirror() *schema.Error {
	rec := d.record()
	if rec.Vaults == nil {
		return nil
	}
	for _, v := range []struct{ name, local, remote string }{
		{"public", rec.Vaults.Public, task.RemotePublic}, {"private", rec.Vaults.Private, task.RemotePrivate},
	} {
		if v.local == "" {
			continue // rsync would take the root folder for it
		}
		d.say(schema.PhaseSyncing, fmt.Sprintf("Bringing the %s vault up to date.", v.name))
		if failure := d.mirrorOne(v.local, v.remote); failure != nil {
			return failure
		}
	}
	return nil
}

// mirrorOne brings one folder. What rsync says of its end can be lost with the
// connection that it came over (seen in the lab, of a disk that was full): it is
// asked once more then, for nothing is lost by that, and a person is told why.
func (d *driver) mirrorOne(local, remote string) *schema.Error {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.s.cfg.Timing.Sync)
	defer cancel()
	call := sky.Call{Program: "rsync", Args: vault.MirrorArgs(local, d.cluster, remote, d.s.sshOptions(d.cluster)...)}
	for try := 1; ; try++ {
		result, err := d.s.cfg.Runner.Run(ctx, call)
		if ctx.Err() != nil {
			return d.tookTooLong(ctx, d.s.cfg.Timing.Sync)
		}
		if err != nil {
			return d.explainError(err)
		}
		failure := vault.ExplainRsync(result.Stderr, result.Code)
		if failure == nil {
			return nil
		}
		if try > 1 || !vault.SaidNothing(result.Stderr) {
			return d.s.clean(failure)
		}
	}
}

// sources are the harmless paths that SkyPilot is given for the vaults.
func (s *Service) sources(cluster string, vaults *schema.Vaults) (vault.Sources, *schema.Error) {
	if vaults == nil {
		return vault.Sources{}, nil
	}
	return vault.MakeSources(filepath.Join(s.journal.Dir(), "vaults", cluster), vault.Paths{Public: vaults.Public, Private: vaults.Private})
}

// wait returns false when ctx ends before the duration has passed.
func wait(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
