package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// play is the demo's script.
type play struct {
	*Demo
	service Service
	launch  schema.Spec
	claim   *claim           // nil until the launch was accepted
	doing   schema.Operation // the last that was begun
}

// errNotOurs is why an act was not begun: the server can't be told to be the demo's.
var errNotOurs = errors.New("the server is not known to be the demo's")

func (p *play) run(ctx context.Context) bool {
	began := time.Now()
	p.screen.Act("Launching a server")
	accepted, err := p.service.Launch(ctx, schema.LaunchParams{Spec: p.launch})
	if err != nil {
		p.refused(err)
		p.screen.Line("Nothing was started, so there is nothing to clean up.")
		return false
	}
	p.claim = newClaim(accepted)
	if p.await(ctx, accepted.Operation) != nil {
		return p.abandon(ctx)
	}
	p.show(ctx)
	p.screen.Act("Asking for a second one, which is refused")
	// Only to hear the refusal: if the server is gone meanwhile, nothing is launched.
	if _, err := p.service.Launch(ctx, schema.LaunchParams{Spec: p.launch, DryRun: true}); err != nil {
		p.screen.Refused(err)
	}
	err = p.perform(ctx, "Stopping it", p.stop)
	switch {
	case isUnsupported(err):
		p.screen.Line("    So it is not stopped and resumed, but destroyed at once.")
	case err != nil:
		return p.abandon(ctx)
	case p.perform(ctx, "Resuming it", p.start) != nil:
		return p.abandon(ctx)
	}
	if p.perform(ctx, "Destroying it", p.destroy) != nil {
		return p.abandon(ctx)
	}
	p.screen.Line(fmt.Sprintf("\nThe whole life took %s.", text.Span(time.Since(began))))
	return true
}

func (p *play) stop(ctx context.Context, name string) (schema.OperationResult, error) {
	return p.service.Stop(ctx, schema.ChangeParams{Name: name})
}

func (p *play) start(ctx context.Context, name string) (schema.OperationResult, error) {
	return p.service.Start(ctx, schema.StartParams{Name: name})
}

func (p *play) destroy(ctx context.Context, name string) (schema.OperationResult, error) {
	return p.service.Destroy(ctx, schema.DestroyParams{Name: name})
}

// isUnsupported says whether the cloud can't do what was asked for, as Kubernetes
// can't stop a server.
func isUnsupported(err error) bool {
	e := (*schema.Error)(nil)
	return errors.As(err, &e) && e.Kind == schema.KindUnsupported
}

// begin is a method of the service that begins an operation.
type begin func(ctx context.Context, name string) (schema.OperationResult, error)

// perform changes the server, if it is the demo's. The error is why it did not:
// errNotOurs, or one of change's.
func (p *play) perform(ctx context.Context, title string, begin begin) error {
	p.screen.Act(title)
	owner, _ := p.judge(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case owner != ours:
		return errNotOurs
	}
	return p.change(ctx, begin)
}

// change begins an operation on the server, waits for its end and shows what has come
// of it. The error is a refusal, why the operation failed, or that of ctx.
func (p *play) change(ctx context.Context, begin begin) error {
	result, err := begin(ctx, p.options.Name)
	if err != nil {
		p.screen.Refused(err)
		return err
	}
	p.claim.begun = append(p.claim.begun, result.Operation.ID)
	if err := p.await(ctx, result.Operation); err != nil {
		return err
	}
	p.show(ctx)
	return nil
}

// await waits for the end of an operation; the error is why it did not succeed.
func (p *play) await(ctx context.Context, op schema.Operation) error {
	p.doing = op
	p.screen.Begin()
	defer p.screen.Rest()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case end := <-p.finished:
			if end.Operation.ID != op.ID {
				continue
			}
			p.doing = end.Operation
			p.claim.ended(end)
			p.screen.Ended(end.Operation, end.Cluster.Warnings)
			return failure(end.Operation)
		}
	}
}

// failure is why an operation that has ended did not succeed; nil if it did.
func failure(op schema.Operation) error {
	switch {
	case op.State == schema.OperationSucceeded:
		return nil
	case op.Error == nil:
		return errors.New(op.Message)
	}
	return op.Error
}

func (p *play) show(ctx context.Context) {
	c, err := p.service.Status(ctx, schema.StatusParams{Name: p.options.Name})
	if err != nil {
		p.screen.Refused(err)
		return
	}
	if c.Status != schema.StatusNoServer {
		p.screen.Machine(c)
	}
}

// lookTries is how often the cloud is looked at if SkyPilot can't say what there is:
// its first answer may come after the API server's start, and another sidecar's look
// may have held its lock.
const lookTries = 3

// look is the server of the demo's name as SkyPilot knows it now; Stale if it could
// not say.
func (p *play) look(ctx context.Context) (c schema.Cluster, err error) {
	for range lookTries {
		c, err = p.service.Status(ctx, schema.StatusParams{Name: p.options.Name, Refresh: true})
		if err != nil || !c.Stale || ctx.Err() != nil {
			break
		}
	}
	return c, err
}

// judge looks whose the server of the demo's name is now.
func (p *play) judge(ctx context.Context) (owner, string) {
	defer p.screen.Moving("Looking at the server")()
	now, err := p.look(ctx)
	if err != nil {
		return unsure, err.Error()
	}
	operations, err := p.service.ListOperations(ctx, schema.OperationListParams{Cluster: p.options.Name, Limit: 1})
	switch {
	case err != nil:
		return unsure, err.Error()
	case len(operations.Operations) == 0:
		return unsure, "Nothing is known any more of what the demo has begun."
	}
	return p.claim.judge(now, operations.Operations[0].ID)
}

// abandon ends a demo whose launch was accepted before its script's end, and leaves
// no machine behind unsaid. It destroys the server if that is the demo's.
func (p *play) abandon(ctx context.Context) bool {
	var owner owner
	var why string
	if ctx.Err() == nil {
		owner, why = p.judge(ctx)
	}
	if ctx.Err() == nil && owner == ours {
		p.screen.Act("Cleaning up")
		if p.change(ctx, p.destroy) == nil {
			return false
		}
	}
	name := p.options.Name
	switch {
	case ctx.Err() != nil:
		p.interrupted()
	case owner == ours:
		p.left("The server " + name + " may be running. " + p.spends() + "To destroy it:")
	case owner == nobodys:
		p.screen.Line("There is nothing to clean up. " + why)
	case owner == theirs:
		p.screen.Line(why + " The demo destroys only what it has launched itself, so it has left that server alone.")
	default:
		p.left(why + " So it was left alone, but the server " + name +
			" may be running. " + p.spends() + "If it is the one that the demo launched, destroy it:")
	}
	return false
}

// interrupted says what a demo leaves that was ended by a signal.
func (p *play) interrupted() {
	const sorry = "\nInterrupted. "
	switch {
	case p.claim.gaveWay():
		p.screen.Last(sorry + "The demo has made nothing: somebody else has the name " + p.options.Name + ".")
	case p.doing.Ended():
		p.left(sorry + "The server " + p.options.Name + " may be running. " + p.spends() + "To destroy it:")
	default:
		p.left(fmt.Sprintf("%sThe %s goes on: the server %s may be running. %sTo destroy it:", sorry, p.doing.Kind, p.options.Name, p.spends()))
	}
}

// spends is what the server costs, in the service's words, with a space behind it; "" if nothing is known of that.
func (p *play) spends() string {
	c, err := p.service.Status(context.Background(), schema.StatusParams{Name: p.options.Name})
	if err != nil || c.Costs.Sentence == "" {
		return ""
	}
	return c.Costs.Sentence + " "
}

// left says what may be left, and the command that ends it, as the last words.
func (p *play) left(what string) {
	if !p.options.Real {
		p.screen.Last("\nNothing is left of the server: it was simulated.")
		return
	}
	p.screen.Last(what + "\n  " + p.options.DestroyCommand)
}
