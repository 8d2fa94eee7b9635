package rpc

import "sync"

// place is where an answer goes: out, or into a batch's answer.
type place struct {
	batch *batch // nil: it goes out by itself
	slot  int
}

// batch joins the answers to a batch into one line, in the order of its requests.
// It is safe for concurrent use.
type batch struct {
	out *outbox

	mu     sync.Mutex
	parts  [][]byte // with their newlines; nil for what is not answered
	missed int      // answers that are still to come, and one for the reading of the batch
	size   int
}

func newBatch(out *outbox, elements int) *batch {
	return &batch{out: out, parts: make([][]byte, elements), missed: 1}
}

// expect takes note that an answer will come to this place.
func (p place) expect() {
	if p.batch == nil {
		return
	}
	p.batch.mu.Lock()
	defer p.batch.mu.Unlock()
	p.batch.missed++
}

// put takes the answer for a slot. Until the last has come they count as unread,
// as they hold memory just so.
func (b *batch) put(slot int, line []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts[slot] = line
	b.size += len(line)
	b.out.hold(len(line))
	b.came()
}

// read takes note that the batch has been read to its end.
func (b *batch) read() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came()
}

func (b *batch) came() {
	if b.missed--; b.missed > 0 {
		return
	}
	if b.size > 0 {
		b.out.answer(b.join())
		b.out.hold(-b.size)
	}
	b.parts = nil
}

func (b *batch) join() []byte {
	line := make([]byte, 0, b.size+len("[]\n"))
	for _, part := range b.parts {
		if part == nil {
			continue
		}
		separator := byte(',')
		if len(line) == 0 {
			separator = '['
		}
		line = append(append(line, separator), part[:len(part)-1]...)
	}
	return append(line, "]\n"...)
}
