// Package demo plays a server's whole life for a person on a terminal: launched,
// running, stopped, resumed, destroyed. It does not know whether the service that it
// plays with is real; what differs, for a person who may have to pay, is in Options.
package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"carapace/schema"
)

// Service is what the demo asks of provision.Service, whose methods are described
// there.
type Service interface {
	Estimate(context.Context, schema.SpecParams) (schema.EstimateResult, error)
	Launch(context.Context, schema.LaunchParams) (schema.OperationResult, error)
	Stop(context.Context, schema.NameParams) (schema.OperationResult, error)
	Start(context.Context, schema.NameParams) (schema.OperationResult, error)
	Destroy(context.Context, schema.DestroyParams) (schema.OperationResult, error)
	Status(context.Context, schema.StatusParams) (schema.Cluster, error)
}

// Options are what a demo needs of its surroundings. Stdin may be nil where nothing
// is asked; the others have to be set.
type Options struct {
	Name   string    // of the server
	Real   bool      // a real machine, which costs money
	Yes    bool      // do not ask before a real machine is launched
	Stdin  io.Reader // the person's answer
	Stdout io.Writer // what the person reads; coloured if it is a terminal
}

// Demo is one play. It implements provision.Notifier, so that the service that it
// plays with tells it how things go.
type Demo struct {
	options  Options
	screen   *screen
	finished chan schema.Finished
}

// New returns a demo that has begun to speak: a simulated one says that it is.
func New(o Options) *Demo {
	d := &Demo{options: o, screen: newScreen(o.Stdout), finished: make(chan schema.Finished, 16)}
	if !o.Real {
		d.screen.line("SIMULATED: a made-up SkyPilot and cloud inside this program. Nothing is started anywhere and nothing costs money.")
	}
	return d
}

// Fail shows why the demo can't be played.
func (d *Demo) Fail(err error) { d.screen.refused(err) }

// StatusChanged is part of provision.Notifier; the demo shows the status when an
// operation has ended.
func (d *Demo) StatusChanged(schema.StatusChanged) {}

// Log is part of provision.Notifier; the demo shows no logs.
func (d *Demo) Log(schema.LogLine) {}

// Progress shows what is being done.
func (d *Demo) Progress(p schema.Progress) { d.screen.progress(p) }

// Finished passes the end of an operation on to Run. It must not block, as
// provision.Notifier says: the demo never has so many operations unheard that the
// channel is full.
func (d *Demo) Finished(f schema.Finished) {
	select {
	case d.finished <- f:
	default:
	}
}

// Run plays the demo on a service whose notifier is d, and blocks until its end or
// until ctx is done. It returns whether nothing went wrong; a person who does not
// want a real machine is nothing wrong.
func (d *Demo) Run(ctx context.Context, service Service) bool {
	if d.options.Real && !d.options.Yes && !d.consent(ctx, service) {
		d.screen.line("Nothing was started.")
		return true
	}
	return (&play{d, service}).run(ctx)
}

// consent asks before money is spent, with the price if SkyPilot can say it.
func (d *Demo) consent(ctx context.Context, service Service) bool {
	d.screen.line("This launches a REAL machine at your cloud provider. It costs money until it is destroyed, which this demo does at its end.")
	d.screen.line("Asking SkyPilot for the price …")
	if estimate, err := service.Estimate(ctx, schema.SpecParams{Spec: schema.Spec{Name: d.options.Name}}); err != nil {
		d.screen.refused(err)
	} else {
		for _, offer := range estimate.Offers {
			if offer.Chosen {
				d.screen.line(fmt.Sprintf("It would be a %s on %s %s: about $%.2f an hour.", offer.InstanceType, offer.Cloud, offer.Region, offer.HourlyCost))
			}
		}
	}
	fmt.Fprint(d.options.Stdout, "Type yes to go on: ")
	answer, _ := bufio.NewReader(d.options.Stdin).ReadString('\n') // no answer is a no
	return strings.TrimSpace(answer) == "yes"
}

// play is the demo's script.
type play struct {
	*Demo
	service Service
}

func (p *play) run(ctx context.Context) bool {
	began := time.Now()
	name := schema.NameParams{Name: p.options.Name}
	launch := schema.LaunchParams{Spec: schema.Spec{Name: p.options.Name}}
	if !p.options.Real {
		launch.Spec.Cloud = "aws"
	}
	p.screen.act("Launching a server")
	if !p.await(ctx, func() (schema.OperationResult, error) { return p.service.Launch(ctx, launch) }) {
		return p.abandon(ctx)
	}
	p.show(ctx)
	p.screen.act("Asking for a second one, which is refused")
	if _, err := p.service.Launch(ctx, launch); err != nil {
		p.screen.refused(err)
	}
	for _, act := range []struct {
		title string
		begin func() (schema.OperationResult, error)
	}{
		{"Stopping it", func() (schema.OperationResult, error) { return p.service.Stop(ctx, name) }},
		{"Resuming it", func() (schema.OperationResult, error) { return p.service.Start(ctx, name) }},
		{"Destroying it", func() (schema.OperationResult, error) {
			return p.service.Destroy(ctx, schema.DestroyParams{Name: p.options.Name})
		}},
	} {
		p.screen.act(act.title)
		if !p.await(ctx, act.begin) {
			return p.abandon(ctx)
		}
		p.show(ctx)
	}
	p.screen.line(fmt.Sprintf("\nThe whole life took %s.", time.Since(began).Round(time.Second)))
	return true
}

// await begins an operation and waits for its end; false: it did not succeed.
func (p *play) await(ctx context.Context, begin func() (schema.OperationResult, error)) bool {
	result, err := begin()
	if err != nil {
		p.screen.refused(err)
		return false
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case end := <-p.finished:
			if end.Operation.ID != result.Operation.ID {
				continue
			}
			p.screen.ended(end)
			return end.Operation.State == schema.OperationSucceeded
		}
	}
}

func (p *play) show(ctx context.Context) {
	c, err := p.service.Status(ctx, schema.StatusParams{Name: p.options.Name})
	if err != nil {
		p.screen.refused(err)
		return
	}
	p.screen.cluster(c)
}

// abandon ends the demo early without leaving a machine behind unsaid.
func (p *play) abandon(ctx context.Context) bool {
	if ctx.Err() == nil {
		p.screen.act("Cleaning up")
		if p.await(ctx, func() (schema.OperationResult, error) {
			return p.service.Destroy(ctx, schema.DestroyParams{Name: p.options.Name})
		}) {
			return false
		}
	}
	if p.options.Real {
		p.screen.line("A machine may be running and costing money. To destroy it:\n" +
			`  echo '{"jsonrpc":"2.0","id":1,"method":"cluster.destroy"}' | sidecar --wait`)
	}
	return false
}
