// Package provision is the service: what a person can ask of a server, the
// server's state, the operations on it, and the poller that watches it.
//
// Who owns what. The journal's state is the one model. Service.change is the
// only way in which it changes, and Service.adopt, under Service.mu, the only
// place where what changed is told to the host. A driver owns one operation from
// its acceptance to its end, and holds that server's lease while it does. The
// poller and the watcher are one goroutine each.
package provision

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/journal"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// Notifier receives what the host is to be told. Its methods must not block:
// they are called with the service's state locked, so that what is sent is in
// the order in which it came to be.
type Notifier interface {
	StatusChanged(schema.StatusChanged)
	Progress(schema.Progress)
	Log(schema.LogLine)
	Finished(schema.Finished)
}

// Config is what a Service needs of its surroundings. All fields but Simulator
// have to be set.
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
	// Locate finds the sky program without running Python; its error is a refusal.
	Locate func(context.Context) (path string, refusal *schema.Error)
	// APIServerUp asks, without Python, whether SkyPilot's API server is there; its
	// error is a refusal, where something else has taken its place.
	APIServerUp func(context.Context) (up bool, refusal *schema.Error)
	// Activity is a fingerprint of what SkyPilot's API server has written on this
	// machine: the poller looks when it changes. It takes microseconds.
	Activity func() host.Activity

	Notifier  Notifier
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
	cfg     Config
	log     *slog.Logger
	journal *journal.Journal
	leases  *journal.Leases
	sky     *sky.Client

	changing gate                         // held by the one change in progress
	unsaved  []func(*journal.State) error // guarded by changing: changes that the disk refused, to be written with the next
	unread   time.Time                    // guarded by changing: when it was logged last that the state can't be read

	mu         sync.Mutex // guards what follows; never held across I/O
	state      *journal.State
	stamp      journal.Stamp           // of the state file that state was read from
	looks      map[string]journal.Look // by server
	looksStamp journal.Stamp           // of the file that looks were last shared in
	theirs     bool                    // another sidecar's look was learned of, and the poller does not know yet
	begun      map[string]int          // by server: the looks that were begun here
	sent       map[string]schema.Cluster
	finished   map[string]bool // operations whose end was told, or was over before this process began
	drivers    map[string]*driver
	seq        uint64
	poller     pollerSettings
	expected   map[string]time.Time                    // servers that somebody else is working on, and until when they are looked for
	offers     map[offerKey]schema.Offer               // what SkyPilot last chose
	known      knownVersion                            // what `sky --version` last said
	checked    map[checkKey]schema.ProviderCheckResult // what `sky check` last said

	life    context.Context // ends when all must end
	end     context.CancelFunc
	born    time.Time     // when this process began, as the protocol shows it
	closing chan struct{} // closed when the host has gone: no new work, and what SkyPilot holds is left to it
	close   sync.Once
	work    *crew         // the goroutines that Close waits for
	looking chan struct{} // holds one while a look at the cloud is in progress
	wake    chan struct{} // asks the poller to look now
	stirred chan struct{} // tells the poller that SkyPilot's files have changed
}

// New opens the state folder, takes up what an earlier process left, and starts
// the poller. It blocks only for reading a small file. Close ends it.
func New(cfg Config) (*Service, error) {
	j, err := journal.Open(cfg.StateDir)
	if err != nil {
		return nil, StateError(err)
	}
	s := &Service{
		cfg: cfg, log: cfg.Log, journal: j, work: newCrew(),
		leases:   journal.NewLeases(cfg.LeaseDir, cfg.Endpoint.URL),
		looks:    map[string]journal.Look{},
		begun:    map[string]int{},
		sent:     map[string]schema.Cluster{},
		finished: map[string]bool{},
		drivers:  map[string]*driver{},
		expected: map[string]time.Time{},
		offers:   map[offerKey]schema.Offer{},
		checked:  map[checkKey]schema.ProviderCheckResult{},
		closing:  make(chan struct{}),
		born:     now(),
		changing: make(gate, 1),
		wake:     make(chan struct{}, 1),
		stirred:  make(chan struct{}, 1),
		looking:  make(chan struct{}, 1),
	}
	s.cfg.Runner = guardedRunner{cfg.Runner, s}
	s.sky = sky.NewClient(s.cfg.Runner, cfg.Endpoint.Local)
	s.life, s.end = context.WithCancel(context.Background())
	state, err := j.Read()
	if damaged := (*journal.DamagedError)(nil); errors.As(err, &damaged) {
		s.log.Error("the state file was damaged; SkyPilot will be asked what there is", "aside", damaged.Aside, "cause", damaged.Cause)
	} else if err != nil {
		return nil, StateError(err)
	}
	if state.Known() && state.Simulated != s.simulated() {
		return nil, otherWorld(state.Simulated)
	}
	s.begin(state)
	s.spawn("the watcher", s.unending("the watcher", s.watch))
	s.spawn("the poller", s.unending("the poller", s.poll))
	return s, nil
}

// OwnFolder makes a folder that is missing, and refuses one that somebody else may
// write to; its error is a *schema.Error.
func OwnFolder(dir string) error {
	if err := journal.Own(dir); err != nil {
		return StateError(err)
	}
	return nil
}

// otherWorld keeps the simulated cloud's servers and the real ones apart: each
// would take the other's for gone.
func otherWorld(simulated bool) *schema.Error {
	if simulated {
		return schema.NewError(schema.KindStateUnwritable, "This state folder belongs to the simulated cloud.",
			"Give the real one a folder of its own with --state-dir, or start with --simulate.")
	}
	return schema.NewError(schema.KindStateUnwritable, "This state folder belongs to a real cloud, with servers that may be running.",
		"Give the simulated one a folder of its own with --state-dir, or start without --simulate.")
}

// begin takes the state as it was found: what had ended is not told again, what
// there is is told whole (protocol.md, Notifications), and what is in progress
// with nobody at it is taken up.
func (s *Service) begin(state *journal.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.stamp = state, state.Stamp()
	for _, op := range state.Operations {
		if op.Ended() {
			s.finished[op.ID] = true
		}
	}
	for name, rec := range state.Clusters {
		if rec.Spec != nil {
			s.keepSecret(*rec.Spec)
		}
		if c := s.view(name); c.Status != schema.StatusNoServer {
			s.tell(name, c, nil)
		}
	}
	if s.mayBeMissing(s.cfg.Name) {
		s.tell(s.cfg.Name, s.view(s.cfg.Name), nil)
	}
}

// Close ends the service: no new requests; operations that SkyPilot does not
// have yet are handed to it, then all goroutines end. It blocks until then, or
// until ctx is done, and then ends them at once. What goes on in the cloud goes on.
func (s *Service) Close(ctx context.Context) {
	s.close.Do(func() { close(s.closing) })
	s.mu.Lock()
	for _, d := range s.drivers {
		d.leave()
	}
	s.mu.Unlock()
	done := s.work.close()
	select {
	case <-done:
	case <-ctx.Done():
		s.end()
		<-done
	}
	s.end()
	if runner, ok := s.cfg.Runner.(io.Closer); ok {
		_ = runner.Close() // a request that is still being answered may have started something
	}
}

// Idle blocks until no operation is being driven by this process, or ctx is done.
func (s *Service) Idle(ctx context.Context) error {
	for {
		s.mu.Lock()
		var one *driver
		for _, d := range s.drivers {
			one = d
		}
		s.mu.Unlock()
		if one == nil {
			return nil
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Service) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

func (s *Service) operationDir(id string) string {
	return filepath.Join(s.journal.Dir(), "operations", id)
}
