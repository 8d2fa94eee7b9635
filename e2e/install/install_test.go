//go:build e2e && linux

package install

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// patience is for a slow index on a busy machine: it took 24 s without uv, 34 s with it.
const patience = 10 * time.Minute

// user is somebody with an empty home.
type user struct {
	t       *testing.T
	home    string
	command scenario.Command
}

// newUser returns one whose PATH begins with tools, if there are any, and is otherwise the
// bare one that a desktop gives its programs. Which index to use, if not the usual one, is
// taken over from the test's environment.
func newUser(t *testing.T, tools string) *user {
	t.Helper()
	if os.Getenv("CARAPACE_INSTALL") == "" {
		t.Skip("set CARAPACE_INSTALL=1 to install SkyPilot from the Python package index")
	}
	binary, err := scenario.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env := []string{"HOME=" + home, "PATH=" + strings.TrimPrefix(tools+":/usr/bin:/bin", ":")}
	for _, entry := range os.Environ() {
		if strings.HasPrefix(entry, "PIP_INDEX_URL=") || strings.HasPrefix(entry, "UV_DEFAULT_INDEX=") || strings.HasPrefix(entry, "CARAPACE_CI=") {
			env = append(env, entry)
		}
	}
	return &user{t, home, scenario.Command{Path: binary, Env: env, Dir: home}}
}

func (u *user) install(p *scenario.Peer, params schema.SkyPilotInstallParams) schema.Operation {
	u.t.Helper()
	began := time.Now()
	accepted := scenario.Call(u.t, p, schema.SkyPilotInstall, params)
	end := u.ended(p, accepted.Operation.ID)
	u.t.Logf("%s after %s: %s The home has %d MB.", end.State, time.Since(began).Round(time.Second), end.Message, u.megabytes())
	return end
}

func (u *user) ended(p *scenario.Peer, id string) schema.Operation {
	u.t.Helper()
	return scenario.Await(u.t, p, schema.OperationFinished, "the end of the installation", patience, func(f schema.Finished) bool {
		return f.Operation.ID == id
	}).Operation
}

// checkUsed holds that a sky of that folder is what the sidecar uses now.
func (u *user) checkUsed(p *scenario.Peer, folder string) {
	u.t.Helper()
	found := scenario.Call(u.t, p, schema.SkyPilotCheck, schema.Empty{})
	if want := filepath.Join(u.home, ".carapace", folder, "bin", "sky"); found.Path != want || !found.Supported {
		u.t.Errorf("%s %s is used, not %s", found.Path, found.Version, want)
	}
}

// megabytes is what the home takes, a file with several names counted once.
func (u *user) megabytes() (sum int64) {
	seen := map[uint64]bool{}
	_ = filepath.WalkDir(u.home, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // files come and go
		}
		if info, err := e.Info(); err == nil {
			if stat := info.Sys().(*syscall.Stat_t); !seen[stat.Ino] { //nolint:forcetypeassert // on Linux it is one
				seen[stat.Ino] = true
				sum += stat.Blocks * 512
			}
		}
		return nil
	})
	return sum >> 20
}

// running returns the command lines of processes that run from the home.
func (u *user) running() (lines []string) {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		if data, err := os.ReadFile(path); err == nil && strings.Contains(string(data), u.home+"/.carapace/skypilot") {
			lines = append(lines, strings.ReplaceAll(string(data), "\x00", " "))
		}
	}
	return lines
}

func TestWithNothingThere(t *testing.T) {
	u := newUser(t, "")
	p := scenario.Start(t, u.command)
	if found := scenario.Call(t, p, schema.SkyPilotCheck, schema.Empty{}); found.Installed {
		t.Skipf("this machine has a SkyPilot of its own: %s", found.Path)
	}
	if end := u.install(p, schema.SkyPilotInstallParams{}); end.State != schema.OperationSucceeded {
		t.Fatalf("%+v", end.Error)
	}
	u.checkUsed(p, "skypilot-0.14.1-1")

	// A failure leaves the one that works.
	if end := u.install(p, schema.SkyPilotInstallParams{Version: "99.99.99"}); end.Error == nil || end.Error.Kind != schema.KindInvalidParams {
		t.Errorf("%s %+v", end.State, end.Error)
	}
	u.checkUsed(p, "skypilot-0.14.1-1")

	// Another cloud is added by a process that is killed at it, and the next one.
	accepted := scenario.Call(t, p, schema.SkyPilotInstall, schema.SkyPilotInstallParams{Clouds: []string{"gcp"}})
	scenario.Await(t, p, schema.ClusterProgress, "a download", patience, func(at schema.Progress) bool {
		return at.Operation == accepted.Operation.ID && strings.HasPrefix(at.Message, "Downloading")
	})
	p.Kill(t)
	next := scenario.Start(t, u.command)
	u.checkUsed(next, "skypilot-0.14.1-1")
	if end := u.ended(next, accepted.Operation.ID); end.State != schema.OperationSucceeded || !strings.Contains(end.Message, "aws, gcp") {
		t.Errorf("%s %s %+v", end.State, end.Message, end.Error)
	}
	if left := u.running(); len(left) > 0 {
		t.Errorf("these run on: %q", left)
	}
	folders, _ := filepath.Glob(filepath.Join(u.home, ".carapace", "skypilot-*"))
	if len(folders) != 2 {
		t.Errorf("there are %v", folders)
	}
	t.Logf("with two installations the home has %d MB", u.megabytes())
	next.End(t, time.Minute)
}

func TestWithUV(t *testing.T) {
	tools := t.TempDir()
	u := newUser(t, filepath.Join(tools, "bin"))
	for _, args := range [][]string{{"python3", "-m", "venv", tools}, {filepath.Join(tools, "bin", "python"), "-m", "pip", "install", "-q", "uv"}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	p := scenario.Start(t, u.command)
	if end := u.install(p, schema.SkyPilotInstallParams{}); end.State != schema.OperationSucceeded {
		t.Fatalf("%+v", end.Error)
	}
	found := scenario.Call(t, p, schema.SkyPilotCheck, schema.Empty{})
	if !strings.HasPrefix(found.Path, u.home) || !found.Supported {
		t.Errorf("%+v", found)
	}
	p.End(t, time.Minute)
}
