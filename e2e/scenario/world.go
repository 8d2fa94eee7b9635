package scenario

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// ClusterName is the server of the suite. It is not the default one, so that a
// lab that somebody works in is not disturbed.
const ClusterName = "e2e-life"

// Where the vaults are on a server (docs/protocol.md, "Spec").
const (
	RemotePublic  = "/opt/carapace/data/public"
	RemotePrivate = "/opt/carapace/data/private"
)

// World is where a scenario plays: the simulated cloud, or the lab's.
//
// Its methods fail the test on an error. They are called by one test at a time.
type World interface {
	// Simulated tells that no shell runs on the servers, and that no money is meant.
	Simulated() bool
	// Cloud is the one that the servers are on.
	Cloud() Cloud
	// Command is how a sidecar of this world is started.
	Command(t testing.TB, stage Stage) Command
	// Instances are what the cloud still has of the suite's server: its machines,
	// running or stopped, and what lives on though its machine is gone.
	Instances(t testing.TB, stage Stage) []string
	// Known are the clusters of that name that SkyPilot knows, with SkyPilot's
	// word for their state.
	Known(t testing.TB, stage Stage) []string
	// Disk is the folder that holds what was put on the server, by its absolute path there.
	Disk(t testing.TB, stage Stage) string
	// Inject makes the cloud fail from now on; Heal ends all faults.
	Inject(t testing.TB, p *Peer, f Fault)
	Heal(t testing.TB, stage Stage)
	// Words are the provider's in a fault of the cloud: a person must get to see them.
	Words(f Fault) string
	// StopOutside and TerminateOutside change the server as somebody at the
	// cloud's console does.
	StopOutside(t testing.TB, p *Peer)
	TerminateOutside(t testing.TB, p *Peer)
	// Patience is how long an operation may take, at the very most.
	Patience() time.Duration
}

// Fault is something that the cloud, or the server, does wrong.
type Fault int

// The faults. Each is named for what a person would say of it.
const (
	NoQuota           Fault = iota + 1 // the account may not have such a machine in the cloud's Region
	NoCapacityAtFirst                  // the cloud's FirstRegion has none; another has
	StopRefused                        // the cloud refuses to stop the machine
	DestroyRefused                     // the cloud refuses to remove the machine
	SetupFails                         // the setup script of brokenSetup ends with an error
	RunFails                           // the run command of brokenRun ends with an error
	AnotherHostKey                     // another machine answers at the server's address
)

// Region is where the suite's servers are on AWS, FirstRegion where SkyPilot looks first.
const (
	Region      = "us-west-2"
	FirstRegion = "us-east-1"
)

// Stage is where one server's story is played: its folders. A World may play
// several scenarios on one stage, one after the other.
type Stage struct {
	StateDir string // --state-dir
	Project  string // --project: holds data/public and data/private
}

// NewStage makes a stage with the suite's vaults under dir.
func NewStage(t testing.TB, dir string) Stage {
	t.Helper()
	s := Stage{StateDir: filepath.Join(dir, "state"), Project: filepath.Join(dir, "Project with ümlaut's")}
	public, private := s.vaults()
	write(t, public, map[string]string{
		"README.md":            "public\n",
		"name with spaces.txt": "spaces\n",
		"Übung – größer.md":    "ümlauts\n",
		".dotfile":             "dot\n",
		".gitignore":           "*.log\nbuild/\n",
		"run.log":              "a file that .gitignore names\n",
		"build/kept.bin":       "\x00\x01\xff binary\r\n",
		"deep/er/note.txt":     "",
	})
	write(t, private, map[string]string{
		"diary 'quoted' $HOME.txt": "quotes\n",
		".skyignore":               "secret.txt\n",
		"secret.txt":               "a file that .skyignore names\n",
	})
	mkdir(t, filepath.Join(public, "empty folder"))
	if err := os.Chmod(filepath.Join(private, "secret.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s Stage) vaults() (public, private string) {
	return filepath.Join(s.Project, "data", "public"), filepath.Join(s.Project, "data", "private")
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		mkdir(t, filepath.Dir(path))
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// Tree is what is in a folder: by slash-separated path, the content of each file,
// "/" for a folder. A folder that is not there is empty.
func Tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			tree[name] = "/"
			return nil
		}
		content, err := os.ReadFile(path)
		tree[name] = string(content)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return tree
}

// Inside is the real place of an absolute path of a server whose root is a folder
// here. Links of the server lead into that folder: SkyPilot makes every mount a
// link into ~/.sky/file_mounts.
func Inside(root, path string) string {
	at := "/"
	rest := strings.Split(strings.Trim(path, "/"), "/")
	for links := 0; len(rest) > 0 && links < 40; rest = rest[1:] {
		next := filepath.Join(at, rest[0])
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil {
			at = next
			continue
		}
		links++
		if !filepath.IsAbs(target) {
			target = filepath.Join(at, target)
		}
		at = "/"
		rest = append(append([]string{""}, strings.Split(strings.Trim(target, "/"), "/")...), rest[1:]...)
	}
	return filepath.Join(root, at)
}

// sameTree fails the test unless both folders hold the same.
func sameTree(t testing.TB, what, local, remote string) {
	t.Helper()
	want, got := Tree(t, local), Tree(t, remote)
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if _, wanted := want[name]; !wanted {
			t.Errorf("%s: %q is on the server and not in the vault", what, name)
		}
	}
	for _, name := range names {
		if content, there := got[name]; !there {
			t.Errorf("%s: %q is not on the server", what, name)
		} else if content != want[name] {
			t.Errorf("%s: %q holds %q on the server, not %q", what, name, content, want[name])
		}
	}
}
