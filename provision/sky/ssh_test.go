package sky

import (
	"testing"
)

// As SkyPilot 0.14.1 writes it.
const generatedSSH = `# Added by sky (use ` + "`sky stop/down carapace-node`" + ` to remove)
Host carapace-node
  HostName 127.0.1.14
  User ubuntu
  IdentityFile /home/me/.sky/clients/fcd1e5cf/ssh/sky-key
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile=/dev/null
  GlobalKnownHostsFile=/dev/null
  Port 2222
  SetEnv SKY_CLUSTER_NAME=carapace-node-fcd1e5cf
`

func TestParseSSHConfig(t *testing.T) {
	want := SSHHost{HostName: "127.0.1.14", User: "ubuntu", IdentityFile: "/home/me/.sky/clients/fcd1e5cf/ssh/sky-key", Port: 2222}
	if got, ok := ParseSSHConfig(generatedSSH, "carapace-node"); !ok || got != want {
		t.Errorf("%+v", got)
	}
	for _, tt := range []struct {
		config string
		want   SSHHost
		ok     bool
	}{
		{"", SSHHost{Port: 22}, false},
		{"Host other\n HostName 1.2.3.4\n", SSHHost{Port: 22}, false},
		{"Host n\n User u\n", SSHHost{Port: 22, User: "u"}, false},
		{"host=n\nHOSTNAME = 1.2.3.4\nHostName 5.6.7.8\nPort 99999\nIdentityFile \"/a b/key\"\nProxyCommand ssh -W %h:%p jump\n", SSHHost{HostName: "1.2.3.4", Port: 22, IdentityFile: "/a b/key", ProxyCommand: "ssh -W %h:%p jump"}, true},
		{"Host m\nHostName 9.9.9.9\nHost n\nHostName ::1\nHost o\nUser x\n", SSHHost{HostName: "::1", Port: 22}, true},
	} {
		if got, ok := ParseSSHConfig(tt.config, "n"); ok != tt.ok || got != tt.want {
			t.Errorf("%q: %+v, %v", tt.config, got, ok)
		}
	}
}

func FuzzSSHConfig(f *testing.F) {
	f.Add(generatedSSH, "carapace-node")
	f.Add("Host\n", "")
	f.Add("=\nhost = \"\n", "\"")
	f.Fuzz(func(t *testing.T, config, alias string) {
		host, ok := ParseSSHConfig(config, alias)
		if ok == (host.HostName == "") || host.Port < 1 || host.Port > 65535 {
			t.Errorf("%+v, %v", host, ok)
		}
	})
}
