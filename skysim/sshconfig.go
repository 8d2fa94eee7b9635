package skysim

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Home is the home folder of the simulated user, where SkyPilot keeps what it
// writes for other programs.
func Home(dir string) string { return filepath.Join(dir, "home") }

// writeSSHConfig does what `sky status` does beside what it prints: for a cluster
// that is up it writes how to reach it, for any other it removes that.
func (w *world) writeSSHConfig(c *cluster) error {
	path := filepath.Join(Home(w.dir), ".sky", "generated", "ssh", c.Name)
	if c.Status != clusterUp {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text := "# Added by sky (use `sky stop/down " + c.Name + "` to remove)\n" +
		"Host " + c.Name + "\n" +
		"  HostName " + w.machine(c.Machine).IP + "\n" +
		"  User ubuntu\n" +
		"  IdentityFile " + filepath.Join(Home(w.dir), ".sky", "clients", "ssh", "sky-key") + "\n" +
		"  IdentitiesOnly yes\n" +
		"  Port " + c.Offer.outside("22") + "\n"
	return os.WriteFile(path, []byte(text), 0o600)
}
