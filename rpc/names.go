package rpc

import "bytes"

// fewNames is up to how many names of an object are compared one by one.
const fewNames = 16

// names finds a name that stands twice in an object, for all objects that are
// open at a time. Names are compared as text, so "a" and "\u0061" are the same. The zero value
// is ready.
type names struct {
	stack [][]byte // the names of all open objects, the innermost last
	sets  []nameSet
}

// nameSet is one open object.
type nameSet struct {
	first int                 // of its names in the stack
	many  map[string]struct{} // all of them, when they are more than fewNames
}

func (n *names) reset() { n.stack, n.sets = n.stack[:0], n.sets[:0] }

func (n *names) open() { n.sets = append(n.sets, nameSet{first: len(n.stack)}) }

func (n *names) close() {
	top := len(n.sets) - 1
	n.stack = n.stack[:n.sets[top].first]
	n.sets[top] = nameSet{}
	n.sets = n.sets[:top]
}

// add reports whether the name is new in the innermost object. A line of 1 MiB
// may hold 100,000 names, so that comparing each with each would take seconds.
func (n *names) add(name []byte) bool {
	set := &n.sets[len(n.sets)-1]
	if set.many != nil {
		before := len(set.many)
		set.many[string(name)] = struct{}{}
		return len(set.many) > before
	}
	mine := n.stack[set.first:]
	for _, other := range mine {
		if bytes.Equal(other, name) {
			return false
		}
	}
	if len(mine) == fewNames {
		set.many = make(map[string]struct{}, 4*fewNames)
		for _, other := range mine {
			set.many[string(other)] = struct{}{}
		}
		set.many[string(name)] = struct{}{}
		return true
	}
	n.stack = append(n.stack, name)
	return true
}
