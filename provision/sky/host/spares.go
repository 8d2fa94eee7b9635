package host

import (
	"slices"
	"sync"
	"time"

	"carapace/provision/sky"
)

const (
	maxSpares = 2           // that wait at one time
	spareLife = time.Minute // what is not used by then is not needed
)

// spares are those that wait. The zero value has none. Its methods block for the
// start of a process at most.
type spares struct {
	mu      sync.Mutex
	waiting []waiting // the oldest first
	busy    int       // `sky` that run
}

type waiting struct {
	*spare
	kill func()
	old  *time.Timer // has it killed
}

// add starts a spare if there is room for one.
func (p *spares) add(s *spare, kill func(), start func() error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) >= maxSpares || len(p.waiting)+p.busy >= sky.MaxRunning || start() != nil {
		return
	}
	p.waiting = append(p.waiting, waiting{s, kill, time.AfterFunc(spareLife, func() {
		if p.remove(s) {
			kill()
		}
	})})
}

// lacks returns how many of n spares of an origin do not wait yet, and lets those that do wait anew.
func (p *spares) lacks(of origin, n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.waiting {
		if w.of == of && n > 0 {
			n--
			w.old.Reset(spareLife)
		}
	}
	return n
}

// remove forgets a spare, and reports whether it waited.
func (p *spares) remove(s *spare) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.waiting, func(w waiting) bool { return w.spare == s })
	if at < 0 {
		return false
	}
	p.take(at)
	return true
}

// take removes one. p.mu is held.
func (p *spares) take(at int) waiting {
	w := p.waiting[at]
	w.old.Stop()
	p.waiting = slices.Delete(p.waiting, at, at+1)
	return w
}

// enter counts a `sky` that is about to run; leave one that has. It returns a spare of an origin, for
// the `sky` to be; nil where there is none, or of is nil. One that there is no room for any more is
// killed.
func (p *spares) enter(of *origin) *spare {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy++
	for at, w := range p.waiting {
		if of != nil && w.of == *of {
			return p.take(at).spare
		}
	}
	if len(p.waiting) > 0 && len(p.waiting)+p.busy > sky.MaxRunning {
		p.take(0).kill()
	}
	return nil
}

func (p *spares) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
}
