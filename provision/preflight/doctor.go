package preflight

import (
	"context"
	"runtime"
	"sync"
	"time"

	"carapace/provision/wsl"
	"carapace/schema"
	"carapace/schema/text"
)

// doctorTime is how long the checks may take, and patience how much longer one is
// waited for that does not heed that: together less than ten seconds.
const (
	doctorTime = 8 * time.Second
	patience   = time.Second
)

// check is one thing that doctor looks at.
type check struct {
	id   string
	says *text.Entry // its title
	look func(context.Context) verdict
}

// verdict is what a check found. There are no fixes where the status is ok.
type verdict struct {
	status       schema.CheckStatus
	texts, fixes []text.Text
}

// passed says what was found, which is well.
func passed(found text.Text) verdict { return verdict{schema.CheckOK, []text.Text{found}, nil} }

// warned and failed say what was found, and by its hint what to do.
func warned(found text.Text) verdict {
	return verdict{schema.CheckWarn, []text.Text{found}, []text.Text{found}}
}

func failed(found text.Text) verdict {
	return verdict{schema.CheckFail, []text.Text{found}, []text.Text{found}}
}

func refused(e *schema.Error) verdict {
	return verdict{schema.CheckFail, e.Texts(), e.HintTexts()}
}

func (v verdict) message() string { return text.Join(v.texts...) }
func (v verdict) fix() string     { return text.JoinHints(v.fixes...) }

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
		switch {
		case c.id != launchCheck:
		case v.status == schema.CheckFail && said[v.message()]:
			v = failed(text.New(&text.FoundRefusedAbove))
		case v.status != schema.CheckFail && hopeless: // what only SkyPilot judges is not refused here
			v = failed(text.New(&text.FoundFailsAbove))
		}
		if !told[i] {
			tell(i, v)
		}
		said[v.message()] = true
		hopeless = hopeless || v.status == schema.CheckFail && v.texts[0].Code != text.FoundLate.Code
		result.OK = result.OK && v.status != schema.CheckFail
		result.Checks = append(result.Checks, c.shown(v))
	}
	return result, nil
}

// shown is a check with its verdict, as the protocol has it.
func (c check) shown(v verdict) schema.Check {
	return schema.Check{
		ID: c.id, Title: text.New(c.says).Title(), Status: v.status, Message: v.message(), Texts: v.texts, Fix: v.fix(), Fixes: v.fixes,
	}
}

// renew has what the login shell says asked for anew: whoever asks what is wrong may
// have mended something in a terminal.
func (pre *Preflight) renew(ctx context.Context) {
	if pre.opt.Finder != nil {
		pre.opt.Finder.Renew(ctx)
	}
}

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
		verdicts[i] = failed(text.New(&text.FoundLate))
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
		once.Do(func() { plan, problems = pre.plan(ctx, pre.store.Config().Complete(schema.Spec{}, false), true) })
		return plan, problems
	}
	var checks []check
	if windows, concerned := windowsVerdict(runtime.GOOS, pre.opt.Environment.Getenv(wsl.Variable)); concerned {
		checks = append(checks, check{"windows", &text.CheckWindows, func(context.Context) verdict { return windows }})
	}
	return append(checks, []check{
		{"skypilot", &text.CheckSkyPilot, pre.checkSky},
		{"uv", &text.CheckUV, pre.checkUV},
		{"api_server", &text.CheckAPIServer, pre.checkServer},
		{"port", &text.CheckPort, pre.checkPort},
		{"tools", &text.CheckTools, pre.checkTools},
		{"rsync", &text.CheckRsync, pre.checkRsync},
		{"credentials", &text.CheckCredentials, pre.checkCredentials},
		{"vaults", &text.CheckVaults, func(ctx context.Context) verdict {
			plan, _ := planned(ctx)
			return vaultsVerdict(plan)
		}},
		{"state", &text.CheckState, pre.checkState},
		{"disk", &text.CheckDisk, pre.checkDisk},
		{"clock", &text.CheckClock, pre.checkClock},
		{launchCheck, &text.CheckLaunch, func(ctx context.Context) verdict {
			_, problems := planned(ctx)
			return launchVerdict(problems)
		}},
	}...)
}
