package skysim

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestHostKeys(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		file := filepath.Join(l.t.TempDir(), "a b 100%")
		check := func(strict string) []string {
			return []string{"-o", `UserKnownHostsFile="` + strings.ReplaceAll(file, "%", "%%") + `"`, "-o", "HostKeyAlias=HASH", "-o", "StrictHostKeyChecking=" + strict}
		}
		ssh := func(strict string) answer { return l.run(l.t.Context(), "ssh", append(check(strict), name, "true")...) }
		if a := ssh("yes"); a.code != 255 || !strings.Contains(a.stderr, "No ED25519 host key is known for HASH") {
			l.t.Errorf("a key that nobody knows: exit %d: %s", a.code, a.stderr)
		}
		if a := ssh("accept-new"); a.code != 0 {
			l.t.Errorf("a new key: exit %d: %s", a.code, a.stderr)
		}
		if known, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(known), "hash ssh-ed25519 AAAA") {
			l.t.Errorf("%q, %v", known, err)
		}
		l.ok("stop -y carapace-node")
		l.ok("start -y carapace-node")
		if a := ssh("yes"); a.code != 0 {
			l.t.Errorf("after a stop and a start: exit %d: %s", a.code, a.stderr)
		}
		l.inject(faultHostKeyChanged, "")
		if a := ssh("accept-new"); a.code != 255 || !strings.Contains(a.stderr, "REMOTE HOST IDENTIFICATION HAS CHANGED") {
			l.t.Errorf("another key: exit %d: %s", a.code, a.stderr)
		}
		shell := "ssh -o 'UserKnownHostsFile=\"" + strings.ReplaceAll(file, "%", "%%") + "\"' -o HostKeyAlias=HASH -o StrictHostKeyChecking=yes"
		a := l.run(l.t.Context(), "rsync", "-a", "--delete", "-e", shell, filepath.Join(l.home, "data", "public")+"/", name+":/opt/carapace/data/public/")
		if a.code != 255 || !strings.Contains(a.stderr, "Host key verification failed.") {
			l.t.Errorf("another key, through rsync: exit %d: %s", a.code, a.stderr)
		}
		if a := l.run(l.t.Context(), "ssh", name, "true"); a.code != 0 {
			l.t.Errorf("SkyPilot's own configuration checks nothing: exit %d: %s", a.code, a.stderr)
		}
		l.heal(faultHostKeyChanged)
	})
}

func TestRsyncLooksBeforeItMirrors(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		local := l.t.TempDir()
		put := func(path, content string) {
			l.t.Helper()
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				l.t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				l.t.Fatal(err)
			}
		}
		rsync := func(more ...string) answer {
			return l.run(l.t.Context(), "rsync", append(append([]string{"-rlptz", "--delete"}, more...), local+"/", name+":/opt/carapace/data/public/")...)
		}
		look := func(more ...string) []string {
			return strings.Split(strings.TrimSpace(rsync(append(more, "--dry-run", "--itemize-changes")...).stdout), "\n")
		}
		put(filepath.Join(local, "sub", "a\nb"), "1")
		put(filepath.Join(local, "same"), "good")
		if a := rsync("--max-delete=100"); a.code != 0 {
			l.t.Fatalf("exit %d: %s", a.code, a.stderr)
		}
		if lines := look(); !slices.Equal(lines, []string{""}) {
			l.t.Errorf("after a mirror: %q", lines)
		}
		info, err := os.Stat(filepath.Join(local, "same"))
		if err != nil {
			l.t.Fatal(err)
		}
		put(filepath.Join(local, "same"), "evil")
		put(filepath.Join(local, "new"), "")
		if err := os.Chtimes(filepath.Join(local, "same"), info.ModTime(), info.ModTime()); err != nil {
			l.t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(local, "sub")); err != nil {
			l.t.Fatal(err)
		}
		want := []string{`*deleting   sub/a\#012b`, "*deleting   sub/", "<f+++++++++ new"}
		if lines := look(); !slices.Equal(lines, want) {
			l.t.Errorf("by size and time: %q", lines)
		}
		if lines := look("--checksum"); !slices.Equal(lines, append(want, "<f.st...... same")) {
			l.t.Errorf("by contents: %q", lines)
		}
		if a := rsync("--max-delete=1"); a.code != 25 || !strings.Contains(a.stderr, "--max-delete limit (1 skipped)") {
			l.t.Errorf("exit %d: %s", a.code, a.stderr)
		}
		if a := rsync("--max-delete=-1"); a.code != 25 {
			l.t.Errorf("exit %d: %s", a.code, a.stderr)
		}
	})
}
