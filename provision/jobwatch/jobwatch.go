// Package jobwatch tells when the process of a server's run command has ended, within seconds and for
// next to no work: an ssh to each server whose run command goes on, on which the machine says every
// twenty seconds that the process is there, or that it is not any more.
//
// The machine is not trusted. What it says decides when SkyPilot's queue is asked, never what is told of
// the command (lifecycle.Cluster.JobIsDue). Where it can't be reached, or talks nonsense, the queue is
// asked as seldom, and as often, as if nobody had asked the machine.
package jobwatch

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"carapace/provision/backend"
	"carapace/provision/hostkeys"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// Options is what a Watch needs. All fields have to be set.
type Options struct {
	Store    *store.Store
	Group    *supervisor.Group
	Log      *slog.Logger
	SkyPilot *backend.SkyPilot
	HostKeys hostkeys.Pins
	Silence  time.Duration // after so long without a word the connection is given up
	Ended    func()        // is called when a process is said to have ended; it must not block
}

// Watch is the connections of this process. Its methods are safe for concurrent use and do not block.
type Watch struct {
	opt Options

	mu       sync.Mutex // guards what follows, and the sessions' signs; nothing is called under it but Group.Go
	sessions map[string]*session
}

// New returns a Watch, which begins with the first state that it is shown.
func New(opt Options) *Watch { return &Watch{opt: opt, sessions: map[string]*session{}} }

// session watches one run of a run command.
type session struct {
	*Watch
	cluster string
	run     lifecycle.JobRun
	ctx     context.Context
	stop    context.CancelFunc

	sign lifecycle.JobSign // guarded by mu
}

// OnStateChange begins and ends connections. The store calls it with each new state, under its lock.
func (w *Watch) OnStateChange(st *lifecycle.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, one := range w.sessions {
		if run, goesOn := st.RunGoesOn(name); !goesOn || run != one.run {
			one.stop()
			delete(w.sessions, name)
		}
	}
	for name := range st.Clusters {
		if run, goesOn := st.RunGoesOn(name); goesOn && w.sessions[name] == nil {
			one := &session{Watch: w, cluster: name, run: run}
			one.ctx, one.stop = context.WithCancel(w.opt.Group.Context())
			w.sessions[name] = one
			w.opt.Group.Go("the watch over a run command", one.watch)
		}
	}
}

// Sign is what a server's machine has said of its run command.
func (w *Watch) Sign(cluster string) lifecycle.JobSign {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one := w.sessions[cluster]; one != nil {
		return one.sign
	}
	return lifecycle.JobSign{}
}

// GoesOn notes that SkyPilot's queue, asked at a time, shows a server's job as one that goes on. A
// machine that had said otherwise is not believed again.
func (w *Watch) GoesOn(cluster string, asked time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one := w.sessions[cluster]; one != nil {
		one.sign.Wrong = one.sign.Wrong || !one.sign.Ended.IsZero() && !asked.Before(one.sign.Ended)
	}
}

// retries are how long a connection is not tried again after one that did not last: a try takes an eighth
// of a second of a processor.
var retries = []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}

// lasting is a connection that did last.
const lasting = 5 * time.Minute

// watch is the session's life.
func (one *session) watch() {
	defer one.stop()
	closing, done := one.opt.Group.UntilClosing()
	defer done()
	defer context.AfterFunc(closing, one.stop)()
	for failed := 0; ; failed = min(failed+1, len(retries)-1) {
		began := time.Now()
		if ended := one.connect(); ended || one.ctx.Err() != nil {
			return
		}
		if time.Since(began) >= lasting {
			failed = 0
		}
		if !supervisor.Sleep(one.ctx, retries[failed]) {
			return
		}
	}
}

// connect runs one ssh, until it ends or the machine is silent or talks nonsense, and reports whether the
// process was said to have ended. There is none where the way to the machine is through another program,
// which may cost more than asking the queue, or its host key is not kept: a first connection, which learns
// it, is one that somebody has asked for.
func (one *session) connect() (ended bool) {
	reach, err := one.opt.SkyPilot.SSHHost(one.cluster)
	if err != nil || reach.ProxyCommand != "" || !one.opt.HostKeys.Known(one.run.Hash) {
		return false
	}
	pins, refusal := one.opt.HostKeys.Options(one.run.Hash)
	if refusal != nil {
		return false
	}
	ctx, giveUp := context.WithCancel(one.ctx)
	defer giveUp()
	silence := time.AfterFunc(one.opt.Silence, giveUp)
	defer silence.Stop()
	words := &words{left: maxWords, nonsense: giveUp, said: func(word string) {
		switch word {
		case wordRuns:
			silence.Reset(one.opt.Silence)
			one.note(func(sign *lifecycle.JobSign) { sign.Runs = schema.Now() })
		case wordEnded:
			ended = true
			giveUp() // what a login shell has started may hold the connection for ever
		}
	}}
	args := slices.Concat([]string{
		"-T", "-a", "-x", // no terminal, which SkyPilot's autostop would count, and nothing of ours for the server
		"-o", "BatchMode=yes", "-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ClearAllForwardings=yes",
	}, one.opt.SkyPilot.SSHOptions(one.cluster), pins, []string{one.cluster, command(one.run.Job)})
	_, err = one.opt.SkyPilot.Run(ctx, sky.Call{Program: "ssh", Args: args, Answer: words, Line: func(stream schema.Stream, line string) {
		if stream == schema.StreamStderr {
			words.take(len(line))
		}
	}})
	if ended {
		one.note(func(sign *lifecycle.JobSign) { sign.Ended = schema.Now() })
		one.opt.Ended()
	} else {
		one.opt.Log.Debug("the connection that watches a run command has ended", "cluster", one.cluster, "error", err)
	}
	return ended
}

func (one *session) note(change func(*lifecycle.JobSign)) {
	one.mu.Lock()
	defer one.mu.Unlock()
	change(&one.sign)
}

// What the machine says.
const (
	wordRuns  = "carapace-job-runs"
	wordEnded = "carapace-job-ended"
)

// command is what the machine's shell runs. SkyPilot gives the process of a job a mark in its arguments,
// by which it knows it itself (0.12.0 and 0.14.1, skylet/job_lib.py, JOB_CMD_IDENTIFIER); the process
// lives until the job's end is in SkyPilot's records there. The brackets keep the search from finding
// itself. It ends with the connection: echo fails then.
func command(job int) string {
	id := strconv.Itoa(job)
	return fmt.Sprintf(`sh -c 'while grep -qs "SKYPILOT_JOB_ID <[%s]%s>" /proc/[0-9]*/cmdline; do echo %s || exit; sleep 20; done; echo %s'`, id[:1], id[1:], wordRuns, wordEnded)
}

// maxWords is how many bytes of a machine's are read in one connection: of a word every twenty seconds
// as many as come in twenty hours. Then another connection is made.
const maxWords = 64 << 10

// words takes what a machine says: whole lines that are a word, and nothing else; a login shell may have
// printed more.
type words struct {
	left     int
	line     []byte
	said     func(word string)
	nonsense func() // is called when it says too much
}

// take counts bytes of what it says, its complaints too, and reports whether that is not too much yet.
func (w *words) take(n int) bool {
	w.left -= n
	if w.left < 0 {
		w.nonsense()
	}
	return w.left >= 0
}

// Write implements [io.Writer].
func (w *words) Write(p []byte) (int, error) {
	if !w.take(len(p)) {
		return len(p), nil
	}
	w.line = append(w.line, p...)
	for {
		line, rest, whole := bytes.Cut(w.line, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		w.line = rest
		w.said(string(line))
	}
}
