// Package demo plays a server's whole life for a person on a terminal: launched,
// running, stopped, resumed, destroyed. It does not know whether the service that it
// plays with is real; what differs, for a person who may have to pay, is in Options.
//
// A real demo touches no server but the one that its own launch made: where there is
// one of the name already it does not begin, and before each change it looks at the
// cloud and compares what it finds with its claim (judge).
package demo

import (
	"cmp"
	"context"
	"errors"
	"io"

	"carapace/schema"
	"carapace/schema/text"
	"carapace/sidecar/terminal"
)

// Service is what the demo asks of provision.Service, whose methods are described
// there.
type Service interface {
	Preview(context.Context, schema.SpecParams) (schema.PreviewResult, error)
	Estimate(context.Context, schema.EstimateParams) (schema.EstimateResult, error)
	Launch(context.Context, schema.LaunchParams) (schema.OperationResult, error)
	Stop(context.Context, schema.ChangeParams) (schema.OperationResult, error)
	Start(context.Context, schema.StartParams) (schema.OperationResult, error)
	Destroy(context.Context, schema.DestroyParams) (schema.OperationResult, error)
	Status(context.Context, schema.StatusParams) (schema.Cluster, error)
	ListOperations(context.Context, schema.OperationListParams) (schema.OperationListResult, error)
}

// Options are what a demo needs of its surroundings. Stdin may be nil where nothing
// is asked, and DestroyCommand empty where nothing is real; the others have to be set.
type Options struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Name   string           // of the server
	Real   bool             // a real machine, which costs money
	Cloud  string           // where it is to be; "": of a real one SkyPilot chooses
	Region string           // of that cloud; "": any
	Yes    bool             // do not ask before a real machine is launched
	Stdin  io.Reader        // the person's answer
	Screen *terminal.Screen // what the person reads
	// DestroyCommand is the shell command that destroys the server, for a person who
	// has to do that when the demo could not.
	DestroyCommand string
}

// Demo is one play. It implements store.Notifier, so that the service that it
// plays with tells it how things go. Its methods are safe for concurrent use, but Run
// may be called once only.
type Demo struct {
	options  Options
	screen   *terminal.Screen
	finished chan schema.Finished
	misused  bool
}

// New returns a demo that has begun to speak: a simulated one says that it is.
func New(o Options) *Demo {
	d := &Demo{options: o, screen: o.Screen, finished: make(chan schema.Finished, 16)}
	if !o.Real {
		d.screen.Line(text.MoneySimulation.Message)
	}
	return d
}

// Misused reports, after Run, whether the demo was refused for what was asked of it, as a cloud that there is not.
func (d *Demo) Misused() bool { return d.misused }

// refused shows why a launch can't begin.
func (d *Demo) refused(err error) {
	d.screen.Refused(err)
	e := (*schema.Error)(nil)
	d.misused = d.misused || errors.As(err, &e) && e.OfValue()
}

// Fail shows why the demo can't be played.
func (d *Demo) Fail(err error) { d.screen.Refused(err) }

// StatusChanged is part of store.Notifier; the demo shows the status when an
// operation has ended.
func (d *Demo) StatusChanged(schema.StatusChanged) {}

// WatchChanged is part of store.Notifier; the demo syncs nothing by itself.
func (d *Demo) WatchChanged(schema.VaultWatchChanged) {}

// Checked is part of store.Notifier; the demo checks nothing by itself.
func (d *Demo) Checked(schema.Check) {}

// ConfigChanged is part of store.Notifier; the demo sets nothing.
func (d *Demo) ConfigChanged(schema.ConfigChanged) {}

// TunnelClosed is part of store.Notifier; the demo opens none.
func (d *Demo) TunnelClosed(schema.TunnelClosed) {}

// Log is part of store.Notifier; the demo shows no logs.
func (d *Demo) Log(schema.LogLine) {}

// Progress shows what is being done.
func (d *Demo) Progress(p schema.Progress) { d.screen.Progress(p) }

// Finished passes the end of an operation on to Run. It must not block, as
// store.Notifier says: the demo never has so many operations unheard that the
// channel is full.
func (d *Demo) Finished(f schema.Finished) {
	select {
	case d.finished <- f:
	default:
	}
}

// Run plays the demo on a service whose notifier is d, and blocks until its end or
// until ctx is done. It returns whether nothing went wrong; a person who does not
// want a real machine is nothing wrong. A read of Stdin that is in progress when ctx
// is done goes on.
func (d *Demo) Run(ctx context.Context, service Service) bool {
	p := &play{Demo: d, service: service, launch: schema.Spec{Name: d.options.Name, Cloud: d.options.Cloud, Region: d.options.Region}}
	if !d.options.Real {
		p.launch.Cloud = cmp.Or(p.launch.Cloud, "aws")
		return p.run(ctx)
	}
	if goOn, ok := p.prepare(ctx); !goOn {
		d.screen.Line("No server was started or changed.")
		return ok
	}
	return p.run(ctx)
}
