package vault

import (
	"path/filepath"

	"carapace/schema"
	"carapace/schema/text"
)

// Reserved are the folders that neither lie in a vault nor hold one: SkyPilot's, SSH's
// and AWS's in a home folder, and those that are the sidecar's own. Their keys would go
// to the server, and what is written there would be written into a vault.
func Reserved(home string, own ...string) []string {
	if home == "" {
		return own
	}
	return append(own, filepath.Join(home, ".sky"), filepath.Join(home, ".ssh"), filepath.Join(home, ".aws"))
}

// Clear refuses vaults in which one of the reserved folders lies, or which lie in one,
// whatever links lead there, and two that are not apart. The error is of kind invalid_spec. It looks
// at the file system, some dozens of calls.
func (p Paths) Clear(reserved []string) *schema.Error {
	if p.Public != "" && p.Private != "" {
		if refusal := p.apart(); refusal != nil {
			return refusal
		}
	}
	for _, v := range []struct {
		name schema.VaultName
		path string
	}{{schema.VaultPublic, p.Public}, {schema.VaultPrivate, p.Private}} {
		if v.path == "" {
			continue
		}
		for _, folder := range reserved {
			if refusal := clearOf(v.name, v.path, folder); refusal != nil {
				return refusal
			}
		}
	}
	return nil
}

func clearOf(name schema.VaultName, path, folder string) *schema.Error {
	there := folder
	if resolved, err := filepath.EvalSymlinks(folder); err == nil {
		there = resolved
	}
	var says *text.Entry
	switch {
	case isWithin(path, there):
		says = &text.VaultInReserved
	case isWithin(there, path):
		says = &text.VaultHoldsReserved
	default:
		return nil
	}
	return schema.Fail(schema.KindInvalidSpec, says, text.Args{"vault": name, "path": path, "folder": folder}).WithField(name.Field())
}
