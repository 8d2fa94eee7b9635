package preflight

import (
	"context"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/wsl"
	"carapace/schema"
	"carapace/schema/text"
)

// launchCheck is the id of the check that goes the way of a launch itself.
const launchCheck = "launch"

// windowsVerdict is what there is to say of Windows, where distribution is what the switch says; concerned
// is false where this has to do with none.
func windowsVerdict(goos, distribution string) (v verdict, concerned bool) {
	if goos == "windows" {
		return failed(text.New(&text.VaultWindows, text.Args{"variable": wsl.Variable})), true
	}
	return warned(text.New(&text.FoundForWindows)), distribution != ""
}

func (pre *Preflight) checkSky(ctx context.Context) verdict {
	path, refusal := pre.backend.Locate(ctx)
	if refusal != nil {
		return refused(refusal)
	}
	found := text.Text{}
	if source := pre.found(ctx).Source; source.Code != "" {
		found = text.New(&text.FoundBy, text.Args{"finder": source})
	}
	version, err := pre.backend.Version(ctx, path)
	switch {
	case ctx.Err() != nil: // a launch has more time than doctor has
		return warned(text.New(&text.FoundSkyPilotSilent, text.Args{"path": path, "found": found}))
	case err != nil:
		return refused(pre.backend.Explain("", err))
	case !version.Supported():
		return refused(pre.withUpdate(ctx, pre.backend.Supported(ctx)))
	}
	return passed(text.New(&text.FoundSkyPilot, text.Args{"version": version.String(), "path": path, "found": found}))
}

// found is how sky was found; the zero value where nobody looks.
func (pre *Preflight) found(ctx context.Context) host.Location {
	if pre.opt.Finder == nil {
		return host.Location{}
	}
	at, _ := pre.opt.Finder.Found(ctx)
	return at
}

// withUpdate says of a SkyPilot that is too old how it is updated where it is.
func (pre *Preflight) withUpdate(ctx context.Context, refusal *schema.Error) *schema.Error {
	if at := pre.found(ctx); refusal.Kind == schema.KindSkyPilotUnsupported && at.Path != "" {
		with := *refusal
		with.Hints = nil
		return with.AndHint(at.UpdateHint())
	}
	return refusal
}

func (pre *Preflight) checkUV(ctx context.Context) verdict {
	_, refusal := pre.backend.Locate(ctx)
	switch {
	case pre.opt.Simulated:
		return passed(text.New(&text.FoundSimulated))
	case pre.opt.Environment.LookPath("uv"):
		return passed(text.New(&text.FoundUV))
	case refusal == nil:
		return passed(text.New(&text.FoundNoUV))
	case pre.opt.Environment.LookPath("python3"):
		return passed(text.New(&text.FoundPipUV))
	}
	return warned(text.New(&text.FoundNeitherUV))
}

func (pre *Preflight) checkServer(ctx context.Context) verdict {
	switch up, refusal := pre.backend.APIServerUp(ctx); {
	case refusal != nil:
		return refused(refusal)
	case up:
		found := passed(text.New(&text.FoundServer, text.Args{"url": pre.backend.Endpoint().URL}))
		if _, takes, known := pre.serverTakes(); known {
			found.texts = append(found.texts, takes)
		}
		return found
	case pre.backend.Local():
		return passed(text.New(&text.FoundNoServer))
	}
	return failed(text.New(&text.FoundServerSilent, text.Args{"url": pre.backend.Endpoint().URL}))
}

// serverTakes says what SkyPilot's API server takes of the memory, in megabytes and in words. It
// takes it for as long as it runs, also when no server is left.
func (pre *Preflight) serverTakes() (megabytes int, says text.Text, known bool) {
	if pre.opt.ServerMemory == nil {
		return 0, text.Text{}, false
	}
	bytes, known := pre.opt.ServerMemory()
	megabytes = int(bytes / 1_000_000)
	return megabytes, text.New(&text.FoundServerTakes, text.Args{"gigabytes": gigabytes(float64(bytes))}), known
}

func (pre *Preflight) checkPort(context.Context) verdict {
	if pre.opt.Simulated {
		return passed(text.New(&text.FoundSimulated))
	}
	l, known := host.ListenerAt(pre.backend.Endpoint())
	return portVerdict(pre.backend.Endpoint(), l, known, host.OtherPeople())
}

// portVerdict: what listens where SkyPilot's API server should be is handed the
// secrets of the task and the keys of the cloud.
// The server on this machine in turn asks nobody for a password.
func portVerdict(e host.Endpoint, l host.Listener, known bool, others []string) verdict {
	switch {
	case e.Local && known && l.Foreign():
		return refused(l.Refusal(e))
	case e.Local && len(others) > 0:
		return warned(text.New(&text.FoundNoPassword, text.Args{"users": others}))
	case !known && e.Local:
		return passed(text.New(&text.FoundPortFree))
	case !known:
		return passed(text.New(&text.FoundPortElsewhere))
	case !l.Foreign():
		return passed(text.New(&text.FoundPortYours))
	}
	return warned(text.New(&text.FoundPortOther, text.Args{"url": e.URL, "users": []string{l.Name()}}))
}

func (pre *Preflight) checkTools(context.Context) verdict {
	var missing []string
	for _, tool := range []string{"ssh", "rsync"} {
		if !pre.opt.Simulated && !pre.opt.Environment.LookPath(tool) {
			missing = append(missing, tool)
		}
	}
	switch len(missing) {
	case 0:
		return passed(text.New(&text.FoundTools))
	case 1:
		return failed(text.New(&text.FoundNoTool, text.Args{"tool": missing[0]}))
	}
	return failed(text.New(&text.FoundNeitherTool))
}

func (pre *Preflight) checkRsync(ctx context.Context) verdict {
	if pre.opt.Simulated {
		return passed(text.New(&text.FoundSimulated))
	}
	result, err := pre.backend.Run(ctx, sky.Call{Program: "rsync", Args: []string{"--version"}})
	if err != nil {
		return warned(text.New(&text.FoundRsyncBroken))
	}
	return rsyncVerdict(result.Stdout)
}

// rsyncVerdict judges what "rsync --version" prints. Through an rsync older than 3.4 a
// server can read any file of this user's (CVE-2024-12086), and the server is not
// trusted.
func rsyncVerdict(printed string) verdict {
	found := regexp.MustCompile(`rsync\s+version\s+v?(\d+)\.(\d+)(\.\d+)?`).FindStringSubmatch(printed)
	if found == nil {
		return warned(text.New(&text.FoundRsyncSilent))
	}
	version := strings.Join(found[1:3], ".") + found[3]
	major, _ := strconv.Atoi(found[1]) // at most too many digits: then new enough
	minor, _ := strconv.Atoi(found[2])
	if major < 3 || major == 3 && minor < 4 {
		return warned(text.New(&text.FoundRsyncOld, text.Args{"version": version}))
	}
	return passed(text.New(&text.FoundRsync, text.Args{"version": version}))
}

func (pre *Preflight) checkCredentials(ctx context.Context) verdict {
	if !pre.backend.Local() {
		return passed(text.New(&text.FoundRemoteCredentials))
	}
	return credentialsVerdict(pre.providers(ctx))
}

// credentialsVerdict: credentials for one cloud are enough, and what is wrong with
// others is said.
func credentialsVerdict(providers []schema.Provider) verdict {
	var names []string
	var problems, wants, fixes []text.Text
	for _, p := range providers {
		switch c := p.Credentials; {
		case c.Problem != nil:
			problems, fixes = append(problems, c.Problem.Texts...), append(fixes, c.Problem.Hints...)
		case c.Present:
			names = append(names, p.Name)
			if len(c.Absent) > 0 {
				wants = append(wants, text.New(&text.FoundWanting, text.Args{"cloud": p.Name, "wanted": c.Absent}))
			}
			if p.ExtraInstalled != nil && !*p.ExtraInstalled {
				without := text.New(&text.FoundWithoutExtra, text.Args{"cloud": p.Name, "extra": p.Extra})
				wants, fixes = append(wants, without), append(fixes, without)
			}
		}
	}
	found := text.New(&text.FoundCredentials, text.Args{"names": names})
	switch {
	case len(names) == 0 && len(problems) == 0:
		return failed(text.New(&text.FoundNoCredentials))
	case len(names) == 0:
		return verdict{schema.CheckFail, problems, fixes}
	case len(problems)+len(wants) == 0:
		return passed(found)
	case len(fixes) == 0:
		fixes = []text.Text{text.New(&text.HintInstallWanting)}
	}
	return verdict{schema.CheckWarn, slices.Concat([]text.Text{found}, problems, wants), fixes}
}

// vaultsVerdict fails where a launch would.
func vaultsVerdict(plan Plan) verdict {
	if plan.refusedVaults != nil {
		return refused(plan.refusedVaults)
	}
	return passed(text.New(&text.FoundVaults, text.Args{"files": plan.Upload.Files, "bytes": plan.Upload.Bytes}))
}

// launchVerdict gives the first reason for which the launch would be refused.
func launchVerdict(problems []schema.Error) verdict {
	if len(problems) == 0 {
		return passed(text.New(&text.FoundAccepted))
	}
	return refused(&problems[0])
}

func (pre *Preflight) checkState(ctx context.Context) verdict {
	if err := pre.store.Probe(ctx); err != nil {
		return refused(store.Error(err))
	}
	return passed(text.New(&text.FoundState, text.Args{"path": pre.store.Dir()}))
}

func (pre *Preflight) checkDisk(ctx context.Context) verdict {
	free, known := host.FreeSpace(pre.store.Dir())
	_, missing := pre.backend.Locate(ctx)
	return diskVerdict(free, known, missing != nil)
}

const (
	megabyte = 1_000_000
	// leastSpace is what the state, a submission's output and SkyPilot's own records
	// need for a while.
	leastSpace = 50 * megabyte
	// easySpace is what SkyPilot's logs grow to in some weeks, and installSpace what
	// an installation with the large clouds takes (measured: 1.3 GB).
	easySpace    = 500 * megabyte
	installSpace = 1500 * megabyte
)

// gigabytes is how much so many bytes are for a person.
func gigabytes(bytes float64) float64 { return math.Round(bytes/1e7) / 100 }

func diskVerdict(free uint64, known, install bool) verdict {
	found := text.New(&text.FoundSpace, text.Args{"free": gigabytes(float64(free))})
	switch {
	case !known:
		return passed(text.New(&text.FoundSpaceUnknown))
	case free < leastSpace:
		return failed(found)
	case free < easySpace:
		return warned(found)
	case install && free < installSpace:
		return warned(text.New(&text.FoundSpaceToInstall, text.Args{"free": gigabytes(float64(free))}))
	}
	return passed(found)
}

func (pre *Preflight) checkClock(ctx context.Context) verdict {
	return clockVerdict(time.Now(), built(), changedAt(pre.store.Dir()), pre.skyChangedAt(ctx))
}

// skyChangedAt is when sky was installed or updated; zero where that is not known.
func (pre *Preflight) skyChangedAt(ctx context.Context) time.Time {
	path, refusal := pre.backend.Locate(ctx)
	if refusal != nil || pre.opt.Simulated {
		return time.Time{}
	}
	return changedAt(path)
}

func changedAt(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// built is when this program's source was committed; zero where it does not say.
func built() (at time.Time) {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				at, _ = time.Parse(time.RFC3339, s.Value) // zero if it is no date
			}
		}
	}
	return at
}

// clockVerdict says what can be known without the network: a clock that shows a time
// before something that has happened is wrong. A cloud refuses what was signed a
// quarter of an hour away from its own time.
func clockVerdict(now, built, state, sky time.Time) verdict {
	const minute = time.Minute
	switch {
	case now.Before(built.Add(-24 * time.Hour)):
		return warned(text.New(&text.FoundClockBehind, text.Args{"now": now}))
	case now.Before(state.Add(-minute)):
		return warned(text.New(&text.FoundClockFiles, text.Args{"now": now, "written": state}))
	case now.Before(sky.Add(-minute)):
		return warned(text.New(&text.FoundClockSkyPilot, text.Args{"now": now, "written": sky}))
	}
	return passed(text.New(&text.FoundClock, text.Args{"now": now}))
}
