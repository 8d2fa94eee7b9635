package lifecycle

import (
	"fmt"
	"slices"

	"carapace/schema"
)

// VaultIsSame notes that a vault on the server is the same as here.
func (c *Cluster) VaultIsSame(name schema.VaultName, as MirroredVault) {
	if c.Mirrored == nil {
		c.Mirrored = map[schema.VaultName]MirroredVault{}
	}
	c.Mirrored[name] = as
	c.View.Warnings = slices.DeleteFunc(c.View.Warnings, func(w schema.Error) bool { return w.Field == vaultField(name) })
}

// VaultDiffers warns that a vault on the server is not the same as here, and why.
func (c *Cluster) VaultDiffers(name schema.VaultName, why *schema.Error) {
	c.View.Warnings = slices.DeleteFunc(c.View.Warnings, func(w schema.Error) bool { return w.Field == vaultField(name) })
	warning := schema.NewError(why.Kind, fmt.Sprintf("The %s vault on the server is not the same as here. %s", name, Sentence(why.Message)), why.Hint)
	c.View.Warnings = append(c.View.Warnings, *warning.WithField(vaultField(name)))
}

func vaultField(name schema.VaultName) string { return "spec.vaults." + string(name) }

// Mirrored is what a sync that succeeded says: what it did, or would have done, and how it
// was found that nothing else differs.
func Mirrored(changes []schema.VaultChange, dryRun bool) string {
	added, changed, deleted := 0, 0, 0
	how := "by the contents of every file"
	for _, c := range changes {
		added, changed, deleted = added+c.Added, changed+c.Changed, deleted+c.Deleted
		if c.Compared == schema.CompareSizeAndTime {
			how = "by the size and time of every file"
		}
	}
	numbers := fmt.Sprintf("%d files added, %d changed, %d deleted", added, changed, deleted)
	switch {
	case dryRun && added+changed+deleted == 0:
		return fmt.Sprintf("The vaults on the server are the same as here, %s. Nothing was changed.", how)
	case dryRun:
		return fmt.Sprintf("The vaults on the server differ from those here, %s: a sync would leave %s. Nothing was changed.", how, numbers)
	case added+changed+deleted == 0:
		return fmt.Sprintf("The vaults on the server are the same as here, %s.", how)
	}
	return fmt.Sprintf("The vaults on the server are the same as here, %s: %s.", how, numbers)
}
