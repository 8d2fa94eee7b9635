package preflight

import (
	"context"
	"sync"
	"time"

	"carapace/schema"
)

// doctorTime is how long the checks may take, and patience how much longer one is
// waited for that does not heed that: together less than ten seconds.
const (
	doctorTime = 8 * time.Second
	patience   = time.Second
)

// check is one thing that doctor looks at.
type check struct {
	id, title string
	look      func(context.Context) verdict
}

// verdict is what a check found. fix is empty where the status is ok.
type verdict struct {
	status       schema.CheckStatus
	message, fix string
}

func passed(message string) verdict      { return verdict{schema.CheckOK, message, ""} }
func warned(message, fix string) verdict { return verdict{schema.CheckWarn, message, fix} }
func failed(message, fix string) verdict { return verdict{schema.CheckFail, message, fix} }

func refused(e *schema.Error) verdict { return failed(e.Message, e.Hint) }

// Doctor checks all that a launch needs on this machine, all at once, and in ten
// seconds at the most; the host is told of each as it ends. It changes nothing. Where it says ok, a launch with the
// defaults is accepted, unless there is a server already.
func (pre *Preflight) Doctor(ctx context.Context, _ schema.Empty) (schema.DoctorResult, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	pre.renew(ctx)
	checks := pre.checks()
	told := make([]bool, len(checks))
	tell := func(i int, v verdict) {
		told[i] = true
		pre.store.NotifyCheck(checks[i].shown(v))
	}
	verdicts := pre.lookSideBySide(ctx, checks, func(i int, v verdict) {
		if checks[i].id != launchCheck { // which depends on the others
			tell(i, v)
		}
	})
	result := schema.DoctorResult{OK: true}
	said := map[string]bool{}
	hopeless := false // what failed would make a launch fail, too
	for i, c := range checks {
		v := verdicts[i]
		switch above := "Mend what has failed above."; {
		case c.id != launchCheck:
		case v.status == schema.CheckFail && said[v.message]:
			v = failed("It would be refused, for what is said above.", above)
		case v.status != schema.CheckFail && hopeless: // what only SkyPilot judges is not refused here
			v = failed("It would fail, for what is said above.", above)
		}
		if !told[i] {
			tell(i, v)
		}
		said[v.message] = true
		hopeless = hopeless || v.status == schema.CheckFail && v.message != late
		result.OK = result.OK && v.status != schema.CheckFail
		result.Checks = append(result.Checks, c.shown(v))
	}
	return result, nil
}

// shown is a check with its verdict, as the protocol has it.
func (c check) shown(v verdict) schema.Check {
	return schema.Check{ID: c.id, Title: c.title, Status: v.status, Message: v.message, Fix: v.fix}
}

// renew has what the login shell says asked for anew: whoever asks what is wrong may
// have mended something in a terminal.
func (pre *Preflight) renew(ctx context.Context) {
	if pre.opt.Finder != nil {
		pre.opt.Finder.Renew(ctx)
	}
}

// late is what is said of a check that has found out nothing.
const late = "The check did not end in time."

// lookSideBySide gives a verdict for each check, at the latest when the time and the
// patience are over: a disk that does not answer holds up its own check alone. ended is
// called with each check that ends in time, as it does, one after another.
func (pre *Preflight) lookSideBySide(ctx context.Context, checks []check, ended func(int, verdict)) []verdict {
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), doctorTime+patience)
	defer cancel()
	type given struct {
		check int
		verdict
	}
	verdicts, out := make([]verdict, len(checks)), make(chan given, len(checks))
	for i, c := range checks {
		verdicts[i] = failed(late, "Try again when this computer is less busy; if it stays so, the log on stderr may say more.")
		pre.opt.Group.Go("the check of "+c.id, func() { out <- given{i, c.look(ctx)} })
	}
	for range checks {
		select {
		case g := <-out:
			verdicts[g.check] = g.verdict
			ended(g.check, g.verdict)
		case <-patient.Done():
			return verdicts
		}
	}
	return verdicts
}

// checks are in the order in which things are needed, the launch as a whole last.
func (pre *Preflight) checks() []check {
	var once sync.Once
	var plan Plan
	var problems []schema.Error
	planned := func(ctx context.Context) (Plan, []schema.Error) {
		once.Do(func() { plan, problems = pre.plan(ctx, schema.Spec{}, true) })
		return plan, problems
	}
	return []check{
		{"skypilot", "SkyPilot is installed", pre.checkSky},
		{"uv", "uv, which installs SkyPilot, is there", pre.checkUV},
		{"api_server", "SkyPilot's API server answers", pre.checkServer},
		{"port", "Nobody else uses SkyPilot's port", pre.checkPort},
		{"tools", "ssh and rsync are installed", pre.checkTools},
		{"rsync", "rsync is new enough", pre.checkRsync},
		{"credentials", "There are credentials for a cloud", pre.checkCredentials},
		{"vaults", "The vault folders can be read", func(ctx context.Context) verdict {
			plan, _ := planned(ctx)
			return vaultsVerdict(plan)
		}},
		{"state", "The state folder can be written", pre.checkState},
		{"disk", "There is space on the disk", pre.checkDisk},
		{"clock", "The clock is right", pre.checkClock},
		{launchCheck, "A launch with the defaults would be accepted", func(ctx context.Context) verdict {
			_, problems := planned(ctx)
			return launchVerdict(problems)
		}},
	}
}
