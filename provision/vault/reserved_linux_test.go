package vault

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// On a disk that makes no difference between letter cases one folder has many paths, and no
// link leads from one to another. A folder that is mounted a second time is the same.
func TestAReservedFolderByAnotherPathIsRefused(t *testing.T) {
	root := tree(t, map[string]string{"home/.ssh/keys/": "", "home/.SSH/": "", "elsewhere/": ""})
	at := func(name string) string { return filepath.Join(root, name) }
	if err := unix.Mount(at("home/.ssh"), at("home/.SSH"), "", unix.MS_BIND, ""); err != nil {
		if errors.Is(err, os.ErrPermission) {
			t.Skipf("NOT TESTED: nothing may be mounted here: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(at("home/.SSH"), unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for _, path := range []string{"home/.SSH", "home/.SSH/keys"} {
		if refusal := (Paths{Public: at("elsewhere"), Private: at(path)}).Clear(Reserved(at("home"))); refusal == nil || refusal.Field != "spec.vaults.private" {
			t.Errorf("%s: %+v", path, refusal)
		}
	}
	paths := Paths{Public: at("home/.ssh"), Private: at("home/.SSH/keys")}
	if refusal := paths.apart(); refusal == nil {
		t.Error("a vault inside of the other is not noticed")
	}
}
