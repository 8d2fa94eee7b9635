package operation

import (
	"context"
	"fmt"
	"slices"

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
	op := d.operation()
	return lifecycle.Outcome{Message: lifecycle.Mirrored(op.Vaults, op.DryRun)}
}

// mirroring is one vault on its way to the server.
type mirroring struct {
	vault.Guard
	vault.Transfer
}

// mirror makes both vaults on the server exact copies of the local ones. SkyPilot's own sync
// does not: it leaves out what a .gitignore names, and deletes nothing. Both vaults are compared
// before either is changed: a disk that is not there is usually that of both.
func (d *driver) mirror() *schema.Error {
	rec := d.record()
	if rec.Vaults == nil {
		return nil
	}
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Sync)
	defer cancel()
	paths := vault.Paths{Public: rec.Vaults.Public, Private: rec.Vaults.Private}
	if refusal := paths.Clear(d.reserved); refusal != nil {
		return refusal
	}
	ssh, refusal := d.hostKeys.Options(rec.Identity.Hash)
	if refusal != nil {
		return refusal
	}
	var all []mirroring
	for _, m := range []mirroring{
		{vault.Guard{Vault: schema.VaultPublic, Local: paths.Public}, vault.Transfer{Remote: task.RemotePublic}},
		{vault.Guard{Vault: schema.VaultPrivate, Local: paths.Private}, vault.Transfer{Remote: task.RemotePrivate}},
	} {
		if m.Guard.Local == "" {
			continue // rsync would copy the root folder
		}
		m.Transfer.Local, m.Alias, m.SSH = m.Guard.Local, d.cluster, append(d.backend.SSHOptions(d.cluster), ssh...)
		all = append(all, m)
	}
	for i := range all {
		d.reportProgress(schema.PhaseSyncing, fmt.Sprintf("Comparing the %s vault with the server's.", all[i].Vault))
		if failure := d.compare(ctx, rec, &all[i]); failure != nil {
			d.differs(all[i].Vault, failure)
			return failure
		}
	}
	if d.operation().DryRun {
		return nil
	}
	for _, m := range all {
		d.reportProgress(schema.PhaseSyncing, fmt.Sprintf("Bringing the %s vault up to date.", m.Vault))
		if failure := d.mirrorOne(ctx, m); failure != nil {
			d.differs(m.Vault, failure)
			return failure
		}
	}
	return nil
}

// compare looks through one vault and asks the server how its own differs; it refuses deletions
// that nobody has consented to. The connection is checked, or its host key learned, before
// anything of the vault's contents is sent.
func (d *driver) compare(ctx context.Context, rec lifecycle.Cluster, m *mirroring) *schema.Error {
	now, problem := vault.LookThrough(ctx, m.Vault, m.Guard.Local)
	if problem != nil {
		return problem
	}
	op := d.operation()
	m.Now, m.Allowed, m.Compare = now, op.AllowDeletions || op.DryRun, vault.Compare(d.kind == schema.OperationSync, now)
	if before, known := rec.Mirrored[m.Vault]; known {
		m.Before = &before
	}
	if _, failure := d.rsync(ctx, m.Look(), func() func(schema.Stream, string) {
		m.Differences = vault.Differences{}
		return func(stream schema.Stream, line string) {
			if stream == schema.StreamStdout {
				m.Differences.Line(line)
			}
		}
	}); failure != nil {
		return failure
	}
	if refusal := d.hostKeys.Learned(rec.Identity.Hash); refusal != nil {
		return refusal
	}
	change := m.Differences.Change(m.Vault, m.Compare)
	d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) {
		op.Vaults = slices.DeleteFunc(op.Vaults, func(c schema.VaultChange) bool { return c.Vault == m.Vault }) // of a predecessor's
		op.Vaults = append(op.Vaults, change)
	})
	return m.Refusal()
}

// mirrorOne makes one folder the same, where it is not.
func (d *driver) mirrorOne(ctx context.Context, m mirroring) *schema.Error {
	if m.Differences.Any {
		code, failure := d.rsync(ctx, m.Mirror(m.MaxDelete()), nil)
		if failure != nil {
			return failure
		}
		if vault.Vanished(code) {
			return schema.NewError(schema.KindInterrupted, fmt.Sprintf("Files went from the %s vault while it was mirrored, so the server's is not the same.", m.Vault),
				"Sync again.").WithField("spec.vaults." + string(m.Vault))
		}
	}
	same := m.Now.MirroredVault
	same.At = schema.Now()
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.VaultIsSame(m.Vault, same) })
	return nil
}

// differs warns that a vault on the server is not the same as here.
func (d *driver) differs(name schema.VaultName, failure *schema.Error) {
	if outer, _ := d.contexts(); outer.Err() != nil {
		return // cut short: a successor goes on
	}
	d.update(func(op *lifecycle.Operation, rec *lifecycle.Cluster) {
		if !op.DryRun {
			rec.VaultDiffers(name, failure)
		}
	})
}

// rsync runs rsync. Its reason for a failure can be lost with its connection (seen in the lab with
// a full disk), so it tries once more if rsync gave none, or if files vanished here meanwhile.
// watch makes what is called with each line of one try; nil: nothing is.
func (d *driver) rsync(ctx context.Context, args []string, watch func() func(schema.Stream, string)) (code int, failure *schema.Error) {
	call := sky.Call{Program: "rsync", Args: args}
	for try := 1; ; try++ {
		if watch != nil {
			call.Line = watch()
		}
		result, err := d.backend.Run(ctx, call)
		if ctx.Err() != nil {
			return 0, d.tookTooLong(ctx, d.timing.Sync)
		}
		if err != nil {
			return 0, d.explainError(err)
		}
		if refusal := d.hostKeys.Refusal(d.record().Identity.Hash, result.Stderr); refusal != nil && result.Code != 0 {
			return 0, d.backend.Clean(refusal)
		}
		failure := vault.ExplainRsync(result.Stderr, result.Code)
		switch {
		case failure == nil && (try > 1 || !vault.Vanished(result.Code)):
			return result.Code, nil
		case failure != nil && (try > 1 || !vault.SaidNothing(result.Stderr)):
			return result.Code, d.backend.Clean(failure)
		}
	}
}
