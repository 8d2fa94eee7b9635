package lifecycle

import (
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// VaultIsSame notes that a vault on the server is the same as here.
func (c *Cluster) VaultIsSame(name schema.VaultName, as MirroredVault) {
	if c.Mirrored == nil {
		c.Mirrored = map[schema.VaultName]MirroredVault{}
	}
	c.Mirrored[name] = as
	c.dropWarning(name)
}

// MirrorBegins notes that a vault on the server may not be what it was from now on.
func (c *Cluster) MirrorBegins(name schema.VaultName) {
	if as, known := c.Mirrored[name]; known {
		as.Unsure = true
		c.Mirrored[name] = as
	}
}

// dropWarning takes back what was said of a vault.
func (c *Cluster) dropWarning(name schema.VaultName) {
	kept := c.View.Warnings[:0]
	for i := range c.View.Warnings {
		if c.View.Warnings[i].Field != name.Field() {
			kept = append(kept, c.View.Warnings[i])
		}
	}
	c.View.Warnings = kept
}

// VaultDiffers warns that a vault on the server is not the same as here, and why. The next mirror asks the
// server, whatever is here by then.
func (c *Cluster) VaultDiffers(name schema.VaultName, why *schema.Error) {
	c.MirrorBegins(name)
	if as, known := c.Mirrored[name]; known && why.Kind == schema.KindDeletionsRefused {
		as.Refused = true
		c.Mirrored[name] = as
	}
	c.dropWarning(name)
	warning := schema.Fail(why.Kind, &text.VaultDiffers, text.Args{"vault": name}).And(why.Texts()...).AndHint(why.HintTexts()...)
	c.View.Warnings = append(c.View.Warnings, *warning.WithField(name.Field()))
}

// VaultsLeft is the outcome of a canceled operation that also warns of each vault that the operation
// found to differ and did not come to make the same.
func VaultsLeft(out Outcome, op Operation) Outcome {
	if op.DryRun {
		return out
	}
	settle := out.Settle
	out.Settle = func(rec *Cluster, at time.Time) {
		if settle != nil {
			settle(rec, at)
		}
		for _, c := range op.Vaults {
			differed := c.Added+c.Changed+c.Deleted > 0
			if made := rec.Mirrored[c.Vault].At; differed && made.Before(op.StartedAt) && rec.MayExist() {
				rec.VaultDiffers(c.Vault, schema.Fail(schema.KindCanceled, &text.MirrorCanceled))
			}
		}
	}
	return out
}

// Mirrored is what a sync that succeeded says: what it did, or would have done, and how it
// was found that nothing else differs.
func Mirrored(changes []schema.VaultChange, dryRun bool) []text.Text {
	added, changed, deleted, consent := 0, 0, 0, false
	compared := text.New(&text.ComparedContents)
	for _, c := range changes {
		added, changed, deleted = added+c.Added, changed+c.Changed, deleted+c.Deleted
		consent = consent || c.NeedsConsent
		if c.Compared == schema.CompareSizeAndTime {
			compared = text.New(&text.ComparedSizeAndTime)
		}
	}
	switch same := added+changed+deleted == 0; {
	case dryRun && same:
		return []text.Text{text.New(&text.EndVaultsSameDry, text.Args{"compared": compared})}
	case dryRun:
		said := []text.Text{text.New(&text.EndVaultsDifferDry, text.Args{"compared": compared, "added": added, "changed": changed, "deleted": deleted})}
		if consent {
			said = append(said, text.New(&text.EndVaultsNeedConsent))
		}
		return said
	case same:
		return []text.Text{text.New(&text.EndVaultsSame, text.Args{"compared": compared})}
	}
	return []text.Text{text.New(&text.EndVaultsMirrored, text.Args{"compared": compared, "added": added, "changed": changed, "deleted": deleted})}
}
