package vault

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"carapace/schema"
)

// maxDetail bounds what of rsync's output goes into an error, in bytes.
const maxDetail = 4 << 10

// vanished is rsync's exit code for files that were deleted here while it ran.
// The next mirror brings the rest; it is no failure.
const vanished = 24

// failure is one row of what rsync says and what it means.
type failure struct {
	words   []string // any of them, in lower case, in what was printed
	ends    string   // or a line's end; empty: none counts
	codes   []int    // or any of these exit codes
	kind    schema.Kind
	message string
	hint    string
}

// failures is in the order in which it is asked: what was said explains more
// than the exit code. Codes are those of rsync(1), EXIT VALUES, and 255 of ssh.
func failures() []failure {
	return []failure{
		{
			words: []string{"--max-delete limit"}, codes: []int{25}, kind: schema.KindDeletionsRefused,
			message: "More files went from a vault here while it was mirrored than had been looked at before. They are still on the server.",
			hint:    "Look whether the vault is whole, and try again.",
		},
		{
			words: []string{"no space left on device", "disk quota exceeded"}, ends: " (28)", kind: schema.KindDiskFull, // the number is the same in every language
			message: "The server's disk is full.", hint: "Make the vaults smaller, or launch a server with a larger disk (diskSize).",
		},
		{
			words: []string{"read-only file system"}, kind: schema.KindMountFailed,
			message: "The server's disk can't be written to.", hint: "Destroy the server and launch it again.",
		},
		{
			words: []string{"permission denied (publickey", "too many authentication failures"}, kind: schema.KindPermission,
			message: "The server did not accept the SSH key.", hint: "Run `sky status` once in a terminal, which writes SkyPilot's SSH configuration anew, and try again.",
		},
		{ // of readIn's shell: dash and busybox, then bash
			words: []string{"can't cd to " + remoteData, " cd: " + remoteData}, kind: schema.KindMountFailed,
			message: "A vault's folder is not on the server, or can't be entered there.", hint: "Destroy the server and launch it again.",
		},
		{
			words: []string{"rsync: command not found", "rsync: not found"}, codes: []int{127}, kind: schema.KindMountFailed,
			message: "rsync is not installed on the server.", hint: "Install rsync in the spec's setup script.",
		},
		{
			words: []string{"could not resolve hostname"}, kind: schema.KindUnreachable,
			message: "SSH does not know the server.", hint: "Run `sky status` once in a terminal, which writes SkyPilot's SSH configuration anew, and try again.",
		},
		{ // rsync reads zeros from where it ends, and its checksum does not fit
			words: []string{"read errors mapping"}, kind: schema.KindInterrupted,
			message: "A file became shorter while it was brought to the server; there it is as it was before.", hint: "Try again; what has arrived stays.",
		},
		{
			words: []string{"send_files failed to open", "[sender] opendir", "rsync: opendir", "[sender] change_dir", "rsync: change_dir", "[sender] link_stat", "rsync: link_stat"}, kind: schema.KindVaultMissing,
			message: "A vault, or something in it, can't be read.", hint: "See that the folder is there and all in it is readable for you.",
		},
		{
			words: []string{"permission denied", "operation not permitted"}, kind: schema.KindMountFailed,
			message: "The server does not allow a file to be written.", hint: "See who owns the files on the server, or destroy the server and launch it again.",
		},
		{
			words: []string{
				"connection timed out", "connection refused", "connection reset", "connection closed", "no route to host", "network is unreachable",
				"broken pipe", "timeout in data", "operation timed out", "not responding",
			}, codes: []int{10, 12, 30, 35, 255}, kind: schema.KindUnreachable,
			message: "The connection to the server was lost while the vaults were brought there.", hint: "Check the network and try again; what has arrived stays.",
		},
		{codes: []int{19, 20}, kind: schema.KindCanceled, message: "Bringing the vaults to the server was broken off.", hint: "Try again; what has arrived stays."},
		{codes: []int{-1}, kind: schema.KindInterrupted, message: "rsync was ended from outside.", hint: "Try again; what has arrived stays."},
		{codes: []int{1, 2, 4, 5}, kind: schema.KindMountFailed, message: "This machine's rsync and the server's do not understand each other.", hint: "Install a newer rsync on this machine."},
	}
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
	for _, f := range failures() {
		if f.explains(lower, code) {
			return f.error(stderr)
		}
	}
	return failure{kind: schema.KindMountFailed, message: "The vaults could not be brought to the server completely.", hint: "Try again; what has arrived stays."}.error(stderr)
}

func (f failure) explains(lower string, code int) bool {
	if f.ends != "" {
		for line := range strings.Lines(lower) {
			if strings.HasSuffix(strings.TrimSpace(line), f.ends) {
				return true
			}
		}
	}
	for _, word := range f.words {
		if strings.Contains(lower, word) {
			return true
		}
	}
	for _, c := range f.codes {
		if c == code {
			return true
		}
	}
	return false
}

func (f failure) error(stderr string) *schema.Error {
	message := f.message
	if words := ownWords(stderr); words != "" {
		message += fmt.Sprintf(" rsync says: “%s”.", strings.TrimRight(words, "."))
	}
	return schema.NewError(f.kind, message, f.hint).WithDetail(tail(stderr))
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
			return shorten(line)
		}
	}
	return ""
}

func shorten(line string) string {
	if len(line) > 300 {
		line = strings.ToValidUTF8(line[:297], "") + "…"
	}
	return line
}

func tail(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxDetail {
		// Half a line could be half a secret, which nothing would know for one.
		if _, whole, ok := strings.Cut(text[len(text)-maxDetail:], "\n"); ok {
			return whole
		}
		return shorten(text[strings.LastIndexByte(text, '\n')+1:])
	}
	return text
}
