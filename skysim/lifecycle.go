package skysim

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const noSuch = "Cluster(s) not found (tip: see `sky status`)."

// targets finds the clusters that a command names, globs allowed, and asks whether to go on
// with what it is doing to them. Those that there are none of it says, and goes on.
func (p *process) targets(o *options, command, doing string) ([]string, error) {
	all := o.set["--all"] || o.set["--all-users"]
	if len(o.args) == 0 && !all {
		return nil, &exit{2, "Usage: sky " + command + " [OPTIONS] [CLUSTERS]...\nTry 'sky " + command + " -h' for help.\n\nError: `sky " + command +
			"` requires either a cluster name or glob (see `sky status`), or the -a/--all flag for all your clusters, or the -u/--all-users flag for all clusters in your team."}
	}
	if err := p.pause(3 * time.Second); err != nil {
		return nil, err
	}
	if err := p.server(); err != nil {
		return nil, err
	}
	of := p.choice(o)
	if all {
		of.names = nil
	}
	var found []string
	err := p.read(func(w *world) {
		if missing := w.missing(of.names); len(missing) > 0 {
			p.say(notFound(missing...))
		}
		for _, c := range p.answered(w, of) {
			found = append(found, c.Name)
		}
	})
	if err == nil && len(found) > 0 && !o.set["--yes"] {
		if command == "start" { // then what comes next stands in the question's line (recording start-asked-async)
			p.say("")
		}
		err = p.ask(doing + " 1 cluster: " + strings.Join(found, ", ") + ". Proceed? [Y/n]: ")
	}
	return found, err
}

// ask asks a question, and fails unless the answer is yes. It stands in one line with what comes
// next: an answer through a pipe is not echoed.
func (p *process) ask(question string) error {
	_, _ = io.WriteString(p.stdout, question)
	answer, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err == nil && strings.HasPrefix(strings.ToLower(answer), "y") {
		return nil
	}
	return fail("Aborted!")
}

// start is `sky start`.
func (p *process) start(o *options) error {
	names, err := p.targets(o, "start", "Restarting")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		p.say(noSuch + " Do you mean to use `sky launch` to provision a new cluster?")
		return nil
	}
	for _, name := range names {
		if o.set["--yes"] {
			p.say("")
		}
		var up bool
		if err := p.read(func(w *world) {
			c := w.cluster(name)
			up = c != nil && c.Status == clusterUp
			if c != nil && w.mismatch(c) != "" { // it looks first, where that is worth it
				p.sayFailed([]string{"  " + strong(name) + ": " + w.mismatch(c)})
			}
		}); err != nil {
			return err
		}
		if up && !o.set["--force"] {
			p.say("Cluster " + name + " already has status UP.")
			continue
		}
		if err := p.startOne(o, name); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) startOne(o *options, name string) error {
	var id string
	err := p.world.update(func(w *world) error {
		c := w.cluster(name)
		if minutes, err := strconv.Atoi(o.values["--idle-minutes-to-autostop"]); err == nil && c != nil {
			c.Autostop, c.AutoDown = minutes, o.set["--down"]
		}
		id = w.accept("sky.start", name, p.commandLine(), p.user, plan{}, time.Now()).ID
		return nil
	})
	if err != nil {
		return err
	}
	if o.set["--async"] {
		p.submitted("sky.start", id)
		return nil
	}
	if r, err := p.follow(id); err != nil {
		if r == nil || r.Reason == "" {
			return err
		}
		p.say(r.Reason) // another account's: exit code 0 (client/cli/command.py: start)
		return nil
	}
	p.say("Cluster " + name + " started.")
	return nil
}

func (p *process) stop(o *options) error { return p.tearDown(o, "stop", "Stopping") }
func (p *process) down(o *options) error { return p.tearDown(o, "down", "Terminating") }

// tearDown is `sky stop` and `sky down`. It ends with 0 whatever came of it
// (transcripts stop-refused, down-refused).
func (p *process) tearDown(o *options, command, doing string) error {
	names, err := p.targets(o, command, doing)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		p.say(noSuch)
		return nil
	}
	p.say("", "")
	failures := 0
	for _, name := range names {
		done, err := p.tearDownOne(o, name, command, doing)
		if err != nil {
			return err
		}
		if !done {
			failures++
		}
	}
	p.say(bar(doing+" "+count(len(names), "cluster"), failures == 0))
	switch {
	case failures > 0 && command == "down":
		p.say("Cluster(s) failed. See details above. If you want to ignore the errors and remove the cluster(s) from the status table, use `sky down --purge`.")
	case failures > 0:
		p.say("Cluster(s) failed. See details above.")
	case o.set["--async"]:
		p.say(doing + " requests are sent. Check the requests' status with `sky request get <request_id>`.")
	}
	return nil
}

func (p *process) tearDownOne(o *options, name, command, doing string) (done bool, err error) {
	if command == "stop" {
		if reason, err := p.cannotStop(name); err != nil || reason != "" {
			p.say("", "Stopping cluster '"+name+"'... skipped.", "  "+reason, "  To terminate the cluster instead, run: "+strong("sky down "+name))
			return false, err
		}
	}
	var id string
	err = p.world.update(func(w *world) error {
		id = w.accept("sky."+command, name, p.commandLine(), p.user, plan{Purge: o.set["--purge"]}, time.Now()).ID
		return nil
	})
	if err != nil {
		return false, err
	}
	if o.set["--async"] {
		p.submitted("sky."+doing, id)
	} else if r, err := p.follow(id); err != nil {
		if r == nil || r.Reason == "" {
			return false, err
		}
		p.say("", r.Reason)
		return false, nil
	}
	p.say("", doing+" cluster "+name+"...done.")
	if command == "stop" {
		p.say("  To restart the cluster, run: sky start " + name)
	}
	return true, nil
}

// cannotStop says why a cluster's machine cannot be stopped, if it cannot.
func (p *process) cannotStop(name string) (reason string, err error) {
	err = p.read(func(w *world) {
		c := w.cluster(name)
		if c == nil {
			return
		}
		v, _ := vendorOf(c.Offer.Cloud)
		switch {
		case c.Offer.Spot && !v.canStop(true) && v.canStop(false):
			reason = "Stopping spot instances is currently not supported on " + v.repr + "."
		case !v.canStop(c.Offer.Spot):
			reason = "Stopping is currently not supported for " + v.id + "."
		}
	})
	return reason, err
}

// autostop is `sky autostop`.
func (p *process) autostop(o *options) error {
	names, err := p.targets(o, "autostop", "Scheduling autostop on")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		p.say(noSuch)
		return nil
	}
	kind := "autostop"
	if o.set["--down"] {
		kind = "autodown"
	}
	doing := "Scheduling " + kind + " on"
	if o.set["--cancel"] {
		doing = "Cancelling auto{stop,down} on"
	}
	p.say("", "")
	skipped := false
	for _, name := range names {
		skip, err := p.autostopOne(o, name, kind, doing)
		if err != nil {
			return err
		}
		skipped = skipped || skip
	}
	p.say(bar(doing+" "+count(len(names), "cluster"), !skipped))
	if skipped {
		p.say("Cluster(s) failed. See details above.")
	} else if o.set["--async"] {
		p.say(doing + " requests are sent. Check the requests' status with `sky request get <request_id>`.")
	}
	return nil
}

func (p *process) autostopOne(o *options, name, kind, doing string) (skipped bool, err error) {
	minutes := defaultIdle
	if given, err := strconv.Atoi(o.values["--idle-minutes"]); err == nil {
		minutes = given
	}
	var refusal string
	err = p.world.update(func(w *world) error {
		c := w.cluster(name)
		switch {
		case c == nil: // it went while this command was on its way
			return fail(w.notUp(nil, name, ""))
		case w.mismatch(c) != "": // which autostop does not catch (docs/skypilot.md, "Stop, start and down")
			return fail(mismatchError + w.mismatch(c))
		}
		refusal = w.setAutostop(c, kind, minutes, o)
		return nil
	})
	switch {
	case err != nil:
		p.say("")
		return true, err
	case refusal != "":
		p.say("", refusal)
		return true, nil
	}
	if o.set["--async"] {
		p.submitted("sky."+doing, newID())
	}
	p.say("", doing+" cluster '"+name+"'...done")
	if !o.set["--cancel"] {
		p.say(fmt.Sprintf("  The cluster will be %sed after %d minutes of idleness.", strings.Replace(kind, "stop", "stopp", 1), minutes),
			"  To cancel the "+kind+", run: sky autostop "+name+" --cancel")
	}
	return false, nil
}

// setAutostop changes the cluster, or says why it does not.
func (w *world) setAutostop(c *cluster, kind string, minutes int, o *options) string {
	name := c.Name
	v, _ := vendorOf(c.Offer.Cloud)
	switch {
	case c.Status != clusterUp:
		return "Scheduling " + kind + ": skipped for cluster '" + name + "' (status: " + c.Status + "). It is only allowed for UP and AUTOSTOPPING clusters."
	case o.set["--cancel"]:
		c.Autostop, c.AutoDown = -1, false
	case kind == "autostop" && !v.canStop(c.Offer.Spot) || kind == "autodown" && !v.has("D"):
		return "Scheduling " + kind + " on cluster '" + name + "'...skipped.\n  " + strings.ToUpper(kind[:1]) + kind[1:] + " is not supported on " + v.repr + "."
	default:
		c.Autostop, c.AutoDown, c.IdleSince = minutes, o.set["--down"], w.now
	}
	return ""
}
