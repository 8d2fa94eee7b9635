package host

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// pool is spares of which a test knows which were started and killed.
type pool struct {
	spares
	killed []*spare
	none   error // why none can be started
}

func (p *pool) expect(environ string) *spare {
	s := &spare{of: origin{environ: environ}}
	p.add(s, func() { p.killed = append(p.killed, s) }, func() error { return p.none })
	return s
}

func (p *pool) waits(all ...*spare) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var waiting []*spare
	for _, w := range p.waiting {
		waiting = append(waiting, w.spare)
	}
	return slices.Equal(waiting, all)
}

func TestSpares(t *testing.T) {
	one, other := origin{environ: "one"}, origin{environ: "other"}
	for _, c := range []struct {
		name string
		play func(p *pool) bool
	}{
		{"two wait at most", func(p *pool) bool {
			a, b := p.expect("one"), p.expect("one")
			p.expect("one")
			return p.waits(a, b)
		}},
		{"none that can't be started", func(p *pool) bool {
			p.none = errors.New("no more processes")
			p.expect("one")
			return p.waits()
		}},
		{"none where four run", func(p *pool) bool {
			for range 4 {
				p.enter(nil)
			}
			p.expect("one")
			p.leave()
			a := p.expect("one")
			p.expect("one")
			return p.waits(a)
		}},
		{"the one of the same origin is used", func(p *pool) bool {
			a, b := p.expect("one"), p.expect("other")
			return p.enter(&other) == b && p.waits(a) && len(p.killed) == 0
		}},
		{"another origin's is not", func(p *pool) bool {
			a := p.expect("other")
			return p.enter(&one) == nil && p.waits(a)
		}},
		{"nor for a call that was not expected", func(p *pool) bool {
			a := p.expect("one")
			return p.enter(nil) == nil && p.waits(a)
		}},
		{"once", func(p *pool) bool {
			a := p.expect("one")
			return p.enter(&one) == a && p.enter(&one) == nil
		}},
		{"never five: the oldest goes", func(p *pool) bool {
			a, b := p.expect("one"), p.expect("one")
			p.enter(nil)
			p.enter(nil)
			before := p.waits(a, b)
			p.enter(nil)
			return before && p.waits(b) && slices.Equal(p.killed, []*spare{a})
		}},
		{"one that is used takes no more room", func(p *pool) bool {
			a, b := p.expect("one"), p.expect("other")
			p.enter(nil)
			p.enter(nil)
			return p.enter(&other) == b && p.waits(a) && len(p.killed) == 0
		}},
		{"those that have run make room again", func(p *pool) bool {
			for range 3 {
				p.enter(nil)
				p.leave()
			}
			a, b := p.expect("one"), p.expect("one")
			p.enter(nil)
			return p.waits(a, b)
		}},
		{"a minute, and it is killed", func(p *pool) bool {
			a := p.expect("one")
			time.Sleep(spareLife - time.Second)
			b := p.expect("one")
			early := p.waits(a, b)
			time.Sleep(2 * time.Second)
			synctest.Wait() // for what the timer does
			return early && p.waits(b) && slices.Equal(p.killed, []*spare{a})
		}},
		{"a minute anew, if it is expected again", func(p *pool) bool {
			a := p.expect("one")
			time.Sleep(spareLife - time.Second)
			enough := p.lacks(one, 1) == 0 && p.lacks(one, 2) == 1 && p.lacks(other, 1) == 1
			time.Sleep(spareLife - time.Second)
			synctest.Wait()
			return enough && p.waits(a)
		}},
		{"one that is used is not", func(p *pool) bool {
			p.expect("one")
			p.enter(&one)
			time.Sleep(2 * spareLife)
			synctest.Wait()
			return len(p.killed) == 0
		}},
		{"one that has ended by itself is none", func(p *pool) bool {
			a := p.expect("one")
			return p.remove(a) && !p.remove(a) && p.enter(&one) == nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &pool{}
				if !c.play(p) {
					t.Errorf("%d wait, %d run, %d were killed", len(p.waiting), p.busy, len(p.killed))
				}
				for _, w := range p.waiting {
					p.remove(w.spare)
				}
			})
		})
	}
}
