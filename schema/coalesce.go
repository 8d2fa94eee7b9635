package schema

import "slices"

// Merge returns c as one change since before older, which was never sent: what
// the host was told last stays the previous state, and no changed field is lost.
func (c StatusChanged) Merge(older any) any {
	before, ok := older.(StatusChanged)
	if !ok {
		return c
	}
	c.Previous = before.Previous
	for _, field := range before.Changed {
		if !slices.Contains(c.Changed, field) {
			c.Changed = append(slices.Clip(c.Changed), field)
		}
	}
	return c
}

// WithDropped returns p with the number of progress notifications that were left
// out just before it.
func (p Progress) WithDropped(n int) any { p.Dropped = n; return p }

// WithDropped returns l with the number of lines that were left out just before
// it.
func (l LogLine) WithDropped(n int) any { l.Dropped = n; return l }
