package task

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"carapace/schema/text"
)

// Bounds of variables, in bytes. Linux takes no single NAME=value of 128 KiB or
// more (MAX_ARG_STRLEN).
const (
	maxVariable  = 100 << 10
	maxVariables = 512 << 10
)

// variables checks envs or secrets. SkyPilot exports each with bash, so a name
// that bash keeps for itself would not arrive.
func (v *validator) variables(field string, values map[string]string) {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(values)) {
		at := fmt.Sprintf("%s[%q]", field, shown(name))
		value := values[name]
		total += len(name) + len(value)
		switch {
		case !isVariableName(name):
			v.refuse(at, text.New(&text.SpecVariableName, text.Args{"value": shown(name)}))
		case isBashOwn(name):
			v.refuse(at, text.New(&text.SpecVariableOfShell, text.Args{"variable": name}))
		case strings.HasPrefix(name, "SKYPILOT_") && !strings.HasPrefix(name, "SKYPILOT_DOCKER_"):
			v.refuse(at, text.New(&text.SpecVariableOfSkyPilot))
		case len(value) > maxVariable:
			v.refuse(at, text.New(&text.SpecVariableLong, text.Args{"amount": len(value) >> 10, "most": maxVariable >> 10}))
		default:
			v.clean(at, value)
		}
	}
	if total > maxVariables {
		v.refuse(field, text.New(&text.SpecVariablesLong, text.Args{"amount": total >> 10, "most": maxVariables >> 10}))
	}
}

func isVariableName(name string) bool {
	return name != "" && len(name) <= 255 && !isDigit(name[0]) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !isAlnum(r) && r != '_' })
}

// isBashOwn reports whether bash refuses an assignment to the variable, ignores
// it, or gives it another meaning (bash(1), Shell Variables).
func isBashOwn(name string) bool {
	return slices.Contains([]string{
		"_", "BASH", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_CMDS",
		"BASH_COMMAND", "BASH_LINENO", "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_VERSION", "DIRSTACK",
		"EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "OLDPWD", "OPTARG", "OPTIND",
		"PIPESTATUS", "PPID", "PWD", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM", "UID",
	}, name)
}

// twice refuses a name that is both an env and a secret: one value would be lost.
func (v *validator) twice() {
	for _, name := range slices.Sorted(maps.Keys(v.spec.Secrets)) {
		if _, found := v.spec.Envs[name]; found {
			v.refuse(fmt.Sprintf("spec.secrets[%q]", shown(name)), text.New(&text.SpecVariableTwice, text.Args{"variable": shown(name)}))
		}
	}
}

// mounts checks the shape of Spec.Mounts; whether the local files are there is
// vault.ResolveMounts's question.
func (v *validator) mounts() {
	remotes := slices.Sorted(maps.Keys(v.spec.Mounts))
	for i, remote := range remotes {
		field := fmt.Sprintf("spec.mounts[%q]", shown(remote))
		if v.remote(field, remote) {
			v.alone(field, remote, append([]string{RemotePublic, RemotePrivate}, remotes[:i]...))
		}
		if local := v.spec.Mounts[remote]; local == "" {
			v.refuse(field, text.New(&text.SpecMountEmpty))
		} else {
			v.clean(field, local)
		}
	}
}

// alone refuses a path that is, holds or lies in another that is mounted.
func (v *validator) alone(field, remote string, others []string) {
	for _, other := range others {
		if within(remote, other) || within(other, remote) {
			v.refuse(field, text.New(&text.SpecMountInside, text.Args{"folder": shown(other), "path": shown(remote)}))
			return
		}
	}
}

// within reports whether path is folder or lies in it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// remote checks a path on the server. SkyPilot puts it into a shell unquoted,
// substitutes $NAME in it, takes no slash at the end, and makes the user the
// owner of every folder above it, which would break a system folder.
func (v *validator) remote(field, remote string) bool {
	below := strings.TrimPrefix(remote, "~")
	plain := !strings.ContainsFunc(below, func(r rune) bool { return !isAlnum(r) && !strings.ContainsRune("/_-.", r) })
	first, _, _ := strings.Cut(strings.TrimPrefix(below, "/"), "/")
	switch {
	case !plain || !strings.HasPrefix(below, "/") || path.Clean(below) != below || below == "/":
		v.refuse(field, text.New(&text.SpecMountPath, text.Args{"value": shown(remote)}))
	case below == remote && slices.Contains(systemFolders(), first):
		v.refuse(field, text.New(&text.SpecMountSystem, text.Args{"folder": first}))
	case below != remote && slices.Contains([]string{".ssh", ".sky", "sky_workdir"}, first):
		v.refuse(field, text.New(&text.SpecMountSkyPilot, text.Args{"folder": first}))
	default:
		return true
	}
	return false
}

func systemFolders() []string {
	return []string{"bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "proc", "root", "run", "sbin", "sys", "usr", "var"}
}
