package skysim

import (
	"slices"
	"strings"
)

// options are the parsed arguments of one command.
type options struct {
	set    map[string]bool
	values map[string]string
	args   []string
}

// command is one command of the CLI. Options are written "-y,--yes"; one that
// takes a value ends in "=".
type command struct {
	name, usage string
	options     string // apart by spaces: with its short form before a comma, and with = where it takes a value
	run         func(*process, *options) error
}

// parse reads arguments as click does: --option=value, -ovalue, -yd, and
// positional arguments anywhere. A wrong option is a usage error, exit 2.
func (c command) parse(args []string) (*options, error) {
	o := &options{set: map[string]bool{}, values: map[string]string{}}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			o.args = append(o.args, args[i+1:]...)
			return o, nil
		case !strings.HasPrefix(arg, "-") || arg == "-":
			o.args = append(o.args, arg)
			continue
		}
		rest := args[i+1:]
		used, err := c.option(o, arg, rest)
		if err != nil {
			return nil, err
		}
		i += used
	}
	return o, nil
}

// option takes one argument that begins with a dash in, and says how many of the
// following it used.
func (c command) option(o *options, arg string, rest []string) (int, error) {
	name, value, attached := strings.Cut(arg, "=")
	if !strings.HasPrefix(arg, "--") && len(arg) > 2 {
		name, value, attached = arg[:2], arg[2:], true
	}
	long, takes, ok := c.find(name)
	switch {
	case !ok:
		return 0, c.misuse("No such option: " + name)
	case !takes && attached && len(name) == 2:
		o.set[long] = true
		return c.option(o, "-"+value, rest)
	case !takes:
		o.set[long] = true
		return 0, nil
	case attached:
		o.values[long] = value
		return 0, nil
	case len(rest) == 0:
		return 0, c.misuse("Option '" + long + "' requires an argument.")
	}
	o.values[long] = rest[0]
	return 1, nil
}

// find looks an option up by any of its names; its long name stands for it.
func (c command) find(name string) (long string, takes, ok bool) {
	for _, option := range strings.Fields(c.options + " -h,--help") {
		names := strings.Split(strings.TrimSuffix(option, "="), ",")
		if slices.Contains(names, name) {
			return names[len(names)-1], strings.HasSuffix(option, "="), true
		}
	}
	return "", false, false
}

// misuse is click's answer to a wrong command line.
func (c command) misuse(problem string) error {
	return &exit{2, "Usage: sky " + c.name + " " + c.usage + "\nTry 'sky " + c.name + " -h' for help.\n\nError: " + problem}
}

// help prints what a feature test looks for: the options that there are.
func (c command) help(p *process) {
	p.say("Usage: sky "+c.name+" "+c.usage, "", "Options:")
	for _, option := range strings.Fields(c.options + " -h,--help") {
		takes := strings.HasSuffix(option, "=")
		line := "  " + strings.ReplaceAll(strings.TrimSuffix(option, "="), ",", ", ")
		if takes {
			line += " TEXT"
		}
		p.say(line)
	}
}
