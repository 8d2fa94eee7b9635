package preflight

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky/host"
	"carapace/schema"
	"carapace/schema/text"
)

// judged is a verdict that is wanted.
type judged struct {
	name   string
	got    verdict
	status schema.CheckStatus
	says   string // in the message
	fix    string // in the fix
}

func hold(t *testing.T, all ...judged) {
	t.Helper()
	for _, tt := range all {
		if tt.got.status != tt.status || !strings.Contains(tt.got.message(), tt.says) || !strings.Contains(tt.got.fix(), tt.fix) {
			t.Errorf("%s: %+v; want %s, %q, %q", tt.name, tt.got, tt.status, tt.says, tt.fix)
		}
		for _, said := range slices.Concat(tt.got.texts, tt.got.fixes) {
			if _, known := text.Find(said.Code); !known {
				t.Errorf("%s says %q, which is in no registry", tt.name, said.Code)
			}
		}
		if (tt.got.fix() == "") != (tt.got.status == schema.CheckOK) || tt.got.message() == "" {
			t.Errorf("%s: every check that is not ok has a fix, and each a message: %+v", tt.name, tt.got)
		}
	}
}

const (
	ok   = schema.CheckOK
	warn = schema.CheckWarn
	fail = schema.CheckFail
)

func TestRsyncVerdict(t *testing.T) {
	hold(t,
		judged{"this Debian's", rsyncVerdict("rsync  version 3.2.7  protocol version 31\nCopyright"), warn, "It is 3.2.7. Through one older than 3.4", "Update rsync"},
		judged{"mended", rsyncVerdict("rsync  version 3.4.1  protocol version 32\n"), ok, "3.4.1", ""},
		judged{"two numbers", rsyncVerdict("rsync  version v3.4  protocol version 32\n"), ok, "3.4", ""},
		judged{"later", rsyncVerdict("rsync  version 4.0.0  protocol version 33\n"), ok, "4.0.0", ""},
		judged{"macOS's", rsyncVerdict("openrsync: protocol version 29\nrsync version 2.6.9 compatible\n"), warn, "2.6.9", "Update rsync"},
		judged{"silent", rsyncVerdict(""), warn, "not known", "Update rsync"},
	)
}

func TestWindowsVerdict(t *testing.T) {
	itself, _ := windowsVerdict("windows", "")
	inside, _ := windowsVerdict("linux", "Debian")
	hold(t,
		judged{"Windows itself", itself, fail, "SkyPilot does not run on Windows itself", "CARAPACE_WSL=default"},
		judged{"inside WSL, for Windows", inside, warn, "Nobody has tried that", "terminal"},
	)
	for _, goos := range []string{"linux", "darwin"} {
		if _, concerned := windowsVerdict(goos, ""); concerned {
			t.Errorf("%s is told of Windows", goos)
		}
	}
}

func TestDiskVerdict(t *testing.T) {
	hold(t,
		judged{"unknown", diskVerdict(0, false, true), ok, "does not say", ""},
		judged{"full", diskVerdict(49*megabyte, true, false), fail, "0.05 GB", "Free some space"},
		judged{"nearly full", diskVerdict(499*megabyte, true, false), warn, "0.5 GB", "Free some space"},
		judged{"too little to install", diskVerdict(1499*megabyte, true, true), warn, "1.5 GB are free. To install SkyPilot takes up to 1.5.", "Free some space"},
		judged{"nothing to install", diskVerdict(1499*megabyte, true, false), ok, "1.5 GB", ""},
		judged{"enough", diskVerdict(1500*megabyte, true, true), ok, "1.5 GB", ""},
		judged{"much", diskVerdict(73_308_000_000, true, true), ok, "73.31 GB are free.", ""},
	)
}

func TestClockVerdict(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	var unknown time.Time
	hold(t,
		judged{"nothing against it", clockVerdict(now, now.Add(-time.Hour), now.Add(-time.Second), now.Add(-time.Second)), ok, "Nothing here contradicts it", ""},
		judged{"no date of its own", clockVerdict(now, unknown, unknown, unknown), ok, "", ""},
		judged{"a file of just now", clockVerdict(now, unknown, now.Add(30*time.Second), now.Add(30*time.Second)), ok, "", ""},
		judged{"before a file", clockVerdict(now, unknown, now.Add(2*time.Minute), unknown), warn, "before Carapace's own files changed", "Set the clock"},
		judged{"before SkyPilot", clockVerdict(now, unknown, unknown, now.Add(2*time.Minute)), warn, "before SkyPilot changed", "Set the clock"},
		judged{"before the program", clockVerdict(now, now.Add(25*time.Hour), unknown, unknown), warn, "before this program was made", "Set the clock"},
		judged{"made in another zone", clockVerdict(now, now.Add(23*time.Hour), unknown, unknown), ok, "", ""},
	)
}

func TestNotEnabled(t *testing.T) {
	yes, no := true, false
	pip := schema.Saying(schema.KindCredentialsMissing, text.Words("Fail to import runpod: pip install runpod."))
	for name, c := range map[string]struct {
		installed *bool
		said      *schema.Error
		why, fix  string
	}{
		"SkyPilot says it":    {&yes, pip, "Fail to import runpod: pip install runpod.", ""},
		"it can't be told":    {nil, pip, "Fail to import runpod: pip install runpod.", ""},
		"an extra is missing": {&no, pip, "SkyPilot was installed without what it needs for RunPod. Fail to import runpod: pip install runpod.", `Install SkyPilot with it: "skypilot[runpod]".`},
		"without a word":      {&no, nil, "SkyPilot was installed without what it needs for RunPod.", `Install SkyPilot with it: "skypilot[runpod]".`},
		"nothing is known":    {nil, nil, "", ""},
	} {
		why, fixes := notEnabled(schema.Provider{Name: "RunPod", Extra: "runpod", ExtraInstalled: c.installed}, c.said)
		if got := text.Join(why...); got != c.why {
			t.Errorf("%s: %q, want %q", name, got, c.why)
		}
		if got := text.JoinHints(fixes...); got != c.fix {
			t.Errorf("%s: the fix is %q, want %q", name, got, c.fix)
		}
	}
}

func TestPortVerdict(t *testing.T) {
	local, configured := host.Endpoint{URL: "http://127.0.0.1:1", Local: true}, host.Endpoint{URL: "http://127.0.0.1:1"}
	mine, another := host.Listener{UID: os.Getuid()}, host.Listener{UID: 65533}
	hold(t,
		judged{"nobody", portVerdict(local, host.Listener{}, false, nil), ok, "Nothing listens", ""},
		judged{"elsewhere", portVerdict(configured, host.Listener{}, false, []string{"bob"}), ok, "elsewhere", ""},
		judged{"mine", portVerdict(local, mine, true, nil), ok, "yours", ""},
		judged{"not mine alone", portVerdict(local, mine, true, []string{"alice", "bob"}), warn, "(alice, bob)", "log in"},
		judged{"another's", portVerdict(local, another, true, []string{"alice"}), fail, "Nothing was sent to it", "SKYPILOT_API_SERVER_LOCAL_PORT"},
		judged{"another's, configured", portVerdict(configured, another, true, nil), warn, "another user of this computer (user 65533)", "SKYPILOT_API_SERVER_ENDPOINT"},
	)
}

func TestCredentialsVerdict(t *testing.T) {
	no := false
	good := schema.Provider{ID: "aws", Name: "Amazon Web Services", Extra: "aws", Credentials: schema.Credentials{Present: true}}
	without := good
	without.ExtraInstalled = &no
	wanting := good
	wanting.Credentials.Absent = []text.Text{text.New(&text.AbsentProgram, text.Args{"tool": "aws"})}
	bad := schema.Provider{ID: "lambda", Credentials: schema.Credentials{Problem: &schema.CredentialsProblem{
		Kind: schema.ProblemUnreadable, Texts: []text.Text{text.Words("The file can't be read.")}, Hints: []text.Text{text.Words("chmod u+r FILE.")},
	}}}
	none := schema.Provider{ID: "do"}
	hold(t,
		judged{"none", credentialsVerdict([]schema.Provider{none}), fail, "None were found", "Choose a cloud"},
		judged{"a bad one alone", credentialsVerdict([]schema.Provider{none, bad}), fail, "The file can't be read.", "chmod u+r FILE."},
		judged{"a good one", credentialsVerdict([]schema.Provider{good, none}), ok, "Found for Amazon Web Services.", ""},
		judged{"a good and a bad one", credentialsVerdict([]schema.Provider{good, bad}), warn, "Found for Amazon Web Services. The file can't be read.", "chmod u+r FILE."},
		judged{"a program is missing", credentialsVerdict([]schema.Provider{wanting}), warn, "wants the program aws", "Install what SkyPilot wants"},
		judged{"an extra is missing", credentialsVerdict([]schema.Provider{without}), warn, "without what it needs for Amazon Web Services", "skypilot[aws]"},
	)
	if v := credentialsVerdict([]schema.Provider{bad}); strings.Contains(v.message(), "None were found") {
		t.Error("there are some, and they are bad")
	}
}
