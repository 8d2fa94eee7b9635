//go:build unix

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/e2e/scenario"
	"carapace/provision/journal"
	"carapace/schema"
	"carapace/skysim"
)

const (
	server = "chaos"
	// patience is for a machine that is busy with other tests.
	patience = 90 * time.Second
	// quick makes a launch of 70 seconds take one; slow leaves time to meddle.
	quick, slow = "0.01", "0.05"
)

// stage is one server's world: its folders, and the simulated cloud in them.
type stage struct{ dir, state, project string }

func newStage(t testing.TB) stage {
	t.Helper()
	dir := t.TempDir()
	s := stage{dir, filepath.Join(dir, "state"), filepath.Join(dir, "project")}
	for _, vault := range []string{"public", "private"} {
		at := filepath.Join(s.project, "data", vault)
		if err := os.MkdirAll(at, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "note.txt"), []byte(vault), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s stage) args(more ...string) []string {
	return append([]string{"--simulate", "--state-dir", s.state, "--project", s.project, "--name", server, "--log-level", "info"}, more...)
}

func (s stage) environ(speed string) []string {
	return append(os.Environ(), "HOME="+s.project, skysim.EnvSpeed+"="+speed)
}

// start starts a sidecar that leads a process group of its own.
func (s stage) start(t testing.TB, speed string) *scenario.Peer {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Start(t, scenario.Command{
		Path: self, Args: append([]string{sidecar(t)}, s.args()...),
		Env: append(s.environ(speed), groupVariable+"=1"), Dir: s.project,
	})
}

// spec is a launch that needs nothing but a machine.
func spec() schema.Spec {
	none := false
	return schema.Spec{
		Name: server, Cloud: "aws", Region: "us-west-2", InstanceType: "m6i.large", Docker: &none,
		Setup: "echo set up", Run: "echo run", Secrets: map[string]string{"TOKEN": "hush-hush-hush"},
	}
}

var launchParams = schema.LaunchParams{Spec: spec()}

func (s stage) cloud() skysim.Control {
	return skysim.Control{Dir: filepath.Join(s.state, "simulated")}
}

// machines are the states of those that still exist, and how many there ever were.
func (s stage) machines(t testing.TB) (living []string, made int) {
	t.Helper()
	all, err := s.cloud().Machines()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.State != "terminated" {
			living = append(living, m.State)
		}
	}
	return living, len(all)
}

// journal reads the state as it stands on disk, and fails the test if that is not whole.
func (s stage) journal(t testing.TB) journal.State {
	t.Helper()
	var st journal.State
	data, err := os.ReadFile(filepath.Join(s.state, "state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return st
	}
	if err == nil {
		err = json.Unmarshal(data, &st)
	}
	if err != nil || st.Version == 0 {
		t.Fatalf("the state file is not whole: %v: %q", err, data)
	}
	return st
}

// agrees fails the test unless the cloud has what the status promises.
func (s stage) agrees(t testing.TB, c schema.Cluster) {
	t.Helper()
	want := map[schema.Status][]string{schema.StatusRunning: {"running"}, schema.StatusStopped: {"stopped"}, schema.StatusNoServer: nil}
	living, _ := s.machines(t)
	if promised, settled := want[c.Status]; !settled || !slices.Equal(promised, living) {
		t.Errorf("the status is %s (%s), and the cloud has the machines %v", c.Status, c.Description, living)
	}
}

// clean fails the test if anything is left that only a sidecar at work may have.
func (s stage) clean(t testing.TB) {
	t.Helper()
	s.deserted(t)
	for _, left := range s.leftovers(t) {
		t.Errorf("left behind: %s", left)
	}
}

// leftovers lists files that no sidecar at rest may have, and locks that are held.
func (s stage) leftovers(t testing.TB) (left []string) {
	t.Helper()
	err := filepath.WalkDir(s.state, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(s.state, path)
		switch base := filepath.Base(path); {
		case name == filepath.Join("simulated", "machines"), name == filepath.Join("simulated", "home"):
			return fs.SkipDir
		case d.IsDir():
			if filepath.Base(filepath.Dir(path)) == "operations" {
				left = append(left, name)
			}
		case name == filepath.Join("simulated", "state.json.new"): // the cloud's own, not the sidecar's
		case strings.HasPrefix(base, "."), strings.Contains(base, ".damaged-"), strings.HasSuffix(base, ".lock.json"), filepath.Base(filepath.Dir(filepath.Dir(path))) == "operations":
			left = append(left, name)
		case strings.HasSuffix(base, "lock") && held(path):
			left = append(left, name+" (held)")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK
}

// deserted waits until no process works on this stage any more, and fails the
// test if one goes on: another's processes can only be asked, not waited for.
func (s stage) deserted(t testing.TB) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		there := s.processes()
		if len(there) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("processes are left behind:\n%s", strings.Join(there, "\n"))
		}
	}
}

// processes lists the processes that have this stage in their arguments or their
// environment. Where there is no /proc the list is empty.
func (s stage) processes() (found []string) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		args, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		env, _ := os.ReadFile(filepath.Join(dir, "environ"))
		if strings.Contains(string(args)+string(env), s.state) {
			found = append(found, fmt.Sprintf("%s: %s", filepath.Base(dir), strings.ReplaceAll(string(args), "\x00", " ")))
		}
	}
	return found
}

// tolerant lets Peer.Kill find that the process is dead already.
type tolerant struct{ testing.TB }

func (tolerant) Fatal(...any) {}

// kill ends a sidecar without warning, alone or with all of its process group.
func kill(t testing.TB, p *scenario.Peer, group bool) {
	t.Helper()
	if group {
		_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // it may not lead one yet
	}
	p.Kill(tolerant{t})
}

// answered returns the answer to a request, if it came.
func answered[R any](p *scenario.Peer, id string) (result R, ok bool) {
	for line := range strings.Lines(p.Transcript()) {
		_, text, isAnswer := strings.Cut(line, " < ")
		var m struct {
			ID     json.RawMessage
			Method string
			Result *R
		}
		if isAnswer && json.Unmarshal([]byte(text), &m) == nil && m.Method == "" && string(m.ID) == id && m.Result != nil {
			return *m.Result, true
		}
	}
	return result, false
}
