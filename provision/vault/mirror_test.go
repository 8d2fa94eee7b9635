package vault

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

func TestTransfer(t *testing.T) {
	to := Transfer{Local: "/home/u/Übergröße mit Leer", Alias: "carapace-node", Remote: "/opt/carapace/data/public"}
	got := to.Mirror(Plan{MaxDelete: 7})
	want := []string{
		"-rlpt", "--delete", "--timeout=120", "--max-delete=7",
		"-e", "ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4",
		`--rsync-path=sudo -n find /opt/carapace/data/public/ -xdev ! -user "$(id -un)" -exec chown -h "$(id -u):$(id -g)" {} + </dev/null >/dev/null 2>&1; ` +
			`sh -c 'parts="$HOME/.carapace/partial/public"; (umask 077; mkdir -p "$parts") 2>/dev/null || exec rsync "$@"; ` +
			`shift; rsync --server --partial-dir="$parts" "$@"; code=$?; [ $code != 0 ] || rm -rf "$parts"; exit $code' rsync`,
		"/home/u/Übergröße mit Leer/", "carapace-node:/opt/carapace/data/public/",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if again := (&Transfer{Local: to.Local + "/", Alias: to.Alias, Remote: to.Remote + "/"}).Mirror(Plan{MaxDelete: 7}); !slices.Equal(again, want) {
		t.Errorf("a slash at the end counts: %q", again)
	}
	to.SSH, to.Compare = []string{"-F", "/a b/config", "-o", `UserKnownHostsFile="/it's a b"`}, schema.CompareContents
	if got := to.Mirror(Plan{Contents: true, Compress: true}); !slices.Equal(got[3:6], []string{"--max-delete=-1", "--checksum", "-z"}) || !strings.HasPrefix(got[7], `ssh -o BatchMode=yes -F '/a b/config' -o 'UserKnownHostsFile="/it''s a b"' -o ConnectTimeout=15 `) {
		t.Errorf("%q", got)
	}
	look := to.Look()
	if !slices.Contains(look, "--checksum") || !slices.Contains(look, "--dry-run") || !slices.Contains(look, "--itemize-changes") || !slices.Contains(look, "--delete") || strings.Contains(strings.Join(look, " "), "chown") || look[len(look)-1] != "carapace-node:./" {
		t.Errorf("%q", look)
	}
}

// A mirror to a wrong place must not hand over what belongs to the system.
func TestSudoOnlyInsideTheVaults(t *testing.T) {
	for folder, want := range map[string]bool{
		"/opt/carapace/data/public/": true, "/opt/carapace/data/private/": true,
		"/opt/carapace/data/": false, "/opt/carapace/": false, "/": false, "/proc/": false, "/etc/": false, "/opt/carapace/data/../../etc/": false,
	} {
		to := Transfer{Local: "/v", Alias: "node", Remote: folder}
		for _, args := range [][]string{to.Mirror(Plan{}), to.Look()} {
			if got := strings.Contains(strings.Join(args, " "), "sudo"); got != want {
				t.Errorf("%q: sudo %v", args, got)
			}
		}
	}
}

// mirror runs the real rsync with these arguments, its "ssh" a script that runs
// the command on this machine. The remote folder is not under remoteData, so
// nothing is done with an administrator's rights.
func mirror(t *testing.T, local, remote string) (printed string, code int) {
	t.Helper()
	return rsync(t, (&Transfer{Local: local, Alias: "node", Remote: remote}).Mirror(Plan{MaxDelete: 1000}), "")
}

// rsync runs it so; before goes before the command there.
func rsync(t *testing.T, args []string, before string) (printed string, code int) {
	t.Helper()
	rsync, err := exec.LookPath("rsync")
	if err != nil {
		t.Skip("no rsync")
	}
	bin := t.TempDir()
	ssh := "#!/bin/sh\nwhile [ \"$1\" = -o ]; do shift 2; done\nshift\n" + before + "sh -c \"$*\"\n"
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte(ssh), 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(rsync, args...)
	command.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out strings.Builder
	command.Stdout, command.Stderr = &out, &out
	_ = command.Run()
	return out.String(), command.ProcessState.ExitCode()
}

// listing is every name under root with its kind, rights, target and content.
func listing(t *testing.T, root string) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, _ := os.ReadFile(path)
		target, _ := os.Readlink(path)
		if target != "" || entry.IsDir() {
			content = nil
		}
		lines = append(lines, strings.TrimPrefix(path, root)+"|"+info.Mode().String()+"|"+target+"|"+string(content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestMirrorIsExact(t *testing.T) {
	local := tree(t, map[string]string{
		"Übergröße mit Leer/ä ö.txt": "1", ".hidden": "2", ".gitignore": "*.log\nsecret/\n", ".skyignore": "*", "x.log": "log", "secret/key": "k",
		"leer/": "", `q'uo"te $(touch pwned) ` + "`x`": "q", "-dash": "d", "file-to-folder": "f", "folder-to-file/inner": "i", "gone": "g",
	})
	link(t, "x.log", filepath.Join(local, "link"))
	for name, mode := range map[string]os.FileMode{"secret/key": 0o600, "x.log": 0o755, ".hidden": 0o400} {
		if err := os.Chmod(filepath.Join(local, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	base := tree(t, map[string]string{"real/": ""})
	remote := filepath.Join(base, "link") // as SkyPilot makes it: a link to the folder
	link(t, filepath.Join(base, "real"), remote)
	check := func(when string) {
		t.Helper()
		if out, code := mirror(t, local, remote); code != 0 {
			t.Fatalf("%s: exit %d: %s", when, code, out)
		}
		if got, want := listing(t, filepath.Join(base, "real")), listing(t, local); !slices.Equal(got, want) {
			t.Fatalf("%s:\n%q\nwant\n%q", when, got, want)
		}
	}
	check("first")
	for _, name := range []string{"file-to-folder", "folder-to-file", "gone", "leer"} {
		if err := os.RemoveAll(filepath.Join(local, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(local, "file-to-folder", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(local, "folder-to-file"), []byte("now a file"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "real", "made-there"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	check("after changes and deletions")
	if info, err := os.Lstat(remote); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("SkyPilot's link was replaced: %v", err)
	}
	if entries, _ := os.ReadDir("."); slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == "pwned" }) {
		t.Error("a file's name was run as a command")
	}
}

func TestARealFailureIsExplained(t *testing.T) {
	out, code := mirror(t, tree(t, map[string]string{"f": "x"}), filepath.Join(t.TempDir(), "none", "below"))
	problem := ExplainRsync(out, code)
	if code == 0 || problem == nil || problem.Kind != schema.KindMountFailed || !strings.Contains(problem.Message, "No such file or directory") {
		t.Fatalf("exit %d: %s\n%+v", code, out, problem)
	}
}

func TestExplainRsync(t *testing.T) {
	for name, tt := range map[string]struct {
		stderr string
		code   int
		kind   schema.Kind
		says   string
	}{
		"well":     {"", 0, "", ""},
		"vanished": {"rsync warning: some files vanished before they could be transferred (code 24)", 24, "", ""},
		// The next three were printed in the lab by rsync 3.5.0.
		"disk full there": {
			"rsync: [receiver] write failed on \"/opt/full/big\": No space left on device (28)\nrsync error: error in file IO (code 11) at receiver.c(657) [receiver=3.5.0]\nrsync: [sender] write error: Broken pipe (32)\n",
			11, schema.KindDiskFull, `rsync says: “write failed on "/opt/full/big": No space left on device (28)”.`,
		},
		"read-only there": {
			"rsync: [generator] failed to set times on \"/opt/ro/.\": Read-only file system (30)\nrsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]\n",
			23, schema.KindMountFailed, "can't be written to",
		},
		"no folder there": {
			"rsync: [Receiver] mkdir \"/opt/nope/x\" failed: No such file or directory (2)\nrsync error: error in file IO (code 11) at main.c(808) [Receiver=3.5.0]\n",
			11, schema.KindMountFailed, `rsync says: “mkdir "/opt/nope/x" failed`,
		},
		"unreadable here":      {"rsync: [sender] send_files failed to open \"/v/x\": Permission denied (13)\n", 23, schema.KindVaultMissing, "can't be read"},
		"a name like a number": {"rsync: [sender] send_files failed to open \"/v/photo (28).jpg\": Permission denied (13)\n", 23, schema.KindVaultMissing, "can't be read"},
		"full, in German":      {"rsync: [receiver] write failed on \"/x\": Auf dem Gerät ist kein Speicherplatz mehr verfügbar (28)\n", 11, schema.KindDiskFull, "disk is full"},
		"no vault here":        {"rsync: [sender] change_dir \"/v\" failed: No such file or directory (2)\nrsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1207) [sender=3.2.7]\n", 23, schema.KindVaultMissing, "can't be read"},
		"unreadable here, 2.6": {"rsync: opendir \"/v/x\" failed: Permission denied (13)\n", 23, schema.KindVaultMissing, "can't be read"},
		"refused there":        {"rsync: [receiver] mkstemp \"/opt/x/.f.1\" failed: Permission denied (13)\n", 23, schema.KindMountFailed, "does not allow"},
		"key refused":          {"ubuntu@1.2.3.4: Permission denied (publickey).\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\n", 255, schema.KindPermission, "SSH key"},
		"timeout":              {"ssh: connect to host 1.2.3.4 port 22: Connection timed out\nrsync error: unexplained error (code 255)\n", 255, schema.KindUnreachable, "Connection timed out"},
		"closed":               {"rsync: connection unexpectedly closed (0 bytes received so far) [sender]\nrsync error: error in rsync protocol data stream (code 12) at io.c(232)\n", 12, schema.KindUnreachable, "connection to it was lost"},
		"silence":              {"[sender] io timeout after 120 seconds -- exiting\nrsync error: timeout in data send/receive (code 30) at io.c(204)\n", 30, schema.KindUnreachable, "io timeout"},
		"password refused":     {"ubuntu@1.2.3.4: Permission denied (password).\n", 255, schema.KindPermission, "SSH key"},
		"alias unknown":        {"ssh: Could not resolve hostname carapace-node: Name or service not known\n", 255, schema.KindUnreachable, "does not know the server"},
		"no folder, dash":      {"sh: 1: cd: can't cd to /opt/carapace/data/public/\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\nrsync error: error in rsync protocol data stream (code 12) at io.c(232) [sender=3.5.0]\n", 12, schema.KindMountFailed, "folder is not on the server"},
		"no folder, bash":      {"sh: line 1: cd: /opt/carapace/data/public/: No such file or directory\n", 12, schema.KindMountFailed, "folder is not on the server"},
		"no rsync there":       {"bash: line 1: rsync: command not found\n", 127, schema.KindMountFailed, "not installed on the server"},
		// rsync 3.2.7 and 3.5.0 printed this of a folder below /sys, whose files end before their size or can't be read at all.
		"an error of the disk": {
			"rsync: [sender] read errors mapping \"/v/photo (61)\": Input/output error (5)\nERROR: photo (61) failed verification -- update discarded.\nrsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1347) [sender=3.2.7]\n",
			23, schema.KindVaultMissing, `can't be read. rsync says: “read errors mapping "/v/photo (61)": Input/output error (5)”`,
		},
		"one that ends early": {
			"rsync: [sender] read errors mapping \"/v/control\": No data available (61)\nERROR: control failed verification -- update discarded.\n",
			23, schema.KindInterrupted, `became shorter while it was brought to the server; there it is as it was before. rsync says: “read errors mapping "/v/control"`,
		},
		"a folder that can't be listed to its end": {"rsync: [sender] readdir(\"/v/d\"): Input/output error (5)\n", 23, schema.KindVaultMissing, "can't be read"}, // flist.c: send_directory
		"more went": {
			"Deletions stopped due to --max-delete limit (3 skipped)\nrsync error: the --max-delete limit stopped deletions (code 25) at main.c(1394) [sender=3.5.0]\n",
			25, schema.KindDeletionsRefused, "while it was mirrored",
		},
		"ended by a signal":     {"", -1, schema.KindInterrupted, "ended from outside"},
		"broken off":            {"rsync error: received SIGINT, SIGTERM, or SIGHUP (code 20) at rsync.c(713)\n", 20, schema.KindCanceled, "broken off"},
		"protocol":              {"rsync: unknown option\n", 1, schema.KindMountFailed, "do not understand each other"},
		"something else":        {"rsync(99): error: strange\n", 23, schema.KindMountFailed, "rsync says: “strange”."},
		"not a word":            {"", 23, schema.KindMountFailed, "completely"},
		"words that are a name": {"rsync: [sender] file has vanished: \"/v/no space left.txt\"\n", 23, schema.KindMountFailed, "completely"},
	} {
		got := ExplainRsync(tt.stderr, tt.code)
		if tt.kind == "" {
			if got != nil {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if got == nil || got.Kind != tt.kind || !strings.Contains(got.Message, tt.says) || got.Hint == "" || strings.Contains(got.Message, "code ") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzExplainRsync(f *testing.F) {
	f.Add("rsync: [receiver] write failed: No space left on device (28)\n", 11)
	f.Add("rsync error: \nrsync: rsync: [sender] [sender] \n", 12)
	f.Add(strings.Repeat("x", 10000), 255)
	f.Fuzz(func(t *testing.T, stderr string, code int) {
		got := ExplainRsync(stderr, code)
		if (got == nil) != (code == 0 || code == vanished) {
			t.Fatalf("%d: %+v", code, got)
		}
		if got != nil && (len(got.Message) > 600 || len(got.Detail) > maxDetail+8 || got.Hint == "") {
			t.Fatalf("%+v", got)
		}
	})
}
