package vault

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"carapace/schema"
)

// Transfer is the way of one vault to the server: an rsync that makes the folder there
// an exact copy of the one here: contents, names, permissions, times, symbolic links,
// deletions. Nothing is left out, whatever .gitignore says. The zero value is none.
//
// The options are few and old for macOS's sake: openrsync's main.c lists them all, but
// that and rsync 2.6.9 were not tried. openrsync splits -e at blanks and knows no
// quotes, so an option of ssh with a blank in it needs rsync. A file is replaced at once
// when it has arrived: a mirror that is broken off leaves whole files.
type Transfer struct {
	Local   string            // absolute
	Alias   string            // the server's name in the SSH configuration
	Remote  string            // absolute, of letters, digits, '/', '_', '-' and '.': a folder, or a link to one
	SSH     []string          // options of ssh, as they are
	Compare schema.Comparison // how a file here is compared with the one there
}

// Plan is how a mirror is made, by what its look has shown. The zero value deletes nothing.
type Plan struct {
	MaxDelete int // files and folders; what is beyond is left there, and rsync exits with 25
	Report    Report
	Compress  bool // see Differences.Shrinks
	Contents  bool // see Differences.ByContents
}

// Look returns rsync's arguments that print what Mirror would do, for
// [Differences.Line], and change nothing on the server, no owner either.
func (t *Transfer) Look() []string {
	more := []string{"--dry-run", "--itemize-changes"}
	if t.Compare == schema.CompareContents {
		more = append(more, checksum)
	}
	if !inRemoteData(t.remote()) {
		return t.args(tellAll(""), t.remote(), more)
	}
	return t.args(readIn(t.remote()), "./", more)
}

// checksum has each side read all that is the same in size, too.
const checksum = "--checksum"

// Mirror returns rsync's arguments that make the folder on the server the same. What it
// prints is for a [Meter].
func (t *Transfer) Mirror(p Plan) []string {
	if p.MaxDelete == 0 {
		p.MaxDelete = -1 // before rsync 3.0 a zero was no limit (rsync(1), --max-delete)
	}
	more := append(p.Report.option(), "--max-delete="+strconv.Itoa(p.MaxDelete))
	if p.Contents {
		more = append(more, checksum)
	}
	if p.Compress {
		more = append(more, "-z")
	}
	command := "rsync"
	if inRemoteData(t.remote()) {
		command = takeOver(t.remote()) + "; " + goOn(path.Base(t.Remote))
	}
	return t.args(command, t.remote(), more)
}

// remote goes through SkyPilot's link, to what it points to.
func (t *Transfer) remote() string { return strings.TrimRight(t.Remote, "/") + "/" }

func (t *Transfer) args(remoteRsync, remote string, more []string) []string {
	args := append([]string{
		"-rlpt",    // not -a: owners and groups differ there, and devices need root
		"--delete", // also lets a file take a folder's place
		"--timeout=120",
	}, more...)
	return append(args, "-e", sshCommand(t.SSH), "--rsync-path="+remoteRsync, strings.TrimRight(t.Local, "/")+"/", t.Alias+":"+remote)
}

// sshCommand never asks and never waits for ever; what options say first counts. rsync parts it at blanks, but for
// those between quotes; a quote that is doubled there stands for itself.
func sshCommand(options []string) string {
	words := []string{"ssh", "-o", "BatchMode=yes"}
	for _, option := range options {
		if strings.ContainsAny(option, ` '"`) {
			option = "'" + strings.ReplaceAll(option, "'", "''") + "'"
		}
		words = append(words, option)
	}
	return strings.Join(words, " ") + " -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
}

// remoteData is where the vaults are on the server, and the only place where
// anything is done there with an administrator's rights.
const remoteData = "/opt/carapace/data/"

func inRemoteData(folder string) bool {
	return strings.HasPrefix(folder, remoteData) && folder != remoteData && !strings.Contains(folder, "..")
}

// takeOver is a command on the server that makes what is not the user's own in a folder
// of remoteData so. A container that runs as root may have written there, and its files
// could not be deleted. No mount is entered and no link followed but the one that SkyPilot
// made; without sudo nothing is done. Anywhere else a wrong path would hand over a system's
// files (/proc is even shared with the machine around a container).
func takeOver(folder string) string {
	return fmt.Sprintf(`sudo -n find %s -xdev ! -user "$(id -un)" -exec chown -h "$(id -u):$(id -g)" {} + </dev/null >/dev/null 2>&1`, folder)
}

// goOn is the command on the server for a mirror: rsync, which keeps a file that has
// arrived in part when the connection breaks, and goes on from there the next time. The
// parts are in a folder of the user's own, out of the vault, and go with a mirror that
// succeeds. The option is given there alone, after --server, which rsync's first argument
// there always is: openrsync here does not know it.
func goOn(vault string) string {
	return fmt.Sprintf(`sh -c 'parts="$HOME/.carapace/partial/%s"; (umask 077; mkdir -p "$parts") 2>/dev/null || exec rsync "$@"; `+
		`shift; rsync --server --partial-dir="$parts" "$@"; code=$?; [ $code != 0 ] || rm -rf "$parts"; exit $code' rsync`, vault)
}

// readIn is the command on the server for a look: rsync in a folder of remoteData, which
// reads there as an administrator what a container keeps to itself. The shell follows the
// link that SkyPilot made for the vault, whose owner is the user: rsync 3.5 as root does not
// ("refusing to follow a symlink owned by an untrusted user", seen in the lab). Without sudo
// rsync reads what it can.
func readIn(folder string) string {
	return `$(sudo -n true </dev/null >/dev/null 2>&1 && echo sudo -n) ` + tellAll("cd "+folder+" || exit; ")
}

// tellAll is rsync on the server for a look, after a command of the shell. It also tells what
// gives way to something else of its name, of which --itemize-changes says nothing: a file that
// becomes a folder would go unseen. The option is known since 3.1, and given there alone (see goOn).
func tellAll(before string) string {
	return `sh -c '` + before + `shift; rsync --debug=del2 --version >/dev/null 2>&1 && set -- --debug=del2 "$@"; exec rsync --server "$@"' rsync`
}
