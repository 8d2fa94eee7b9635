package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"carapace/provision/sky"
)

func TestReadSSHHost(t *testing.T) {
	home := t.TempDir()
	path := sky.SSHConfigPath(home, "carapace-node")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSSHHost(home, "carapace-node"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("Host carapace-node\n  HostName 127.0.1.14\n  User ubuntu\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSSHHost(home, "carapace-node"); err != nil || got.User != "ubuntu" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("Host carapace-node\nHostName 1.2.3.4\nIdentityFile ~/.sky/generated/ssh-keys/n.key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSSHHost(home, "carapace-node"); err != nil || got.IdentityFile != filepath.Join(home, ".sky/generated/ssh-keys/n.key") {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("Host x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSSHHost(home, "carapace-node"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := ReadSSHHost(home, "../../../etc/passwd"); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
