package wsl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPath(t *testing.T) {
	for windows, want := range map[string]string{
		`C:\Users\A B\vault`:                  "/mnt/c/Users/A B/vault",
		`d:/vault`:                            "/mnt/d/vault",
		`C:\`:                                 "/mnt/c/",
		`\\?\C:\long\name`:                    "/mnt/c/long/name",
		`\\wsl.localhost\Ubuntu 24\home\me`:   "/home/me",
		`\\WSL$\ubuntu 24\home\me\.sky`:       "/home/me/.sky",
		`//wsl.localhost/Ubuntu 24/home/me`:   "/home/me",
		`\\wsl$\Debian\home\me`:               "", // another distribution's: here it is another folder
		`C:\Users\Jürgen\日本`:                  "/mnt/c/Users/Jürgen/日本",
		`/home/me`:                            "",
		`vault`:                               "",
		`C:vault`:                             "", // relative to a folder of the drive's own
		`\\server\share\vault`:                "", // another computer's
		`\\?\UNC\server\share`:                "",
		`--project=C:\vault`:                  "", // an argument and no path
		`ab:\vault`:                           "",
		``:                                    "",
		`\vault`:                              "",
		`\\wsl.localhost\Ubuntu`:              "",
		`https://example.org/C:\Users\notes`:  "",
		`\\wsl.localhostile\Ubuntu\home\evil`: "",
	} {
		got, ok := Path(windows, "Ubuntu 24")
		if ok != (want != "") || ok && got != want {
			t.Errorf("Path(%q) = %q, %v; want %q", windows, got, ok, want)
		}
	}
}

func TestCommand(t *testing.T) {
	const self = `C:\Program Files\App\carapace-sidecar.exe`
	const there = "/mnt/c/Program Files/App/carapace-sidecar-linux"
	for name, c := range map[string]struct {
		distribution, self string
		args               []string
		want               []string
		unreachable        bool
	}{
		"a host's":       {Default, self, nil, []string{"wsl.exe", "--exec", there}, false},
		"a distribution": {"Ubuntu 24", self, nil, []string{"wsl.exe", "--distribution", "Ubuntu 24", "--exec", there}, false},
		"paths": {
			Default, self,
			[]string{"--project", `C:\Users\A B`, `--state-dir=D:\s`, "--simulate"},
			[]string{"wsl.exe", "--exec", there, "--project", "/mnt/c/Users/A B", "--state-dir=/mnt/d/s", "--simulate"},
			false,
		},
		"what is no path stays": {
			Default, self,
			[]string{"call", "cluster.launch", `{"spec":{"setup":"a\\b"}}`, `a\b`},
			[]string{"wsl.exe", "--exec", there, "call", "cluster.launch", `{"spec":{"setup":"a\\b"}}`, `a\b`},
			false,
		},
		"an argument that is another program's": {
			Default, self, []string{"--env", `DATA=C:\data`}, []string{"wsl.exe", "--exec", there, "--env", `DATA=C:\data`}, false,
		},
		"in another distribution": {distribution: "Debian", self: `\\wsl.localhost\Ubuntu\app\carapace-sidecar.exe`, unreachable: true},
		"on a share":              {distribution: Default, self: `\\server\apps\carapace-sidecar.exe`, unreachable: true},
	} {
		got, ok := Command(c.distribution, c.self, c.args)
		if ok == c.unreachable {
			t.Errorf("%s: reachable: %v", name, ok)
		}
		if diff := cmp.Diff(c.want, got); ok && diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEnviron(t *testing.T) {
	for name, c := range map[string]struct{ environ, want []string }{
		"what the sidecar reads": {
			[]string{`PUBLIC_VAULT=C:\v`, "Path=x", "CARAPACE_WSL=default", "SKYPILOT_DEBUG=1", "AWS_PROFILE=a"},
			[]string{
				`PUBLIC_VAULT=C:\v`, "Path=x", "CARAPACE_WSL=default", "SKYPILOT_DEBUG=1", "AWS_PROFILE=a",
				"WSLENV=PUBLIC_VAULT/up:CARAPACE_WSL/u:SKYPILOT_DEBUG/u", "WSL_UTF8=1",
			},
		},
		"the user's own list comes first": {
			[]string{"CARAPACE_WSL=default", "wslenv=AWS_PROFILE/u", "AWS_PROFILE=a"},
			[]string{"CARAPACE_WSL=default", "AWS_PROFILE=a", "WSLENV=AWS_PROFILE/u:CARAPACE_WSL/u", "WSL_UTF8=1"},
		},
		"what is no path of Windows is handed on as it is": {
			[]string{"PUBLIC_VAULT=/home/me/v", `PRIVATE_VAULT=\\server\share\v`},
			[]string{"PUBLIC_VAULT=/home/me/v", `PRIVATE_VAULT=\\server\share\v`, "WSLENV=PUBLIC_VAULT/u:PRIVATE_VAULT/u", "WSL_UTF8=1"},
		},
		"names in any case": {
			[]string{"Carapace_Wsl=default", `private_vault=D:\p`},
			[]string{"Carapace_Wsl=default", `private_vault=D:\p`, "WSLENV=CARAPACE_WSL/u:PRIVATE_VAULT/up", "WSL_UTF8=1"},
		},
	} {
		if diff := cmp.Diff(c.want, Environ(c.environ, Default)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
