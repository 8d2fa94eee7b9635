package provision

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carapace/schema"
)

func TestTerminals(t *testing.T) {
	ssh := []string{"ssh", "-F", "/home/a b/.sky/node", "-o", `UserKnownHostsFile="/home/a b/k"`, "node"}
	line := `ssh -F '/home/a b/.sky/node' -o 'UserKnownHostsFile="/home/a b/k"' node`
	for name, c := range map[string]struct {
		here desktop
		ssh  []string
		want schema.Terminal
	}{
		"Linux, several": {
			desktop{goos: "linux", has: in("xterm", "konsole")},
			ssh,
			schema.Terminal{Argv: ssh, Window: append([]string{"konsole", "-e"}, ssh...)},
		},
		"Linux, the person's own choice": {
			desktop{goos: "linux", has: in("xdg-terminal-exec", "konsole")},
			ssh,
			schema.Terminal{Argv: ssh, Window: append([]string{"xdg-terminal-exec"}, ssh...)},
		},
		"Linux, none": {desktop{goos: "linux", has: in()}, ssh, schema.Terminal{Argv: ssh}},
		"inside WSL": {
			desktop{goos: "linux", distro: "Ubuntu 24", has: in()},
			ssh,
			schema.Terminal{Argv: ssh, Window: append([]string{"conhost.exe", "wsl.exe", "--distribution", "Ubuntu 24", "--exec"}, ssh...)},
		},
		"macOS": {
			desktop{goos: "darwin", has: in()},
			ssh,
			schema.Terminal{Argv: ssh, Window: []string{
				"osascript", "-e", "on run argv", "-e", `tell application "Terminal" to do script (item 1 of argv)`,
				"-e", `tell application "Terminal" to activate`, "-e", "end run", line,
			}},
		},
		"inside WSL, for Windows": {
			desktop{goos: "linux", distro: "Debian", forWindows: true, has: in("xterm")},
			ssh,
			schema.Terminal{
				Argv:   append([]string{"wsl.exe", "--distribution", "Debian", "--exec"}, ssh...),
				Window: append([]string{"conhost.exe", "wsl.exe", "--distribution", "Debian", "--exec"}, ssh...),
			},
		},
	} {
		if diff := cmp.Diff(c.want, c.here.terminal(c.ssh)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func in(names ...string) func(string) bool {
	return func(name string) bool {
		for _, n := range names {
			if n == name {
				return true
			}
		}
		return false
	}
}

// A shell makes of the line the words that it was made of.
func TestShellLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell of POSIX")
	}
	words := []string{"printf", `%s\n`, "a b", "it's", "$HOME", "`id`", `"x"`, `\`, "~", "*", ";", "a=b"}
	out, err := exec.Command("sh", "-c", shellLine(words)).Output()
	if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); err != nil || !cmp.Equal(got, words[2:]) {
		t.Errorf("%q, %v", got, err)
	}
}

// The argv of a server has its host key, and the command for a shell says the same.
func TestTheTerminalOfAServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched(func(c *Config) { c.Environment.LookPath = in("xterm") })
		c, err := s.Connection(ctx, schema.NameParams{})
		if err != nil || shellLine(c.Terminal.Argv) != c.SSHCommand || !strings.Contains(c.SSHCommand, "StrictHostKeyChecking=yes") {
			t.Errorf("%q, %q, %v", c.Terminal.Argv, c.SSHCommand, err)
		}
		if runtime.GOOS == "linux" && !cmp.Equal(c.Terminal.Window, append([]string{"xterm", "-e"}, c.Terminal.Argv...)) {
			t.Errorf("%q", c.Terminal.Window)
		}
	})
}
