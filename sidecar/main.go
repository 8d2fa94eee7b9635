// Command sidecar provisions one cloud server for the Carapace desktop app. It
// reads JSON-RPC 2.0 requests from stdin, a line each, drives the SkyPilot
// command line, and writes answers and notifications to stdout. Stdout carries
// nothing else; logs go to stderr.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"carapace/provision"
	"carapace/provision/sky/host"
	"carapace/rpc"
	"carapace/sidecar/demo"
	"carapace/skysim"
)

// Exit codes of the process.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if env, ok := skysim.FromEnviron(os.Getenv); ok && len(args) > 0 {
		return skysim.Main(context.Background(), env, args[0], args[1:], os.Stdout, os.Stderr)
	}
	if len(args) == 1 && args[0] == host.DumpEnvArg {
		if host.DumpEnv(os.Stdout) != nil {
			return exitError
		}
		return exitOK
	}
	o, code, done := parse(args, os.Stdout, os.Stderr)
	if done {
		return code
	}
	// A write to a host that has died must be an error, not the end of the
	// process: there may be an operation to hand over (tauri/facts.md 18). Caught,
	// not ignored: what is ignored, every child would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if o.demo {
		return runDemo(ctx, o)
	}
	return serve(ctx, o)
}

const (
	// closeTime is how long the process may take to end once the host has gone.
	closeTime = 3 * time.Second
	// handOverTime is how long it may take when an operation was accepted that
	// SkyPilot does not have yet (protocol.md, Transport).
	handOverTime = 90 * time.Second
)

// runDemo plays the demo on a service of its own.
func runDemo(ctx context.Context, o options) int {
	log, redactor, flush := newLog(o.logLevel)
	defer flush()
	d := demo.New(demo.Options{
		Name: o.name, Real: o.real, Yes: o.yes, Stdin: os.Stdin, Stdout: os.Stdout,
		DestroyCommand: o.destroyCommand(os.Args[0]),
	})
	if o.simulate {
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
	if !d.Run(ctx, service) {
		return exitError
	}
	return exitOK
}

// closeService ends the service, and gives it the time that handing over takes.
func closeService(service *provision.Service) {
	closing, cancel := context.WithTimeout(context.Background(), handOverTime)
	defer cancel()
	service.Close(closing)
}

// serve answers the host on stdin and stdout until it has gone.
func serve(ctx context.Context, o options) int {
	log, redactor, flush := newLog(o.logLevel)
	defer flush()
	b := newBinding(o)
	table := rpc.NewTable()
	bind(table, b)
	server := rpc.NewServer(table, rpc.Options{ErrorFor: errorFor, Log: log, DrainTimeout: closeTime, Linger: b.linger})
	b.shutdown = server.Shutdown
	// The server comes first, because the service tells what there is as soon as it
	// is made. One that can't start tells the host why with every answer.
	go b.open(func() (*provision.Service, error) { return newService(o, notifier{server}, log, redactor) })
	err := server.Serve(ctx, os.Stdin, os.Stdout)
	service, refusal := b.opened(context.Background())
	if refusal != nil {
		log.Error("the service can't start", "error", refusal)
	} else {
		closeService(service)
	}
	if err != nil && !errors.Is(err, rpc.ErrHostGone) {
		log.Error("the sidecar has to end", "error", err)
		return exitError
	}
	return exitOK
}
