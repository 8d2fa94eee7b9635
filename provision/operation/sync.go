package operation

import (
	"context"
	"fmt"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
)

func (d *driver) sync() lifecycle.Outcome {
	if refusal := d.checkSameCluster(); refusal != nil {
		return lifecycle.Outcome{Err: refusal}
	}
	if failure := d.mirror(); failure != nil {
		return lifecycle.Outcome{Err: failure}
	}
	return lifecycle.Outcome{Message: "The vaults on the server are the same as here."}
}

// mirror makes both vaults on the server exact copies of the local ones. SkyPilot's own sync
// does not: it leaves out what a .gitignore names, and deletes nothing.
func (d *driver) mirror() *schema.Error {
	rec := d.record()
	if rec.Vaults == nil {
		return nil
	}
	for _, v := range []struct{ name, local, remote string }{
		{"public", rec.Vaults.Public, task.RemotePublic}, {"private", rec.Vaults.Private, task.RemotePrivate},
	} {
		if v.local == "" {
			continue // rsync would copy the root folder
		}
		d.reportProgress(schema.PhaseSyncing, fmt.Sprintf("Bringing the %s vault up to date.", v.name))
		if failure := d.mirrorOne(v.local, v.remote); failure != nil {
			return failure
		}
	}
	return nil
}

// mirrorOne syncs one folder. rsync's reason for a failure can be lost with its connection
// (seen in the lab with a full disk), so mirrorOne tries once more if rsync gave none.
func (d *driver) mirrorOne(local, remote string) *schema.Error {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Sync)
	defer cancel()
	call := sky.Call{Program: "rsync", Args: vault.MirrorArgs(local, d.cluster, remote, d.backend.SSHOptions(d.cluster)...)}
	for try := 1; ; try++ {
		result, err := d.backend.Run(ctx, call)
		if ctx.Err() != nil {
			return d.tookTooLong(ctx, d.timing.Sync)
		}
		if err != nil {
			return d.explainError(err)
		}
		failure := vault.ExplainRsync(result.Stderr, result.Code)
		if failure == nil {
			return nil
		}
		if try > 1 || !vault.SaidNothing(result.Stderr) {
			return d.backend.Clean(failure)
		}
	}
}
