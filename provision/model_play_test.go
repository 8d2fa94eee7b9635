package provision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing/synctest"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// play is one program being run.
type play struct {
	*world
	reference
	sides   [2]*sidecar
	reached *outcomes
	log     []string
	ops     map[string]schema.OperationKind // that were accepted and whose end was not seen
	earlier [][]byte                        // state files as they were
	faulty  map[string]bool
}

const secondName = "second"

func runProgram(w *world, program []step, reached *outcomes) {
	p := &play{world: w, reached: reached, ops: map[string]schema.OperationKind{}, faulty: map[string]bool{}, reference: newReference()}
	p.sides = [2]*sidecar{w.run(), w.run()}
	defer func() {
		for _, s := range p.sides {
			s.stopNow()
		}
		if w.t.Failed() {
			for _, line := range p.log {
				w.t.Log(line)
			}
		}
	}()
	for n, s := range program {
		reached.steps++
		began := time.Now()
		p.log = append(p.log, fmt.Sprintf("%2d %s %s", n, began.Format("02 15:04:05"), s))
		p.note("%s", p.carryOut(s))
		p.check()
		p.pass(s.wait)
		p.check()
		if w.t.Failed() {
			return
		}
	}
	p.settle()
}

func (p *play) note(format string, args ...any) {
	p.log = append(p.log, "        "+fmt.Sprintf(format, args...))
}

// pass lets time pass; untilEnd: until no operation is in progress.
func (p *play) pass(wait time.Duration) {
	if wait != untilEnd {
		time.Sleep(wait)
		return
	}
	const patience = 26 * time.Hour // longer than the longest deadline
	for deadline := time.Now().Add(patience); p.busy() && !p.t.Failed(); time.Sleep(2 * time.Second) {
		if time.Now().After(deadline) {
			p.t.Errorf("an operation goes on for %s: %+v", patience, p.sides[0].store.Running(schema.DefaultClusterName))
		}
	}
}

func (p *play) busy() bool {
	for _, s := range p.sides {
		for _, name := range []string{schema.DefaultClusterName, secondName} {
			if s.store.Running(name) != nil {
				return true
			}
		}
	}
	return false
}

// changing says whether SkyPilot has, or gets, a request that changes what bears our
// name, whosever it is when the request's turn comes.
func (p *play) changing() bool {
	op := p.sides[0].store.Running(schema.DefaultClusterName)
	return op != nil && op.Step != lifecycle.StepLaunch && op.Step != ""
}

// carryOut does a step, and says what came of it.
func (p *play) carryOut(s step) string {
	side := p.sides[s.who]
	switch s.do {
	case "launch":
		return p.ask(side.Launch(ctx, specOf(s.what)))
	case "stop":
		return p.ask(side.Stop(ctx, schema.ChangeParams{}))
	case "start":
		return p.ask(side.Service.Start(ctx, schema.StartParams{}))
	case "destroy":
		return p.ask(side.Destroy(ctx, schema.DestroyParams{Purge: s.what == "purge"}))
	case "sync":
		return p.ask(side.Sync(ctx, schema.SyncParams{}))
	case "cancel":
		return p.ask(side.Cancel(ctx, schema.NameParams{}))
	case "forget":
		return p.forget(side)
	case "refresh":
		return p.refresh(side)
	case "inject":
		p.inject(s.what, "")
		p.faulty[s.what] = true
	case "heal":
		p.heal()
		p.faulty = map[string]bool{}
	case "kill":
		p.kill(s, func() {})
	case "lose":
		p.reached.count("state lost while both run")
		return p.lose(s)
	case "kill and lose":
		p.reached.count("state lost")
		said := ""
		p.kill(step{what: "both"}, func() { said = p.lose(s) })
		return said
	case "outside", "foreign", "by hand":
		return p.outsideOf(s)
	}
	return "done"
}

func specOf(what string) schema.LaunchParams {
	p := onAWS
	switch what {
	case "spot":
		p.Spec.UseSpot = true
	case "autostop":
		p.Spec.Autostop = &schema.Autostop{IdleMinutes: 5}
	case "autodown":
		p.Spec.Autostop = &schema.Autostop{IdleMinutes: 5, Down: true}
	case "elsewhere":
		p.Spec.Region = "eu-west-1"
	case "second":
		p.Spec.Name = secondName
	}
	return p
}

// ask notes a request that was accepted.
func (p *play) ask(result schema.OperationResult, err error) string {
	if err != nil {
		return "refused: " + err.Error()
	}
	op := result.Operation
	p.ops[op.ID] = op.Kind
	if op.Kind == schema.OperationLaunch {
		p.launchAccepted(op.Cluster)
	}
	return fmt.Sprintf("accepted: %s of %s", op.Kind, op.Cluster)
}

func (p *play) forget(side *sidecar) string {
	c, err := side.Forget(ctx, schema.NameParams{})
	if err != nil {
		return "refused: " + err.Error()
	}
	p.reached.count("forgotten")
	p.forgotten(p.truth(), c.Name)
	return "forgotten: " + c.Name
}

// kill ends sidecars without warning, and starts new ones; between is done while
// they are dead.
func (p *play) kill(s step, between func()) {
	if p.busy() {
		p.reached.count("killed in an operation")
	}
	for n := range p.sides {
		if s.what == "both" || n == s.who {
			p.sides[n].stopNow()
		}
	}
	between()
	for n := range p.sides {
		if s.what == "both" || n == s.who {
			p.sides[n] = p.run()
		}
	}
}

// lose damages the state file, or puts an earlier one in its place.
func (p *play) lose(s step) string {
	synctest.Wait()
	path := filepath.Join(p.dir, "state", "state.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return "there is none"
	}
	p.stateLost = true
	switch s.what {
	case "delete":
		err = os.Remove(path)
	case "cut":
		err = os.WriteFile(path, data[:len(data)/2], 0o600)
	case "restore":
		if len(p.earlier) == 0 {
			return "there is no earlier one"
		}
		err = os.WriteFile(path, p.earlier[int(s.at*float64(len(p.earlier)))], 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return s.what
}

// outsideOf is a change that somebody else makes.
func (p *play) outsideOf(s step) string {
	before, raced := p.truth(), p.changing()
	switch s.do {
	case "outside":
		p.outside(s.what)
	case "foreign":
		if _, err := p.control.MakeForeign(schema.DefaultClusterName, skysim.OtherUser); err != nil {
			return err.Error()
		}
	case "by hand":
		args := map[string][]string{
			"down":   {"down", "-y", schema.DefaultClusterName},
			"purge":  {"down", "-y", "--purge", schema.DefaultClusterName},
			"launch": {"launch", "-y", "-d", "-c", schema.DefaultClusterName, "--infra", "aws/us-east-1", "--cpus", "4"},
		}[s.what]
		if s.what == "purge" && !p.faulty["down_refused"] {
			p.inject("down_refused", "")
			defer p.healOne("down_refused")
		}
		bounded, cancel := context.WithTimeout(ctx, 20*time.Minute)
		defer cancel()
		res, err := p.runner.Run(bounded, sky.Call{Program: "sky", Args: args})
		p.handMayGoOn = p.handMayGoOn || err != nil
		p.note("sky %v: %d, %v", args, res.Code, err)
	}
	synctest.Wait()
	return p.outsideDone(before, p.truth(), p.carapaceKnows(), raced)
}

// healOne ends one fault.
func (p *play) healOne(fault string) {
	p.heal()
	for other := range p.faulty {
		if other != fault {
			p.inject(other, "")
		}
	}
}

// carapaceKnows are the cluster hashes that a sidecar knows to be its own.
func (p *play) carapaceKnows() map[string]bool {
	known := p.sides[0].store.Launched().Hashes
	for _, s := range p.sides {
		for _, name := range []string{schema.DefaultClusterName, secondName} {
			known[s.store.Remembered(name).Identity.Hash] = true
		}
	}
	return known
}

// remember keeps the state file as it is now.
func (p *play) remember() {
	data, err := os.ReadFile(filepath.Join(p.dir, "state", "state.json"))
	if err != nil || len(p.earlier) > 0 && slices.Equal(data, p.earlier[len(p.earlier)-1]) {
		return
	}
	if p.stateLost && !p.readable(data) {
		return // one that was cut in half is no earlier state
	}
	p.earlier = append(p.earlier, data)
}

func (p *play) readable(data []byte) bool {
	var st lifecycle.State
	return st.UnmarshalJSON(data) == nil
}
