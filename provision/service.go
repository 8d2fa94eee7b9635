// Package provision is the service: what the host can ask for. Each method checks
// what it was given, hands on, and answers.
//
// What is true is owned by package store; the rules are in package lifecycle, which
// is pure; package operation drives what was asked for, package watch looks at the
// clusters by itself, and package preflight answers what can be known before a
// launch. All of them know SkyPilot as package backend shows it.
package provision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"carapace/provision/autosync"
	"carapace/provision/backend"
	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/hostkeys"
	"carapace/provision/install"
	"carapace/provision/jobwatch"
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/mirror"
	"carapace/provision/operation"
	"carapace/provision/oplog"
	"carapace/provision/preflight"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/gate"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/provision/tunnel"
	"carapace/provision/vault"
	"carapace/provision/watch"
	"carapace/schema"
)

// Config is what a Service needs of its surroundings. All fields but Finder, Mark, APIServer
// and Simulator have to be set.
type Config struct {
	StateDir   string // absolute; made if missing
	ProjectDir string // where data/public and data/private are looked for
	Name       string // the server's name where a request gives none
	LeaseDir   string // where the locks between sidecars are, whatever their state folder

	Environment credentials.Environment // this user's home, variables and files
	Endpoint    host.Endpoint           // SkyPilot's API server
	Runner      sky.Runner              // closed at the end, if it is an io.Closer
	// Credentials says whether there are credentials for a cloud; its error is a
	// refusal.
	Credentials func(c cloud.Cloud, profile string) (schema.Credentials, *schema.Error)
	// Mark is what each `sky` is started with, see [Mark]; "": nothing.
	Mark string
	// APIServer is what is ended when nothing needs it, a [host.LocalServer] with that mark; nil: it is not ended.
	APIServer watch.APIServer
	// Locate finds the sky program without running Python; its error is a refusal.
	Locate func(context.Context) (path string, refusal *schema.Error)
	// Finder is what Locate asks, for who wants to know more; nil: nobody does.
	Finder *host.Finder
	// APIServerUp asks, without Python, whether SkyPilot's API server is there; its
	// error is a refusal, where something else has taken its place.
	APIServerUp func(context.Context) (up bool, refusal *schema.Error)
	// ServerMemory is what SkyPilot's API server takes of this machine's memory, in bytes;
	// nil: it is not known.
	ServerMemory func() (bytes int64, known bool)
	// RequestEnd asks SkyPilot's API server, without Python, how far a request is;
	// sky.EndUnknown has `sky` asked.
	RequestEnd func(ctx context.Context, id string) sky.RequestEnd
	// AnswersSSH reports whether something at an address, HOST:PORT, answers with an SSH
	// banner, in seconds at most.
	AnswersSSH func(ctx context.Context, address string) bool
	// AskService asks a server's service at an address, HOST:PORT, for a page over plain HTTP, in seconds at most; a status of 0 is
	// an answer in something else.
	AskService func(ctx context.Context, address, path string) (status int, answered bool)
	// Account is a fingerprint of the account that a cloud is used with; "": not known.
	Account func(c cloud.Cloud, profile string) string
	// Boot is this machine's boot and the clock that counts from it, sleep included.
	Boot func() lifecycle.Boot
	// SkyPilotFiles are what SkyPilot's API server writes on this machine: the watcher looks
	// when they change.
	SkyPilotFiles host.ActivityFiles

	// Machine is this computer as an installation of SkyPilot sees it.
	Machine install.Machine

	// NoFileEvents makes files be looked at again and again instead of waiting for the system's
	// events, which testing/synctest does not know.
	NoFileEvents bool

	Notifier  store.Notifier
	Log       *slog.Logger
	Redactor  *redact.Redactor
	Timing    Timing
	Simulator Simulator // nil: a real cloud
}

// Simulator is the simulated cloud as its `simulate.*` methods need it.
type Simulator interface {
	Inject(fault, at string) error
	Clear() error
	Faults() ([]string, error)
	Outside(action string) error
}

// Service is a sidecar's service. Its methods are safe for concurrent use; those
// that begin an operation answer at once, and the operation goes on.
type Service struct {
	cfg        Config
	group      *supervisor.Group
	store      *store.Store
	backend    *backend.SkyPilot
	watcher    *watch.Watcher
	operations *operation.Runner
	logs       *oplog.Logs
	elsewhere  *oplog.Follower
	preflight  *preflight.Preflight
	hostKeys   hostkeys.Pins
	mirrors    *mirror.Mirrors
	autosync   *autosync.Syncer
	tunnels    *tunnel.Tunnels
	jobs       *jobwatch.Watch
	waiting    atomic.Int32 // requests that wait for the end of an operation
}

// New opens the state folder, resumes what an earlier process left, and starts the
// watcher. It blocks only for reading a small file. Close ends it.
func New(cfg Config) (*Service, error) {
	s := &Service{cfg: cfg, group: supervisor.New(cfg.Log), hostKeys: hostkeys.In(filepath.Join(cfg.LeaseDir, "hostkeys"))}
	var err error
	s.store, err = store.Open(store.Options{
		Dir: cfg.StateDir, Configured: cfg.Name, Simulated: s.simulated(), Endpoint: cfg.Endpoint.URL,
		Records:  journal.NewRecords(filepath.Join(cfg.LeaseDir, "servers"), cfg.Endpoint.URL),
		Ended:    s.hostKeys.Forget,
		Sky:      s.sky,
		Notifier: cfg.Notifier, Redactor: cfg.Redactor, Log: cfg.Log, Life: s.group.Context(),
	})
	if err != nil {
		return nil, err
	}
	s.wire(journal.NewLeases(cfg.LeaseDir, cfg.Endpoint.URL))
	s.store.Announce(func(st *lifecycle.State) {
		s.watcher.Keep(intervalOf(st))
		s.operations.OnStateChange(st)
		s.autosync.OnStateChange(st)
		s.tunnels.OnStateChange(st)
		s.jobs.OnStateChange(st)
		s.elsewhere.OnStateChange(st)
		s.watcher.Changed() // there may be something to watch now
		s.watcher.ServicesChanged()
	})
	s.store.Read(func(st *lifecycle.State) { s.watcher.Keep(intervalOf(st)) })
	s.store.Read(s.jobs.OnStateChange)
	s.store.Read(s.elsewhere.OnStateChange)
	s.store.Read(s.autosync.OnStateChange) // what an earlier process was asked for goes on
	s.group.Loop("the folder's watch", s.watchFolder)
	s.group.Loop("the watcher", s.watcher.Run)
	s.group.Loop("the services' watch", s.watcher.RunServices)
	if cfg.APIServer != nil && cfg.Timing.Idle > 0 {
		s.group.Loop("the API server's watch", s.watcher.RunAPIServer)
	}
	return s, nil
}

// sky is where sky was found last.
func (s *Service) sky() string {
	if s.cfg.Finder == nil {
		return ""
	}
	return s.cfg.Finder.Last()
}

// wire makes the parts and shows each the others that it needs.
func (s *Service) wire(leases *journal.Leases) {
	cfg, t := s.cfg, s.cfg.Timing
	reserved := vault.Reserved(cfg.Environment.Home, s.store.Dir(), cfg.LeaseDir)
	asking := backend.Timing{Short: t.Short, APIServer: t.APIServer, Refresh: t.Refresh}
	s.backend = backend.New(backend.Options{
		Store: s.store, Group: s.group, Log: cfg.Log, Redactor: cfg.Redactor, Environment: cfg.Environment,
		Endpoint: cfg.Endpoint, Runner: cfg.Runner, Mark: cfg.Mark, Locate: cfg.Locate, APIServerUp: cfg.APIServerUp, RequestEnd: cfg.RequestEnd, AnswersSSH: cfg.AnswersSSH, Account: cfg.Account,
		Timing: asking, Simulated: s.simulated(),
	})
	s.mirrors = mirror.New(s.backend, s.hostKeys, reserved)
	looks := s.backend.For(gate.Watch)
	s.watcher = watch.New(watch.Options{
		Store: s.store, Group: s.group, Log: cfg.Log, Name: cfg.Name,
		Look: looks.Look, AfterLook: s.afterLook, Reachable: s.backend.Reachable, ProbeMachine: s.probeMachine, CheckRunJob: s.checkRunJob, CheckService: s.checkService, Activity: cfg.SkyPilotFiles.Activity,
		APIServer: cfg.APIServer, Idle: t.Idle, NoOtherClusters: looks.NoOtherClusters, Alone: looks.Alone,
		TryLease: func() (func(), lifecycle.Holder, error) { return tryLease(leases, "poller of "+s.store.Dir(), "poll") },
		Poll:     t.Poll, Refresh: t.Refresh, Longest: asking.Look(), Late: t.Late,
	})
	s.logs = oplog.In(filepath.Join(s.store.Dir(), "logs"), cfg.Log)
	s.elsewhere = oplog.NewFollower(s.logs, s.group, s.store.Log)
	s.operations = operation.New(operation.Options{
		Store: s.store, Group: s.group, Log: cfg.Log, SkyPilot: s.backend.For(gate.Operations), Leases: leases, Mirrors: s.mirrors, Logs: s.logs,
		Timing: t.operation(), Boot: cfg.Boot, WatchFor: s.watcher.WatchFor, OnEnd: s.watcher.OperationEnded, Machine: cfg.Machine,
	})
	s.autosync = autosync.New(autosync.Options{
		Store: s.store, Group: s.group, Log: cfg.Log, Mirrors: s.mirrors, Pace: t.Vaults, Poll: cfg.NoFileEvents,
		TryLease: func(cluster string) (func(), error) {
			release, _, err := tryLease(leases, "vaults of "+cluster, "sync")
			return release, err
		},
	})
	s.tunnels = tunnel.New(tunnel.Options{Store: s.store, Group: s.group, SkyPilot: s.backend, HostKeys: s.hostKeys, Opening: t.Short, Changed: s.watcher.ServicesChanged})
	s.jobs = jobwatch.New(jobwatch.Options{
		Store: s.store, Group: s.group, Log: cfg.Log, SkyPilot: s.backend, HostKeys: s.hostKeys, Silence: t.Silence, Ended: s.watcher.RunCommandEnded,
	})
	s.preflight = preflight.New(preflight.Options{
		Group: s.group, Store: s.store, SkyPilot: s.backend, Finder: cfg.Finder, ProjectDir: cfg.ProjectDir, Name: cfg.Name, Environment: cfg.Environment,
		Credentials: cfg.Credentials, ServerMemory: cfg.ServerMemory, Simulated: s.simulated(), Reserved: reserved,
		Timing: preflight.Timing{Short: t.Short, Server: t.APIServer, Refresh: t.Refresh},
	})
}

// tryLease takes a lease; the release is nil where another holds it.
func tryLease(leases *journal.Leases, key, doing string) (release func(), holder lifecycle.Holder, err error) {
	lease, holder, err := leases.Try(key, doing)
	if lease == nil {
		return nil, holder, err
	}
	return lease.Release, holder, nil
}

// OwnFolder makes a folder that is missing, and refuses one that somebody else may
// write to; its error is a *schema.Error.
func OwnFolder(dir string) error {
	if err := journal.EnsurePrivate(dir); err != nil {
		return store.Error(err)
	}
	return nil
}

// Account is a fingerprint of the account that a cloud is used with, salted for this
// machine by a file in dir; "": not known. It reads small files.
func Account(c cloud.Cloud, e credentials.Environment, profile, dir string) string {
	return credentials.Account(c, e, profile, journal.Salt(dir))
}

// Mark tells the `sky` of one state folder from all others.
func Mark(stateDir string) string {
	sum := sha256.Sum256([]byte(stateDir))
	return hex.EncodeToString(sum[:8])
}

// Boot is this machine's boot and the clock that counts from it, sleep included.
func Boot() lifecycle.Boot {
	id, up := host.Boot()
	return lifecycle.Boot{ID: id, Up: up}
}

// Close ends the service: no new requests; operations that SkyPilot does not
// have yet are handed to it, then all goroutines end. It blocks until then, or
// until ctx is done, and then ends them at once. What goes on in the cloud goes on.
func (s *Service) Close(ctx context.Context) {
	s.group.BeginClosing()
	s.operations.Detach()
	s.group.Close(ctx)
	s.backend.Close()
}

// Idle takes up what an earlier process has left, and blocks until no operation is
// being driven by this process, or ctx is done.
func (s *Service) Idle(ctx context.Context) error {
	s.operations.Resume()
	return s.operations.Idle(ctx)
}

func (s *Service) simulated() bool { return s.cfg.Simulator != nil }
