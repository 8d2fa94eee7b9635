//go:build unix

package vault

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"carapace/provision/hostkeys/sshdtest"
	"carapace/provision/lifecycle"
	"carapace/provision/vault/vaulttest"
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
	return vaulttest.Run(m.t, exec.CommandContext(m.t.Context(), "rsync", args...), heard)
}

// through looks through the vault here.
func (m *machine) through() Inventory {
	m.t.Helper()
	now, problem := LookThrough(m.t.Context(), schema.VaultPublic, m.Local, nil)
	if problem != nil {
		m.t.Fatal(problem)
	}
	return now
}

// look compares.
func (m *machine) look() Differences { return m.compare(m.through()) }

// compare is look with the sizes of what is here.
func (m *machine) compare(now Inventory) (d Differences) {
	m.t.Helper()
	d.Size = now.Size
	out, errs, code := m.run(m.Look(), nil)
	if code != 0 {
		m.t.Fatalf("the look: exit %d: %s", code, errs)
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

// whole is a machine as the tests have it that are played in the lab, too.
type whole struct {
	machine

	before *lifecycle.MirroredVault
}

var _ vaulttest.Slow = (*whole)(nil)

// another is one with empty folders of its own.
func (m *machine) another(t testing.TB) *whole {
	t.Helper()
	w := &whole{machine: *m}
	w.t, w.machine.Local, w.Remote = t, t.TempDir(), filepath.Join(t.TempDir(), "server", "public")
	w.must(os.MkdirAll(w.Remote, 0o755))
	return w
}

func (w *whole) Local() string               { return w.machine.Local }
func (w *whole) Here(deed ...string) string  { return w.do(w.Local(), deed) }
func (w *whole) There(deed ...string) string { return w.do(w.Remote, deed) }

func (w *whole) do(folder string, deed []string) string {
	w.t.Helper()
	told, err := vaulttest.Do(folder, deed...)
	if err != nil {
		w.t.Fatalf("%q: %v", deed, err)
	}
	return told
}

func (w *whole) Sync(allowDeletions bool) *schema.Error {
	w.t.Helper()
	now, problem := LookThrough(w.t.Context(), schema.VaultPublic, w.Local(), w.before)
	if problem != nil {
		return problem
	}
	w.Compare = schema.CompareContents
	guard := Guard{Vault: schema.VaultPublic, Local: w.Local(), Before: w.before, Now: now, Differences: w.compare(now), Allowed: allowDeletions}
	if refusal := guard.Refusal(); refusal != nil {
		return refusal
	}
	if _, errs, code := w.run(w.Mirror(guard.Differences.plan(w.Local(), guard.MaxDelete())), nil); code != 0 {
		w.t.Fatalf("exit %d: %s", code, errs)
	}
	w.before = &now.MirroredVault
	return nil
}

func (w *whole) Look(by schema.Comparison) schema.VaultChange {
	w.t.Helper()
	w.Compare = by
	d := w.look()
	return d.change(schema.VaultPublic, by, maxNames)
}

func (w *whole) Slowly(midway func()) (code int, problem *schema.Error) {
	w.t.Helper()
	args := append([]string{"--bwlimit=4096"}, w.Mirror(Plan{MaxDelete: 100, Report: ReportTotals})...)
	_, errs, code := w.run(args, midway) // the first number is printed with the first block of the first file
	return code, ExplainRsync(errs, code)
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
