package skysim

import (
	"fmt"
	"io"
	"time"
)

// launch is `sky launch`.
func (p *process) launch(o *options) error {
	if err := p.pause(1500 * time.Millisecond); err != nil {
		return err
	}
	entry := ""
	for _, arg := range o.args {
		if entry != "" {
			entry += " "
		}
		entry += arg
	}
	t, err := p.readTask(entry)
	if err != nil {
		return err
	}
	if err := t.override(o); err != nil {
		return err
	}
	if o.set["--no-setup"] {
		t.Setup = ""
	}
	if err := p.server(); err != nil {
		return err
	}
	name := o.values["--cluster"]
	if name == "" {
		name = "sky-" + newID()[:4] + "-" + p.user.Name
	}
	p.say("Running on cluster: " + name)
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	if o.set["--dryrun"] {
		return p.dryrun(name, &t)
	}
	return p.submitLaunch(o, name, t)
}

// dryrun stops where a launch would ask the cloud (transcript launch-dryrun).
func (p *process) dryrun(name string, t *task) error {
	return p.world.update(func(w *world) error {
		if exception := w.refused(t); exception != "" {
			return fail(exception)
		}
		if err := w.fetchCatalogs(t); err != nil {
			return err
		}
		offers := w.optimize(t, nil)
		if len(offers) == 0 {
			p.say(t.unsatisfied(w.candidates(t))...)
			return fail(t.infeasible())
		}
		if t.Spot {
			p.say(spotWarning)
		}
		p.say(considered(offers)...)
		if !validName(name) {
			p.say("")
			return fail(badName(name))
		}
		p.say("Dryrun finished.", "")
		return nil
	})
}

func (p *process) submitLaunch(o *options, name string, t task) error {
	var id string
	err := p.world.update(func(w *world) error {
		id = w.accept("sky.launch", name, p.commandLine(), p.user, plan{Task: t, Detach: o.set["--detach-run"]}, time.Now()).ID
		return nil
	})
	if err != nil {
		return err
	}
	if o.set["--async"] {
		p.submitted("sky.launch", id)
		return nil
	}
	r, err := p.follow(id)
	if err != nil {
		return err
	}
	if r.Plan.Job == 0 {
		p.usefulCommands(name, 0)
		return nil
	}
	var end error
	if !o.set["--detach-run"] {
		end = p.followJob(name, r.Plan.Job)
	}
	p.usefulCommands(name, r.Plan.Job)
	return end
}

// usefulCommands is the block at the end of a launch that a terminal waited for.
func (p *process) usefulCommands(name string, job int) {
	p.say("", "📋 Useful Commands")
	if job > 0 {
		p.say(fmt.Sprintf("Job ID: %d", job),
			fmt.Sprintf("├── To cancel the job:\t\tsky cancel %s %d", name, job),
			fmt.Sprintf("├── To stream job logs:\t\tsky logs %s %d", name, job),
			"└── To view job queue:\t\tsky queue "+name)
	}
	p.say("Cluster name: "+name, "├── To log into the head VM:\tssh "+name, "├── To submit a job:\t\tsky exec "+name+" yaml_file",
		"├── To stop the cluster:\tsky stop "+name, "└── To teardown the cluster:\tsky down "+name)
}

// jobEnds maps a job's last state to the exit code of a command that watched it.
func jobExit(status string) int {
	if status == jobSucceeded {
		return 0
	}
	return 100
}

// followJob prints a job's log until the job has ended.
func (p *process) followJob(name string, id int) error {
	printed := 0
	for {
		var j *job
		var next time.Time
		if err := p.read(func(w *world) { j, next = w.jobOf(name, id), w.next().at }); err != nil {
			return err
		}
		if j == nil {
			return fail("sky.exceptions.ClusterDoesNotExist: " + yellow + "Cluster '" + name + "' does not exist." + reset)
		}
		_, _ = io.WriteString(p.stdout, j.Log[printed:]) // as in say
		printed = len(j.Log)
		if j.ended() {
			p.say(finished("Job finished (status: " + j.Status + ")."))
			if code := jobExit(j.Status); code != 0 {
				return &exit{code, ""}
			}
			return nil
		}
		if err := p.until(next); err != nil {
			return err
		}
	}
}

func (w *world) jobOf(name string, id int) *job {
	c := w.cluster(name)
	if c == nil || id < 1 || id > len(c.Jobs) {
		return nil
	}
	return c.Jobs[id-1]
}

// execute is `sky exec`.
func (p *process) execute(o *options) error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	if len(o.args) == 0 {
		return &exit{2, "Usage: sky exec [OPTIONS] CLUSTER [ENTRYPOINT]...\nTry 'sky exec -h' for help.\n\nError: Missing argument 'CLUSTER'."}
	}
	entry := ""
	if len(o.args) > 1 {
		entry = o.args[1]
	}
	t, err := p.readTask(entry)
	if err != nil {
		return err
	}
	name := o.args[0]
	if err := p.server(); err != nil {
		return err
	}
	p.say("Submitting job to cluster: " + name)
	var id string
	err = p.world.update(func(w *world) error {
		t.Setup, t.Mounts = "", nil // exec runs the command and nothing else
		id = w.accept("sky.exec", name, p.commandLine(), p.user, plan{Task: t, Detach: o.set["--detach-run"]}, time.Now()).ID
		return nil
	})
	if err != nil {
		return err
	}
	if o.set["--async"] {
		p.submitted("sky.exec", id)
		return nil
	}
	r, err := p.follow(id)
	if err != nil || o.set["--detach-run"] {
		return err
	}
	return p.followJob(name, r.Plan.Job)
}
