package demo

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"carapace/schema"
)

// prepare makes sure, before a real machine is launched, that the name is free, that
// a launch could begin, and that the person wants it. ok is what Run returns if the
// demo does not go on.
//
// What the state folder knows comes first, because it is known at once; SkyPilot is
// asked only where there is one.
func (p *play) prepare(ctx context.Context) (goOn, ok bool) {
	remembered, err := p.service.Status(ctx, schema.StatusParams{Name: p.options.Name})
	if !p.isFree(remembered, err) || !p.isPossible(ctx) {
		return false, false
	}
	done := p.screen.Wait("Asking SkyPilot whether there is a server called " + p.options.Name)
	found, err := p.look(ctx)
	done()
	switch {
	case ctx.Err() != nil:
		return false, false
	case err == nil && found.Stale:
		p.screen.Line("SkyPilot could not say whether there is one, so the demo does not begin.")
		return false, false
	case !p.isFree(found, err):
		return false, false
	}
	goOn = p.options.Yes || p.consent(ctx)
	return goOn && ctx.Err() == nil, ctx.Err() == nil
}

// isFree says whether there is no server of the demo's name, and tells the person if
// there is one.
func (p *play) isFree(c schema.Cluster, err error) bool {
	if err != nil {
		p.screen.Refused(err)
		return false
	}
	if c.Status == schema.StatusNoServer {
		return true
	}
	p.screen.Line(fmt.Sprintf("There is a server called %s already. %s", p.options.Name, c.Description))
	p.screen.Line("The demo destroys its server at its end, so it leaves this one alone. It can be played beside it with another --name and another --state-dir.")
	return false
}

// isPossible says whether a launch could begin, and tells the person all that is
// missing if not.
func (p *play) isPossible(ctx context.Context) bool {
	preview, err := p.service.Preview(ctx, schema.SpecParams{Spec: p.launch})
	if err != nil {
		p.screen.Refused(err)
		return false
	}
	for i := range preview.Problems {
		p.refused(&preview.Problems[i])
	}
	return len(preview.Problems) == 0
}

// consent asks before money is spent, with the price if SkyPilot can say it.
func (p *play) consent(ctx context.Context) bool {
	p.screen.Line("This launches a REAL machine at your cloud provider. This demo destroys it at its end.")
	done := p.screen.Wait("Asking SkyPilot for the price")
	estimate, err := p.service.Estimate(ctx, schema.EstimateParams{Spec: p.launch})
	done()
	if err != nil && ctx.Err() == nil {
		p.screen.Refused(err)
	}
	if estimate.Sentence != "" {
		p.screen.Line(estimate.Sentence)
	}
	if ctx.Err() != nil {
		return false
	}
	p.screen.Ask("Type yes to go on:")
	return p.answer(ctx) == "yes"
}

// answer is the line that the person typed; "" without one, and when ctx is done: a
// signal does not end the read of a terminal.
func (p *play) answer(ctx context.Context) string {
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(p.options.Stdin).ReadString('\n') // no answer is a no
		typed <- strings.TrimSpace(line)
	}()
	select {
	case line := <-typed:
		return line
	case <-ctx.Done():
		p.screen.Line("")
		return ""
	}
}
