package vault

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"carapace/provision/redact"
	"carapace/provision/ssh"
	"carapace/schema"
	"carapace/schema/text"
)

// maxDetail bounds what of rsync's output goes into an error, in bytes.
const maxDetail = 4 << 10

// maxSaid bounds what of them a person is told, likewise.
const maxSaid = 300

// vanished is rsync's exit code for files that were deleted here while it ran.
// The next mirror brings the rest; it is no failure.
const vanished = 24

// failure is one row of what rsync says and what it means.
type failure struct {
	ssh   *ssh.Failure // what ssh says; nil: these words do not matter
	words []string     // any of them, in lower case, in one line of what was printed
	ends  string       // and the line ends so
	codes []int        // or any of these exit codes
	kind  schema.Kind
	says  *text.Entry
}

// ofSSH is the row of what ssh below rsync has failed at.
func ofSSH(f *ssh.Failure) failure { return failure{ssh: f, kind: f.Kind, says: f.Says} }

// failures is in the order in which it is asked: what was said explains more
// than the exit code. Codes are those of rsync(1), EXIT VALUES, and 255 of ssh.
var failures = []failure{
	{
		words: []string{"--max-delete limit"}, codes: []int{25}, kind: schema.KindDeletionsRefused, says: &text.TransferDeletions,
	},
	{
		words: []string{"no space left on device", "disk quota exceeded"}, kind: schema.KindDiskFull, says: &text.TransferDiskFull,
	},
	{
		words: []string{""}, ends: " (28)", kind: schema.KindDiskFull, says: &text.TransferDiskFull, // the number is the same in every language
	},
	{
		words: []string{"read-only file system"}, kind: schema.KindMountFailed, says: &text.TransferReadOnly,
	},
	ofSSH(ssh.KeyRefused),
	{ // of readIn's shell: dash and busybox, then bash
		words: []string{"can't cd to " + remoteData, " cd: " + remoteData}, kind: schema.KindMountFailed, says: &text.TransferFolderGone,
	},
	{
		words: []string{"rsync: command not found", "rsync: not found"}, codes: []int{127}, kind: schema.KindMountFailed, says: &text.TransferNoRsync,
	},
	ofSSH(ssh.UnknownHost),
	{ // rsync reads zeros from where it ends, and its checksum does not fit: ENODATA, as Linux numbers it
		words: []string{"read errors mapping"}, ends: " (61)", kind: schema.KindInterrupted, says: &text.TransferShortened,
	},
	{ // and as macOS does
		words: []string{"read errors mapping"}, ends: " (96)", kind: schema.KindInterrupted, says: &text.TransferShortened,
	},
	{
		words: []string{"read errors mapping", "[sender] readdir", "rsync: readdir", "[sender] readlink", "rsync: readlink", "send_files failed to open", "[sender] opendir", "rsync: opendir", "[sender] change_dir", "rsync: change_dir", "[sender] link_stat", "rsync: link_stat"}, kind: schema.KindVaultMissing, says: &text.TransferUnreadable,
	},
	{
		words: []string{"permission denied", "operation not permitted"}, kind: schema.KindMountFailed, says: &text.TransferDenied,
	},
	{
		words: []string{
			"connection timed out", "connection refused", "connection reset", "connection closed", "no route to host", "network is unreachable",
			"broken pipe", "timeout in data", "operation timed out", "not responding",
		}, codes: []int{10, 12, 30, 35, 255}, kind: schema.KindUnreachable, says: &text.TransferConnection,
	},
	{codes: []int{19, 20}, kind: schema.KindCanceled, says: &text.TransferBrokenOff},
	{codes: []int{-1}, kind: schema.KindInterrupted, says: &text.TransferKilled},
	{codes: []int{1, 2, 4, 5}, kind: schema.KindMountFailed, says: &text.TransferMismatch},
}

// Vanished reports whether a finished rsync met files that were deleted here while it
// ran: what is on the server is not the same then. Pure.
func Vanished(code int) bool { return code == vanished }

// ExplainRsync returns what a finished rsync of a Transfer failed with, in words
// for a person; nil where it did not fail, which includes files that vanished
// here meanwhile. stderr is what it printed there, code its exit code, -1 where a
// signal ended it. It never blocks.
func ExplainRsync(stderr string, code int) *schema.Error {
	if code == 0 || code == vanished {
		return nil
	}
	lower := strings.ToLower(stderr)
	for _, f := range failures {
		if f.explains(lower, code) {
			return f.error(stderr)
		}
	}
	return failure{kind: schema.KindMountFailed, says: &text.TransferFailed}.error(stderr)
}

func (f failure) explains(lower string, code int) bool {
	if f.ssh != nil {
		return f.ssh.In(lower)
	}
	for line := range strings.Lines(lower) {
		line = strings.TrimSpace(line)
		for _, word := range f.words {
			if strings.Contains(line, word) && strings.HasSuffix(line, f.ends) {
				return true
			}
		}
	}
	return slices.Contains(f.codes, code)
}

func (f failure) error(stderr string) *schema.Error {
	e := schema.Fail(f.kind, f.says).WithDetail(redact.Tail(stderr, maxDetail))
	if words := ownWords(stderr); words != "" {
		return e.And(text.New(&text.TransferSaid, text.Args{"said": strings.TrimRight(words, ".")}))
	}
	return e
}

// summaries matches rsync's last line, which says nothing but an exit code, and
// the address of its source that every line may end in.
var summaries = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^rsync error: .*|^rsync: connection unexpectedly closed.*|^(rsync|openrsync)(\(\d+\))?: (error: )?|^\[(sender|receiver|generator|Receiver|Sender)\] `)
})

// SaidNothing reports whether what rsync printed on stderr does not say what went
// wrong. Pure.
func SaidNothing(stderr string) bool { return ownWords(stderr) == "" }

// ownWords is the first line that says something.
func ownWords(stderr string) string {
	for line := range strings.Lines(stderr) {
		for stripped := ""; stripped != line; {
			stripped, line = line, strings.TrimSpace(summaries().ReplaceAllString(line, ""))
		}
		if line != "" && !strings.HasPrefix(line, "Warning: Permanently added") {
			return text.Shorten(line, maxSaid)
		}
	}
	return ""
}
