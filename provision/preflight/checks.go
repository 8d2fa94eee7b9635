package preflight

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/schema"
)

// launchCheck is the id of the check that goes the way of a launch itself.
const launchCheck = "launch"

const simulatedMessage = "The simulated cloud does not need it."

func (pre *Preflight) checkSky(ctx context.Context) verdict {
	path, refusal := pre.backend.Locate(ctx)
	if refusal != nil {
		return refused(refusal)
	}
	where := path
	if source := pre.found(ctx).Source; source != "" {
		where += " (found by: " + source + ")"
	}
	version, err := pre.backend.Version(ctx, path)
	switch {
	case ctx.Err() != nil: // a launch has more time than doctor has
		return warned("SkyPilot is at "+where+"; it did not say its version in time.", "Ask again: the first time takes longest, and this computer may be busy.")
	case err != nil:
		return refused(pre.backend.Explain("", err))
	case !version.Supported():
		return refused(pre.withUpdate(ctx, pre.backend.Supported(ctx)))
	}
	return passed(fmt.Sprintf("SkyPilot %s is at %s.", version, where))
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
		with.Hint = at.UpdateHint().Message()
		return &with
	}
	return refusal
}

func (pre *Preflight) checkUV(ctx context.Context) verdict {
	_, refusal := pre.backend.Locate(ctx)
	switch {
	case pre.opt.Simulated:
		return passed(simulatedMessage)
	case pre.opt.Environment.LookPath("uv"):
		return passed("It was found.")
	case refusal == nil:
		return passed("It is not here; SkyPilot is installed without it.")
	}
	return warned("It was not found, and neither was SkyPilot.", "Install uv from https://docs.astral.sh/uv; it needs no administrator's rights. skypilot.install then installs SkyPilot.")
}

func (pre *Preflight) checkServer(ctx context.Context) verdict {
	switch up, refusal := pre.backend.APIServerUp(ctx); {
	case refusal != nil:
		return refused(refusal)
	case up:
		return passed("It answers at " + pre.backend.Endpoint().URL + ".")
	case pre.backend.Local():
		return passed("It is not running; the first launch starts it.")
	}
	return failed("The API server at "+pre.backend.Endpoint().URL+" does not answer.", "Check the network, or ask whoever runs that server.")
}

func (pre *Preflight) checkPort(context.Context) verdict {
	if pre.opt.Simulated {
		return passed(simulatedMessage)
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
		return warned(
			"SkyPilot's API server asks for no password: while it runs, other users of this computer ("+strings.Join(others, ", ")+") can use it, and with it your cloud accounts.",
			"Let nobody else log in to this computer that you do not trust with them.")
	case !known && e.Local:
		return passed("Nothing listens there, or this system does not say who does.")
	case !known:
		return passed("The API server was configured, and is elsewhere.")
	case !l.Foreign():
		return passed("What listens there is yours, or the system's.")
	}
	return warned(
		fmt.Sprintf("What listens at %s belongs to another user of this computer (%s), and is handed your secrets and your cloud's keys.", e.URL, l.Name()),
		"If that is not who runs your SkyPilot, unset SKYPILOT_API_SERVER_ENDPOINT, or api_server.endpoint in ~/.sky/config.yaml.")
}

func (pre *Preflight) checkTools(context.Context) verdict {
	var missing []string
	for _, tool := range []string{"ssh", "rsync"} {
		if !pre.opt.Simulated && !pre.opt.Environment.LookPath(tool) {
			missing = append(missing, tool)
		}
	}
	if len(missing) > 0 {
		return failed(strings.Join(missing, " and ")+" not found.", "Install "+strings.Join(missing, " and ")+" with your system's package manager.")
	}
	return passed("Both were found.")
}

func (pre *Preflight) checkRsync(ctx context.Context) verdict {
	if pre.opt.Simulated {
		return passed(simulatedMessage)
	}
	result, err := pre.backend.Run(ctx, sky.Call{Program: "rsync", Args: []string{"--version"}})
	if err != nil {
		return warned("Its version is not known: it could not be run.", "Install rsync 3.4 or later with your system's package manager.")
	}
	return rsyncVerdict(result.Stdout)
}

// rsyncVerdict judges what "rsync --version" prints. Through an rsync older than 3.4 a
// server can read any file of this user's (CVE-2024-12086), and the server is not
// trusted.
func rsyncVerdict(printed string) verdict {
	const fix = "Update rsync with your system's package manager."
	found := regexp.MustCompile(`rsync\s+version\s+v?(\d+)\.(\d+)(\.\d+)?`).FindStringSubmatch(printed)
	if found == nil {
		return warned("Its version is not known: it does not say one.", fix)
	}
	version := strings.Join(found[1:3], ".") + found[3]
	major, _ := strconv.Atoi(found[1]) // at most too many digits: then new enough
	minor, _ := strconv.Atoi(found[2])
	if major < 3 || major == 3 && minor < 4 {
		return warned("It is "+version+". Through one older than 3.4 a server that was taken over can read your files (CVE-2024-12086), unless your system's maker has mended that without a new number.", fix)
	}
	return passed("It is " + version + ".")
}

func (pre *Preflight) checkCredentials(ctx context.Context) verdict {
	if !pre.backend.Local() {
		return passed("The remote API server's own credentials count.")
	}
	return credentialsVerdict(pre.providers(ctx))
}

// credentialsVerdict: credentials for one cloud are enough, and what is wrong with
// others is said.
func credentialsVerdict(providers []schema.Provider) verdict {
	var present, problems, wants, fixes []string
	for _, p := range providers {
		switch c := p.Credentials; {
		case c.Problem != nil:
			problems, fixes = append(problems, c.Problem.Message), append(fixes, c.Problem.Hint)
		case c.Present:
			present = append(present, p.Name)
			if len(c.Missing) > 0 {
				wants = append(wants, fmt.Sprintf("For %s SkyPilot also wants %s.", p.Name, strings.Join(c.Missing, ", ")))
			}
			if p.ExtraInstalled != nil && !*p.ExtraInstalled {
				wants = append(wants, fmt.Sprintf("SkyPilot was installed without what it needs for %s.", p.Name))
				fixes = append(fixes, fmt.Sprintf(`Install SkyPilot with it: "skypilot[%s]".`, p.Extra))
			}
		}
	}
	found := "Found for " + strings.Join(present, ", ") + "."
	switch {
	case len(present) == 0 && len(problems) == 0:
		return failed("None were found for any cloud.", "Choose a cloud; provider.list says for each how to get credentials.")
	case len(present) == 0:
		return failed(strings.Join(problems, " "), strings.Join(fixes, " "))
	case len(problems)+len(wants) == 0:
		return passed(found)
	case len(fixes) == 0:
		fixes = []string{"Install what SkyPilot wants, or use another cloud."}
	}
	return warned(found+" "+strings.Join(append(problems, wants...), " "), strings.Join(fixes, " "))
}

// vaultsVerdict fails where a launch would.
func vaultsVerdict(plan Plan) verdict {
	if plan.refusedVaults != nil {
		return refused(plan.refusedVaults)
	}
	return passed(fmt.Sprintf("They hold %d files, %d bytes.", plan.Upload.Files, plan.Upload.Bytes))
}

// launchVerdict gives the first reason for which the launch would be refused.
func launchVerdict(problems []schema.Error) verdict {
	if len(problems) == 0 {
		return passed("It would be.")
	}
	return refused(&problems[0])
}

func (pre *Preflight) checkState(ctx context.Context) verdict {
	if err := pre.store.Probe(ctx); err != nil {
		return refused(store.Error(err))
	}
	return passed("It is " + pre.store.Dir() + ".")
}

func (pre *Preflight) checkDisk(ctx context.Context) verdict {
	free, known := host.FreeSpace(pre.store.Dir())
	_, missing := pre.backend.Locate(ctx)
	return diskVerdict(free, known, missing != nil)
}

const (
	megabyte = 1 << 20
	// leastSpace is what the state, a submission's output and SkyPilot's own records
	// need for a while.
	leastSpace = 50 * megabyte
	// easySpace is what SkyPilot's logs grow to in some weeks, and installSpace what
	// an installation with the large clouds takes (measured: 1.3 GB).
	easySpace    = 500 * megabyte
	installSpace = 1500 * megabyte
)

func diskVerdict(free uint64, known, install bool) verdict {
	const fix = "Free some space on the disk of your home folder."
	message := fmt.Sprintf("%d MB are free.", free/megabyte)
	switch {
	case !known:
		return passed("This system does not say.")
	case free < leastSpace:
		return failed(message, fix)
	case free < easySpace:
		return warned(message, fix)
	case install && free < installSpace:
		return warned(message+" To install SkyPilot takes up to 1500.", fix)
	}
	return passed(message)
}

func (pre *Preflight) checkClock(ctx context.Context) verdict {
	written := map[string]time.Time{}
	note := func(what, path string) {
		if info, err := os.Stat(path); err == nil {
			written[what] = info.ModTime()
		}
	}
	note("Carapace's own files", pre.store.Dir())
	if path, refusal := pre.backend.Locate(ctx); refusal == nil && !pre.opt.Simulated {
		note("SkyPilot", path)
	}
	return clockVerdict(time.Now(), built(), written)
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
func clockVerdict(now, built time.Time, written map[string]time.Time) verdict {
	const minute = time.Minute
	shows := "The clock shows " + now.Local().Format("2 January 2006, 15:04")
	fix := "Set the clock, or have the system set it by the network: clouds refuse requests that are signed with a wrong time."
	if now.Before(built.Add(-24 * time.Hour)) {
		return warned(shows+", which is before this program was made.", fix)
	}
	for what, at := range written {
		if now.Before(at.Add(-minute)) {
			return warned(fmt.Sprintf("%s, which is before %s changed (%s).", shows, what, at.Local().Format("2 January 2006, 15:04")), fix)
		}
	}
	return passed(shows + ". Nothing here contradicts it; only the network could tell for certain.")
}
