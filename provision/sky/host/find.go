package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Location is where sky was found.
type Location struct {
	Path    string   // absolute
	Environ []string // to run it in, complete
	// Source says for a person how it was found.
	Source text.Text
}

// UpdateHint says how a person brings this sky up to date: with what installed it.
func (l Location) UpdateHint() text.Text {
	resolved, _ := filepath.EvalSymlinks(l.Path)
	resolved = filepath.ToSlash(resolved)
	switch {
	case l.Source.Code == text.FinderOwn.Code:
		return text.New(&text.HintUpdateOwn)
	case strings.Contains(resolved, "/uv/tools/"):
		return text.New(&text.HintUpdateUV)
	case strings.Contains(resolved, "/pipx/venvs/"):
		return text.New(&text.HintUpdatePipx)
	case l.Source.Code == text.FinderVariable.Code:
		return text.New(&text.HintUpdateNamed)
	}
	return text.New(&text.HintUpdatePip, text.Args{"path": filepath.Join(filepath.Dir(resolved), "python")})
}

// named is the environment variable that names sky.
const named = "CARAPACE_SKY"

// Finder finds sky, and the programs that it is run with. Each question is answered
// from the files as they are then, so that a sky that was installed, updated or
// removed while we run is seen at once; only what the login shell said is kept for a
// while. It is safe for concurrent use.
type Finder struct {
	host Host
	ask  func(context.Context) shellAnswer // the login shell
	now  func() time.Time

	mu    sync.Mutex // held while looking, so that one look serves all who wait
	shell shellAnswer
	asked time.Time     // when the shell had answered; zero: never asked
	took  time.Duration // how long it took for that

	last atomic.Pointer[string] // where sky was at the last look
}

// NewFinder returns a Finder for a machine. It looks at nothing yet.
func NewFinder(h Host) *Finder {
	return &Finder{host: h, now: time.Now, ask: func(ctx context.Context) shellAnswer { return askLoginShell(ctx, h) }}
}

// Locate finds sky: where CARAPACE_SKY says, in our own folders, in PATH, where
// the usual installers put it, and last, for that takes up to 3 s, in the PATH of
// the user's login shell. A refusal is a *schema.Error of KindSkyPilotNotFound
// whose detail lists what was searched; the Location beside it has the environment that
// other programs are to be run in. It starts no Python.
func (f *Finder) Locate(ctx context.Context) (Location, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, searched := f.locate(ctx)
	switch err := ctx.Err(); {
	case err != nil:
		return Location{}, err
	case at.Path == "":
		return at, f.refusal(searched)
	}
	return at, nil
}

// locate fills the environment also where there is no sky: it is the one that sky
// would be run in. f.mu is held.
func (f *Finder) locate(ctx context.Context) (at Location, searched []string) {
	path, source, searched := f.look(f.shell)
	if path == "" || f.asked.IsZero() && f.host.bare() {
		f.askAgain(ctx)
		path, source, searched = f.look(f.shell)
	}
	shellPath := ""
	if f.host.bare() {
		shellPath = f.shell.path
	}
	f.last.Store(&path)
	resolved, _ := filepath.EvalSymlinks(path) // "" adds nothing
	return Location{Path: path, Source: source, Environ: Environment(f.host, f.host.searchPath(path, resolved, shellPath))}, searched
}

// What a login shell has said is kept for keptAtLeast, and for so many times as long
// as it took: whatever its start-up files do, they cost one twentieth of the time.
const (
	keptAtLeast = 10 * time.Second
	keptTimes   = 20
)

// askAgain asks the login shell, unless what it said is not old enough. f.mu is held.
func (f *Finder) askAgain(ctx context.Context) {
	began := f.now()
	if !f.asked.IsZero() && began.Sub(f.asked) < max(keptAtLeast, keptTimes*f.took) {
		return
	}
	f.shell = f.ask(context.WithoutCancel(ctx)) // it is for all who come later
	f.asked = f.now()
	f.took = f.asked.Sub(began)
}

// Renew asks the login shell anew, if what it said is not of just now: for a person
// who has changed something in a terminal and asks what is wrong. It blocks for 3 s
// at most.
func (f *Finder) Renew(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.askAgain(ctx)
}

// InShell reports whether the login shell sets a variable. It asks the shell, once,
// where this process has the environment of a desktop.
func (f *Finder) InShell(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked.IsZero() && f.host.bare() {
		f.askAgain(context.Background())
	}
	return f.shell.set[name]
}

// HasProgram reports whether sky, in the environment that it is run in, finds a
// program by its name, or whether there is one at an absolute path.
func (f *Finder) HasProgram(name string) bool {
	if f.host.isAbs(name) {
		return isExecutable(name)
	}
	f.mu.Lock()
	at, _ := f.locate(context.Background())
	f.mu.Unlock()
	_, err := findProgram(name, at.Environ)
	return err == nil
}

// Look is Locate for a caller that wants the path or a refusal; an ended ctx is
// one too.
func (f *Finder) Look(ctx context.Context) (path string, refusal *schema.Error) {
	at, refusal := f.Found(ctx)
	return at.Path, refusal
}

// Found is Look for a caller that also wants to know how sky was found.
func (f *Finder) Found(ctx context.Context) (at Location, refusal *schema.Error) {
	at, err := f.Locate(ctx)
	if err == nil {
		return at, nil
	}
	if e, ok := err.(*schema.Error); ok { //nolint:errorlint // Locate wraps none
		return Location{}, e
	}
	return Location{}, schema.Fail(schema.KindTimeout, &text.FindCutShort)
}

// Last is where sky was when it was looked for last; "": nowhere, or nobody has looked yet. It does not block.
func (f *Finder) Last() string {
	if path := f.last.Load(); path != nil {
		return *path
	}
	return ""
}

// look goes through the places in order.
func (f *Finder) look(shell shellAnswer) (path string, source text.Text, searched []string) {
	if path := f.host.getenv(named); path != "" {
		if f.host.isAbs(path) && isExecutable(path) {
			return path, text.New(&text.FinderVariable, text.Args{"variable": named}), nil
		}
		return "", text.Text{}, []string{text.New(&text.FinderNotAbsolute, text.Args{"path": path, "variable": named}).Message()}
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
	for _, dir := range f.host.absolute(shell.path) {
		if path := filepath.Join(dir, executableName("sky")); isExecutable(path) {
			return path, text.New(&text.FinderShell), nil
		}
		searched = append(searched, text.New(&text.FinderInShell, text.Args{"path": dir}).Message())
	}
	return "", text.Text{}, searched
}

type place struct {
	source text.Text // how a person calls it
	dirs   []string
}

// places are where sky may be without asking a shell. What we installed comes
// first: it is there because the user asked for it, for want of a usable one.
func (h Host) places() []place {
	return []place{
		{source: text.New(&text.FinderOwn), dirs: h.absolute(strings.Join(h.ownDirs(), h.listSeparator()))},
		{source: text.New(&text.FinderTool, text.Args{"tool": "PATH"}), dirs: h.absolute(h.getenv("PATH"))},
		{source: text.New(&text.FinderTool, text.Args{"tool": "uv"}), dirs: h.under("skypilot/bin", h.getenv("UV_TOOL_DIR"), filepath.Join(h.dataDir(), "uv/tools"))},
		{source: text.New(&text.FinderTool, text.Args{"tool": "pipx"}), dirs: h.under("venvs/skypilot/bin", h.getenv("PIPX_HOME"), filepath.Join(h.dataDir(), "pipx"), filepath.Join(h.Home, ".local/pipx"))},
		{source: text.New(&text.FinderTool, text.Args{"tool": "~/.local/bin"}), dirs: h.under(".local/bin", h.Home)},
		{source: text.New(&text.FinderHome), dirs: append(h.under(".venv/bin", h.Home), h.under("sky/bin", h.Home)...)},
		{source: text.New(&text.FinderTool, text.Args{"tool": "conda"}), dirs: h.condaDirs()},
		{source: text.New(&text.FinderSystem), dirs: []string{"/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin", "/usr/bin"}},
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

// under is a folder in each of the bases that are set and absolute.
func (h Host) under(folder string, bases ...string) (dirs []string) {
	for _, base := range bases {
		if h.isAbs(base) {
			dirs = append(dirs, filepath.Join(base, folder))
		}
	}
	return dirs
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
	e := schema.Fail(schema.KindSkyPilotNotFound, &text.FindNothing, text.Args{"version": sky.Tested})
	if named := f.host.getenv(named); named != "" {
		e = schema.Fail(schema.KindSkyPilotNotFound, &text.FindNamed, text.Args{"value": named})
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
