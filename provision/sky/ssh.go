package sky

import (
	"path/filepath"
	"strconv"
	"strings"
)

// SSHHost is how to reach a cluster's machine, from what SkyPilot wrote about
// it. The alias is the cluster's name.
type SSHHost struct {
	HostName     string // address
	User         string
	IdentityFile string // as SkyPilot wrote it
	Port         int    // 22 where none is written
	ProxyCommand string
}

// SSHConfigPath is the file that SkyPilot writes for a cluster; the user's own
// ~/.ssh/config includes it. home is that of the user who runs sky. Pure.
func SSHConfigPath(home, cluster string) string {
	return filepath.Join(home, ".sky", "generated", "ssh", cluster)
}

// ParseSSHConfig finds the block of an alias in an SSH configuration. Only what
// SkyPilot writes is understood: no patterns, no Match, no Include. ok is false
// where there is no such block or it has no address. Pure.
func ParseSSHConfig(config, alias string) (host SSHHost, ok bool) {
	host.Port = 22
	mine := false
	for line := range strings.Lines(config) {
		key, value := sshKeyword(line)
		if key == "host" {
			mine = value == alias
		} else if mine {
			host.set(key, value)
		}
	}
	return host, host.HostName != ""
}

// sshKeyword is a line's keyword in lower case and its value. "=" may stand
// between them, and quotes around the value (ssh_config(5)).
func sshKeyword(line string) (key, value string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", ""
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return strings.ToLower(line), ""
	}
	value = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line[end:]), "="))
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return strings.ToLower(line[:end]), value
}

// set takes a keyword's first value: that is the one that ssh uses.
func (h *SSHHost) set(key, value string) {
	first := func(field *string) {
		if *field == "" {
			*field = value
		}
	}
	switch key {
	case "hostname":
		first(&h.HostName)
	case "user":
		first(&h.User)
	case "identityfile":
		first(&h.IdentityFile)
	case "proxycommand":
		first(&h.ProxyCommand)
	case "port":
		if port, err := strconv.Atoi(value); err == nil && port > 0 && port < 1<<16 {
			h.Port = port
		}
	}
}
