// Command sidecar provisions one cloud server for the Carapace desktop app. It
// reads JSON-RPC 2.0 requests from stdin, a line each, drives the SkyPilot
// command line, and writes answers and notifications to stdout. Stdout carries
// nothing else; logs go to stderr.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"carapace/provision"
	"carapace/provision/sky/host"
	"carapace/rpc"
	"carapace/schema"
	"carapace/skysim"
)

// Exit codes of the process.
const (
	exitOK          = 0
	exitError       = 1 // it failed or was refused
	exitUsage       = 2
	exitInterrupted = 130 // as a shell says it of SIGINT
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if code, handed := insideWSL(args); handed {
		return code
	}
	if env, ok := skysim.FromEnviron(os.Getenv); ok && len(args) > 0 {
		return skysim.Main(context.Background(), env, args[0], args[1:], os.Stdin, os.Stdout, os.Stderr)
	}
	if len(args) == 1 && args[0] == host.DumpEnvArg {
		if host.DumpEnv(os.Stdout) != nil {
			return exitError
		}
		return exitOK
	}
	// A write to a host that has died must be an error, not the end of the
	// process: there may be an operation to hand over. Caught,
	// not ignored: what is ignored, every child would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var o options
	if !o.parse(args) || len(args) == 0 && term.IsTerminal(int(os.Stdin.Fd())) {
		context.AfterFunc(ctx, stop) // a second Ctrl-C ends a command at once
		return commands(ctx, args)
	}
	if o.version {
		v := readVersion()
		if _, err := fmt.Fprintf(os.Stdout, "sidecar %s (%s), protocol %d\n", v.version, v.commit, schema.ProtocolVersion); err != nil {
			return exitError
		}
		return exitOK
	}
	if err := o.check(); err != nil {
		fmt.Fprintln(os.Stderr, "sidecar:", err)
		return exitUsage
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprintln(os.Stderr, "sidecar: waiting for JSON-RPC requests, one a line; Ctrl-D ends it. --help names the commands for people.")
	}
	return serve(ctx, o)
}

const (
	// closeTime is how long requests may take to be answered once the host has gone.
	closeTime = 3 * time.Second
	// handOverTime is how long it may take when an operation was accepted that
	// SkyPilot does not have yet (docs/protocol.md, "Transport").
	handOverTime = 90 * time.Second
)

// closeService ends the service, and gives it the time that handing over takes.
func closeService(service *provision.Service) {
	closing, cancel := context.WithTimeout(context.Background(), handOverTime)
	defer cancel()
	service.Close(closing)
}

// serve answers the host on stdin and stdout until it has gone. With --wait its exit
// code says what came of what was asked; a host's own pipe ends with exitOK.
func serve(ctx context.Context, o options) int {
	log, redactor, flush := newLog(o.logLevel)
	defer flush()
	b := newBinding(o)
	table := rpc.NewTable()
	bind(table, b)
	left := false // before all that was waited for had ended
	linger := func(ctx context.Context) error {
		err := b.linger(ctx)
		left = err != nil
		return err
	}
	server := rpc.NewServer(table, rpc.Options{
		MaxMessage: schema.MaxMessageBytes, ErrorFor: b.errorFor, Log: log, DrainTimeout: closeTime, Written: b.said, Linger: linger,
	})
	b.shutdown = server.Shutdown
	// The server comes first, because the service tells what there is as soon as it
	// is made. One that can't start tells the host why with every answer.
	go b.open(func() (*provision.Service, error) { return newService(o, notifier{server, b.outcome}, log, redactor) })
	err := server.Serve(ctx, os.Stdin, os.Stdout)
	service, refusal := b.opened(context.Background())
	if refusal != nil {
		log.Error("the service can't start", "error", refusal)
	} else {
		closeService(service)
	}
	switch {
	case err != nil && !errors.Is(err, rpc.ErrHostGone):
		log.Error("the sidecar has to end", "error", err)
		return exitError
	case o.wait && ctx.Err() != nil:
		return exitInterrupted
	case o.wait && (left || server.Refused() > 0 || b.outcome.bad()):
		return exitError
	}
	return exitOK
}
