//go:build unix

package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carapace/provision/vault"
	"carapace/provision/vault/vaulttest"
	"carapace/schema"
)

// treesAsked is how many random trees are mirrored. Without E2E_TREES neither they nor the special files are: they take
// minutes, and the same is played with a plain sshd in each run of the tests.
func treesAsked(t *testing.T) int {
	t.Helper()
	trees, err := strconv.Atoi(os.Getenv("E2E_TREES"))
	if err != nil {
		t.Skip("NOT TOLD: E2E_TREES is not set to a number of random trees")
	}
	return trees
}

// randomTrees: whatever is done to both sides, a sync makes them the same, or it is refused
// with a reason.
func randomTrees(t *testing.T, s *scene) {
	trees := treesAsked(t)
	m := s.publicVault(t)
	defer m.restore()
	var count vaulttest.Tally
	for seed := range trees {
		vaulttest.RandomTree(t, m, uint64(seed), &count)
	}
	t.Log(&count)
}

// specialFiles are the rows of the tables in docs/vaults.md.
func specialFiles(t *testing.T, s *scene) {
	treesAsked(t)
	m := s.publicVault(t)
	defer m.restore()
	vaulttest.SpecialCases(t, m)
	vaulttest.ChangesDuringAMirror(t, func(t *testing.T) vaulttest.Slow {
		t.Helper()
		one := *m
		one.t = t
		return &slowVault{&one}
	})
}

// publicVault is the public vault here, and on the server. Both are what they were before after
// restore.
type publicVault struct {
	*scene

	t     testing.TB
	ssh   []string // and its arguments, up to the server's name
	alias string
	kept  string // what was the vault before
}

var _ vaulttest.Machine = (*publicVault)(nil)

// program is where on the server the program is that does there what a test asks for.
const program = "/tmp/vaulttest-there"

func (s *scene) publicVault(t testing.TB) *publicVault {
	t.Helper()
	if s.world.Simulated() {
		t.Skip("NOT TOLD on the simulated cloud: its rsync keeps neither the time of a folder nor a hard link apart")
	}
	argv := Call(t, s.Peer, schema.ClusterConnection, schema.NameParams{Name: ClusterName}).Terminal.Argv
	control := filepath.Join(t.TempDir(), "c") // one connection for all
	m := &publicVault{s, t, append(slices.Clone(argv[:len(argv)-1]), "-o", "ControlMaster=auto", "-o", "ControlPersist=yes", "-o", "ControlPath="+control), argv[len(argv)-1], filepath.Join(t.TempDir(), "public")}
	t.Cleanup(func() { _, _ = m.run(nil, "-O", "exit", m.alias) })

	there := filepath.Join(t.TempDir(), "there")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", there, "carapace/provision/vault/vaulttest/there")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	file, err := os.Open(there)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if out, err := m.run(file, m.alias, "cat >"+program+".new && chmod +x "+program+".new && mv "+program+".new "+program); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	if err := os.Rename(m.Local(), m.kept); err != nil {
		t.Fatal(err)
	}
	mkdir(t, m.Local())
	return m
}

func (m *publicVault) restore() {
	m.t.Helper()
	if err := errors.Join(os.RemoveAll(m.Local()), os.Rename(m.kept, m.Local())); err != nil {
		m.t.Fatal(err)
	}
	do(m.t, m.scene, schema.ClusterSync, schema.SyncParams{Name: ClusterName, AllowDeletions: true}, schema.StatusRunning)
	m.vaultsArrived(m.t)
}

// run runs ssh as the sidecar's user would.
func (m *publicVault) run(stdin io.Reader, args ...string) (string, error) {
	ssh := exec.Command(m.ssh[0], append(slices.Clone(m.ssh[1:]), args...)...) // also after the test
	ssh.Env, ssh.Stdin = m.world.Command(m.t, m.Stage).Env, stdin
	var errs bytes.Buffer
	ssh.Stderr = &errs
	out, err := ssh.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, errs.Bytes())
	}
	return string(out), err
}

func (m *publicVault) Local() string {
	public, _ := m.vaults()
	return public
}

func (m *publicVault) Here(deed ...string) string {
	m.t.Helper()
	told, err := vaulttest.Do(m.Local(), deed...)
	if err != nil {
		m.t.Fatalf("%q: %v", deed, err)
	}
	return told
}

func (m *publicVault) There(deed ...string) string {
	m.t.Helper()
	words := []string{program, RemotePublic}
	for _, word := range deed {
		words = append(words, "'"+strings.ReplaceAll(word, "'", `'\''`)+"'")
	}
	told, err := m.run(nil, m.alias, strings.Join(words, " "))
	if err != nil {
		m.t.Fatalf("%q: %v", deed, err)
	}
	return told
}

func (m *publicVault) Sync(allowDeletions bool) *schema.Error {
	m.t.Helper()
	got, refusal := Try(m.t, m.Peer, schema.ClusterSync, schema.SyncParams{Name: ClusterName, AllowDeletions: allowDeletions})
	if refusal != nil {
		return refusal
	}
	f := m.finish(m.t, got.Operation.ID)
	if f.Operation.State != schema.OperationSucceeded && f.Operation.Error == nil {
		m.t.Fatalf("%+v", f.Operation)
	}
	return f.Operation.Error
}

func (m *publicVault) Look(by schema.Comparison) schema.VaultChange {
	m.t.Helper()
	all := Call(m.t, m.Peer, schema.VaultStatus, schema.VaultStatusParams{Name: ClusterName, Refresh: true, Contents: by == schema.CompareContents}).Vaults
	if len(all) != 2 || all[0].Changes == nil || all[0].Changes.Compared != by {
		m.t.Fatalf("%+v", all)
	}
	return *all[0].Changes
}

// slowVault brings the vault with an rsync of the test's own: the sidecar's can't be slowed down.
type slowVault struct{ *publicVault }

func (m *slowVault) transfer() *vault.Transfer {
	return &vault.Transfer{Local: m.Local(), Alias: m.alias, Remote: RemotePublic, SSH: m.ssh[1:], Compare: schema.CompareContents}
}

func (m *slowVault) Slowly(midway func()) (code int, problem *schema.Error) {
	m.t.Helper()
	return m.rsync(append([]string{"--bwlimit=4096"}, m.transfer().Mirror(vault.Plan{MaxDelete: 100, Report: vault.ReportTotals})...), midway)
}

func (m *slowVault) Sync(bool) *schema.Error {
	m.t.Helper()
	code, problem := m.rsync(m.transfer().Mirror(vault.Plan{MaxDelete: 100, Contents: true}), nil)
	if problem == nil && code != 0 {
		m.t.Fatalf("exit %d", code)
	}
	return problem
}

// rsync calls midway, if it is not nil, with the first that is printed, while it stands still.
func (m *slowVault) rsync(args []string, midway func()) (code int, problem *schema.Error) {
	m.t.Helper()
	command := exec.CommandContext(m.t.Context(), "rsync", args...)
	command.Env = m.world.Command(m.t, m.Stage).Env
	_, stderr, code := vaulttest.Run(m.t, command, midway)
	return code, vault.ExplainRsync(stderr, code)
}
