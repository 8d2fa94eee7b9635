// Package hostkeys keeps, for each server, the SSH host key that it showed first, so
// that whoever answers at its address later is known to be the same machine. The
// address of a stopped machine is given to another customer's, and the SSH
// configuration that SkyPilot writes (0.14.1, StrictHostKeyChecking no, known hosts
// in /dev/null) would send the private vault to whoever has it then.
//
// ssh itself learns and compares the keys: one known_hosts file for each cluster_hash,
// in a folder outside of every state folder, so that a lost state folder, or a second
// one, still knows the server.
package hostkeys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"carapace/provision/journal"
	"carapace/provision/ssh"
	"carapace/schema"
	"carapace/schema/text"
)

// Pins are the host keys that are kept in one folder. The zero value is not usable.
// Its methods are safe for concurrent use by goroutines and processes, and block for
// small reads and writes alone.
type Pins struct{ dir string }

// In returns the host keys kept in a folder, which is made with the first key and has
// to be the user's own. It does not touch the disk.
func In(dir string) Pins { return Pins{dir} }

// Options returns the arguments that make ssh compare the server's host key with the
// one that is kept for a cluster_hash, or learn it where none is. On a command line
// they win over the files that -F names. They name the server by its hash alone: its
// address and port change. The error is a *schema.Error: of kind state_unwritable where
// a key could not be kept, internal where the hash is none.
func (p Pins) Options(hash string) ([]string, *schema.Error) {
	if !validHash(hash) {
		return nil, schema.Fail(schema.KindInternal, &text.HostKeyUnknownServer)
	}
	if err := journal.EnsurePrivate(p.dir); err != nil {
		return nil, p.unwritable(err)
	}
	checking := "accept-new"
	if p.Known(hash) {
		checking = "yes" // accept-new might take a key of another type for a new one
	}
	return []string{
		"-o", "UserKnownHostsFile=" + configValue(p.Path(hash)), "-o", "GlobalKnownHostsFile=/dev/null", "-o", "HashKnownHosts=no",
		"-o", "StrictHostKeyChecking=" + checking, "-o", "HostKeyAlias=" + hash, "-o", "CheckHostIP=no",
		"-o", "LogLevel=ERROR", // a banner of the server's would be taken for what rsync says of its failure
	}, nil
}

// Path is the known_hosts file of a cluster_hash.
func (p Pins) Path(hash string) string { return filepath.Join(p.dir, hash) }

// Known reports whether a host key is kept for a cluster_hash.
func (p Pins) Known(hash string) bool {
	if !validHash(hash) {
		return false
	}
	file, err := os.Open(p.Path(hash))
	if err != nil {
		return false
	}
	defer file.Close()
	content, _ := io.ReadAll(io.LimitReader(file, maxFile)) // what can't be read is not known
	for line := range strings.Lines(string(content)) {
		if name, key, found := strings.Cut(strings.TrimSpace(line), " "); found && strings.EqualFold(name, hash) && key != "" {
			return true
		}
	}
	return false
}

// Learned returns why the host key of a server that was just reached is not kept; nil:
// it is. ssh goes on where it can't write its file, and then every later connection
// would trust whoever answers.
func (p Pins) Learned(hash string) *schema.Error {
	if p.Known(hash) {
		return nil
	}
	return p.unwritable(fmt.Errorf("%s holds no key of the server after a connection", p.Path(hash)))
}

// Forget removes the host key of a server that there is no more. A failure leaves a
// file that nobody will ask for: a new server has another hash.
func (p Pins) Forget(hash string) error {
	if !validHash(hash) {
		return nil
	}
	if err := os.Remove(p.Path(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Refusal returns the error of kind host_key_changed where what ssh printed, on its own
// or through rsync, says that another host key was shown than the one kept for a
// cluster_hash; otherwise nil. ssh ends before it sends anything then.
func (p Pins) Refusal(hash, stderr string) *schema.Error {
	if !ssh.HostKeyChanged.In(stderr) {
		return nil
	}
	if key := fingerprint().FindString(stderr); key != "" {
		return schema.Fail(ssh.HostKeyChanged.Kind, &text.HostKeyShown, text.Args{"fingerprint": key, "path": p.Path(hash)})
	}
	return schema.Fail(ssh.HostKeyChanged.Kind, &text.HostKeyChanged, text.Args{"path": p.Path(hash)})
}

// fingerprint matches a key's fingerprint as ssh prints it.
var fingerprint = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`) })

const maxFile = 64 << 10 // bytes that are read of a known_hosts file; one key has less than 1 KiB

func (p Pins) unwritable(err error) *schema.Error {
	return schema.Fail(schema.KindStateUnwritable, &text.HostKeyUnkept, text.Args{"path": p.dir}).WithDetail(err.Error())
}

// validHash reports whether a cluster_hash is fit for a file's name and an option of
// ssh: SkyPilot's are UUIDs.
func validHash(hash string) bool {
	return hash != "" && len(hash) <= 64 && hash[0] != '-' && !strings.ContainsFunc(hash, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
}

// configValue writes a path as ssh_config(5) takes it: %-tokens are expanded there, and
// blanks part two files.
func configValue(path string) string {
	path = strings.ReplaceAll(path, "%", "%%")
	if strings.ContainsAny(path, " \t") {
		return `"` + path + `"`
	}
	return path
}
