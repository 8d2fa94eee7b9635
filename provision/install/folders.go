// Package install is SkyPilot as Carapace installs it on this computer: the folders that it
// is installed into and which of them is current, the commands that install it, what their
// output means, and how much space it takes. It starts no program itself.
//
// Each installation has a folder of its own, made at its final path: the programs of a
// Python environment hold that path, so it can't be moved. One small file, the pointer,
// names the folder that is current. It is replaced as a whole, so at each instant sky is
// either the old one or the new one.
package install

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
)

const (
	pointerName = "skypilot.json"
	// firstName is the folder of a sidecar that knew no pointer. It is current as long as
	// there is none.
	firstName = "skypilot"
	// retiredPrefix begins the names of folders that are to be removed.
	retiredPrefix = ".removing-"
	// settling is how long a folder that is no longer current is kept at least: another
	// process may have located its sky just before, and be about to run it.
	settling = time.Minute
)

// firstClouds are the clouds that were installed into the folder firstName.
var firstClouds = []string{"aws", "gcp", "azure"}

// ownName matches the names of the folders, so that nothing else in the state folder is
// ever removed.
var ownName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^skypilot(-[0-9][0-9A-Za-z.+]*-[0-9]+)?$`)
})

// Folders are the installations under one state folder. The zero value is not usable. Its
// methods are safe for concurrent use, but whoever changes something must hold the lease on
// installing.
type Folders struct{ state string }

// Under returns the installations under a state folder, which is an absolute path.
func Under(stateDir string) Folders { return Folders{stateDir} }

// Installed is one installation that was completed. The zero value is none.
type Installed struct {
	// Folder is the absolute path of its Python environment; empty: there is none.
	Folder string
	// Clouds are the clouds, by SkyPilot's names, whose packages were installed.
	Clouds []string
	// Operation is the id of the operation that made it; empty: an older sidecar did.
	Operation string
}

// Bin is the folder of an environment's programs.
func Bin(folder string) string { return filepath.Join(folder, "bin") }

// pointer is the content of the pointer file.
type pointer struct {
	Folder    string   `json:"folder"` // its name under the state folder
	Clouds    []string `json:"clouds"`
	Operation string   `json:"operation"`
	// Before are the folders that were current once and are still there: something may run
	// from them.
	Before []string `json:"before,omitempty"`
}

// Current returns the installation that is current. It reads one small file and blocks for
// no longer.
func (f Folders) Current() Installed {
	if p := f.read(); p.Folder != "" && f.isWhole(p.Folder) {
		return Installed{Folder: f.path(p.Folder), Clouds: p.Clouds, Operation: p.Operation}
	}
	if f.isWhole(firstName) {
		return Installed{Folder: f.path(firstName), Clouds: firstClouds}
	}
	return Installed{}
}

// OwnDirs returns the folder in which the current installation's sky is, as a list that is
// empty where there is none: package host looks there first.
func (f Folders) OwnDirs() []string {
	if now := f.Current(); now.Folder != "" {
		return []string{Bin(now.Folder)}
	}
	return nil
}

// Next returns a path for a new installation, at which nothing is.
func (f Folders) Next(version string) string {
	for n := 1; ; n++ {
		path := f.path(fmt.Sprintf("%s-%s-%d", firstName, version, n))
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return path
		}
	}
}

// Switch makes an installation the current one. After an error the old one is current. It
// blocks for a small write.
func (f Folders) Switch(to Installed) error {
	next := pointer{Folder: filepath.Base(to.Folder), Clouds: to.Clouds, Operation: to.Operation}
	was := f.read()
	before := was.Before
	if now := f.Current(); now.Folder != "" {
		before = append(before, filepath.Base(now.Folder))
	}
	for _, name := range before {
		if _, err := os.Lstat(f.path(name)); err == nil && name != next.Folder && !slices.Contains(next.Before, name) {
			next.Before = append(next.Before, name)
		}
	}
	data, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return err
	}
	return journal.WriteDurably(f.path(pointerName), append(data, '\n'))
}

// Leftover reports whether there is anything that Retire or Remove would look at.
func (f Folders) Leftover() bool { return len(f.others()) > 0 || len(f.retired()) > 0 }

// Retire gives up the folders of installations that were not completed, and of those that are
// no longer current and from which nothing runs. Where this system does not tell what runs,
// the latter stay. They get another name, for Remove; that is done at once.
func (f Folders) Retire(runs func(folder string) Running, at time.Time) {
	p := f.read()
	for _, name := range f.others() {
		running := runs(f.path(name))
		wasCurrent := slices.Contains(p.Before, name) || name == firstName
		if running.Known && running.Any || wasCurrent && (!running.Known || f.switchedAt().Add(settling).After(at)) {
			continue
		}
		_ = os.Rename(f.path(name), f.path(retiredPrefix+name+"-"+uuid.NewString())) // what stays is looked at again by the next
	}
}

// Remove removes what was retired. It needs no lease, and blocks for seconds: a folder has
// 30,000 files.
func (f Folders) Remove() {
	for _, path := range f.retired() {
		_ = os.RemoveAll(path)
	}
}

func (f Folders) retired() (paths []string) {
	entries, _ := os.ReadDir(f.state) // it may not be there yet
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), retiredPrefix+firstName) {
			paths = append(paths, f.path(e.Name()))
		}
	}
	return paths
}

// others returns the names of the folders of installations apart from the current one.
func (f Folders) others() (names []string) {
	entries, _ := os.ReadDir(f.state) // it may not be there yet
	current := filepath.Base(f.Current().Folder)
	for _, e := range entries {
		if e.IsDir() && ownName().MatchString(e.Name()) && e.Name() != current {
			names = append(names, e.Name())
		}
	}
	return names
}

func (f Folders) path(name string) string { return filepath.Join(f.state, name) }

// isWhole reports whether a folder has a sky. A folder is named by the pointer only after
// its sky was seen to run; somebody may have removed it since.
func (f Folders) isWhole(name string) bool {
	info, err := os.Stat(filepath.Join(Bin(f.path(name)), "sky"))
	return err == nil && info.Mode().IsRegular()
}

// read returns the pointer, the zero value where there is none or it names no folder of ours.
func (f Folders) read() (p pointer) {
	data, err := os.ReadFile(f.path(pointerName))
	if err != nil || json.Unmarshal(data, &p) != nil || !ownName().MatchString(p.Folder) {
		return pointer{}
	}
	return p
}

func (f Folders) switchedAt() time.Time {
	info, err := os.Stat(f.path(pointerName))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
