package task

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
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
			v.refuse(at, "Use letters, digits and '_', no digit first.", "%q can't be the name of an environment variable.", shown(name))
		case isBashOwn(name):
			v.refuse(at, "Choose another name.", "%s belongs to the shell: the server would not get its value.", name)
		case strings.HasPrefix(name, "SKYPILOT_") && !strings.HasPrefix(name, "SKYPILOT_DOCKER_"):
			v.refuse(at, "Choose another name.", "Names that begin with SKYPILOT_ belong to SkyPilot.")
		case len(value) > maxVariable:
			v.refuse(at, "Put it into a file and bring it with spec.mounts.", "The value is %d KiB long; %d KiB is the most that a variable can hold.", len(value)>>10, maxVariable>>10)
		default:
			v.clean(at, value)
		}
	}
	if total > maxVariables {
		v.refuse(field, "Put large values into files and bring them with spec.mounts.", "The variables are %d KiB together; %d KiB is the most.", total>>10, maxVariables>>10)
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
			v.refuse(fmt.Sprintf("spec.secrets[%q]", shown(name)), "Keep one of the two.", "%s is among the envs and among the secrets.", shown(name))
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
			v.refuse(field, "Name a file or folder on this machine.", "The mount has no local path.")
		} else {
			v.clean(field, local)
		}
	}
}

// alone refuses a path that is, holds or lies in another that is mounted.
func (v *validator) alone(field, remote string, others []string) {
	for _, other := range others {
		if within(remote, other) || within(other, remote) {
			v.refuse(field, "Choose a path apart from the others.", "%s and %s can't both be mounted: one is inside the other.", shown(other), shown(remote))
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
		v.refuse(field, "Use an absolute path, or one that begins with ~/, of letters, digits, '/', '_', '-' and '.', without a slash at its end.",
			"%q can't be a path on the server.", shown(remote))
	case below == remote && slices.Contains(systemFolders(), first):
		v.refuse(field, "Use a path under ~/ or /opt.", "Nothing can be mounted under /%s: it belongs to the server's system.", first)
	case below != remote && slices.Contains([]string{".ssh", ".sky", "sky_workdir"}, first):
		v.refuse(field, "Choose another folder.", "Nothing can be mounted under ~/%s: SkyPilot needs it.", first)
	default:
		return true
	}
	return false
}

func systemFolders() []string {
	return []string{"bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "proc", "root", "run", "sbin", "sys", "usr", "var"}
}
