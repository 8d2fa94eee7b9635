package host

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Listener is the user whose program listens at a port of this machine.
type Listener struct{ UID int }

// ListenerAt returns who listens at an endpoint; known is false where nobody does,
// where the endpoint is not on this machine, and where this system does not say. It
// reads two small files of the kernel's.
func ListenerAt(e Endpoint) (l Listener, known bool) {
	u, err := url.Parse(e.URL)
	if err != nil || !loopback(u.Hostname()) {
		return Listener{}, false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return Listener{}, false
	}
	uids := sockets(int(port), listening)
	if len(uids) == 0 {
		return Listener{}, false
	}
	// Where several listen, the one that is not to be trusted counts.
	for _, uid := range uids {
		if l = (Listener{uid}); l.Foreign() {
			break
		}
	}
	return l, true
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// Foreign reports whether the listener is neither this user nor root, who can read
// everything anyway, and whose are the ports that a container engine forwards.
func (l Listener) Foreign() bool { return l.UID != 0 && l.UID != os.Getuid() }

// Name is what the user is called here, else "user" and the number.
func (l Listener) Name() string {
	if u, err := user.LookupId(strconv.Itoa(l.UID)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(l.UID)
}

// States of a socket in the kernel's tables (tcp_states.h).
const (
	listening   = "0A"
	established = "01"
)

// parseSockets reads a table of the kernel's sockets (proc_pid_net(5)): the users of those in a state
// at a port that takes connections from this machine.
func parseSockets(table string, port int, state string) (uids []int) {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 8 || f[3] != state {
			continue
		}
		address, hexPort, _ := strings.Cut(f[1], ":")
		at, err := strconv.ParseUint(hexPort, 16, 16)
		uid, uidErr := strconv.Atoi(f[7])
		if err == nil && uidErr == nil && int(at) == port && reachesLoopback(address) && !slices.Contains(uids, uid) {
			uids = append(uids, uid)
		}
	}
	return uids
}

// reachesLoopback reads an address as the kernel prints it: words of four bytes, each
// in the machine's own order, which is little-endian wherever the sidecar runs.
func reachesLoopback(address string) bool {
	raw, err := hex.DecodeString(address)
	if err != nil || len(raw)%4 != 0 {
		return false
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	ip := net.IP(raw)
	return ip.IsLoopback() || ip.IsUnspecified()
}

// parsePeople reads the names of those who can log in out of passwd(5), but for one
// user: accounts of the system have lower numbers, or a shell that ends at once.
func parsePeople(passwd string, but int) (names []string) {
	const firstPerson, lastPerson = 1000, 59999 // login.defs(5); 65534 is nobody
	for line := range strings.Lines(passwd) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 7 {
			continue
		}
		uid, err := strconv.Atoi(f[2])
		if err == nil && uid >= firstPerson && uid <= lastPerson && uid != but && !strings.HasSuffix(f[6], "nologin") && !strings.HasSuffix(f[6], "false") {
			names = append(names, f[0])
		}
	}
	return names
}

// RefuseForeign refuses SkyPilot's own address on this machine where another user's
// program listens there: `sky` would hand it the task with its secrets, and the keys
// of the cloud with every request.
func RefuseForeign(e Endpoint) *schema.Error {
	if l, known := ListenerAt(e); e.Local && known && l.Foreign() {
		return l.Refusal(e)
	}
	return nil
}

// Refusal is what is said of a foreign listener at an endpoint.
func (l Listener) Refusal(e Endpoint) *schema.Error {
	return schema.Fail(schema.KindAPIServer, &text.ServerPortForeign, text.Args{"user": l.Name(), "url": e.URL})
}

// Wary returns a Runner that asks [RefuseForeign] before each `sky` that would talk to
// the API server.
func Wary(runner sky.Runner, e Endpoint) sky.Runner { return &wary{runner, e} }

type wary struct {
	sky.Runner
	endpoint Endpoint
}

func (w *wary) refuse(call sky.Call) error {
	if call.Program != "sky" || slices.Equal(call.Args, []string{"--version"}) {
		return nil
	}
	if refusal := RefuseForeign(w.endpoint); refusal != nil {
		return refusal
	}
	return nil
}

// Run implements sky.Runner.
func (w *wary) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if err := w.refuse(call); err != nil {
		return sky.Result{}, err
	}
	return w.Runner.Run(ctx, call)
}

// Submit implements sky.Runner.
func (w *wary) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	if err := w.refuse(call); err != nil {
		return sky.Result{}, err
	}
	return w.Runner.Submit(ctx, call, output)
}

// Close ends what the runner has started, as its own does.
func (w *wary) Close() error {
	if c, ok := w.Runner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
