// Package cli is the command line for people. Each command asks the service for what
// the protocol's methods do, by their own names, and shows the answer to a person, or
// with --json to a program. It knows nothing of how the methods are carried out.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

// Exit codes of a command.
const (
	exitOK          = 0
	exitError       = 1   // it failed or was refused
	exitUsage       = 2   // the command line was wrong
	exitInterrupted = 130 // as a shell says it of SIGINT
)

// Service is what the commands are carried out by.
type Service interface {
	// Call carries out a method of the protocol. params are its params in JSON; the
	// result is the method's own type. The error is a *schema.Error.
	Call(ctx context.Context, method string, params []byte) (any, error)
	// Settle brings an operation to its end here, which a dead process has left and
	// which has ended; it blocks for 30 s at most.
	Settle(ctx context.Context, name string)
	// Close hands over what is not in SkyPilot's hands yet, and ends the service.
	Close()
}

// Listener is told what the service tells its host (store.Notifier). Its methods do
// not block.
type Listener interface {
	StatusChanged(schema.StatusChanged)
	Progress(schema.Progress)
	Log(schema.LogLine)
	Finished(schema.Finished)
	WatchChanged(schema.VaultWatchChanged)
	Checked(schema.Check)
	ConfigChanged(schema.ConfigChanged)
	TunnelClosed(schema.TunnelClosed)
}

// Program is what the commands need of the process. All fields have to be set.
type Program struct {
	Name     string // how it is called, for the commands that it tells a person to run: a word of a shell, or several
	In       *os.File
	Out, Err *os.File
	Getenv   func(string) string
	// Flags are those of every command; Check is called when they are set, before a
	// command begins, and its error is a wrong command line.
	Flags *flag.FlagSet
	Check func() error
	// Serving are the flags of the program without a command, for its help alone.
	Serving *flag.FlagSet
	// Simulated reports whether the cloud is a simulated one. Valid after Check.
	Simulated func() bool
	// Open starts the service. Its error is a *schema.Error where it has a hint.
	Open func(Listener) (Service, error)
	// Demo plays the demo on a screen, and returns an exit code.
	Demo func(ctx context.Context, screen *terminal.Screen, asked Demo) int
	// Exec makes the process become another program, and returns only if that fails.
	Exec func(argv []string) error
	// Browse opens an address in the person's browser.
	Browse func(url string) error
	Clouds []string // ids, for completion
}

// Demo is how the demo is asked for.
type Demo struct {
	Real          bool   // a real machine, which costs money
	Yes           bool   // nothing is asked
	Cloud, Region string // where it is to be; empty: the demo's choice
}

// app is one run of the program.
type app struct {
	Program
	screen *terminal.Screen // what the command says
	asJSON bool
	yes    bool
	given  *pflag.FlagSet      // those of every command
	words  func(string) string // the service's, as a person at a command line knows them
}

// shownError is the exit code of what was shown to the person already.
type shownError int

func (shownError) Error() string { return "it was shown" }

// errShown is a failure that was shown.
const errShown = shownError(exitError)

// usageError is a command line that is wrong.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Run carries out the command that args name, and returns the process's exit code. It
// blocks until the command has ended; ctx, when it is done, is Ctrl-C.
func Run(ctx context.Context, p Program, args []string) int {
	a := &app{Program: p}
	a.words = forPeople(a.command)
	out, ctx, cancel := watched(ctx, p.Out)
	defer cancel()
	options := terminal.For(p.Out, p.Getenv)
	options.Out, options.Words, options.Command = out, a.words, a.remedy
	a.screen = terminal.New(options)
	root := a.root(out)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	code := a.exit(ctx, command, err)
	if out.err != nil && !errors.Is(out.err, syscall.EPIPE) { // whoever closes a pipe has read enough
		fmt.Fprintf(a.Err, "sidecar: what there was to say is lost: %s\n", out.err)
		return exitError
	}
	return code
}

func (a *app) exit(ctx context.Context, command *cobra.Command, err error) int {
	refusal, shown := (*schema.Error)(nil), shownError(exitError)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &shown):
		return int(shown)
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &refusal):
		if a.asJSON {
			a.print(map[string]*schema.Error{"error": refusal})
		} else {
			terminal.New(a.errOptions()).Refused(refusal)
		}
		if refusal.OfValue() {
			return exitUsage // the command line gave it
		}
		return exitError
	}
	fmt.Fprintf(a.Err, "sidecar: %s\n", err)
	if usage := (usageError{}); !errors.As(err, &usage) { // cobra's own refusals name no place to look
		fmt.Fprintf(a.Err, "See '%s --help'.\n", strings.Replace(command.CommandPath(), command.Root().Name(), a.Name, 1))
	}
	return exitUsage
}

func (a *app) errOptions() terminal.Options {
	o := terminal.For(a.Err, a.Getenv)
	o.Words, o.Command = a.words, a.remedy
	return o
}

// print writes a value as JSON, for a program.
func (a *app) print(v any) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		data = []byte(err.Error()) // none of the protocol's types fails
	}
	a.screen.Raw(string(data))
}

// printLine writes a value as a line of JSON, where there may be many.
func (a *app) printLine(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		data = []byte(err.Error())
	}
	a.screen.Raw(string(data))
}

// takes refuses another number of arguments, and says which there are.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		_, names, _ := strings.Cut(c.Use, " ")
		switch {
		case len(args) >= least && len(args) <= most:
			return nil
		case names == "":
			return fmt.Errorf("%s takes no arguments: %s", c.Name(), args[0])
		}
		return fmt.Errorf("%s takes %s", c.Name(), names)
	}
}

// watched is an output whose closing by its reader ends what is shown on it, as
// `| head` does: that is no crash, and what goes on must still be handed over.
func watched(ctx context.Context, out io.Writer) (*cancelingWriter, context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	return &cancelingWriter{Writer: out, cancel: cancel}, ctx, cancel
}

type cancelingWriter struct {
	io.Writer
	cancel context.CancelFunc
	err    error // the first; read when nobody writes any more
}

func (w *cancelingWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		w.err = cmp.Or(w.err, err)
		w.cancel()
	}
	return n, err
}

// about is what a person reads who types the program's name alone.
const about = `Launches one server on a cloud of yours through SkyPilot, watches it, stops, resumes and destroys it, with two folders of this machine on it as exact mirrors.

The Carapace app runs this program without arguments and talks JSON-RPC 2.0 with it over stdin and stdout. By hand it has these commands.

Try 'sidecar demo' first: it is simulated and costs nothing. --simulate makes any other command work on the simulated cloud, too.`

// introduce says what this is to a person who typed the program's name alone, on one screen of a terminal: all commands and flags
// would push that off it.
func (a *app) introduce(root *cobra.Command) {
	var said strings.Builder
	said.WriteString(strings.NewReplacer("'sidecar ", "'"+a.Name+" ").Replace(about) + "\n\nTo begin with:\n")
	for _, name := range []string{"demo", "doctor", "launch", "status", "stop", "destroy"} {
		if c, _, err := root.Find([]string{name}); err == nil {
			fmt.Fprintf(&said, "  %-9s%s\n", name, c.Short)
		}
	}
	a.screen.Verbatim(said.String() + "\nAll commands and flags: '" + a.Name + " --help'.")
}

// wrapHelp has the help of every command broken at the width of the terminal that reads it. It speaks of the program by the name
// that the person called it by, and of the protocol's methods by theirs: whoever calls one types that.
func (a *app) wrapHelp(root *cobra.Command, out io.Writer) {
	help := root.HelpFunc()
	byName := strings.NewReplacer("'sidecar ", "'"+a.Name+" ", "  sidecar ", "  "+a.Name+" ", "&& sidecar ", "&& "+a.Name+" ")
	whole := strings.NewReplacer("\n\n", "\n\n", "\n", " ") // a paragraph is broken where the source is
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		var text strings.Builder
		c.Long = whole.Replace(c.Long)
		c.SetOut(&text)
		help(c, args)
		c.SetOut(out)
		a.screen.Verbatim(byName.Replace(strings.TrimSuffix(text.String(), "\n")))
	})
}

// word is the program's name as a shell completes it.
func (a *app) word() string {
	words := strings.Fields(a.Name)
	if len(words) != 1 {
		return "sidecar"
	}
	return strings.TrimSuffix(filepath.Base(a.Name), ".exe")
}

// wrongValue is what a flag's refusal of its value says, and what it takes: what Go calls the mistake tells a person nothing.
func wrongValue(err error) string {
	invalid := (*pflag.InvalidValueError)(nil)
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	f := invalid.GetFlag()
	takes := map[string]string{
		"int": "a whole number", "float64": "a number, such as 0.5", "duration": "a time, such as 90s or 1h30m",
		"bool": "true or false", "stringToString": "NAME=VALUE",
	}[f.Value.Type()]
	if takes == "" {
		return err.Error()
	}
	return fmt.Sprintf("--%s takes %s, not %q", f.Name, takes, invalid.GetValue())
}

func (a *app) root(out io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use: a.word(), Short: "One server on a cloud of yours", Long: about,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := a.Check(); err != nil {
				return usageError{err}
			}
			return nil
		},
		Run: func(c *cobra.Command, _ []string) { a.introduce(c) },
	}
	root.SetOut(out)
	root.SetErr(a.Err)
	flags := root.PersistentFlags()
	flags.AddGoFlagSet(a.Flags)
	flags.SortFlags = false
	flags.BoolVar(&a.asJSON, "json", false, "print the answer as JSON, in the protocol's own form")
	flags.BoolVarP(&a.yes, "yes", "y", false, "do not ask before something that spends money or destroys")
	root.AddCommand(
		a.launch(), a.status(), a.list(), a.stop(), a.start(), a.destroy(), a.cancel(), a.forget(), a.sync(), a.vaults(), a.logs(), a.ssh(), a.open(), a.cost(),
		a.doctor(), a.install(), a.clouds(), a.regions(), a.sizes(), a.watch(), a.wait(), a.demo(), a.call(), a.schema(),
	)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return errors.New(wrongValue(err))
	})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() } // with a RunE it refuses shells that it does not know
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error { // cobra's own succeeds with the help of all
				_, _, err := root.Find(args)
				return err
			}
		}
	}
	flags.Lookup("deadline").DefValue = "" // its own words say it
	root.Flags().AddGoFlagSet(a.Serving)
	a.given = flags
	a.wrapHelp(root, out)
	return root
}
