package hostkeys

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

const hash = "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"

func TestOptions(t *testing.T) {
	pins := In(filepath.Join(t.TempDir(), "a b", "100%"))
	got, refusal := pins.Options(hash)
	if refusal != nil {
		t.Fatal(refusal)
	}
	for _, want := range []string{
		`UserKnownHostsFile="` + strings.ReplaceAll(pins.Path(hash), "%", "%%") + `"`, "GlobalKnownHostsFile=/dev/null",
		"StrictHostKeyChecking=accept-new", "HostKeyAlias=" + hash, "LogLevel=ERROR",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	write(t, pins, "# a comment\n\n")
	if pins.Known(hash) || pins.Learned(hash) == nil {
		t.Error("a file without a key is taken for a key")
	}
	write(t, pins, hash+" ssh-ed25519 AAAA\n")
	if got, _ = pins.Options(hash); !slices.Contains(got, "StrictHostKeyChecking=yes") || !pins.Known(hash) || pins.Learned(hash) != nil {
		t.Errorf("a key that is kept is not insisted on: %q", got)
	}
	if err := pins.Forget(hash); err != nil || pins.Known(hash) {
		t.Errorf("forgetting: %v", err)
	}
	if err := pins.Forget(hash); err != nil {
		t.Errorf("forgetting what is not there: %v", err)
	}
}

func write(t *testing.T, pins Pins, text string) {
	t.Helper()
	if err := os.WriteFile(pins.Path(hash), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A hash comes from an API server that may be another's: it becomes a file's name and
// an option of ssh.
func TestAHashIsNoPathAndNoOption(t *testing.T) {
	dir := t.TempDir()
	for _, bad := range []string{"", "../x", "a/b", "-oProxyCommand=x", "a b", "a\nb", "é", ".", strings.Repeat("a", 65)} {
		if options, refusal := In(dir).Options(bad); refusal == nil || refusal.Hint == "" {
			t.Errorf("%q gives %q", bad, options)
		}
		if err := In(dir).Forget(bad); err != nil || In(dir).Known(bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAFolderThatIsNoneIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, refusal := In(file).Options(hash); refusal == nil || refusal.Kind != schema.KindStateUnwritable || refusal.Hint == "" {
		t.Errorf("%+v", refusal)
	}
}

func TestOnlyAnotherKeyIsRefused(t *testing.T) {
	for _, other := range []string{"", "ssh: connect to host 192.0.2.1 port 22: Connection refused\n", "ubuntu@192.0.2.1: Permission denied (publickey).\n"} {
		if refusal := In("/x").Refusal(hash, other); refusal != nil {
			t.Errorf("%q: %+v", other, refusal)
		}
	}
	const none = "No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.\n"
	if refusal := In("/x").Refusal(hash, none); refusal == nil || refusal.Kind != schema.KindHostKeyChanged {
		t.Errorf("a key of another type: %+v", refusal)
	}
}
