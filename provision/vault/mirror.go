package vault

import (
	"fmt"
	"strings"
)

// MirrorArgs returns rsync's arguments that make remote, a folder or a link to
// one on the server, an exact copy of local: contents, names, permissions, times,
// symbolic links, deletions. Nothing is left out, whatever .gitignore says.
//
// local is absolute; alias is the server's name in the SSH configuration; remote
// is absolute and of letters, digits, '/', '_', '-' and '.'. sshOptions go to ssh
// as they are, for a configuration that is not at its usual place (-F FILE).
//
// The options are few and old for macOS's sake: openrsync's main.c lists them all;
// rsync 2.6.9 was not tried. openrsync splits -e at blanks and knows no quotes, so
// an sshOption with a blank in it needs rsync. A file is replaced at once when it
// has arrived: a mirror that is broken off leaves whole files.
func MirrorArgs(local, alias, remote string, sshOptions ...string) []string {
	remote = strings.TrimRight(remote, "/") + "/" // through SkyPilot's link, to what it points to
	return []string{
		"-rlptz",   // not -a: owners and groups differ there, and devices need root
		"--delete", // also lets a file take a folder's place
		"--timeout=120",
		"-e", sshCommand(sshOptions),
		"--rsync-path=" + remoteRsync(remote),
		strings.TrimRight(local, "/") + "/",
		alias + ":" + remote,
	}
}

// sshCommand never asks and never waits for ever.
func sshCommand(options []string) string {
	words := []string{"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"}
	for _, option := range options {
		if strings.ContainsAny(option, " '") {
			option = `"` + option + `"`
		}
		words = append(words, option)
	}
	return strings.Join(words, " ")
}

// remoteData is where the vaults are on the server, and the only place where
// anything is done there with an administrator's rights.
const remoteData = "/opt/carapace/data/"

// remoteRsync is the command on the server: rsync, after what is not the user's
// own in the vault was made so. A container that runs as root may have written
// there, and its files could not be deleted. No mount is entered and no link
// followed but the one that SkyPilot made; without sudo rsync tries all the same.
// Anywhere but in remoteData it is rsync alone: a wrong path must not hand over
// a system's files (/proc is even shared with the machine around a container).
func remoteRsync(folder string) string {
	if !strings.HasPrefix(folder, remoteData) || folder == remoteData || strings.Contains(folder, "..") {
		return "rsync"
	}
	return fmt.Sprintf(`sudo -n find %s -xdev ! -user "$(id -un)" -exec chown -h "$(id -u):$(id -g)" {} + </dev/null >/dev/null 2>&1; rsync`, folder)
}
