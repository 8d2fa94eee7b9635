package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"runtime"

	"carapace/provision"
	"carapace/provision/cloud"
	"carapace/rpc"
	"carapace/schema"
	"carapace/sidecar/cli"
	"carapace/sidecar/demo"
	"carapace/sidecar/terminal"
)

// commands carries out a command line for people.
func commands(ctx context.Context, args []string) int {
	var o options
	var ids []string
	for _, c := range cloud.All() {
		ids = append(ids, c.ID)
	}
	return cli.Run(ctx, cli.Program{
		Name: calledAs(os.Args[0]), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		Flags: o.common(), Serving: o.serving(), Check: o.check, Clouds: ids,
		Simulated: func() bool { return o.simulate },
		Open:      func(l cli.Listener) (cli.Service, error) { return openLocal(o, l) },
		Demo: func(ctx context.Context, screen *terminal.Screen, asked cli.Demo) int {
			return runDemo(ctx, o, screen, asked)
		},
		Exec:   become,
		Browse: browse,
	}, args)
}

// local is the service in this process, reached through the table of methods.
type local struct {
	*binding
	table *rpc.Table
	flush func()
}

func openLocal(o options, listener cli.Listener) (cli.Service, error) {
	if !o.levelSet {
		o.logLevel = slog.LevelError // what a person has to know the command says itself
	}
	log, redactor, flush := newLog(o.logLevel)
	service, err := newService(o, listener, log, redactor)
	if err != nil {
		flush()
		return nil, err
	}
	b := newBinding(o)
	b.shutdown = func() {}
	b.need()
	b.open(func() (*provision.Service, error) { return service, nil })
	l := &local{binding: b, table: rpc.NewTable(), flush: flush}
	bind(l.table, b)
	return l, nil
}

// Call is part of cli.Service.
func (l *local) Call(ctx context.Context, method string, params []byte) (any, error) {
	result, err := l.table.Call(ctx, method, params)
	if err == nil {
		return result, nil
	}
	reason := rpc.ReasonInternal
	known, unknown, badParams := (*schema.Error)(nil), (*rpc.MethodError)(nil), (*rpc.ParamsError)(nil)
	switch {
	case errors.As(err, &known):
		return nil, known
	case errors.As(err, &unknown):
		reason = rpc.ReasonMethodNotFound
	case errors.As(err, &badParams):
		reason = rpc.ReasonInvalidParams
	case errors.Is(err, context.Canceled):
		reason = rpc.ReasonCanceled
	}
	return nil, l.errorFor(reason, err)
}

// Settle is part of cli.Service.
func (l *local) Settle(ctx context.Context, name string) { l.service.Settle(ctx, name) }

// Close is part of cli.Service.
func (l *local) Close() {
	closeService(l.service)
	l.flush()
}

// runDemo plays the demo on a service of its own.
func runDemo(ctx context.Context, o options, screen *terminal.Screen, asked cli.Demo) int {
	o.simulate = !asked.Real
	log, redactor, flush := newLog(o.logLevel)
	defer flush()
	d := demo.New(demo.Options{
		Name: o.name, Real: asked.Real, Cloud: asked.Cloud, Region: asked.Region, Yes: asked.Yes, Stdin: os.Stdin, Screen: screen,
		DestroyCommand: o.destroyCommand(os.Args[0]),
	})
	if !asked.Real {
		stateDir, projectDir, cleanUp, err := demo.Stage()
		defer cleanUp()
		if err != nil {
			d.Fail(err)
			return exitError
		}
		o.stateDir, o.projectDir = stateDir, projectDir
	}
	service, err := newService(o, d, log, redactor)
	if err != nil {
		d.Fail(err)
		return exitError
	}
	defer closeService(service)
	switch ok := d.Run(ctx, service); {
	case ctx.Err() != nil:
		return exitInterrupted
	case d.Misused():
		return exitUsage
	case !ok:
		return exitError
	}
	return exitOK
}

// browse opens an address in the person's browser, and does not wait for that.
func browse(url string) error {
	opener := []string{"xdg-open"}
	switch runtime.GOOS {
	case "darwin":
		opener = []string{"open"}
	case "windows":
		opener = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	if _, err := exec.LookPath(opener[0]); err != nil {
		return nil //nolint:nilerr // there is no browser: the address was printed
	}
	return exec.Command(opener[0], append(opener[1:], url)...).Start()
}

var _ cli.Service = (*local)(nil)
