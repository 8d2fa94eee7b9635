package host

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"carapace/provision/sky"
)

// Kept looks at the API server, its port, its requests, and this machine's processes, and says why it is left alone; "": all that is known
// without a `sky` allows its end. It blocks for some milliseconds, at most for seconds where the server does not answer.
func (s *LocalServer) Kept(ctx context.Context) (why string) { return s.kept(ctx, processes()) }

func (s *LocalServer) kept(ctx context.Context, all []*process) (why string) {
	tree := serverProcesses(all, s.Endpoint.port())
	if len(tree) == 0 {
		return ServerNotThere
	}
	s.seen = *tree[0]
	// The kernel shows the environment to the process's user (proc_pid_environ(5)).
	environ, _ := os.ReadFile("/proc/" + strconv.Itoa(s.seen.pid) + "/environ")
	switch {
	case !strings.Contains("\x00"+string(environ), "\x00"+sky.MarkVariable+"="+s.Mark+"\x00"):
		return ServerNotOurs
	case s.connected():
		return ServerInUse
	}
	for _, p := range all {
		if mayAsk(p.args) {
			return ServerInUse
		}
	}
	body, ok := askTested(ctx, s.Endpoint, "/api/status?all_status=true", listLimit)
	if !ok {
		return ServerInUse
	}
	why, newest := keptByRequests(body, inBody(s.Mark), s.newest)
	if newest != "" {
		s.newest = newest
	}
	return why
}

// connected reports whether somebody is connected to the server.
func (s *LocalServer) connected() bool {
	return len(sockets(whole(s.Endpoint.port()), established)) > 0
}

// lives reports whether the server that was seen is there still.
func (s *LocalServer) lives() bool {
	tree := serverProcesses(processes(), s.Endpoint.port())
	return len(tree) > 0 && tree[0].pid == s.seen.pid && tree[0].start == s.seen.start
}

// endPoll is the time between two looks whether a server has ended, and endLimit how long it has for that: it lets requests
// end that came in the last moment (sky/server/uvicorn.py of 0.14.1).
const (
	endPoll  = 100 * time.Millisecond
	endLimit = 20 * time.Second
)

// End ends the API server that Kept has seen, if it is the same process still, and no other: the server itself by SIGTERM,
// which it heeds, then its workers, which do not and which it leaves behind; they are of the process group that it leads
// (seen with 0.14.1). It blocks until that is done, some seconds, and reports whether it is. A server that has not ended when its
// time or ctx is over is killed with them, unless somebody is connected: it is left alone then, and its workers stay.
func (s *LocalServer) End(ctx context.Context) bool {
	if !s.lives() || syscall.Kill(s.seen.pid, syscall.SIGTERM) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, endLimit)
	defer cancel()
	for s.lives() {
		select {
		case <-time.After(endPoll):
			continue
		case <-ctx.Done():
		}
		if s.connected() {
			return false
		}
		break
	}
	// A number that is a group's is given to no process as long as the group has a member: without one this does nothing.
	_ = syscall.Kill(-s.seen.pid, syscall.SIGKILL)
	return true
}
