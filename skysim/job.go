package skysim

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The states of a job, SkyPilot's words.
const (
	jobPending     = "PENDING"
	jobSettingUp   = "SETTING_UP"
	jobRunning     = "RUNNING"
	jobSucceeded   = "SUCCEEDED"
	jobFailed      = "FAILED"
	jobFailedSetup = "FAILED_SETUP"
	jobLost        = "FAILED_DRIVER"
)

// job is one run of a task's setup and run on a cluster.
type job struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	ID              int
	Name            string
	User            user
	Status          string
	Submitted       time.Time
	Start, End, Due time.Time
	Resources       string
	LogPath         string
	PID             int
	Setup, Run      string
	Log             string
	FailsLater      bool // its run is one of faultRunFailsLater's
}

func (j *job) ended() bool { return !j.End.IsZero() }

// submit puts a task's setup and run into the cluster's queue.
func (w *world) submit(c *cluster, u user, t *task, at time.Time) *job {
	cpus := t.CPUs
	switch {
	case cpus == "" && t.Type != "":
		cpus = decimal(c.Offer.CPUs)
	case cpus == "":
		cpus = "1+"
	}
	j := &job{
		ID: len(c.Jobs) + 1, Name: cmp.Or(t.Name, "-"), User: u, Status: jobPending, Submitted: at, Resources: "1x[CPU:" + cpus + "]",
		LogPath: logPath(at), PID: 500 + 431*len(c.Jobs), Setup: t.Setup, Run: t.Run, Due: w.after(at, 3*time.Second),
	}
	c.Jobs = append(c.Jobs, j)
	return j
}

// logPath is the name that SkyPilot gives to a run's logs.
func logPath(at time.Time) string {
	return "sky-" + at.Format("2006-01-02-15-04-05") + fmt.Sprintf("-%06d", at.Nanosecond()/1000)
}

// stepJob takes one step of a job: it waits, runs its setup, runs.
func (w *world) stepJob(c *cluster, j *job, at time.Time) {
	j.Due = time.Time{}
	if m := w.machine(c.Machine); m == nil || m.State != machineRunning {
		j.Status, j.End = jobLost, at
		return
	}
	switch j.Status {
	case jobPending:
		j.Log += branch(faint("Waiting for task resources on 1 node.")) + "\n" +
			leaf("Job started. Streaming logs... ") + dim + "(Ctrl-C to exit log streaming; job will not be killed)" + reset + "\n"
		j.Status, j.Due = jobSettingUp, w.after(at, 6*time.Second+readScript(j.Setup).lasts)
	case jobSettingUp:
		w.endSetup(c, j, at)
	case jobRunning:
		w.endRun(c, j, at)
	}
}

func (w *world) endSetup(c *cluster, j *job, at time.Time) {
	setup := readScript(j.Setup)
	prefix := cyan + fmt.Sprintf("(setup pid=%d)", j.PID) + reset + " "
	lines := setup.lines
	if w.fault(faultSetupFailed, c.Name) {
		lines, setup.code = append(lines, "E: Unable to locate package docker-ce"), 100
	}
	if setup.code != 0 {
		// the summary stands before the output (transcript launch-setup-fails-attached)
		j.Log += "ERROR: " + red + fmt.Sprintf("Job %d's setup failed. Failed workers: (pid=%d, returncode=%d). See error logs above for more details.",
			j.ID, j.PID, setup.code) + reset + "\n"
	}
	for _, line := range lines {
		j.Log += prefix + line + "\n"
	}
	if setup.code != 0 {
		j.Status, j.End = jobFailedSetup, at
		return
	}
	lasts := 200*time.Millisecond + readScript(j.Run).lasts
	if w.fault(faultRunFailsLater, c.Name, c.Offer.Region, c.Offer.Cloud) {
		j.FailsLater, lasts = true, cmp.Or(w.RunLasts, runLasts)
	}
	j.Status, j.Start, j.Due = jobRunning, at, w.after(at, lasts)
}

// runLasts is how long a run goes on that fails later, unless Control.SetRunTime
// says otherwise: as long as a large image takes to be pulled.
const runLasts = 90 * time.Second

func (w *world) endRun(c *cluster, j *job, at time.Time) {
	run := readScript(j.Run)
	lines := run.lines
	if w.fault(faultRunFailed, c.Name) {
		lines, run.code = append(lines, "Error response from daemon: manifest unknown"), 1
	}
	if j.FailsLater {
		lines, run.code = append(lines, "dependency failed to start: container gatekeeper exited (1)"), 1
	}
	name := j.Name
	if name == "-" {
		name = "task"
	}
	for _, line := range lines {
		j.Log += cyan + fmt.Sprintf("(%s, pid=%d)", name, j.PID) + reset + " " + line + "\n"
	}
	j.Status, j.End = jobSucceeded, at
	if run.code != 0 {
		j.Status = jobFailed
		j.Log += "ERROR: " + red + fmt.Sprintf("Job %d failed with return code list:", j.ID) + reset + fmt.Sprintf(" [%d] ", run.code) + "\n"
	}
}

// outcome is what the simulator makes of a script that it does not run: the plain
// echo, docker, sleep and exit statements that stand at its outermost level.
type outcome struct {
	lines []string
	lasts time.Duration
	code  int
}

// readScript reads a script's outcome. Indented lines belong to conditions and
// functions and are not looked at.
func readScript(script string) outcome {
	var o outcome
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue
		}
		for statement := range strings.SplitSeq(strings.TrimSpace(line), ";") {
			if o.take(strings.TrimSpace(statement)) {
				return o
			}
		}
	}
	return o
}

// take adds one statement; true when it ends the script.
func (o *outcome) take(statement string) bool {
	word, rest, _ := strings.Cut(statement, " ")
	switch word {
	case "docker":
		o.lines = append(o.lines, "Docker version 28.2.2, build e6534b4")
	case "echo":
		if !strings.ContainsAny(rest, "$`|>&") {
			o.lines = append(o.lines, strings.Trim(rest, `"'`))
		}
	case "sleep":
		seconds, _ := strconv.ParseFloat(rest, 64) // not a number: no time
		o.lasts += time.Duration(seconds * float64(time.Second))
	case "false":
		o.code = 1
		return true
	case "exit":
		o.code, _ = strconv.Atoi(rest) // exit alone is success here
		return true
	}
	return false
}

// jobQuestion is a shell's loop on a machine that says a word, again and again, for as long as there is
// the process of a job, and another word then.
type jobQuestion struct {
	job         int
	pause       time.Duration
	runs, ended string
}

// readJobQuestion reads such a loop: sh -c 'while grep … "SKYPILOT_JOB_ID <[1]2>" …; do echo WORD || exit;
// sleep 20; done; echo WORD'.
func readJobQuestion(command string) (q jobQuestion, ok bool) {
	loop, found := strings.CutPrefix(command, "sh -c 'while grep -qs \"SKYPILOT_JOB_ID <[")
	if !found {
		return q, false
	}
	id, rest, _ := strings.Cut(loop, ">\" /proc/[0-9]*/cmdline; do ")
	words := strings.Fields(rest) // echo WORD || exit; sleep 20; done; echo WORD'
	if len(words) != 9 {
		return q, false
	}
	q.runs, q.ended = words[1], strings.TrimSuffix(words[8], "'")
	seconds, err := strconv.Atoi(strings.TrimSuffix(words[5], ";"))
	job, bad := strconv.Atoi(strings.Replace(id, "]", "", 1))
	q.job, q.pause = job, time.Duration(seconds)*time.Second
	return q, err == nil && bad == nil
}

// answerJobQuestion answers a question after a job's process. As through a real connection, nothing more comes from
// a machine that can't be reached.
func (p *process) answerJobQuestion(alias string, q jobQuestion) error {
	for {
		silent, runs := false, false
		if err := p.world.read(func(w *world) {
			_, end := w.reach(alias)
			j := w.jobOf(alias, q.job)
			silent, runs = end != nil || w.fault(faultNetwork), j != nil && !j.ended()
		}); err != nil {
			return err
		}
		switch {
		case silent:
		case runs:
			p.say(q.runs)
		default:
			p.say(q.ended)
			return nil
		}
		if err := p.pause(q.pause); err != nil {
			return err
		}
	}
}
