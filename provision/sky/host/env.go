package host

import (
	"path/filepath"
	"slices"
	"strings"
)

// Host is what of this machine and user decides where sky is and in which
// environment it runs. It is a value so that tests can describe any machine.
type Host struct {
	GOOS    string   // as runtime.GOOS
	Home    string   // the user's home folder, absolute
	Environ []string // as os.Environ
	// OwnDirs returns the folders of the sky that we installed ourselves; they come first.
	// It is asked at each look, because an installation changes them. nil: there are none.
	OwnDirs func() []string
	// Self is this program's path, absolute: the login shell runs it with
	// DumpEnvArg. Empty: no login shell is asked.
	Self string
}

// dropped are the variables that make a Python program find another program's
// modules, or print colours and tracebacks into what we read. An app that was
// itself packaged with Python, or started from a virtual environment, leaks the
// first; FORCE_COLOR and its like make rich draw spinners into a pipe
// (docs/skypilot.md, "Every command"); COLUMNS makes it cut tables.
var dropped = []string{
	"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR",
	"__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "_MEIPASS2",
	"APPDIR", "APPIMAGE", "ARGV0", "OWD",
	"FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES", "SKYPILOT_DEBUG",
}

// Environment is the environment for sky: the user's, minus what
// packaging leaks, plus what makes its output readable, with path for PATH. It
// is a new slice, each name in it once. Pure.
func Environment(h Host, path []string) []string {
	bundle := bundleDir(h)
	env := make([]string, 0, len(h.Environ)+8)
	seen := map[string]bool{}
	add := func(name, value string) {
		if !seen[name] {
			seen[name] = true
			env = append(env, name+"="+value)
		}
	}
	add("PATH", strings.Join(path, h.listSeparator()))
	add("NO_COLOR", "1")
	add("TERM", "dumb")
	add("PYTHONUNBUFFERED", "1")
	add("PYTHONIOENCODING", "utf-8")
	for _, entry := range slices.Backward(h.Environ) { // of a name that is there twice the last counts
		name, value, ok := h.splitEntry(entry)
		if !ok || slices.Contains(dropped, name) || strings.HasPrefix(name, "_PYI_") {
			continue
		}
		if value, ok = h.withoutBundle(name, value, bundle); ok {
			add(name, value)
		}
	}
	add("SKYPILOT_DISABLE_USAGE_COLLECTION", "1") // unless the user chose
	return env
}

// splitEntry is an entry's name and value. On Windows names ignore case.
func (h Host) splitEntry(entry string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(entry, "=")
	if h.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	return name, value, ok && name != ""
}

// getenv is the value of a variable of the host, "" if it is not set.
func (h Host) getenv(name string) string {
	for _, entry := range slices.Backward(h.Environ) {
		if n, value, ok := h.splitEntry(entry); ok && n == name {
			return value
		}
	}
	return ""
}

func (h Host) listSeparator() string {
	if h.GOOS == "windows" {
		return ";"
	}
	return ":"
}

// bundleDir is the folder that an AppImage is mounted at: its launcher puts it
// into LD_LIBRARY_PATH, XDG_DATA_DIRS, PATH and more.
func bundleDir(h Host) string {
	if dir := h.getenv("APPDIR"); strings.HasPrefix(dir, "/") && len(dir) > 1 {
		return strings.TrimRight(dir, "/")
	}
	return ""
}

// withoutBundle takes the entries under the bundle out of a list; ok is false
// where nothing is left. PyInstaller keeps the user's own LD_LIBRARY_PATH under
// another name.
func (h Host) withoutBundle(name, value, bundle string) (string, bool) {
	if name == "LD_LIBRARY_PATH" && h.getenv("LD_LIBRARY_PATH_ORIG") != "" {
		value = h.getenv("LD_LIBRARY_PATH_ORIG")
	}
	if name == "LD_LIBRARY_PATH_ORIG" {
		return "", false
	}
	if bundle == "" || !strings.Contains(value, bundle) {
		return value, true
	}
	kept := slices.DeleteFunc(strings.Split(value, ":"), func(dir string) bool { return under(dir, bundle) })
	return strings.Join(kept, ":"), len(kept) > 0
}

func under(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// searchPath is the PATH to run sky with: the folder of sky itself, the user's
// own entries, the login shell's, then the places where the tools that SkyPilot
// calls (ssh, rsync, aws, gcloud, az, kubectl) are on a machine whose desktop
// gives programs a bare PATH. Relative entries are left out: they would mean the
// working directory. Pure, but for links of sky's path, which the caller resolved.
func (h Host) searchPath(skyPath, resolved, shellPath string) []string {
	var dirs []string
	add := func(dir string) {
		if h.isAbs(dir) && !slices.Contains(dirs, dir) && (bundleDir(h) == "" || !under(dir, bundleDir(h))) {
			dirs = append(dirs, dir)
		}
	}
	add(h.dir(skyPath))
	for _, list := range []string{h.getenv("PATH"), shellPath} {
		for dir := range strings.SplitSeq(list, h.listSeparator()) {
			add(dir)
		}
	}
	for _, dir := range h.toolDirs() {
		add(dir)
	}
	// uv and pipx link sky alone into ~/.local/bin; the aws that came with it is
	// beside the link's target. Last: it also has a python.
	add(h.dir(resolved))
	return dirs
}

func (h Host) isAbs(path string) bool {
	if h.GOOS == "windows" {
		return filepath.IsAbs(path)
	}
	return strings.HasPrefix(path, "/")
}

func (h Host) dir(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Dir(path)
}

// toolDirs are where the tools are that SkyPilot calls.
func (h Host) toolDirs() []string {
	if h.GOOS == "windows" {
		return nil
	}
	dirs := []string{filepath.Join(h.Home, ".local/bin")}
	if h.GOOS == "darwin" {
		dirs = append(dirs, "/opt/homebrew/bin", "/opt/local/bin")
	}
	dirs = append(dirs, "/usr/local/bin", filepath.Join(h.Home, "google-cloud-sdk/bin"))
	if h.GOOS == "linux" {
		dirs = append(dirs, "/home/linuxbrew/.linuxbrew/bin", "/snap/bin")
	}
	return append(dirs, "/usr/bin", "/bin", "/usr/sbin", "/sbin")
}
