package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"carapace/provision/sky"
)

// ReadSSHHost reads the file at sky.SSHConfigPath. `sky status` writes it for a
// server that is up, `sky stop` and `sky down` remove it: os.ErrNotExist then. It
// does not block.
func ReadSSHHost(home, cluster string) (sky.SSHHost, error) {
	if !sky.ValidClusterName(cluster) {
		return sky.SSHHost{}, fmt.Errorf("%q is no cluster's name", cluster) // it becomes part of a path
	}
	raw, err := os.ReadFile(sky.SSHConfigPath(home, cluster))
	if err != nil {
		return sky.SSHHost{}, err
	}
	host, ok := sky.ParseSSHConfig(string(raw), cluster)
	if !ok {
		return sky.SSHHost{}, os.ErrNotExist
	}
	// Where the key came from an API server's answer, SkyPilot writes
	// ~/.sky/generated/ssh-keys/NAME.key: only ssh itself would expand that.
	if rest, ok := strings.CutPrefix(host.IdentityFile, "~/"); ok {
		host.IdentityFile = filepath.Join(home, rest)
	}
	return host, nil
}
