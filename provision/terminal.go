package provision

import (
	"regexp"
	"strings"

	"carapace/schema"
)

// desktop is what this machine has for opening a terminal.
type desktop struct {
	goos   string
	distro string            // of the Windows Subsystem for Linux that this runs in; "": none
	has    func(string) bool // whether a program is found
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
	case d.goos == "windows":
		inside := append([]string{"wsl.exe", "--exec"}, insideWSL(argv)...)
		return schema.Terminal{Argv: inside, Window: append([]string{"conhost.exe"}, inside...)}
	case d.goos == "darwin":
		// Terminal types what it is given into a shell: it alone has to be quoted.
		return schema.Terminal{Argv: argv, Window: []string{
			"osascript", "-e", "on run argv", "-e", `tell application "Terminal" to do script (item 1 of argv)`,
			"-e", `tell application "Terminal" to activate`, "-e", "end run", shellLine(argv),
		}}
	case d.distro != "":
		return schema.Terminal{Argv: argv, Window: append([]string{"conhost.exe", "wsl.exe", "--distribution", d.distro, "--exec"}, argv...)}
	}
	for _, p := range terminalPrograms() {
		if d.has(p.name) {
			return schema.Terminal{Argv: argv, Window: append(append([]string{p.name}, p.before...), argv...)}
		}
	}
	return schema.Terminal{Argv: argv}
}

// windowsPath matches a path of a drive, and one of a WSL distribution as Windows shows it, behind
// what may precede it in an option of ssh.
func windowsPath() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z]+="?|"?)(?:([A-Za-z]):\\|\\\\wsl(?:\.localhost|\$)\\[^\\]+\\)`)
}

// insideWSL writes the paths in a program's arguments as the Windows Subsystem for Linux has them.
func insideWSL(argv []string) []string {
	var inside []string
	path := windowsPath()
	for _, arg := range argv {
		if at := path.FindStringSubmatch(arg); at != nil {
			root := "/"
			if at[2] != "" {
				root = "/mnt/" + strings.ToLower(at[2]) + "/"
			}
			arg = at[1] + root + strings.ReplaceAll(arg[len(at[0]):], `\`, "/")
		}
		inside = append(inside, arg)
	}
	return inside
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
