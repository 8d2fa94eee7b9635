package skysim

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reach finds the machine behind an SSH alias, as long as it answers.
func (w *world) reach(alias string) (*machine, *exit) {
	if at := strings.LastIndex(alias, "@"); at >= 0 {
		alias = alias[at+1:]
	}
	c := w.cluster(alias)
	if c == nil || c.Machine == "" {
		return nil, &exit{255, "ssh: Could not resolve hostname " + alias + ": Name or service not known"}
	}
	m := w.machine(c.Machine)
	switch {
	case m.State == machineTerminated || m.State == machineStopped:
		return nil, &exit{255, "ssh: connect to host " + m.IP + " port 22: Connection timed out"}
	case w.dead(c) || w.fault(faultSSHNeverUp, c.Name, c.Offer.Region, c.Offer.Cloud):
		return nil, &exit{255, "ssh: connect to host " + m.IP + " port 22: Connection refused"}
	}
	return m, nil
}

// The options of rsync that mean nothing here, by how they begin; those that take
// a value may have it in the next argument. Any other is refused: a mirror that is
// none would be worse than an error.
const rsyncIgnored = "--archive --info --stats --timeout --partial --protect-args --secluded-args --no- --chmod --out-format " +
	"--human-readable --links --compress --times --perms --mkpath --outbuf --quiet --verbose --itemize-changes --contimeout"

// transfer is what an rsync command line comes to.
type transfer struct {
	remove    bool
	look      bool // --dry-run
	contents  bool // --checksum
	maxDelete int  // -1: however many
	shell     []string
	program   string // --rsync-path: the command there
	paths     []string
}

func readTransfer(args []string) (transfer, error) {
	t := transfer{maxDelete: -1}
	for i := 0; i < len(args); i++ {
		name, value, attached := strings.Cut(args[i], "=")
		switch {
		case !strings.HasPrefix(name, "-"):
			t.paths = append(t.paths, args[i])
		case strings.HasPrefix(name, "--delete"):
			t.remove = true
		case name == "--dry-run":
			t.look = true
		case name == "--checksum":
			t.contents = true
		case name == "--max-delete":
			n, err := strconv.Atoi(value)
			if err != nil {
				return t, &exit{1, "rsync: --max-delete=" + value + ": invalid numeric value"}
			}
			t.maxDelete = max(n, 0)
		case name == "-e" && i+1 < len(args):
			i++
			t.shell = remoteShell(args[i])
		case name == "--rsync-path" && attached:
			t.program = value
		case name == "--rsync-path" && i+1 < len(args):
			i++
			t.program = args[i]
		case strings.HasPrefix(name, "--"):
			if !slices.ContainsFunc(strings.Fields(rsyncIgnored), func(known string) bool { return strings.HasPrefix(name, known) }) {
				return t, &exit{1, "rsync: the simulator does not know the option " + name}
			}
		case strings.ContainsAny(name, "nfRC"):
			return t, &exit{1, "rsync: the simulator does not know all of " + name}
		}
	}
	if len(t.paths) != 2 {
		return t, &exit{1, "rsync error: syntax or usage error (code 1) at main.c(1795) [client=3.2.7]"}
	}
	return t, nil
}

// rsync is `rsync [options] LOCAL ALIAS:REMOTE`, as it is used for vaults: with
// -a, and exact where --delete is given.
func (p *process) rsync() error {
	if slices.Contains(p.args, "--version") {
		p.say("rsync  version 3.2.7  protocol version 31")
		return nil
	}
	if err := p.pause(time.Second); err != nil {
		return err
	}
	t, err := readTransfer(p.args)
	if err != nil {
		return err
	}
	return p.upload(t)
}

func (p *process) upload(t transfer) error {
	local := t.paths[0]
	alias, remote, found := strings.Cut(t.paths[1], ":")
	if !found {
		return &exit{1, "rsync: the simulator copies to a machine only: " + t.paths[1]}
	}
	if remote == "./" { // in the folder that the command there goes into first
		_, command, _ := strings.Cut(t.program, "cd ")
		remote, _, _ = strings.Cut(command, " ")
	}
	return p.world.update(func(w *world) error {
		m, end := w.reach(alias)
		if end == nil {
			end = readHostCheck(t.shell).meet(w.hostKey(m))
		}
		if end != nil {
			end.text += "\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\nrsync error: unexplained error (code 255) at io.c(232) [sender=3.2.7]"
			return end
		}
		if w.fault(faultDiskFull, m.Cluster, m.Offer.Region, m.Offer.Cloud) {
			return &exit{11, fmt.Sprintf("rsync: [receiver] write failed on %q: No space left on device (28)\nrsync error: error in file IO (code 11) at receiver.c(380) [receiver=3.2.7]", remote)}
		}
		info, err := os.Stat(local)
		if err != nil {
			return &exit{23, fmt.Sprintf("rsync: [sender] link_stat %q failed: No such file or directory (2)\nrsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) [sender=3.2.7]", local)}
		}
		if info.IsDir() && !strings.HasSuffix(local, "/") { // without the slash it is the folder, not what is in it
			remote = strings.TrimSuffix(remote, "/") + "/" + filepath.Base(local)
		}
		return p.transfer(t, local, w.throughLink(m.ID, remote))
	})
}

// transfer copies, or says what it would. The real rsync deletes as much as it may
// before it stops; here nothing is deleted then.
func (p *process) transfer(t transfer, local, place string) error {
	if info, err := os.Stat(local); t.remove && err == nil && info.IsDir() && (t.look || t.maxDelete >= 0) {
		z := itemizer{contents: t.contents}
		if err := z.folder(local, place, ""); err != nil {
			return err
		}
		if t.look {
			p.say(z.lines...)
			return nil
		}
		if z.deletions > t.maxDelete {
			return &exit{25, fmt.Sprintf("Deletions stopped due to --max-delete limit (%d skipped)\nrsync error: the --max-delete limit stopped deletions (code 25) at main.c(1338) [sender=3.2.7]", z.deletions-t.maxDelete)}
		}
	}
	if t.look {
		return &exit{1, "rsync: the simulator looks only at folders, with --delete"}
	}
	return mirror(local, place, mirrorOptions{remove: t.remove})
}

// throughLink follows the link that SkyPilot makes at a mount's remote path: a
// trailing slash means the folder behind it.
func (w *world) throughLink(machine, remote string) string {
	place := w.onDisk(machine, remote)
	if info, err := os.Lstat(place); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return w.onDisk(machine, staged(strings.TrimRight(remote, "/")))
	}
	return place
}

// ssh is `ssh [options] ALIAS [COMMAND…]`. Nothing is run on the simulated
// machine: `true` succeeds, a login ends at once, the question after a job's process (job.go) is
// answered, other commands are refused.
func (p *process) ssh() error {
	args, check, forward := p.args, readHostCheck(p.args), ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if args[0] == "-V" {
			p.complain("OpenSSH_9.2p1")
			return nil
		}
		const takeValues = "bcDEeFIiJLlmOopQRSWw"
		option := args[0]
		args = args[1:]
		if len(option) == 2 && strings.ContainsRune(takeValues, rune(option[1])) && len(args) > 0 {
			if option == "-L" {
				forward = args[0]
			}
			args = args[1:]
		}
	}
	if len(args) == 0 {
		return &exit{255, "usage: ssh [options] destination [command]"}
	}
	if err := p.pause(time.Second); err != nil {
		return err
	}
	command := strings.Join(args[1:], " ")
	question, asked := readJobQuestion(command)
	err := p.world.update(func(w *world) error {
		m, end := w.reach(args[0])
		if end == nil {
			end = check.meet(w.hostKey(m))
		}
		if end != nil {
			return end
		}
		if !asked && command != "" && command != "true" && command != "exit" && command != "exit 0" {
			return &exit{127, "this machine is simulated: it does not run `" + command + "`"}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case asked:
		return p.answerJobQuestion(args[0], question)
	case forward != "":
		return p.forward(forward, args[0])
	}
	return nil
}
