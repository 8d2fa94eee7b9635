package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carapace/provision"
	"carapace/schema"
)

// demo plays a server's whole life for a person on a terminal: launched,
// running, stopped, resumed, destroyed.
func demo(ctx context.Context, o options) int {
	log, redactor, flush := newLog(o.logLevel)
	defer flush()
	screen := newScreen(os.Stdout)
	cleanUp, err := o.stage()
	if err != nil {
		screen.fail(err)
		return exitError
	}
	defer cleanUp()
	screen.introduce(o)
	host := &audience{screen: screen, finished: make(chan schema.Finished, 16)}
	service, err := newService(o, host, log, redactor)
	if err != nil {
		screen.fail(err)
		return exitError
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), handOverTime)
		defer cancel()
		service.Close(closing)
	}()
	if o.real && !o.yes && !consent(ctx, service, screen, o) {
		screen.line("Nothing was started.")
		return exitOK
	}
	return (&play{service, host, screen, o}).run(ctx)
}

// stage makes the folders that a simulated demo needs, so that it works in any
// directory and leaves nothing behind.
func (o *options) stage() (cleanUp func(), err error) {
	if o.real {
		if o.stateDir == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, err
			}
			o.stateDir = filepath.Join(home, ".carapace")
		}
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "carapace-demo-")
	if err != nil {
		return nil, err
	}
	cleanUp = func() { _ = os.RemoveAll(dir) }
	o.stateDir, o.projectDir = filepath.Join(dir, "state"), filepath.Join(dir, "project")
	for path, text := range map[string]string{
		"data/public/welcome.txt":       "Everybody may read this.\n",
		"data/public/über uns.md":       "# Names with spaces and umlauts are fine\n",
		"data/private/diary/2026-11.md": "Only the Gatekeeper reads this.\n",
	} {
		path = filepath.Join(o.projectDir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return cleanUp, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return cleanUp, err
		}
	}
	return cleanUp, nil
}

// consent asks before money is spent, with the price if SkyPilot can say it.
func consent(ctx context.Context, service *provision.Service, screen *screen, o options) bool {
	screen.line("This launches a REAL machine at your cloud provider. It costs money until it is destroyed, which this demo does at its end.")
	screen.line("Asking SkyPilot for the price …")
	if estimate, err := service.Estimate(ctx, schema.SpecParams{Spec: schema.Spec{Name: o.name}}); err != nil {
		screen.fail(err)
	} else {
		for _, offer := range estimate.Offers {
			if offer.Chosen {
				screen.line(fmt.Sprintf("It would be a %s on %s %s: about $%.2f an hour.", offer.InstanceType, offer.Cloud, offer.Region, offer.HourlyCost))
			}
		}
	}
	fmt.Fprint(os.Stdout, "Type yes to go on: ")
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n') // no answer is a no
	return strings.TrimSpace(answer) == "yes"
}

// play is the demo's script.
type play struct {
	service *provision.Service
	host    *audience
	screen  *screen
	options options
}

func (p *play) run(ctx context.Context) int {
	began := time.Now()
	name := schema.NameParams{Name: p.options.name}
	launch := schema.LaunchParams{Spec: schema.Spec{Name: p.options.name}}
	if p.options.simulate {
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
			return p.service.Destroy(ctx, schema.DestroyParams{Name: p.options.name})
		}},
	} {
		p.screen.act(act.title)
		if !p.await(ctx, act.begin) {
			return p.abandon(ctx)
		}
		p.show(ctx)
	}
	p.screen.line(fmt.Sprintf("\nThe whole life took %s.", time.Since(began).Round(time.Second)))
	return exitOK
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
		case end := <-p.host.finished:
			if end.Operation.ID != result.Operation.ID {
				continue
			}
			p.screen.ended(end)
			return end.Operation.State == schema.OperationSucceeded
		}
	}
}

func (p *play) show(ctx context.Context) {
	c, err := p.service.Status(ctx, schema.StatusParams{Name: p.options.name})
	if err != nil {
		p.screen.fail(err)
		return
	}
	p.screen.cluster(c)
}

// abandon ends the demo early without leaving a machine behind unsaid.
func (p *play) abandon(ctx context.Context) int {
	if ctx.Err() == nil {
		p.screen.act("Cleaning up")
		if p.await(ctx, func() (schema.OperationResult, error) {
			return p.service.Destroy(ctx, schema.DestroyParams{Name: p.options.name})
		}) {
			return exitError
		}
	}
	if p.options.real {
		p.screen.line("A machine may be running and costing money. To destroy it:\n" +
			`  echo '{"jsonrpc":"2.0","id":1,"method":"cluster.destroy"}' | sidecar --wait`)
	}
	return exitError
}
