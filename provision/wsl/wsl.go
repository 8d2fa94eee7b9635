// Package wsl has the rules for a sidecar that a Windows app starts and that runs in the Windows
// Subsystem for Linux, where SkyPilot, ssh and rsync are. It starts nothing.
//
// Nobody has tried it on Windows: doctor says so.
package wsl

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Variable is the one switch. Its value is the name of the distribution to run in, or Default. The
// sidecar inside has it in its environment, too: it then serves an app of Windows.
const Variable = "CARAPACE_WSL"

// Default stands for the distribution that wsl.exe takes by itself.
const Default = "default"

// Program is the name of Linux's sidecar, which lies beside that of Windows.
const Program = "carapace-sidecar-linux"

// windowsPath matches the root of an absolute path of Windows, behind a flag that it is the value of
// ("--project="): a drive's, also in its long form, or a distribution's own as Windows shows it. A drive
// without a slash (C:notes) is relative to a working folder that only Windows knows.
func windowsPath() *regexp.Regexp {
	return regexp.MustCompile(`^(--[a-z-]+=)?(?:(?:\\\\\?\\)?([A-Za-z]):[\\/]|[\\/]{2}(?i:wsl\.localhost|wsl\$)[\\/]([^\\/]+)[\\/])`)
}

// Path returns an absolute path of Windows as a distribution has it, by wsl.conf's default: drives are
// under /mnt. ok is false for what is no such path; a share of another computer is none, and neither is a
// folder of another distribution: here it would be another folder of the same name. Of [Default] nobody
// knows which one it is.
func Path(windows, distribution string) (linux string, ok bool) {
	linux, ok = argument(windows, distribution)
	return linux, ok && strings.HasPrefix(linux, "/")
}

// OfHost is [Path] where the environment says that the host is an app of Windows; elsewhere nothing is a path of Windows.
func OfHost(path string, getenv func(string) string) (linux string, ok bool) {
	if getenv(Variable) == "" {
		return path, false
	}
	return Path(path, cmp.Or(getenv("WSL_DISTRO_NAME"), Default))
}

// argument writes the path in a program's argument as the Subsystem has it.
func argument(arg, distribution string) (string, bool) {
	at := windowsPath().FindStringSubmatch(arg)
	if at == nil {
		return arg, false
	}
	if other := at[3]; other != "" && distribution != Default && !strings.EqualFold(other, distribution) {
		return arg, false
	}
	root := "/"
	if at[2] != "" {
		root = "/mnt/" + strings.ToLower(at[2]) + "/"
	}
	return at[1] + root + strings.ReplaceAll(arg[len(at[0]):], `\`, "/"), true
}

// Inside returns what Windows runs so that argv is run in a distribution, without a shell between.
func Inside(distribution string, argv []string) []string {
	inside := []string{"wsl.exe"}
	if distribution != Default {
		inside = append(inside, "--distribution", distribution)
	}
	return append(append(inside, "--exec"), argv...)
}

// Command returns what a sidecar of Windows runs in its own place. self is its path, args are its
// arguments. ok is false where Linux can't reach the folder that it lies in.
func Command(distribution, self string, args []string) (argv []string, ok bool) {
	here, ok := Path(self, distribution)
	argv = []string{path.Join(path.Dir(here), Program)}
	for _, arg := range args {
		arg, _ = argument(arg, distribution)
		argv = append(argv, arg)
	}
	return Inside(distribution, argv), ok
}

// Environ returns the environment in which Windows starts wsl.exe. That hands on only the variables
// that WSLENV names: those of the user's own list, and those that the sidecar reads. A path of Windows in
// one is translated by wsl.exe itself (/p), which knows where the drives are; anything else comes as it
// was written, so that it is not lost and another folder taken. /u keeps programs of Windows that Linux
// starts from hearing of it. What wsl.exe itself says is UTF-16 without WSL_UTF8, which no host reads.
func Environ(environ []string, distribution string) []string {
	env := slices.DeleteFunc(slices.Clone(environ), func(entry string) bool { return name(entry) == "WSLENV" })
	var handed []string
	for _, entry := range environ {
		switch n := name(entry); {
		case n == "WSLENV":
			_, list, _ := strings.Cut(entry, "=")
			handed = append([]string{list}, handed...)
		case n == "PUBLIC_VAULT", n == "PRIVATE_VAULT":
			flags := "/u"
			if _, value, _ := strings.Cut(entry, "="); ofWindows(value, distribution) {
				flags = "/up"
			}
			handed = append(handed, n+flags)
		case strings.HasPrefix(n, "CARAPACE_"), strings.HasPrefix(n, "SKYPILOT_"):
			handed = append(handed, n+"/u")
		}
	}
	return append(env, "WSLENV="+strings.Join(handed, ":"), "WSL_UTF8=1")
}

func ofWindows(path, distribution string) bool {
	_, ok := Path(path, distribution)
	return ok
}

// name is the name of an environment's entry. Windows ignores its case.
func name(entry string) string {
	n, _, _ := strings.Cut(entry, "=")
	return strings.ToUpper(n)
}
