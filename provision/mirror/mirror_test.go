package mirror

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"carapace/provision/backend"
	"carapace/provision/cloud/credentials"
	"carapace/provision/hostkeys"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// A connection that a program makes (Kubernetes, Slurm) has the time that the program takes to start.
func TestAProxyIsWaitedFor(t *testing.T) {
	home := t.TempDir()
	group := supervisor.New(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { group.Close(t.Context()) })
	m := New(backend.New(backend.Options{
		Group: group, Environment: credentials.Environment{Home: home, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile},
	}), hostkeys.In(filepath.Join(home, "keys")), nil)
	config := sky.SSHConfigPath(home, "node")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	for more, want := range map[string]bool{"": false, "  ProxyCommand python websocket_proxy.py %w\n": true} {
		if err := os.WriteFile(config, []byte("Host node\n  HostName 192.0.2.1\n"+more), 0o600); err != nil {
			t.Fatal(err)
		}
		rec := lifecycle.Cluster{Vaults: &schema.Vaults{Public: home}}
		rec.Identity.Hash = "a0f937aa-15f3-4e44-822e-ff2eb8027cb3"
		vaults, refusal := m.Of("node", rec)
		if refusal != nil || len(vaults) != 1 {
			t.Fatal(vaults, refusal)
		}
		if got := slices.Contains(vaults[0].SSH, "ConnectTimeout=60"); got != want {
			t.Errorf("with %q the options are %q", more, vaults[0].SSH)
		}
	}
}
