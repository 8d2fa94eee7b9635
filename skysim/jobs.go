package skysim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ready takes a command to where the API server does its work.
func (p *process) ready() error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	if err := p.server(); err != nil {
		return err
	}
	return p.pause(2 * time.Second)
}

// jobRecord is one object of `sky queue -o json`.
type jobRecord struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	ID        int      `json:"job_id"`
	Name      string   `json:"job_name"`
	User      string   `json:"username"`
	UserHash  string   `json:"user_hash"`
	Submitted *float64 `json:"submitted_at"`
	Start     *float64 `json:"start_at"`
	End       *float64 `json:"end_at"`
	Resources string   `json:"resources"`
	Status    string   `json:"status"`
	LogPath   string   `json:"log_path"`
	Metadata  struct{} `json:"metadata"`
	Links     struct{} `json:"links"`
}

// epoch is a time as Python prints it, null for none.
func epoch(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	seconds := float64(t.UnixMicro()) / 1e6
	return &seconds
}

// queue is `sky queue`. Its prose comes first even in JSON.
func (p *process) queue(o *options) error {
	if err := p.ready(); err != nil {
		return err
	}
	if !o.json() {
		p.say("Fetching and parsing job queue...")
	}
	return p.world.readLocked(func(w *world) error {
		names := o.args
		if len(names) == 0 {
			for _, c := range w.chosen(p.choice(o)) {
				names = append(names, c.Name)
			}
		}
		p.say("Fetching job queue for: " + strings.Join(names, ", "))
		result := map[string][]jobRecord{}
		for _, name := range names {
			c := w.cluster(name)
			if problem := w.noQueue(c, name); problem != "" {
				p.say("Failed to get the job queue for cluster '"+name+"'.", "  "+plain(problem))
				continue
			}
			result[name] = c.queue(p.user, o.set["--all-users"])
		}
		if o.json() {
			return p.sayJSON(result)
		}
		p.sayQueues(w, result)
		return nil
	})
}

// noQueue says why a cluster's queue cannot be read.
func (w *world) noQueue(c *cluster, name string) string {
	if problem := w.notUp(c, name, "Getting the job queue: skipped"); problem != "" {
		return problem
	}
	if w.dead(c) {
		return "sky.exceptions.CommandError: Command ssh failed with return code 255.\nFailed to get job queue on cluster " + name + "."
	}
	return ""
}

// dead says that nothing on a cluster's machine answers, whatever the cloud says.
func (w *world) dead(c *cluster) bool {
	m := w.machine(c.Machine)
	return m == nil || m.State != machineRunning || w.fault(faultUnreachable, c.Name, c.Offer.Region, c.Offer.Cloud)
}

// queue lists the jobs of a user, or of all, the newest first.
func (c *cluster) queue(of user, all bool) []jobRecord {
	records := []jobRecord{}
	for _, j := range slices.Backward(c.Jobs) {
		if !all && j.User.Hash != of.Hash {
			continue
		}
		records = append(records, jobRecord{
			ID: j.ID, Name: j.Name, User: j.User.Name, UserHash: j.User.Hash, Submitted: epoch(j.Submitted),
			Start: epoch(j.Start), End: epoch(j.End), Resources: j.Resources, Status: j.Status, LogPath: "~/sky_logs/" + j.LogPath,
		})
	}
	return records
}

func (p *process) sayQueues(w *world, queues map[string][]jobRecord) {
	for name, jobs := range queues {
		p.say("", "Job queue of current user on cluster "+name)
		rows := [][]string{{"ID", "NAME", "USER", "SUBMITTED", "STARTED", "DURATION", "RESOURCES", "STATUS", "LOG", "GIT COMMIT"}}
		for _, record := range jobs {
			j := w.jobOf(name, record.ID)
			started, lasted := "-", "-"
			if !j.Start.IsZero() {
				started, lasted = ago(w.now.Sub(j.Start)), "< 1s"
			}
			rows = append(rows, []string{
				strconv.Itoa(record.ID), record.Name, record.User, ago(w.now.Sub(j.Submitted)), started, lasted,
				record.Resources, record.Status, record.LogPath, "-",
			})
		}
		p.say(columns(rows)...)
	}
}

// logs is `sky logs`.
func (p *process) logs(o *options) error {
	if err := p.ready(); err != nil {
		return err
	}
	if len(o.args) == 0 {
		return &exit{2, "Usage: sky logs [OPTIONS] CLUSTER [JOB_IDS]...\nTry 'sky logs -h' for help.\n\nError: Missing argument 'CLUSTER'."}
	}
	name, id := o.args[0], 0
	if len(o.args) > 1 {
		id, _ = strconv.Atoi(o.args[1]) // what is no number is no job
	}
	if o.set["--provision"] {
		return p.provisionLog(name)
	}
	if o.set["--status"] {
		return p.jobStatus(name, id)
	}
	if id == 0 && len(o.args) == 1 {
		p.say(yellow + "Tailing logs of the last job on cluster '" + name + "'..." + reset)
	} else {
		p.say(yellow + fmt.Sprintf("Tailing logs of job %s on cluster '%s'...", o.args[1], name) + reset)
	}
	return p.jobLog(o, name, id)
}

func (p *process) jobLog(o *options, name string, id int) error {
	var j *job
	err := p.world.readLocked(func(w *world) error {
		c := w.cluster(name)
		if problem := w.notUp(c, name, "Tailing logs: skipped"); problem != "" {
			return fail(problem)
		}
		if w.dead(c) {
			return fail("sky.exceptions.CommandError: Command ssh failed with return code 255.\nFailed to tail logs of job on cluster " + name + ".")
		}
		if len(o.args) == 1 {
			id = len(c.Jobs)
		}
		j = w.jobOf(name, id)
		return nil
	})
	switch {
	case err != nil:
		return err
	case j == nil && len(o.args) == 1:
		p.say("No jobs found on cluster " + name + ".")
		return &exit{102, ""}
	case j == nil:
		p.say("Job " + o.args[1] + " not found (see `sky queue`).")
		return &exit{102, ""}
	case len(o.args) == 1:
		p.say("Job ID not provided. Streaming the logs of the latest job.")
	}
	if !o.set["--no-follow"] {
		return p.followJob(name, id)
	}
	p.sayTail(j.Log, o.values["--tail"])
	if !j.ended() {
		return &exit{101, ""}
	}
	p.say(finished("Job finished (status: " + j.Status + ")."))
	if code := jobExit(j.Status); code != 0 {
		return &exit{code, ""}
	}
	return nil
}

// sayTail prints a log, or its last lines.
func (p *process) sayTail(log, tail string) {
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	if n, err := strconv.Atoi(tail); err == nil && n > 0 {
		lines = lines[max(0, len(lines)-n):]
	}
	if log != "" {
		p.say(lines...)
	}
}

func (p *process) jobStatus(name string, id int) error {
	p.say(yellow + "Getting job status..." + reset)
	return p.world.readLocked(func(w *world) error {
		if problem := w.notUp(w.cluster(name), name, "Getting job status: skipped"); problem != "" {
			return fail(problem)
		}
		j := w.jobOf(name, id)
		switch {
		case j == nil:
			p.say(fmt.Sprintf("Job %d: None", id), fmt.Sprintf("Job %d not found", id))
			return &exit{102, ""}
		case !j.ended():
			p.say(fmt.Sprintf("Job %d: %s", id, j.Status))
			return &exit{101, ""}
		}
		p.say(fmt.Sprintf("Job %d: %s", id, j.Status))
		if code := jobExit(j.Status); code != 0 {
			return &exit{code, ""}
		}
		return nil
	})
}

// provisionLog is `sky logs --provision`: the provisioner's own log, far shorter
// than the real one.
func (p *process) provisionLog(name string) error {
	return p.world.readLocked(func(w *world) error {
		c := w.cluster(name)
		if c == nil {
			for _, past := range w.Past {
				if past.Name == name {
					c = past
				}
			}
		}
		if c == nil {
			return fail("sky.exceptions.CommandError: Command tail_provision_logs failed with return code 404.\nFailed to stream provision logs\n" +
				`{"detail":"Provision log path is not recorded for this cluster. Please relaunch to generate provisioning logs."}`)
		}
		line := func(level, place, text string) {
			p.say(plain(logLine(level, c.Launched, place, text)))
		}
		line("D", "provisioner.py:279", "SkyPilot version: "+version+"; commit: "+commit)
		line("D", "provisioner.py:281", "==================== Provisioning ====================")
		line("D", "provisioner.py:144", "Waiting for instances of '"+name+"' to be ready...")
		if m := w.machine(c.Machine); m != nil {
			line("D", "instance.py:1130", "[ec2.Instance(id='"+m.ID+"')]")
			line("D", "provisioner.py:937", "==================== System Setup After Provision ====================")
		}
		end := c.LastEvent
		if c.EverUp { // what came later is not in it
			end = eventProvisioned
		}
		line("I", "provisioner.py:908", end)
		return nil
	})
}

// cancelJobs is `sky cancel`.
func (p *process) cancelJobs(o *options) error {
	if err := p.ready(); err != nil {
		return err
	}
	return p.world.update(func(w *world) error {
		if len(o.args) == 0 {
			return fail("ValueError: a cluster is needed.")
		}
		c := w.cluster(o.args[0])
		if problem := w.notUp(c, o.args[0], "Cancelling jobs: skipped"); problem != "" {
			return fail(problem)
		}
		for _, j := range c.Jobs {
			if !j.ended() {
				j.Status, j.End, j.Due = "CANCELLED", w.now, time.Time{}
			}
		}
		p.say("Cancelling jobs on cluster '" + c.Name + "'...")
		return nil
	})
}
