package rpc

import (
	"container/list"
	"io"
	"sync"
	"time"
)

const (
	// lossyBytes bounds the lossy notifications that wait: some seconds' progress.
	lossyBytes = 256 << 10
	// entryBytes is what a waiting message costs beside its line.
	entryBytes = 256
	// writeBytes is how much goes into one Write, where several messages wait: what
	// a pipe holds.
	writeBytes = 64 << 10
	// copyBytes is up to which size a message is worth copying to share a Write.
	copyBytes = 8 << 10
	// easePatience is how long the reading of requests waits for a host that reads
	// nothing at all.
	easePatience = time.Second
	// maxCounts bounds the keys whose left out notifications are counted.
	maxCounts = 1024
)

// entry is one message that waits to be written.
type entry struct {
	line  []byte // with its newline
	class Class
	key   string // with the method: Latest and Lossy
	note  *note  // Latest and Lossy
}

// outbox is the queue before the one goroutine that writes. Adding to it never
// blocks; what waits in it is bounded: lossy messages are left out, and where too
// much of all others is unread, the host counts as gone. It is safe for
// concurrent use.
type outbox struct {
	limit int

	mu      sync.Mutex
	some    sync.Cond // something to write, or closed, or failed
	queue   list.List // of *entry
	latest  map[string]*list.Element
	lossy   list.List // of *list.Element of the queue, oldest first
	left    map[string]int
	lossyN  int // bytes of the lossy entries
	unread  int // bytes of all others, and of what is being written
	typical int // bytes of a message lately
	stalled bool
	closed  bool
	err     error

	moved  chan struct{} // a Write has returned
	failed chan struct{} // closed with err set
	done   chan struct{} // closed when run has returned
}

func newOutbox(limit int) *outbox {
	o := &outbox{
		limit: limit, latest: map[string]*list.Element{}, left: map[string]int{},
		moved: make(chan struct{}, 1), failed: make(chan struct{}), done: make(chan struct{}),
	}
	o.some.L = &o.mu
	return o
}

// answer queues a line that must not be lost.
func (o *outbox) answer(line []byte) { o.add(&entry{line: line}) }

// add queues a message. It is dropped when the outbox is closed or has failed.
func (o *outbox) add(e *entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.err != nil {
		return
	}
	at := o.queue.PushBack(e)
	switch e.class {
	case Lossy:
		o.lossy.PushBack(at)
		o.lossyN += len(e.line) + entryBytes
		o.leaveOut()
	case Latest:
		o.latest[e.key] = at
		fallthrough
	default:
		o.typical += (len(e.line) + entryBytes - o.typical) / 8
		o.grow(len(e.line) + entryBytes)
	}
	o.some.Signal()
}

// leaveOut drops the oldest lossy messages until the rest fits. The newest always
// stays, so that a count of what is missing has something to go with.
func (o *outbox) leaveOut() {
	for o.lossyN > lossyBytes && o.lossy.Len() > 1 {
		e := o.unlink(o.lossy.Front().Value.(*list.Element))
		if e.note.counts() {
			if len(o.left) >= maxCounts {
				clear(o.left)
			}
			o.left[e.key]++
		}
	}
}

// withdraw takes the unsent message of a Latest key back, and returns its params.
func (o *outbox) withdraw(key string) (older any, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := o.latest[key]
	if at == nil {
		return nil, false
	}
	e := o.unlink(at)
	o.unread -= len(e.line) + entryBytes
	return e.note.params, true
}

// unlink takes an entry out of the queue and of what refers to it.
func (o *outbox) unlink(at *list.Element) *entry {
	e := o.queue.Remove(at).(*entry)
	switch e.class {
	case Latest:
		delete(o.latest, e.key)
	case Lossy: // always the oldest: the queue is first in, first out
		o.lossy.Remove(o.lossy.Front())
		o.lossyN -= len(e.line) + entryBytes
	}
	return e
}

// hold counts bytes that wait elsewhere as unread.
func (o *outbox) hold(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grow(n)
}

func (o *outbox) grow(n int) {
	if o.unread += n; n > 0 && o.unread > o.limit {
		o.fail(errUnread)
	}
}

// fail gives the host up.
func (o *outbox) fail(err error) {
	if o.err != nil {
		return
	}
	o.err = err
	o.queue.Init()
	o.lossy.Init()
	clear(o.latest)
	close(o.failed)
	o.some.Signal()
}

// abandon fails an outbox whose messages nobody will read.
func (o *outbox) abandon(why error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail(why)
}

// failure is why the host was given up, or nil.
func (o *outbox) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// close lets run end when all is written; nothing can be added any more.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.some.Signal()
}

// run writes to out until closed or failed. It is the only one that does.
func (o *outbox) run(out io.Writer) {
	defer close(o.done)
	var buf []byte
	for {
		entries, counts, ok := o.next()
		if !ok {
			return
		}
		size, err := write(out, &buf, entries, counts)
		o.wrote(size, err)
	}
}

// next waits for messages and takes those that fit into one Write, each with the
// number of those left out before it.
func (o *outbox) next() (entries []*entry, counts []int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.queue.Len() == 0 && !o.closed && o.err == nil {
		o.some.Wait()
	}
	for size := 0; o.queue.Len() > 0; {
		front := o.queue.Front()
		size += len(front.Value.(*entry).line)
		if len(entries) > 0 && size > writeBytes {
			break
		}
		e := o.unlink(front)
		entries = append(entries, e)
		counts = append(counts, o.left[e.key])
		if e.class == Lossy {
			delete(o.left, e.key)
			o.unread += len(e.line) + entryBytes
		}
	}
	return entries, counts, len(entries) > 0 && o.err == nil
}

// wrote takes note of a Write of messages that counted for so many bytes.
func (o *outbox) wrote(size int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.fail(err)
	}
	o.unread -= size
	o.stalled = false
	select {
	case o.moved <- struct{}{}:
	default:
	}
}

// ease waits while much is unread, or will be when the calls in flight are
// answered, and the host goes on reading: one that is merely slow is not to be
// given up for what it asks itself. One that reads nothing for easePatience is not
// waited for again until it does.
func (o *outbox) ease(inFlight func() int, stop <-chan struct{}) {
	if !o.heavy(inFlight()) {
		return
	}
	patience := time.NewTimer(easePatience)
	defer patience.Stop()
	for o.heavy(inFlight()) {
		select {
		case <-o.moved:
			patience.Reset(easePatience)
		case <-stop:
			return
		case <-patience.C:
			o.mu.Lock()
			o.stalled = true
			o.mu.Unlock()
		}
	}
}

func (o *outbox) heavy(inFlight int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unread > 0 && o.unread+inFlight*o.typical > o.limit/2 && !o.stalled && o.err == nil
}

// write writes messages with as few Writes as is worth it, each whole message in
// one, and returns what they counted for.
func write(out io.Writer, buf *[]byte, entries []*entry, counts []int) (size int, err error) {
	b := (*buf)[:0]
	for i, e := range entries {
		size += len(e.line) + entryBytes
		line := e.line
		if counts[i] > 0 {
			line = e.note.withDropped(counts[i], line)
		}
		if len(line) <= copyBytes {
			b = append(b, line...)
			continue
		}
		if err == nil && len(b) > 0 {
			_, err = out.Write(b)
			b = b[:0]
		}
		if err == nil {
			_, err = out.Write(line)
		}
	}
	if err == nil && len(b) > 0 {
		_, err = out.Write(b)
	}
	*buf = b
	return size, err
}
