package skysim

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"
)

// hostKey is what a machine shows to ssh, as it stands in a known_hosts file.
func (w *world) hostKey(m *machine) string {
	seed := m.ID
	if w.fault(faultHostKeyChanged, m.Cluster, m.Offer.Region, m.Offer.Cloud) {
		seed = "another machine at the address of " + seed
	}
	sum := sha256.Sum256([]byte(seed))
	return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// hostCheck is what ssh's command line says about host keys. The zero value is
// SkyPilot's own configuration, which checks nothing.
type hostCheck struct{ file, alias, strict string }

// readHostCheck reads ssh's arguments.
func readHostCheck(args []string) (c hostCheck) {
	for i := range len(args) - 1 {
		if args[i] != "-o" {
			continue
		}
		key, value, _ := strings.Cut(args[i+1], "=")
		switch key {
		case "UserKnownHostsFile":
			c.file = strings.ReplaceAll(strings.Trim(value, `"`), "%%", "%")
		case "HostKeyAlias":
			c.alias = value
		case "StrictHostKeyChecking":
			c.strict = value
		}
	}
	return c
}

// meet compares a host key with the one in the known_hosts file, or learns it. The texts
// are those of OpenSSH 9.2.
func (c hostCheck) meet(key string) *exit {
	if c.file == "" || c.alias == "" {
		return nil
	}
	known, _ := os.ReadFile(c.file) // none yet
	for line := range strings.Lines(string(known)) {
		name, kept, found := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case !found || !strings.EqualFold(name, c.alias):
		case kept == key:
			return nil
		default:
			return &exit{255, "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nThe fingerprint for the ED25519 key sent by the remote host is\n" +
				fingerprint(key) + ".\nAdd correct host key in " + c.file + " to get rid of this message.\n" +
				"Host key for " + c.alias + " has changed and you have requested strict checking.\nHost key verification failed."}
		}
	}
	if c.strict != "accept-new" {
		return &exit{255, "No ED25519 host key is known for " + c.alias + " and you have requested strict checking.\nHost key verification failed."}
	}
	file, err := os.OpenFile(c.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil // ssh goes on as well
	}
	_, _ = file.WriteString(strings.ToLower(c.alias) + " " + key + "\n")
	_ = file.Close()
	return nil
}

func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// remoteShell parts the value of rsync's -e as rsync does: at blanks, but for those
// between quotes, where a doubled quote stands for itself.
func remoteShell(command string) (words []string) {
	var word strings.Builder
	var quote rune
	runes := []rune(command)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote == 0 && r == ' ':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote && i+1 < len(runes) && runes[i+1] == quote:
			word.WriteRune(r)
			i++
		case r == quote:
			quote = 0
		default:
			word.WriteRune(r)
		}
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}
