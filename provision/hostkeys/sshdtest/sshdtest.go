//go:build unix

// Package sshdtest runs OpenSSH's real sshd for tests.
package sshdtest

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
)

// Daemon is OpenSSH's real sshd on a port of this machine, with a host key of its own:
// a process for each connection, as inetd would start it. The user's home there is an
// empty folder: a shell that sshd starts reads its owner's files, which may take longer
// than all else (pyenv's, 0.15 s for each command).
type Daemon struct {
	dir         string
	port        string
	connections *sync.WaitGroup
}

const sshd = "/usr/sbin/sshd"

// Needs skips a test where there is no sshd.
func Needs(t testing.TB) {
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

// Listen serves with a host key of a type until the test ends.
func Listen(t testing.TB, keyType string) Daemon {
	t.Helper()
	d := Daemon{dir: t.TempDir(), connections: &sync.WaitGroup{}}
	keygen(t, keyType, filepath.Join(d.dir, "host"))
	keygen(t, "ed25519", filepath.Join(d.dir, "user"))
	if err := os.Mkdir(d.path("home"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := "HostKey " + d.path("host") + "\nAuthorizedKeysFile " + d.path("user.pub") + "\nPidFile none\nUsePAM no\nStrictModes no\nBanner " + d.path("user.pub") +
		"\nSetEnv HOME=" + d.path("home") + "\n"
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
			d.connections.Go(func() { d.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait(); d.Wait() })
	return d
}

func (d Daemon) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	socket, err := conn.(*net.TCPConn).File()
	if err != nil {
		return
	}
	defer func() { _ = socket.Close() }()
	server := exec.CommandContext(context.Background(), sshd, "-i", "-f", d.path("config"))
	server.Stdin, server.Stdout = socket, socket
	_ = server.Run()
}

// Wait returns when no connection is served any more. Nobody may connect meanwhile.
func (d Daemon) Wait() { d.connections.Wait() }

func (d Daemon) path(name string) string { return filepath.Join(d.dir, name) }

func keygen(t testing.TB, keyType, path string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", keyType, "-N", "", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

// Configure writes how to reach the machine as SkyPilot does, under the alias "node", with
// more lines, and returns that file. It checks no host key.
func (d Daemon) Configure(t testing.TB, more ...string) string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	file := "Host node\n  HostName 127.0.0.1\n  User " + me.Username + "\n  IdentityFile " + d.path("user") + "\n  IdentitiesOnly yes\n  Port " + d.port +
		"\n  StrictHostKeyChecking no\n  UserKnownHostsFile=/dev/null\n  GlobalKnownHostsFile=/dev/null\n"
	if len(more) > 0 {
		file += "  " + strings.Join(more, "\n  ") + "\n"
	}
	if err := os.WriteFile(d.path("generated"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return d.path("generated")
}
