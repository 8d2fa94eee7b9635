package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"carapace/provision"
	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/install"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/schema"
	"carapace/schema/text"
	"carapace/skysim"
)

// newService puts a service together for a real or the simulated cloud.
func newService(o options, host store.Notifier, log *slog.Logger, redactor *redact.Redactor) (*provision.Service, error) {
	cfg := provision.Config{
		StateDir: o.stateDir, ProjectDir: o.projectDir, Name: o.name,
		Notifier: host, Log: log, Redactor: redactor, Boot: provision.Boot, Machine: install.ThisMachine(),
	}
	home := ownHome(o.stateDir)
	if o.simulate {
		home = o.stateDir
	}
	work := filepath.Join(home, "run")
	for _, dir := range []string{home, work} { // whoever can write there can make SkyPilot's configuration
		if err := provision.OwnFolder(dir); err != nil {
			return nil, err
		}
	}
	if o.simulate {
		configureSimulated(&cfg, work)
	} else {
		configureReal(&cfg, work)
		cfg.LeaseDir = filepath.Join(home, "locks")
	}
	if os.Getenv(askSky) != "" {
		cfg.RequestEnd = func(context.Context, string) sky.RequestEnd { return sky.EndUnknown }
		cfg.APIServer = nil
	}
	cfg.Timing.Idle = idleTime(os.Getenv(serverIdle), cfg.Timing.Idle)
	if o.deadline > 0 {
		cfg.Timing.Provision, cfg.Timing.Setup = o.deadline, o.deadline
	}
	return provision.New(cfg)
}

// configureReal makes the service use the SkyPilot that is installed and the user's
// own cloud accounts.
func configureReal(cfg *provision.Config, work string) {
	machine := host.HostFromProcess(runtime.GOOS, install.Under(cfg.StateDir).OwnDirs)
	finder := host.NewFinder(machine)
	cfg.Environment = credentials.Host()
	// The programs are those that sky itself would find, not this process.
	cfg.Environment.LookPath, cfg.Environment.InShell = finder.HasProgram, finder.InShell
	cfg.Credentials = func(c cloud.Cloud, profile string) (schema.Credentials, *schema.Error) {
		return credentials.Find(c, cfg.Environment, profile)
	}
	cfg.Account = func(c cloud.Cloud, profile string) string {
		return provision.Account(c, cfg.Environment, profile, cfg.LeaseDir)
	}
	cfg.Endpoint = host.ResolveEndpoint(machine)
	cfg.Runner = host.Wary(host.NewExecRunner(host.ExecOptions{Locate: finder.Locate, Dir: work}), cfg.Endpoint)
	cfg.Finder, cfg.Locate = finder, finder.Look
	cfg.APIServerUp = func(ctx context.Context) (bool, *schema.Error) { return apiServerUp(ctx, cfg.Endpoint) }
	if cfg.Endpoint.Local { // whoever runs another need not know that we are one program
		cfg.Mark = provision.Mark(cfg.StateDir)
		cfg.APIServer = &host.LocalServer{Endpoint: cfg.Endpoint, Mark: cfg.Mark}
	}
	cfg.ServerMemory = func() (int64, bool) { return host.ServerMemory(cfg.Endpoint) }
	cfg.RequestEnd = func(ctx context.Context, id string) sky.RequestEnd { return host.RequestEnd(ctx, cfg.Endpoint, id) }
	cfg.AnswersSSH, cfg.AskService = host.AnswersSSH, host.AskService
	cfg.SkyPilotFiles = host.FilesOf(cfg.Endpoint, machine)
	cfg.Timing = provision.RealTiming
}

// askSky is the variable that, if it is set, has everything but the health of SkyPilot's API
// server asked through `sky`.
const askSky = "CARAPACE_ASK_SKY"

// serverIdle is the variable that says after how many minutes without need SkyPilot's API server is ended; 0: never.
const serverIdle = "CARAPACE_SERVER_IDLE"

// idleTime reads the variable; what is no number of minutes, as "never", is never.
func idleTime(minutes string, usual time.Duration) time.Duration {
	if minutes == "" {
		return usual
	}
	n, err := strconv.ParseFloat(minutes, 64)
	if err != nil || !(n > 0 && n < 1e6) {
		return 0
	}
	return time.Duration(n * float64(time.Minute))
}

// apiServerUp asks SkyPilot's API server how it is. One that can't be asked
// without Python is taken to be there: `sky` itself will say if not. So is a remote
// one that answers otherwise: it may want the login that `sky` keeps.
func apiServerUp(ctx context.Context, e host.Endpoint) (bool, *schema.Error) {
	if refusal := host.RefuseForeign(e); refusal != nil {
		return false, refusal
	}
	health, err := host.Probe(ctx, e)
	switch {
	case errors.Is(err, host.ErrNoProbe), errors.Is(err, host.ErrForeignServer) && !e.Local:
		return true, nil
	case errors.Is(err, host.ErrForeignServer):
		return false, schema.Fail(schema.KindAPIServer, &text.ServerPortTaken, text.Args{"url": e.URL}).WithDetail(err.Error())
	case err != nil:
		return false, nil //nolint:nilerr // that it is not up is the answer
	}
	if v, ok := sky.ParseVersion(health.Version); ok && !v.Accepts() {
		return false, oldServer(e, v)
	}
	return health.Healthy() || health.Status == "needs_auth", nil
}

// oldServer is an API server that an older SkyPilot left running: this one's `sky`
// refuses to work with it, after half a minute.
func oldServer(e host.Endpoint, v sky.Version) *schema.Error {
	says := &text.ServerOldHere
	if !e.Local {
		says = &text.ServerOldThere
	}
	return schema.Fail(schema.KindSkyPilotUnsupported, says, text.Args{"url": e.URL, "version": v.String()})
}

// ownHome is the folder of all sidecars of a user, whatever their state folders:
// their locks are there, because they may all mean the same machine, and `sky` is
// run there, because SkyPilot's API server keeps the working folder of whoever
// started it for as long as it lives, and does no work once that is deleted. Not a
// cache folder, which a system may purge.
func ownHome(stateDir string) string {
	if home, err := homeDir(); err == nil {
		return filepath.Join(home, ".carapace")
	}
	return stateDir
}

// configureSimulated makes the sidecar's own binary be `sky`, `rsync` and `ssh`.
func configureSimulated(cfg *provision.Config, work string) {
	dir := filepath.Join(cfg.StateDir, "simulated")
	env, _ := skysim.FromEnviron(os.Getenv) // its clock may be set, its folder is ours
	env.Dir = dir
	self, err := os.Executable()
	location := host.Location{Path: self, Environ: append(os.Environ(), env.Environ()...), Source: text.New(&text.FinderBuiltIn)}
	locate := func(context.Context) (host.Location, error) { return location, err }
	cfg.Environment = credentials.Host()
	cfg.Environment.Home = skysim.Home(dir)
	cfg.Account = func(cloud.Cloud, string) string { return "simulated" }
	cfg.Endpoint = host.Endpoint{URL: "simulated:" + dir, Local: true}
	cfg.Runner = &selfRunner{host.NewExecRunner(host.ExecOptions{Locate: locate, Dir: work})}
	cfg.Locate = func(context.Context) (string, *schema.Error) { return self, nil }
	cfg.APIServerUp = func(context.Context) (bool, *schema.Error) { return true, nil }
	cfg.SkyPilotFiles = host.FilesOf(cfg.Endpoint, host.Host{Home: cfg.Environment.Home})
	cfg.Timing = provision.SimulatedTiming
	cfg.LeaseDir = filepath.Join(dir, "locks")
	control := simulator{skysim.Control{Dir: dir, Scale: env.Scale}}
	cfg.RequestEnd, cfg.AnswersSSH = control.RequestEnd, control.AnswersSSH
	cfg.AskService = func(ctx context.Context, address, path string) (int, bool) {
		if strings.HasPrefix(address, "127.0.0.1:") { // a tunnel, which is real
			return host.AskService(ctx, address, path)
		}
		return control.AskService(ctx, address, path)
	}
	cfg.Simulator, cfg.Credentials = control, control.credentials
}
