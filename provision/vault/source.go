package vault

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"carapace/provision/wsl"
	"carapace/schema"
	"carapace/schema/text"
)

// Sources are the local paths that SkyPilot is given for the vaults. Harmless to
// a shell, absolute. A path is that of the vault itself, or, where its name is
// not harmless, that of an empty folder; in both cases Mirror completes it.
type Sources struct {
	Public, Private string
}

// MakeSources returns what SkyPilot may be given for the vaults. A link with a
// harmless name does not help: SkyPilot 0.12.0 to 0.14.1 resolve it and put the
// path that they find, Python-quoted, into a shell (command_runner.py: _rsync),
// where a folder called "it's $(…)" runs what stands in the brackets, and one with
// a backslash is not found. So a vault of such a name is stood in for by an empty
// folder of ours under dir. The error is of kind state_unwritable or unsupported.
func MakeSources(dir string, paths Paths) (Sources, *schema.Error) {
	if runtime.GOOS == "windows" {
		return Sources{}, schema.Fail(schema.KindUnsupported, &text.VaultWindows, text.Args{"variable": wsl.Variable})
	}
	var sources Sources
	for _, s := range []struct {
		vault  string
		source *string
	}{{paths.Public, &sources.Public}, {paths.Private, &sources.Private}} {
		*s.source = s.vault
		if s.vault != "" && !harmless(s.vault) {
			empty, refusal := emptyFolder(dir)
			if refusal != nil {
				return Sources{}, refusal
			}
			*s.source = empty
		}
	}
	return sources, nil
}

// ResolveMounts returns Spec.Mounts with local paths that SkyPilot can be given:
// absolute, links resolved. Each must be there, readable, and harmless to a
// shell (see MakeSources). The error is of kind mount_failed or invalid_spec and
// names the field.
func ResolveMounts(mounts map[string]string, getenv func(string) string, projectDir string) (map[string]string, *schema.Error) {
	resolved := make(map[string]string, len(mounts))
	for _, remote := range slices.Sorted(maps.Keys(mounts)) {
		field := fmt.Sprintf("spec.mounts[%q]", remote)
		path, refusal := absolute(mounts[remote], getenv, projectDir)
		if refusal != nil {
			return nil, refusal.WithField(field)
		}
		local, err := filepath.EvalSymlinks(path)
		if err == nil {
			err = readable(local)
		}
		if err != nil {
			return nil, schema.Fail(schema.KindMountFailed, &text.MountUnreadable, text.Args{"path": path, "target": remote, "why": cannot(err)}).WithField(field)
		}
		if !harmless(local) {
			return nil, schema.Fail(schema.KindInvalidSpec, &text.MountSpecialName, text.Args{"path": local}).WithField(field)
		}
		resolved[remote] = local
	}
	return resolved, nil
}

// readable returns why a file or folder can't be read.
func readable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return errNeither
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return file.Close()
}

// harmless reports whether a path means itself both in Python's repr and, as
// that, in a shell: letters, digits, the space, and ASCII punctuation without
// quotes, backslash, $ and backquote. $ would also be substituted by SkyPilot
// itself (task.py: _fill_in_env_vars), and a trailing space is lost.
func harmless(path string) bool {
	if !filepath.IsAbs(path) || strings.TrimSpace(path) != path {
		return false
	}
	return !strings.ContainsFunc(path, func(r rune) bool {
		if r >= 0x80 {
			return r > 0xffff || r == unicode.ReplacementChar || !unicode.In(r, unicode.L, unicode.M, unicode.N)
		}
		return r < ' ' || r == 0x7f || strings.ContainsRune("'\"\\$`", r)
	})
}

// emptyFolder makes the folder that stands in for a vault.
func emptyFolder(dir string) (string, *schema.Error) {
	path := filepath.Join(dir, "empty")
	if !harmless(path) {
		return "", schema.Fail(schema.KindStateUnwritable, &text.VaultStateName, text.Args{"path": dir})
	}
	err := os.MkdirAll(path, 0o755)
	if err == nil {
		// Not RemoveAll: what is in there is not ours. A folder that is not empty fails here.
		var entries []os.DirEntry
		if entries, err = os.ReadDir(path); len(entries) > 0 {
			return "", schema.Fail(schema.KindStateUnwritable, &text.VaultStandInTaken, text.Args{"path": path})
		}
	}
	if err != nil {
		return "", schema.Fail(schema.KindStateUnwritable, &text.VaultStandIn, text.Args{"path": path, "problem": reason(err)})
	}
	return path, nil
}

// SourcesIn is [MakeSources] for a cluster's vaults, with its stand-ins under the
// state folder; nil vaults have none.
func SourcesIn(stateDir, cluster string, vaults *schema.Vaults) (Sources, *schema.Error) {
	if vaults == nil {
		return Sources{}, nil
	}
	return MakeSources(filepath.Join(stateDir, "vaults", cluster), Paths{Public: Followed(vaults.Public), Private: Followed(vaults.Private)})
}
