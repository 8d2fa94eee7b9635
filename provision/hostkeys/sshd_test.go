//go:build unix

package hostkeys

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"carapace/provision/vault"
	"carapace/schema"
)

// daemon is OpenSSH's real sshd on a port of this machine, with a host key of its own:
// a process for each connection, as inetd would start it.
type daemon struct {
	dir  string
	port string
}

const sshd = "/usr/sbin/sshd"

func needs(t *testing.T) {
	t.Helper()
	for _, program := range []string{sshd, "ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT TESTED against a real sshd: %v", err)
		}
	}
	if os.Geteuid() == 0 { // who starts it as root has to have made this (sshd(8), FILES)
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skipf("NOT TESTED against a real sshd: %v", err)
		}
	}
}

// listen serves with a host key of a type until the test ends.
func listen(t *testing.T, keyType string) daemon {
	t.Helper()
	d := daemon{dir: t.TempDir()}
	keygen(t, keyType, filepath.Join(d.dir, "host"))
	keygen(t, "ed25519", filepath.Join(d.dir, "user"))
	config := "HostKey " + d.path("host") + "\nAuthorizedKeysFile " + d.path("user.pub") + "\nPidFile none\nUsePAM no\nStrictModes no\nBanner " + d.path("user.pub") + "\n"
	if err := os.WriteFile(d.path("config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, d.port, _ = net.SplitHostPort(listener.Addr().String())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { d.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	return d
}

func (d daemon) serve(conn net.Conn) {
	defer conn.Close()
	socket, err := conn.(*net.TCPConn).File()
	if err != nil {
		return
	}
	defer socket.Close()
	server := exec.CommandContext(context.Background(), sshd, "-i", "-f", d.path("config"))
	server.Stdin, server.Stdout = socket, socket
	_ = server.Run()
}

func (d daemon) path(name string) string { return filepath.Join(d.dir, name) }

func keygen(t *testing.T, keyType, path string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", keyType, "-N", "", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

// connect runs a command over ssh as the mirror does: with a file as SkyPilot writes it,
// which checks nothing, and the options before it.
func (d daemon) connect(t *testing.T, options []string) (printed string, err error) {
	t.Helper()
	args := append([]string{"-F", d.configure(t), "-o", "BatchMode=yes"}, options...)
	out, err := exec.CommandContext(t.Context(), "ssh", append(args, "node", "echo", "served")...).CombinedOutput()
	return string(out), err
}

// configure writes how to reach the machine as SkyPilot does, and returns that file.
func (d daemon) configure(t *testing.T) string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	file := "Host node\n  HostName 127.0.0.1\n  User " + me.Username + "\n  IdentityFile " + d.path("user") + "\n  IdentitiesOnly yes\n  Port " + d.port +
		"\n  StrictHostKeyChecking no\n  UserKnownHostsFile=/dev/null\n  GlobalKnownHostsFile=/dev/null\n"
	if err := os.WriteFile(d.path("generated"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return d.path("generated")
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
	needs(t)
	t.Parallel()
	server, other, third := listen(t, "ed25519"), listen(t, "ed25519"), listen(t, "ecdsa")
	pins := In(filepath.Join(t.TempDir(), "with a blank"))
	if out, err := server.connect(t, options(t, pins)); err != nil || out != "served\n" { // neither a banner nor what ssh has to say
		t.Fatalf("the first connection: %v: %q", err, out)
	}
	if refusal := pins.Learned(hash); refusal != nil {
		t.Fatal(refusal)
	}
	if out, err := server.connect(t, options(t, In(pins.dir))); err != nil { // another process, at another port by now
		t.Errorf("the server itself is refused: %v: %s", err, out)
	}
	for name, machine := range map[string]daemon{"another key": other, "a key of another type": third} {
		out, err := machine.connect(t, options(t, pins))
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
	if out, err := other.connect(t, options(t, pins)); err != nil || !pins.Known(hash) {
		t.Errorf("a key that was let go of is not learned anew: %v: %s", err, out)
	}
}

// The mirror itself, with the real rsync, over the same options.
func TestAnotherMachineGetsNoVaultByRsync(t *testing.T) {
	needs(t)
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skipf("NOT TESTED with a real rsync: %v", err)
	}
	t.Parallel()
	server, other := listen(t, "ed25519"), listen(t, "ed25519")
	local, remote, pins := t.TempDir(), t.TempDir(), In(filepath.Join(t.TempDir(), "it's a blank"))
	mirror := func(machine daemon) (string, error) {
		to := vault.Transfer{Local: local, Alias: "node", Remote: remote, SSH: append([]string{"-F", machine.configure(t)}, options(t, pins)...)}
		out, err := exec.CommandContext(t.Context(), "rsync", to.Mirror(0, vault.ReportNothing)...).CombinedOutput()
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
	needs(t)
	t.Parallel()
	server, pins := listen(t, "ed25519"), In(filepath.Join(t.TempDir(), "pins"))
	args := options(t, pins)
	if err := os.Mkdir(pins.Path(hash), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := server.connect(t, args); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if refusal := pins.Learned(hash); refusal == nil || refusal.Kind != schema.KindStateUnwritable {
		t.Errorf("%+v", refusal)
	}
}
