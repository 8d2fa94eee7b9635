package provision

import (
	"strings"

	"carapace/provision/wsl"
	"carapace/schema"
)

// desktop is what this machine has for opening a terminal.
type desktop struct {
	goos       string
	distro     string            // of the Windows Subsystem for Linux that this runs in; "": none
	forWindows bool              // the host is a program of Windows
	has        func(string) bool // whether a program is found
}

// terminalProgram is a terminal of a Linux desktop and the arguments after which the program to run
// follows, all of it as it is.
type terminalProgram struct {
	name   string
	before []string
}

// terminalPrograms are those that are looked for: the one that the person chose, the desktops' own,
// others. xterm's -e runs a program without a shell if it has arguments.
func terminalPrograms() []terminalProgram {
	return []terminalProgram{
		{"xdg-terminal-exec", nil},
		{"gnome-terminal", []string{"--"}},
		{"kgx", []string{"--"}},
		{"konsole", []string{"-e"}},
		{"xfce4-terminal", []string{"-x"}},
		{"mate-terminal", []string{"-x"}},
		{"kitty", nil},
		{"alacritty", []string{"-e"}},
		{"foot", nil},
		{"wezterm", []string{"start", "--"}},
		{"x-terminal-emulator", []string{"-e"}},
		{"xterm", []string{"-e"}},
	}
}

// terminal is how what argv runs is shown in a terminal.
func (d desktop) terminal(argv []string) schema.Terminal {
	switch {
	case d.goos == "darwin":
		// Terminal types what it is given into a shell: it alone has to be quoted.
		return schema.Terminal{Argv: argv, Window: []string{
			"osascript", "-e", "on run argv", "-e", `tell application "Terminal" to do script (item 1 of argv)`,
			"-e", `tell application "Terminal" to activate`, "-e", "end run", shellLine(argv),
		}}
	case d.distro != "":
		inside := wsl.Inside(d.distro, argv)
		shown := schema.Terminal{Argv: argv, Window: append([]string{"conhost.exe"}, inside...)}
		if d.forWindows {
			shown.Argv = inside
		}
		return shown
	}
	for _, p := range terminalPrograms() {
		if d.has(p.name) {
			return schema.Terminal{Argv: argv, Window: append(append([]string{p.name}, p.before...), argv...)}
		}
	}
	return schema.Terminal{Argv: argv}
}

// shellLine writes a program and its arguments for any shell.
func shellLine(argv []string) string {
	var words []string
	for _, word := range argv {
		if strings.ContainsAny(word, " '\"\\$`!*?()[]{}<>|&;#~") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
