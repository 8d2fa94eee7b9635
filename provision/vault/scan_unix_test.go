//go:build unix

package vault

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"carapace/schema"
)

func TestScanOfSpecialFiles(t *testing.T) {
	root := tree(t, map[string]string{"f": ""})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	t.Chdir(root) // a socket's path is at most some 100 bytes long
	listener, err := net.Listen("unix", "socket")
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	upload, problems := Scan(context.Background(), Paths{Public: root})
	if v := upload.Vaults[0]; v.LeftOut != 1 || !slices.Equal(v.FirstLeftOut, []string{"socket"}) {
		t.Errorf("%+v", v)
	}
	if upload.Files != 1 || len(problems) != 1 || problems[0].Kind != schema.KindInvalidSpec || !strings.Contains(problems[0].Message, "pipe in the public vault") {
		t.Fatalf("%+v, %+v", upload, problems)
	}
}

func TestScanOfWhatCantBeRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	root := tree(t, map[string]string{"file": "", "folder/x": ""})
	for _, name := range []string{"file", "folder"} {
		path := filepath.Join(root, name)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, 0o700) })
	}
	_, problems := Scan(context.Background(), Paths{Public: root})
	if len(problems) != 2 {
		t.Fatalf("%+v", problems)
	}
	for _, p := range problems {
		if p.Kind != schema.KindVaultMissing || !strings.Contains(p.Message, "permission denied") {
			t.Errorf("%+v", p)
		}
	}
}
