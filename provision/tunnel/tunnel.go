// Package tunnel brings ports of a server to this machine: each is one ssh, over SkyPilot's SSH alias and with the server's
// host key insisted on, that listens on the loopback interface alone. A tunnel lasts until it is closed, its connection is
// lost, its server can't be connected to any more, or this process ends.
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"carapace/provision/backend"
	"carapace/provision/hostkeys"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/ssh"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

const (
	maxOpen  = 8 // tunnels of this process, those that are being opened among them
	maxTries = 5 // of finding a port of this machine that nobody has
)

// Options is what Tunnels need. All fields have to be set.
type Options struct {
	Store    *store.Store
	Group    *supervisor.Group
	SkyPilot *backend.SkyPilot
	HostKeys hostkeys.Pins
	Opening  time.Duration // how long a connection may take to be made
	Changed  func()        // is called when another tunnel can be used, or one can't any more; it must not block
}

// Tunnels are those of this process. Its methods are safe for concurrent use.
type Tunnels struct {
	opt Options

	mu   sync.Mutex // guards what follows, and the tunnels' fields that say so
	open []*tunnel  // the oldest first, those that are being opened among them
}

// New returns no tunnels yet.
func New(opt Options) *Tunnels { return &Tunnels{opt: opt} }

// tunnel is one ssh.
type tunnel struct {
	*Tunnels
	hash   string // of the server that it is to
	wanted int    // the port of this machine that was asked for; 0: any
	ctx    context.Context
	stop   context.CancelCauseFunc // the cause is a *schema.Error, or errClosed
	ready  chan struct{}           // closed when it can be used
	over   chan struct{}           // closed when it has ended

	shown   schema.Tunnel // guarded by mu until ready is closed; it does not change then
	opened  bool          // guarded by mu: ready is closed
	failure *schema.Error // set before over is closed: why it ended; nil: it was closed
}

// errClosed ends a tunnel that somebody has closed.
var errClosed = errors.New("it was closed")

// Open brings a port of a server to this machine, to a port that was asked for, or, where that is 0, to any. Where that is done
// already it returns the tunnel that there is. It blocks until the connection is made; one that is being made goes on when ctx
// ends. The error is a *schema.Error, or ctx's.
func (t *Tunnels) Open(ctx context.Context, cluster string, port, local int) (schema.Tunnel, error) {
	for _, given := range []struct {
		field       string
		value, from int
	}{{"port", port, 1}, {"localPort", local, 0}} {
		if given.value < given.from || given.value > 65535 {
			return schema.Tunnel{}, schema.Fail(schema.KindInvalidParams, &text.TunnelPort, text.Args{"field": given.field}).WithField(given.field)
		}
	}
	one, refusal := t.admit(cluster, port, local)
	if refusal != nil {
		return schema.Tunnel{}, refusal
	}
	select {
	case <-one.ready:
		return one.shown, nil
	case <-one.over:
	case <-ctx.Done():
		return schema.Tunnel{}, ctx.Err()
	}
	if one.failure == nil { // it was closed at once
		return schema.Tunnel{}, schema.Fail(schema.KindCanceled, &text.TunnelNotMade, text.Args{"name": cluster})
	}
	return schema.Tunnel{}, one.failure
}

// admit returns the tunnel to a port that there is, or begins one.
func (t *Tunnels) admit(cluster string, port, local int) (one *tunnel, refusal *schema.Error) {
	begun := false
	t.opt.Store.Read(func(st *lifecycle.State) { // under its lock: what changes then, OnStateChange is told
		if refusal = admitted(st, cluster, ""); refusal != nil {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, there := range t.open {
			if is := there.shown; is.Cluster == cluster && is.Port == port && (local == 0 || local == is.LocalPort || local == there.wanted) && there.ctx.Err() == nil {
				one = there
				return
			}
		}
		if len(t.open) >= maxOpen {
			refusal = schema.Fail(schema.KindBusy, &text.TunnelTooMany, text.Args{"most": maxOpen})
			return
		}
		one = &tunnel{
			Tunnels: t, hash: st.Clusters[cluster].Identity.Hash, wanted: local, ready: make(chan struct{}), over: make(chan struct{}),
			shown: schema.Tunnel{ID: uuid.NewString(), Cluster: cluster, Port: port},
		}
		one.ctx, one.stop = context.WithCancelCause(t.opt.Group.Context())
		t.open, begun = append(t.open, one), true
	})
	if begun && !t.opt.Group.Go("a tunnel", one.run) {
		one.stop(errClosed)
		one.end(nil) // this process ends
	}
	return one, refusal
}

// admitted returns why a server can't have a tunnel, or nil. hash is of the one that has it; "": any.
func admitted(st *lifecycle.State, cluster, hash string) *schema.Error {
	if refusal := lifecycle.AdmitConnection(st.View(cluster, lifecycle.Context{})); refusal != nil {
		return refusal
	}
	rec := st.Clusters[cluster]
	switch {
	case rec == nil:
		return lifecycle.NotFound(cluster)
	case hash != "" && hash != rec.Identity.Hash:
		return schema.Fail(schema.KindUnreachable, &text.TunnelBroke, text.Args{"name": cluster})
	}
	return nil
}

// Close ends a tunnel, and blocks until nothing listens any more, or ctx ends. It does nothing where there is none of that id.
func (t *Tunnels) Close(ctx context.Context, id string) error {
	over := make(chan struct{})
	close(over)
	t.mu.Lock()
	for _, one := range t.open {
		if one.shown.ID == id {
			one.stop(errClosed)
			over = one.over
		}
	}
	t.mu.Unlock()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// List returns the tunnels that can be used, the oldest first. It does not block.
func (t *Tunnels) List() []schema.Tunnel {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []schema.Tunnel{}
	for _, one := range t.open {
		if one.opened {
			list = append(list, one.shown)
		}
	}
	return list
}

// LocalPort returns the port of this machine at which a server's can be used, 0 where there is no tunnel to that. It does not
// block.
func (t *Tunnels) LocalPort(cluster string, port int) int {
	for _, open := range t.List() {
		if open.Cluster == cluster && open.Port == port {
			return open.LocalPort
		}
	}
	return 0
}

// OnStateChange ends the tunnels to servers that can't be connected to any more. The store calls it with each new state, under
// its lock.
func (t *Tunnels) OnStateChange(st *lifecycle.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range t.open {
		if refusal := admitted(st, one.shown.Cluster, one.hash); refusal != nil {
			one.stop(refusal)
		}
	}
}

// run is the tunnel's life.
func (one *tunnel) run() {
	closing, done := one.opt.Group.UntilClosing()
	defer done()
	defer context.AfterFunc(closing, func() { one.stop(errClosed) })()
	slow := time.AfterFunc(one.opt.Opening, func() {
		one.stop(schema.Fail(schema.KindTimeout, &text.TunnelNotMade, text.Args{"name": one.shown.Cluster}))
	})
	defer slow.Stop()
	one.end(one.connect(func() { slow.Stop() }))
}

// end takes the tunnel off the list, and tells of its end whoever knew of it.
func (one *tunnel) end(failure *schema.Error) {
	one.mu.Lock()
	if at := slices.Index(one.open, one); at >= 0 {
		one.open = slices.Delete(one.open, at, at+1)
	}
	opened := one.opened
	one.mu.Unlock()
	one.stop(errClosed)
	if opened {
		one.opt.Changed()
		one.opt.Store.NotifyTunnel(schema.TunnelClosed{Tunnel: one.shown, Reason: failure})
	}
	one.failure = failure
	close(one.over)
}

// connect runs ssh until the tunnel ends, and returns why it did; nil: it was closed. opened is called when it can be used.
func (one *tunnel) connect(opened func()) *schema.Error {
	if _, err := one.opt.SkyPilot.EnsureSSHHost(one.ctx, one.shown.Cluster); err != nil {
		return one.reason(schema.Fail(schema.KindInternal, &text.ConnectNotConfigured).WithDetail(err.Error()))
	}
	pins, refusal := one.opt.HostKeys.Options(one.hash)
	if refusal != nil {
		return refusal
	}
	options := append(one.opt.SkyPilot.SSHOptions(one.shown.Cluster), pins...)
	for try := 1; ; try++ {
		local := one.wanted
		if local == 0 {
			local = anyPort()
		}
		failure, taken := one.ssh(options, local, opened)
		if !taken || one.wanted != 0 || try == maxTries {
			return failure
		}
	}
}

// connected is what ssh prints when it listens. It runs the command that prints it after that (ssh_config(5), LocalCommand);
// to connect to the port instead would be a connection to the service.
const connected = "carapace-connected"

// ssh runs one ssh. taken: this machine's port could not be had.
func (one *tunnel) ssh(options []string, local int, opened func()) (failure *schema.Error, taken bool) {
	to := fmt.Sprintf("127.0.0.1:%d:127.0.0.1:%d", local, one.shown.Port)
	args := slices.Concat([]string{
		"-N", "-T", "-a", "-x", "-L", to, // no command, no terminal, and nothing of ours for the server: SkyPilot's file forwards the agent
		"-o", "ExitOnForwardFailure=yes", "-o", "BatchMode=yes", "-o", "ControlMaster=no", "-o", "ControlPath=none",
		"-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", // a server that is silent for 15 s is gone
		"-o", "PermitLocalCommand=yes", "-o", "LocalCommand=echo " + connected,
	}, options, []string{one.shown.Cluster})
	result, err := one.opt.SkyPilot.Run(one.ctx, sky.Call{
		Program: "ssh", Args: args, Env: []string{"SHELL=/bin/sh"}, // which runs LocalCommand
		Line: func(stream schema.Stream, line string) {
			if stream == schema.StreamStdout && line == connected {
				one.established(local, opened)
			}
		},
	})
	one.mu.Lock()
	name, used := one.shown.Cluster, one.opened
	one.mu.Unlock()
	switch refusal := one.opt.HostKeys.Refusal(one.hash, result.Stderr); {
	case one.ctx.Err() != nil:
		return one.reason(nil), false
	case err != nil:
		failure = one.opt.SkyPilot.Explain(name, err)
	case refusal != nil:
		failure = refusal
	case used:
		failure = schema.Fail(schema.KindUnreachable, &text.TunnelBroke, text.Args{"name": name}).WithDetail(result.Stderr)
	case ssh.PortTaken.In(result.Stderr):
		taken = true
		failure = schema.Fail(ssh.PortTaken.Kind, &text.TunnelPortTaken, text.Args{"port": local}).WithField("localPort").WithDetail(result.Stderr)
	case ssh.KeyRefused.In(result.Stderr):
		failure = schema.Fail(ssh.KeyRefused.Kind, ssh.KeyRefused.Says).WithDetail(result.Stderr)
	case ssh.UnknownHost.In(result.Stderr):
		failure = schema.Fail(ssh.UnknownHost.Kind, ssh.UnknownHost.Says).WithDetail(result.Stderr)
	default:
		failure = schema.Fail(schema.KindUnreachable, &text.TunnelNotMade, text.Args{"name": name}).WithDetail(result.Stderr)
	}
	return one.opt.SkyPilot.Clean(failure), taken
}

// established makes the tunnel known, once its ssh listens. A host key that could not be kept ends it.
func (one *tunnel) established(local int, opened func()) {
	if refusal := one.opt.HostKeys.Learned(one.hash); refusal != nil {
		one.stop(refusal)
		return
	}
	opened()
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.opened {
		return
	}
	one.shown.LocalPort, one.shown.URL, one.opened = local, "http://127.0.0.1:"+strconv.Itoa(local), true
	close(one.ready)
	one.opt.Changed()
}

// reason returns why the tunnel was ended, or what failed where nobody ended it.
func (one *tunnel) reason(failed *schema.Error) *schema.Error {
	if one.ctx.Err() == nil {
		return failed
	}
	if ended, why := errors.AsType[*schema.Error](context.Cause(one.ctx)); why {
		return ended
	}
	return nil
}

// anyPort is a port of this machine that is likely to be free: ssh finds out. It is below those that systems give to outgoing
// connections, and above those of services. To listen here in order to find one would link a listener (CONTRIBUTING.md, "Size").
func anyPort() int { return 20000 + rand.IntN(12000) }
