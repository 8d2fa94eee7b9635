package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"carapace/schema"
)

// Location is where sky was found.
type Location struct {
	Path    string   // absolute
	Environ []string // to run it in, complete
	// Source says for a person how it was found.
	Source string
}

// Finder finds sky. It remembers what the login shell said for as long as it
// lives, and where sky is for as long as that file is there. It is safe for
// concurrent use.
type Finder struct {
	host  Host
	shell func(context.Context) string // the login shell's PATH; "" if it can't be had

	mu    sync.Mutex // held while looking, so that one look serves all who wait
	found Location
	own   []string // Host.OwnDirs when it was found
}

// NewFinder returns a Finder for a machine. It looks at nothing yet.
func NewFinder(h Host) *Finder {
	f := &Finder{host: h}
	var once sync.Once
	var path string
	f.shell = func(ctx context.Context) string {
		once.Do(func() { path = loginShellPath(context.WithoutCancel(ctx), h) })
		return path
	}
	return f
}

// Locate finds sky: where CARAPACE_SKY says, in our own folders, in PATH, where
// the usual installers put it, and last, for that takes up to 3 s, in the PATH of
// the user's login shell. A refusal is a *schema.Error of KindSkyPilotNotFound
// whose detail lists what was searched; the Location beside it has the environment that
// other programs are to be run in. It starts no Python.
func (f *Finder) Locate(ctx context.Context) (Location, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := f.host.ownDirs()
	if f.found.Path != "" && isExecutable(f.found.Path) && slices.Equal(own, f.own) {
		return f.found, nil
	}
	path, source, searched := f.look(ctx)
	if err := ctx.Err(); err != nil {
		return Location{}, err
	}
	if path == "" {
		return f.located(ctx, "", ""), f.refusal(searched)
	}
	f.found, f.own = f.located(ctx, path, source), own
	return f.found, nil
}

// Look is Locate for a caller that wants the path or a refusal; an ended ctx is
// one too.
func (f *Finder) Look(ctx context.Context) (path string, refusal *schema.Error) {
	at, err := f.Locate(ctx)
	if err == nil {
		return at.Path, nil
	}
	if e, ok := err.(*schema.Error); ok { //nolint:errorlint // Locate wraps none
		return "", e
	}
	return "", schema.NewError(schema.KindTimeout, "Looking for SkyPilot was cut short.", "Try again.")
}

func (f *Finder) located(ctx context.Context, path, source string) Location {
	shellPath := ""
	if f.host.bare() {
		shellPath = f.shell(ctx)
	}
	resolved, _ := filepath.EvalSymlinks(path) // "" adds nothing
	return Location{Path: path, Source: source, Environ: Environment(f.host, f.host.searchPath(path, resolved, shellPath))}
}

// look goes through the places in order.
func (f *Finder) look(ctx context.Context) (path, source string, searched []string) {
	if path := f.host.getenv("CARAPACE_SKY"); path != "" {
		if f.host.isAbs(path) && isExecutable(path) {
			return path, "CARAPACE_SKY", nil
		}
		return "", "", []string{path + " (CARAPACE_SKY: not an absolute path to a program)"}
	}
	for _, place := range f.host.places() {
		for _, dir := range place.dirs {
			path := filepath.Join(dir, executableName("sky"))
			if isExecutable(path) {
				return path, place.source, nil
			}
			searched = append(searched, dir)
		}
	}
	for _, dir := range f.host.absolute(f.shell(ctx)) {
		if path := filepath.Join(dir, executableName("sky")); isExecutable(path) {
			return path, "the PATH of your login shell", nil
		}
		searched = append(searched, dir+" (login shell)")
	}
	return "", "", searched
}

type place struct {
	source string
	dirs   []string
}

// places are where sky may be without asking a shell. What we installed comes
// first: it is there because the user asked for it, for want of a usable one.
func (h Host) places() []place {
	return []place{
		{"installed by Carapace", h.absolute(strings.Join(h.ownDirs(), h.listSeparator()))},
		{"PATH", h.absolute(h.getenv("PATH"))},
		{"uv", []string{h.path(h.getenv("UV_TOOL_DIR"), "skypilot/bin"), h.path(h.dataDir(), "uv/tools/skypilot/bin")}},
		{"pipx", []string{h.path(h.getenv("PIPX_HOME"), "venvs/skypilot/bin"), h.path(h.dataDir(), "pipx/venvs/skypilot/bin"), h.path(h.Home, ".local/pipx/venvs/skypilot/bin")}},
		{"your home folder", []string{h.path(h.Home, ".local/bin"), h.path(h.Home, ".venv/bin"), h.path(h.Home, "sky/bin")}},
		{"conda", h.condaDirs()},
		{"the system", []string{"/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin", "/usr/bin"}},
	}
}

func (h Host) ownDirs() []string {
	if h.OwnDirs == nil {
		return nil
	}
	return h.OwnDirs()
}

func (h Host) dataDir() string {
	if dir := h.getenv("XDG_DATA_HOME"); h.isAbs(dir) {
		return dir
	}
	return filepath.Join(h.Home, ".local/share")
}

// path joins a base that may be unset; what comes of an unset or relative one is
// under no folder that exists.
func (h Host) path(base, rest string) string {
	if !h.isAbs(base) {
		return filepath.Join(h.Home, ".local/bin")
	}
	return filepath.Join(base, rest)
}

// condaDirs: the base environments, and one named as SkyPilot's guide does.
func (h Host) condaDirs() []string {
	var dirs []string
	for _, base := range []string{"miniconda3", "miniforge3", "anaconda3", "mambaforge", "opt/miniconda3", "opt/anaconda3", ".conda", "micromamba"} {
		for _, env := range []string{"bin", "envs/sky/bin", "envs/skypilot/bin"} {
			dirs = append(dirs, filepath.Join(h.Home, base, env))
		}
	}
	return dirs
}

// absolute are a list's absolute entries, each once. A relative one, or an empty
// one, would be the working directory, where anybody may have put a sky.
func (h Host) absolute(list string) []string {
	var dirs []string
	for dir := range strings.SplitSeq(list, h.listSeparator()) {
		if h.isAbs(dir) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// bare reports whether PATH has nothing but the system's own folders: then we
// were started by a desktop, not from a shell, and tools that the user installed
// would not be found.
func (h Host) bare() bool {
	for _, dir := range h.absolute(h.getenv("PATH")) {
		switch dir {
		case "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/games", "/usr/local/games", "/snap/bin":
		default:
			return false
		}
	}
	return true
}

func (f *Finder) refusal(searched []string) *schema.Error {
	e := schema.NewError(schema.KindSkyPilotNotFound, "SkyPilot is not installed: no sky command was found.",
		`Install it (skypilot.install does), for example with: uv tool install --with pip "skypilot[aws]". If it is installed, set CARAPACE_SKY to the full path of sky.`)
	if f.host.getenv("CARAPACE_SKY") != "" {
		e = schema.NewError(schema.KindSkyPilotNotFound, "CARAPACE_SKY does not name a program that can be run.",
			"Set CARAPACE_SKY to the full path of sky, or unset it.")
	}
	e.Docs = "https://docs.skypilot.co/en/latest/getting-started/installation.html"
	return e.WithDetail(fmt.Sprintf("Searched:\n%s", strings.Join(slices.Compact(searched), "\n")))
}

// HostFromProcess describes this machine and process. Home is what HOME says,
// as SkyPilot itself reads it.
func HostFromProcess(goos string, ownDirs func() []string) Host {
	home, _ := os.UserHomeDir() // without one, only the places outside of it are looked at
	self, _ := os.Executable()  // without it no login shell is asked
	return Host{GOOS: goos, Home: home, Environ: os.Environ(), OwnDirs: ownDirs, Self: self}
}
