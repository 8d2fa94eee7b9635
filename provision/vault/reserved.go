package vault

import (
	"fmt"
	"path/filepath"

	"carapace/schema"
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
// whatever links lead there. The error is of kind invalid_spec. It looks at the file
// system, some dozens of calls.
func (p Paths) Clear(reserved []string) *schema.Error {
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
	message, hint := "", "Choose a folder of its own, elsewhere."
	switch {
	case isWithin(path, there):
		message = fmt.Sprintf("The %s vault %s lies in %s, which is not for files that a server gets.", name, path, folder)
	case isWithin(there, path):
		message = fmt.Sprintf("%s lies in the %s vault %s: what it holds would go to the server.", folder, name, path)
		hint = "Choose a smaller folder for the vault, or move the other out of it."
	default:
		return nil
	}
	return schema.NewError(schema.KindInvalidSpec, message, hint).WithField("spec.vaults." + string(name))
}
