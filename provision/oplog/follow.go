package oplog

import (
	"context"
	"os"
	"sync"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// interval is the time between two looks at the log of an operation in progress.
const interval = time.Second

// Follower tells the host of this process what is printed during the operations that other processes drive.
// Its methods are safe for concurrent use and do not block.
type Follower struct {
	logs  *Logs
	group *supervisor.Group
	tell  func(schema.LogLine)

	mu       sync.Mutex // guards what follows; nothing is called under it but Group.Go
	followed map[string]context.CancelFunc
	begun    bool // the first state was shown
}

// NewFollower returns a Follower, which begins with the first state that it is shown. tell must not block.
func NewFollower(logs *Logs, group *supervisor.Group, tell func(schema.LogLine)) *Follower {
	return &Follower{logs: logs, group: group, tell: tell, followed: map[string]context.CancelFunc{}}
}

// OnStateChange begins and ends to follow. What was printed before the first state is not told: who wants it
// asks for it. The store calls it with each new state, under its lock.
func (f *Follower) OnStateChange(st *lifecycle.State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, end := range f.followed {
		if op := st.Operation(id); op == nil || op.Ended() {
			end()
			delete(f.followed, id)
		}
	}
	for _, op := range st.Operations {
		if op.Ended() || f.followed[op.ID] != nil {
			continue
		}
		ctx, end := context.WithCancel(f.group.Context())
		f.followed[op.ID] = end
		skip := !f.begun
		f.group.Go("the log of an operation", func() { f.follow(ctx, op.ID, skip) })
	}
	f.begun = true
}

// follow tells the lines of an operation that this process does not drive, until over is done, and those that
// came just before. skip: what is there already is not told.
func (f *Follower) follow(over context.Context, operation string, skip bool) {
	closing, done := f.group.UntilClosing()
	defer done()
	ctx, end := context.WithCancel(closing)
	defer end()
	defer context.AfterFunc(over, end)()
	at := position{}
	if skip {
		at = f.advance(operation, at, func(schema.LogLine) {})
	}
	for supervisor.Sleep(ctx, interval) {
		at = f.advance(operation, at, f.tell)
	}
	if closing.Err() == nil {
		f.advance(operation, at, f.tell)
	}
}

// position is how far a log was read.
type position struct {
	last int // line
	size int64
	time time.Time
}

// advance tells the lines that came since a position, and returns the new one. Those of an operation that this
// process drives its driver tells.
func (f *Follower) advance(operation string, from position, tell func(schema.LogLine)) position {
	info, err := os.Stat(f.logs.path(operation))
	if err != nil || info.Size() == from.size && info.ModTime().Equal(from.time) || f.logs.drove(operation) {
		return from
	}
	from.size, from.time = info.Size(), info.ModTime()
	for _, line := range f.logs.Read(operation, from.last) {
		tell(line)
		from.last = line.Seq
	}
	return from
}
