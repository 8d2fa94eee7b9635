//go:build unix

package hostkeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"carapace/provision/hostkeys/sshdtest"
	"carapace/provision/vault"
	"carapace/schema"
)

// connect runs a command over ssh as the mirror does: with a file as SkyPilot writes it,
// which checks nothing, and the options before it.
func connect(t *testing.T, to sshdtest.Daemon, options []string) (printed string, err error) {
	t.Helper()
	args := append([]string{"-F", to.Configure(t), "-o", "BatchMode=yes"}, options...)
	out, err := exec.CommandContext(t.Context(), "ssh", append(args, "node", "echo", "served")...).CombinedOutput()
	return string(out), err
}

func options(t *testing.T, pins Pins) []string {
	t.Helper()
	got, refusal := pins.Options(hash)
	if refusal != nil {
		t.Fatal(refusal)
	}
	return got
}

// The private vault went to whoever answered at the server's old address.
func TestAnotherMachineAtTheAddressIsRefused(t *testing.T) {
	sshdtest.Needs(t)
	t.Parallel()
	server, other, third := sshdtest.Listen(t, "ed25519"), sshdtest.Listen(t, "ed25519"), sshdtest.Listen(t, "ecdsa")
	pins := In(filepath.Join(t.TempDir(), "with a blank"))
	if out, err := connect(t, server, options(t, pins)); err != nil || out != "served\n" { // neither a banner nor what ssh has to say
		t.Fatalf("the first connection: %v: %q", err, out)
	}
	if refusal := pins.Learned(hash); refusal != nil {
		t.Fatal(refusal)
	}
	if out, err := connect(t, server, options(t, In(pins.dir))); err != nil { // another process, at another port by now
		t.Errorf("the server itself is refused: %v: %s", err, out)
	}
	for name, machine := range map[string]sshdtest.Daemon{"another key": other, "a key of another type": third} {
		out, err := connect(t, machine, options(t, pins))
		if err == nil || strings.Contains(out, "served") {
			t.Fatalf("%s: it was served: %s", name, out)
		}
		refusal := pins.Refusal(hash, out)
		if refusal == nil || refusal.Kind != schema.KindHostKeyChanged || !strings.Contains(refusal.Hint, pins.Path(hash)) || !strings.Contains(refusal.Message, "SHA256:") {
			t.Errorf("%s: %+v of %s", name, refusal, out)
		}
	}
	if err := pins.Forget(hash); err != nil {
		t.Fatal(err)
	}
	if out, err := connect(t, other, options(t, pins)); err != nil || !pins.Known(hash) {
		t.Errorf("a key that was let go of is not learned anew: %v: %s", err, out)
	}
}

// The mirror itself, with the real rsync, over the same options.
func TestAnotherMachineGetsNoVaultByRsync(t *testing.T) {
	sshdtest.Needs(t)
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skipf("NOT TESTED with a real rsync: %v", err)
	}
	t.Parallel()
	server, other := sshdtest.Listen(t, "ed25519"), sshdtest.Listen(t, "ed25519")
	local, remote, pins := t.TempDir(), t.TempDir(), In(filepath.Join(t.TempDir(), "it's a blank"))
	mirror := func(machine sshdtest.Daemon) (string, error) {
		to := vault.Transfer{Local: local, Alias: "node", Remote: remote, SSH: append([]string{"-F", machine.Configure(t)}, options(t, pins)...)}
		out, err := exec.CommandContext(t.Context(), "rsync", to.Mirror(vault.Plan{})...).CombinedOutput()
		return string(out), err
	}
	put := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(local, name), []byte("private"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("first")
	if out, err := mirror(server); err != nil || !pins.Known(hash) {
		t.Fatalf("%v: %s", err, out)
	}
	put("second")
	out, err := mirror(other)
	if refusal := pins.Refusal(hash, out); err == nil || refusal == nil || refusal.Kind != schema.KindHostKeyChanged {
		t.Errorf("%v: %s", err, out)
	}
	if arrived, err := os.ReadDir(remote); err != nil || len(arrived) != 1 {
		t.Errorf("another machine got the vault: %v, %v", arrived, err)
	}
	if out, err := mirror(server); err != nil {
		t.Errorf("the server itself is refused: %v: %s", err, out)
	}
}

// ssh goes on where it can't write its file.
func TestAKeyThatIsNotKeptIsNoticed(t *testing.T) {
	sshdtest.Needs(t)
	t.Parallel()
	server, pins := sshdtest.Listen(t, "ed25519"), In(filepath.Join(t.TempDir(), "pins"))
	args := options(t, pins)
	if err := os.Mkdir(pins.Path(hash), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := connect(t, server, args); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if refusal := pins.Learned(hash); refusal == nil || refusal.Kind != schema.KindStateUnwritable {
		t.Errorf("%+v", refusal)
	}
}
