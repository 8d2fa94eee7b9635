//go:build unix

package vault

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"carapace/provision/hostkeys/sshdtest"
	"carapace/schema"
)

// machine is a folder behind a real sshd, and the vault that is mirrored there.
type machine struct {
	Transfer
	t    testing.TB
	sshd sshdtest.Daemon
}

func behindSSHD(t testing.TB) *machine {
	t.Helper()
	sshdtest.Needs(t)
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skipf("NOT TESTED with a real rsync: %v", err)
	}
	control, err := os.MkdirTemp("", "ssh") //nolint:usetesting // a socket's path is at most some 100 bytes long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(control) })
	// One connection serves all: a thousand handshakes would take most of the time.
	sshd := sshdtest.Listen(t, "ed25519")
	config := sshd.Configure(t, "ControlMaster auto", "ControlPersist yes", "ControlPath "+filepath.Join(control, "s"))
	t.Cleanup(func() { _ = exec.Command("ssh", "-F", config, "-O", "exit", "node").Run() })
	return &machine{Transfer{Local: t.TempDir(), Alias: "node", Remote: t.TempDir(), SSH: []string{"-F", config}, Compare: schema.CompareContents}, t, sshd}
}

// run runs rsync. heard is called once with the first it prints on stdout, while it stands
// still; nil: nobody hears it.
func (m *machine) run(args []string, heard func()) (stdout, stderr string, code int) {
	m.t.Helper()
	command := exec.CommandContext(m.t.Context(), "rsync", args...)
	var errs strings.Builder
	command.Stderr = &errs
	pipe, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if heard != nil {
		_, _ = out.ReadByte()
		m.must(command.Process.Signal(syscall.SIGSTOP)) // a busy machine may let it end before
		heard()
		m.must(command.Process.Signal(syscall.SIGCONT))
	}
	all, _ := io.ReadAll(out)
	_ = command.Wait()
	return string(all), errs.String(), command.ProcessState.ExitCode()
}

// look compares.
func (m *machine) look() (d Differences) {
	m.t.Helper()
	out, errs, code := m.run(m.Look(), nil)
	if code != 0 {
		m.t.Fatalf("the look: exit %d: %s", code, errs)
	}
	d.Size = func(name string) int64 {
		info, err := os.Lstat(m.here(name))
		if err != nil {
			return 0
		}
		return info.Size()
	}
	for line := range strings.Lines(out) {
		d.Line(strings.TrimSuffix(line, "\n"))
	}
	return d
}

// plan is the mirror that a look leads to.
func (d Differences) plan(root string, maxDelete int) Plan {
	return Plan{MaxDelete: maxDelete, Compress: d.Shrinks(root), Contents: d.ByContents}
}

// mirror makes the folder there the same, with as many deletions as there are.
func (m *machine) mirror() (stderr string, code int) {
	m.t.Helper()
	d := m.look()
	_, stderr, code = m.run(m.Mirror(d.plan(m.Local, d.Deletions)), nil)
	return stderr, code
}

// mirrored is mirror where it must succeed, and leave no difference.
func (m *machine) mirrored() {
	m.t.Helper()
	if errs, code := m.mirror(); code != 0 {
		m.t.Fatalf("exit %d: %s", code, errs)
	}
	if d := m.look(); d.Any {
		m.t.Fatalf("after the mirror there are differences: %+v", d)
	}
}

func (m *machine) here(name string) string  { return filepath.Join(m.Local, name) }
func (m *machine) there(name string) string { return filepath.Join(m.Remote, name) }

func (m *machine) must(errs ...error) {
	m.t.Helper()
	for _, err := range errs {
		if err != nil {
			m.t.Fatal(err)
		}
	}
}
