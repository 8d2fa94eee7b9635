// Package backend represents the installed SkyPilot: whether it can be used and with which
// credentials, one look at a cluster, the SSH access to a machine, and errors for a person, without
// secrets.
package backend

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/lifecycle"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/gate"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// Timing holds the deadlines of this package's calls.
type Timing struct {
	Short     time.Duration // of one short `sky` call
	APIServer time.Duration // of starting SkyPilot's API server
	Refresh   time.Duration // of asking the cloud, through SkyPilot
}

// Absence returns the deadline of finding out why a cluster is not shown: three calls.
func (t Timing) Absence() time.Duration { return 3 * t.Short }

// Look returns the deadline of a look with all further calls that it may need, and made twice where
// its record was outdated.
func (t Timing) Look() time.Duration { return 2*(t.Refresh+t.Short) + t.Absence() }

// Options is what a SkyPilot needs. All fields but Mark have to be set.
type Options struct {
	Store       *store.Store
	Group       *supervisor.Group
	Log         *slog.Logger
	Redactor    *redact.Redactor
	Environment credentials.Environment // this user's home, variables and files
	Endpoint    host.Endpoint           // SkyPilot's API server
	Runner      sky.Runner              // closed by Close, if it is an io.Closer
	Mark        string                  // each `sky` is started with it in sky.MarkVariable; "": with none
	// Locate finds the sky program without running Python; its error is a refusal.
	Locate func(context.Context) (path string, refusal *schema.Error)
	// APIServerUp asks, without Python, whether SkyPilot's API server is up; its error is a
	// refusal if another program has its port.
	APIServerUp func(context.Context) (up bool, refusal *schema.Error)
	// AnswersSSH reports whether something at an address, HOST:PORT, answers with an SSH banner.
	AnswersSSH func(ctx context.Context, address string) bool
	// RequestEnd asks SkyPilot's API server, without Python, how far a request is.
	RequestEnd func(ctx context.Context, id string) sky.RequestEnd
	// Account is a fingerprint of the account that a cloud is used with.
	Account   func(c cloud.Cloud, profile string) string
	Timing    Timing
	Simulated bool // a simulated cloud: the version is asked for each time, because a fault may change it
}

// SkyPilot is the SkyPilot installation of this machine. Its methods are safe for concurrent use;
// those with a context block for as long as `sky` takes.
type SkyPilot struct {
	opt    Options
	gate   *gate.Gate // before opt.Runner
	runner sky.Runner
	usual  *sky.Client // with the usual credentials
	*memory
}

// memory is what was learned, for all lanes.
type memory struct {
	mu    sync.Mutex   // guards known; never held across a call
	known knownVersion // what `sky --version` last said
}

// New returns the SkyPilot of this machine, for requests of the host: where too many
// wait, its calls are refused as busy. It runs nothing.
func New(opt Options) *SkyPilot {
	runner := opt.Runner
	if opt.Mark != "" {
		runner = &withEnv{runner, []string{sky.MarkVariable + "=" + opt.Mark}}
	}
	s := &SkyPilot{opt: opt, gate: gate.New(runner, opt.Group), memory: &memory{}}
	return s.For(gate.Host)
}

// For is the same SkyPilot, asked on another's behalf.
func (s *SkyPilot) For(lane gate.Lane) *SkyPilot {
	runner := &guardedRunner{s.gate.Lane(lane), s.opt.Group}
	return &SkyPilot{opt: s.opt, gate: s.gate, runner: runner, usual: sky.NewClient(runner, s.opt.Endpoint.Local), memory: s.memory}
}

// Close ends the programs that were started and must not outlive this process. It does not block.
func (s *SkyPilot) Close() {
	if c, ok := s.opt.Runner.(io.Closer); ok {
		_ = c.Close() // a request that is still being answered may have started one
	}
}

// AbsenceTime returns the deadline of [SkyPilot.Absence].
func (s *SkyPilot) AbsenceTime() time.Duration { return s.opt.Timing.Absence() }

// Local reports whether SkyPilot's API server is on this machine.
func (s *SkyPilot) Local() bool { return s.opt.Endpoint.Local }

// Endpoint returns SkyPilot's API server.
func (s *SkyPilot) Endpoint() host.Endpoint { return s.opt.Endpoint }

// Locate finds the sky program without running Python; its error is a refusal.
func (s *SkyPilot) Locate(ctx context.Context) (path string, refusal *schema.Error) {
	return s.opt.Locate(ctx)
}

// APIServerUp asks, without Python, whether SkyPilot's API server is up; its error is a refusal if
// another program has its port.
func (s *SkyPilot) APIServerUp(ctx context.Context) (up bool, refusal *schema.Error) {
	return s.opt.APIServerUp(ctx)
}

// RequestEnd asks, without Python, how far a request of SkyPilot's is. It blocks for some
// milliseconds, at most for seconds.
func (s *SkyPilot) RequestEnd(ctx context.Context, id string) sky.RequestEnd {
	return s.opt.RequestEnd(ctx, id)
}

// Alone calls a function while no `sky` of this process runs, where that is so, and lets none begin before it has
// returned.
func (s *SkyPilot) Alone(do func()) { s.gate.Alone(do) }

// Run runs a program other than sky, as [sky.Runner] does.
func (s *SkyPilot) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	return s.runner.Run(ctx, call)
}

// Client returns a client with the credentials that a cluster was launched with. They are sent with
// each request; the API server does not keep them (docs/skypilot.md, "Credentials").
func (s *SkyPilot) Client(cluster string) *sky.Client {
	return s.WithProfile(lifecycle.Profile(s.opt.Store.Remembered(cluster).Spec))
}

// WithProfile returns a client with the credentials of a spec's profile; "": the default ones.
func (s *SkyPilot) WithProfile(profile string) *sky.Client {
	if profile == "" {
		return s.usual
	}
	return sky.NewClient(&withEnv{s.runner, profileEnv(profile)}, s.opt.Endpoint.Local)
}

// profileEnv returns the variables that select a profile. boto reads AWS_DEFAULT_PROFILE first
// (botocore/configprovider.py). Keys in the environment would take precedence, so they are set to "",
// which boto takes for unset.
func profileEnv(profile string) []string {
	return []string{"AWS_DEFAULT_PROFILE=" + profile, "AWS_PROFILE=" + profile, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN="}
}

// withEnv is a Runner that adds to the environment of every call.
type withEnv struct {
	sky.Runner
	env []string
}

func (w *withEnv) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	call.Env = append(call.Env, w.env...)
	return w.Runner.Run(ctx, call)
}

func (w *withEnv) Expect(call sky.Call, n int) {
	call.Env = append(call.Env, w.env...)
	w.Runner.Expect(call, n)
}

func (w *withEnv) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	call.Env = append(call.Env, w.env...)
	return w.Runner.Submit(ctx, call, output)
}

// guardedRunner recovers from a panic in Call.Line, which the runner calls in a goroutine of its own.
// After a panic further lines are dropped, and the program runs on.
type guardedRunner struct {
	sky.Runner
	group *supervisor.Group
}

func (g *guardedRunner) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if watch := call.Line; watch != nil {
		broken := false
		call.Line = func(stream schema.Stream, line string) {
			if !broken {
				broken = !g.group.Guard("a line of "+call.Program, func() { watch(stream, line) })
			}
		}
	}
	if call.Answer != nil {
		call.Answer = &guardedWriter{Writer: call.Answer, group: g.group, what: "an answer of " + call.Program}
	}
	return g.Runner.Run(ctx, call)
}

type guardedWriter struct {
	io.Writer
	group  *supervisor.Group
	what   string
	broken bool
}

func (g *guardedWriter) Write(p []byte) (n int, err error) {
	n = len(p)
	if !g.broken {
		g.broken = !g.group.Guard(g.what, func() { n, err = g.Writer.Write(p) })
	}
	return n, err
}

// Explain turns an error of a sky.Client into one for the host.
func (s *SkyPilot) Explain(cluster string, err error) *schema.Error {
	var known *schema.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, sky.ErrNoCluster):
		known = lifecycle.NotFound(cluster)
	case errors.Is(err, context.DeadlineExceeded):
		known = schema.Fail(schema.KindTimeout, &text.LookTimeout)
	default:
		known = schema.Fail(schema.KindInternal, &text.LookFailed, text.Args{"words": err.Error()})
	}
	return s.Clean(known)
}

// Clean takes secrets out of an error, and bounds its detail.
func (s *SkyPilot) Clean(e *schema.Error) *schema.Error {
	c := e.Map(s.opt.Redactor.String)
	c.Detail = redact.Tail(c.Detail, maxDetail)
	return c
}

// Text takes secrets out of a text.
func (s *SkyPilot) Text(text string) string { return s.opt.Redactor.String(text) }

// Line bounds a log's line and takes secrets out of what is left.
func (s *SkyPilot) Line(line string) string { return s.opt.Redactor.String(shortLine(line)) }
