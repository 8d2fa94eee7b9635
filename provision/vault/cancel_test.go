//go:build unix

package vault

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
)

// A mirror that is canceled leaves whole files, each the old one or the new, and no rsync
// here or there; what has arrived of a large file is kept, and the next mirror goes on from it.
func TestACanceledMirrorLeavesWholeFiles(t *testing.T) {
	t.Parallel()
	m := behindSSHD(t)
	there := &whole{machine: *m}
	home := t.TempDir() // of the user on the server
	parts := filepath.Join(home, ".carapace", "partial", "public")
	large := make([]byte, 2<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(large)
	m.must(os.WriteFile(m.here("a"), []byte("new"), 0o644), os.WriteFile(m.here("b"), large, 0o644), os.WriteFile(m.here("c"), []byte("new"), 0o644))
	for _, name := range []string{"a", "b", "c"} {
		m.must(os.WriteFile(m.there(name), []byte("the old one"), 0o644))
	}
	args := m.args("export HOME="+home+"; "+goOn("public"), m.remote(), []string{"--stats"})

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	canceled := make(chan struct{})
	go func() {
		defer close(canceled)
		defer cancel()
		soon(ctx, t, "a part of b", func() bool { // rsync writes it beside the file's place
			found, _ := filepath.Glob(m.there(".b.*"))
			return slices.ContainsFunc(found, func(path string) bool { return sizeOf(path) >= 256<<10 })
		})
	}()
	runner := host.NewExecRunner(host.ExecOptions{Locate: func(context.Context) (host.Location, error) {
		return host.Location{Path: "/nonexistent/sky", Environ: os.Environ()}, nil
	}})
	result, err := runner.Run(ctx, sky.Call{Program: "rsync", Args: append([]string{"--bwlimit=4096"}, args...)})
	<-canceled
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, exit %d: %s", err, result.Code, result.Stderr)
	}
	soon(t.Context(), t, "the end of each rsync", func() bool { return len(rsyncsAt(m.Remote)) == 0 })
	for name, whole := range map[string][]string{"a": {"the old one", "new"}, "b": {"the old one"}, "c": {"the old one", "new"}} {
		if got, err := os.ReadFile(m.there(name)); err != nil || !slices.Contains(whole, string(got)) {
			t.Errorf("%s is neither the old one nor the new: %d bytes, %v", name, len(got), err)
		}
	}
	if seen, _ := os.ReadDir(m.Remote); len(seen) != 3 || sizeOf(filepath.Join(parts, "b")) < 256<<10 {
		t.Errorf("%v is in the vault, %d bytes of b are kept", seen, sizeOf(filepath.Join(parts, "b")))
	}
	if d := m.look(); !slices.Contains(d.FirstChanged, "b") {
		t.Errorf("a look does not find what is left: %+v", d)
	}

	out, errs, code := m.run(args, nil)
	matched := regexp.MustCompile(`Matched data: ([\d,]+)`).FindStringSubmatch(out)
	if code != 0 || matched == nil || len(matched[1]) < len("100,000") {
		t.Errorf("exit %d: it began anew: %s%s", code, out, errs)
	}
	if got, want := there.There("summary"), there.Here("summary"); got != want {
		t.Errorf("%s\n%s", got, want)
	}
	if sizeOf(parts) >= 0 {
		t.Error("the parts stay")
	}
}

// sizeOf is below zero for what is not there.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// rsyncsAt are the processes of this machine that have a folder on their command line.
func rsyncsAt(folder string) (found []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline") // none where there is no /proc
	for _, path := range all {
		if line, _ := os.ReadFile(path); strings.Contains(string(line), "rsync") && strings.Contains(string(line), folder) {
			found = append(found, string(line))
		}
	}
	return found
}

// soon waits for what other processes do, which tell nobody of it.
func soon(ctx context.Context, t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		case <-deadline:
			t.Errorf("%s does not come", what)
			return
		}
	}
}
