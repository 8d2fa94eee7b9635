package operation

import (
	"context"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/mirror"
	"carapace/schema"
	"carapace/schema/text"
)

// operationNames is how many paths of each kind of difference an operation keeps:
// vault.status tells more.
const operationNames = 10

// sync mirrors the vaults. Where the server's host key is kept, no look says first which
// server it is: ssh reaches the machine that has shown that key for this cluster_hash, or
// sends nothing (hostkeys), which a look at a name could not prove. A key that is not kept
// yet would be learned of whoever answers, so that the look comes first; and where the machine
// is not reached, a look says whether another cluster has the name by now, and has SkyPilot
// write anew where the machine is (see backend.EnsureSSHHost).
func (d *driver) sync() lifecycle.Outcome {
	pinned := d.isPinned()
	if !pinned {
		if refusal := d.checkSameCluster(); refusal != nil {
			return lifecycle.Outcome{Err: refusal}
		}
	}
	failure := d.mirror()
	if pinned && failure != nil && (failure.Kind == schema.KindUnreachable || failure.Kind == schema.KindHostKeyChanged) {
		if refusal := d.checkSameCluster(); refusal != nil {
			return lifecycle.Outcome{Err: refusal}
		}
		failure = d.mirror()
	}
	if failure != nil {
		return lifecycle.Outcome{Err: failure}
	}
	op := d.operation()
	return lifecycle.Outcome{Texts: lifecycle.Mirrored(op.Vaults, op.DryRun)}
}

// isPinned reports whether the host key of the very cluster that the operation was accepted
// for is kept, so that its vaults are mirrored to no other machine.
func (d *driver) isPinned() bool {
	id, rec := d.operation().Identity, d.record()
	return (id.Hash == "" || id.Hash == rec.Identity.Hash) && d.mirrors.Pinned(rec)
}

// mirror makes both vaults on the server exact copies of the local ones. SkyPilot's own sync
// does not: it leaves out what a .gitignore names, and deletes nothing. Both vaults are compared
// before either is changed: a disk that is not there is usually that of both.
func (d *driver) mirror() *schema.Error {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Sync)
	defer cancel()
	all, refusal := d.mirrors.Of(d.cluster, d.record())
	if refusal != nil {
		return refusal
	}
	for i := range all {
		d.reportProgress(schema.PhaseSyncing, text.New(&text.ProgressComparing, text.Args{"vault": all[i].Vault}))
		if failure := d.compare(ctx, &all[i]); failure != nil {
			return d.differs(ctx, all[i].Vault, failure)
		}
	}
	if d.operation().DryRun {
		return nil
	}
	for i := range all {
		v := &all[i]
		d.reportProgress(schema.PhaseSyncing, text.New(&text.ProgressMirroring, text.Args{"vault": v.Vault}))
		same, failure := d.mirrors.Make(ctx, v, d.transferred())
		d.endTransfer()
		if failure != nil {
			return d.differs(ctx, v.Vault, failure)
		}
		d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.VaultIsSame(v.Vault, same) })
	}
	return nil
}

// compare notes what a mirror of one vault would do, and refuses deletions that nobody has
// consented to.
func (d *driver) compare(ctx context.Context, v *mirror.Vault) *schema.Error {
	if failure := d.mirrors.Compare(ctx, v, d.kind == schema.OperationSync); failure != nil {
		return failure
	}
	op := d.operation()
	v.Allowed = op.AllowDeletions || op.DryRun
	change := v.Change(v.Compare, operationNames)
	d.update(func(op *lifecycle.Operation, rec *lifecycle.Cluster) {
		if v.Differences.Any && !op.DryRun {
			rec.MirrorBegins(v.Vault)
		}
		kept := op.Vaults[:0]
		for _, c := range op.Vaults {
			if c.Vault != v.Vault { // a predecessor's
				kept = append(kept, c)
			}
		}
		kept = append(kept, change)
		op.Vaults = kept
	})
	return v.Refusal()
}

// transferEvery is the least time between two notifications of how far a mirror has got.
const transferEvery = time.Second

// transferred returns a function that tells the host how far the mirror has got: the first
// word and the last, and each second one.
func (d *driver) transferred() func(schema.Transfer) {
	var told time.Time
	return func(t schema.Transfer) {
		whole := t.FilesDone == t.FilesTotal && t.BytesDone == t.BytesTotal
		if now := time.Now(); whole || now.Sub(told) >= transferEvery {
			told = now
			d.reportTransfer(t)
		}
	}
}

// differs warns that a vault on the server is not the same as here, and returns why.
func (d *driver) differs(ctx context.Context, name schema.VaultName, failure *schema.Error) *schema.Error {
	if ctx.Err() != nil {
		failure = d.tookTooLong(ctx, d.timing.Sync)
	}
	if outer, _ := d.contexts(); outer.Err() != nil {
		return failure // cut short: a successor goes on
	}
	d.update(func(op *lifecycle.Operation, rec *lifecycle.Cluster) {
		if !op.DryRun {
			rec.VaultDiffers(name, failure)
		}
	})
	return failure
}
