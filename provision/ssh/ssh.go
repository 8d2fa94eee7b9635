// Package ssh reads what OpenSSH's client prints when it fails, on its own or below rsync. It starts nothing.
package ssh

import (
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// Failure is one thing that ssh fails at. Its fields do not change.
type Failure struct {
	words []string // any of them, in lower case, in what was printed

	Kind schema.Kind
	Says *text.Entry // for a person; nil: who ran ssh knows more than its words say
}

// What ssh fails at. The words are those of OpenSSH's sources: sshconnect.c, sshconnect2.c, ssh.c and channels.c.
var (
	// HostKeyChanged: another machine answers, or the one that is known with a key of another type.
	HostKeyChanged = &Failure{
		words: []string{"remote host identification has changed", "host key verification failed."}, Kind: schema.KindHostKeyChanged,
	}
	// KeyRefused: the server takes no key of this user's. The methods that it would take stand in brackets behind the words, which
	// tells them from a file's that can't be read: "Permission denied (13)".
	KeyRefused = &Failure{
		words: []string{
			"permission denied (publickey", "permission denied (password", "permission denied (keyboard-interactive", "permission denied (hostbased",
			"permission denied (gssapi", "too many authentication failures",
		}, Kind: schema.KindPermission, Says: &text.TransferKeyRefused,
	}
	// UnknownHost: there is no such alias, or no address of that name.
	UnknownHost = &Failure{words: []string{"could not resolve hostname"}, Kind: schema.KindUnreachable, Says: &text.TransferUnknownHost}
	// PortTaken: the port of this machine that was to be forwarded can't be had.
	PortTaken = &Failure{words: []string{"cannot listen to port"}, Kind: schema.KindInvalidParams}
)

// In reports whether what ssh printed says so. Pure.
func (f *Failure) In(stderr string) bool {
	lower := strings.ToLower(stderr)
	for _, word := range f.words {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}
