package rpc

import (
	"encoding/binary"
	"unicode/utf8"
)

const (
	// maxDepth is how deep a request may be nested. Far more than params need; it
	// bounds what the decoders behind may recurse.
	maxDepth = 1000
	// maxBatch is more than there can be requests in 1 MiB: the shortest one has 31
	// bytes with its comma. It bounds what a line of rubbish may be answered with.
	maxBatch = 34000
	// keepElements is how many elements' room is kept for the next line.
	keepElements = 64
)

// element is one value of a line: the line's own, or one of a batch's. All of its
// slices are raw JSON and parts of the line; nil is a missing member.
type element struct {
	object, array                bool
	version, id, method, params  []byte
	result, failure              bool // it has such a member
	twice, twiceID, nestedTooFar bool
}

// member takes note of one member of the element's object.
func (e *element) member(name, value []byte) {
	switch string(name) {
	case "jsonrpc":
		e.version = value
	case "id":
		e.twiceID = e.id != nil
		e.id = value
	case "method":
		e.method = value
	case "params":
		e.params = value
	case "result":
		e.result = true
	case "error":
		e.failure = true
	}
}

// scanner goes once over a line: is it JSON by RFC 8259, where are the members of
// each request, does any object name a member twice, how deep is it. It does not
// recurse, so that depth costs a bit a level and truth about validity does not
// end at the depth that is allowed. The zero value is ready; scan may be called
// again.
type scanner struct {
	data     []byte
	pos      int
	levels   []uint64 // a bit for each open level: set for an object
	depth    int
	base     int // depth of the elements: 1 in a batch
	elements []element
	count    int    // elements, also those over maxBatch, which are not kept
	name     []byte // of the element's member that is being read
	from     int    // where its value began
	names    names
}

// scan reports whether line is one JSON text. elements, valid until the next
// scan, are then its requests or what stands in their place.
func (s *scanner) scan(line []byte) bool {
	*s = scanner{data: line, levels: s.levels[:0], elements: s.elements[:0], names: s.names}
	if cap(s.elements) > keepElements {
		s.elements = nil
	}
	s.names.reset()
	if !utf8.Valid(line) {
		return false
	}
	s.space()
	if s.peek() == '[' {
		s.base = 1
	}
	return s.text()
}

func (s *scanner) batch() bool { return s.base == 1 }

// text reads values one after the other, in and out of objects and arrays.
func (s *scanner) text() bool {
	for {
		opened, ok := s.value()
		for !opened {
			if !ok {
				return false
			}
			s.ended()
			if s.depth == 0 {
				s.space()
				return s.pos == len(s.data)
			}
			opened, ok = s.after()
		}
		if !ok {
			return false
		}
	}
}

// value reads a scalar or an empty container, or opens one, up to its first value.
func (s *scanner) value() (opened, ok bool) {
	s.space()
	c := s.peek()
	s.begins(c)
	switch c {
	case '{':
		return s.open(true, '}')
	case '[':
		return s.open(false, ']')
	case '"':
		_, ok = s.quoted()
		return false, ok
	case 't':
		return false, s.literal("true")
	case 'f':
		return false, s.literal("false")
	case 'n':
		return false, s.literal("null")
	}
	return false, s.number()
}

func (s *scanner) open(object bool, end byte) (opened, ok bool) {
	s.pos++
	s.push(object)
	s.space()
	if s.accept(end) {
		s.pop()
		return false, true
	}
	if object {
		return true, s.memberName()
	}
	return true, true
}

// after reads what follows a value: a comma (and a name), or the container's end.
func (s *scanner) after() (more, ok bool) {
	s.space()
	object := s.inObject()
	switch c := s.peek(); {
	case c == ',':
		s.pos++
		if object {
			return true, s.memberName()
		}
		return true, true
	case c == '}' && object, c == ']' && !object:
		s.pos++
		s.pop()
		return false, true
	}
	return false, false
}

func (s *scanner) memberName() bool {
	s.space()
	raw, ok := s.quoted()
	if !ok {
		return false
	}
	name := bare(raw)
	if s.depth <= maxDepth && !s.names.add(name) && s.count <= maxBatch {
		s.current().twice = true
	}
	if s.depth == s.base+1 {
		s.name = name
	}
	s.space()
	return s.accept(':')
}

// begins takes note of where a value starts that is an element, or a member of one.
func (s *scanner) begins(c byte) {
	switch s.depth {
	case s.base:
		if s.count++; s.count <= maxBatch {
			s.elements = append(s.elements, element{object: c == '{', array: c == '['})
		}
	case s.base + 1:
		s.from = s.pos
	}
}

// ended hands a member that has been read to its element.
func (s *scanner) ended() {
	if s.depth == s.base+1 && s.inObject() && s.count <= maxBatch {
		s.current().member(s.name, s.data[s.from:s.pos])
	}
}

func (s *scanner) current() *element { return &s.elements[len(s.elements)-1] }

func (s *scanner) push(object bool) {
	if s.depth%64 == 0 {
		s.levels = append(s.levels, 0)
	}
	if object {
		s.levels[s.depth/64] |= 1 << (s.depth % 64)
	}
	s.depth++
	switch {
	case s.depth > maxDepth && s.count > 0 && s.count <= maxBatch:
		s.current().nestedTooFar = true
	case s.depth <= maxDepth && object:
		s.names.open()
	}
}

func (s *scanner) pop() {
	if s.depth <= maxDepth && s.inObject() {
		s.names.close()
	}
	s.depth--
	s.levels[s.depth/64] &^= 1 << (s.depth % 64)
	if s.depth%64 == 0 {
		s.levels = s.levels[:s.depth/64]
	}
}

func (s *scanner) inObject() bool {
	top := s.depth - 1
	return top >= 0 && s.levels[top/64]&(1<<(top%64)) != 0
}

// peek returns the next byte; at the end 0, which begins nothing in JSON.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *scanner) literal(word string) bool {
	end := s.pos + len(word)
	if end > len(s.data) || string(s.data[s.pos:end]) != word {
		return false
	}
	s.pos = end
	return true
}

func (s *scanner) number() bool {
	s.accept('-')
	if !s.accept('0') && !s.digits() {
		return false
	}
	if s.accept('.') && !s.digits() {
		return false
	}
	if s.accept('e') || s.accept('E') {
		if !s.accept('+') {
			s.accept('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	from := s.pos
	for s.pos < len(s.data) && isDigit(s.data[s.pos]) {
		s.pos++
	}
	return s.pos > from
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// quoted reads a string and returns it with its quotes.
func (s *scanner) quoted() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	from := s.pos
	for i := from + 1; ; {
		i = plainUntil(s.data, i)
		if i == len(s.data) {
			return nil, false
		}
		switch s.data[i] {
		case '"':
			s.pos = i + 1
			return s.data[from:s.pos], true
		case '\\':
			n := escapeLength(s.data[i:])
			if n == 0 {
				return nil, false
			}
			i += n
		default: // a control character
			return nil, false
		}
	}
}

// plainUntil returns the index of the first quote, backslash or control character
// from i on, or len(d). Eight bytes at a time: a long string is most of a large
// message.
func plainUntil(d []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(d); i += 8 {
		w := binary.LittleEndian.Uint64(d[i:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		if ((w-ones*0x20)&^w|(quote-ones)&^quote|(slash-ones)&^slash)&tops != 0 {
			break
		}
	}
	for i < len(d) && d[i] >= 0x20 && d[i] != '"' && d[i] != '\\' {
		i++
	}
	return i
}

// escapeLength returns the length of the escape at the start of d, 0 if it is none.
func escapeLength(d []byte) int {
	if len(d) < 2 {
		return 0
	}
	switch d[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(d[2:]); ok {
			return 6
		}
	}
	return 0
}
