// Package oplog keeps what SkyPilot and the server print during an operation, a file for each operation in
// the state folder, so that a window that was reloaded and the hosts of other sidecars have the lines as well.
//
// The process that drives an operation writes its file; secrets were removed from the lines before. Each line
// has a number. A driver that goes on with an operation reads SkyPilot's log from the beginning again: a line
// that is there already keeps its number, and is not written twice.
package oplog

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/schema"
)

// maxSize is how large an operation's file may become, in bytes. Then its older half goes.
const maxSize = 256 << 10

const extension = ".jsonl"

// Logs is the files of a state folder. Its methods are safe for concurrent use, and block for small reads and
// writes.
type Logs struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	driven map[string]*file // by operation, those that this process drives or has driven
}

// In returns the files in a folder of their own, which is made when it is needed.
func In(dir string, log *slog.Logger) *Logs {
	return &Logs{dir: dir, log: log, driven: map[string]*file{}}
}

// file is the log of an operation that this process drives, or has driven.
type file struct {
	out  *os.File
	over bool // it drives it no longer
	cut  bool // its older half has gone
	size int
	last int              // the last line's number
	seen []schema.LogLine // what an earlier driver has written and this one has not read again yet
	full bool             // nothing more is written: the disk is full, or the secrets are not known
}

// Begin says that this process drives an operation. Lines of one that is not begun are not kept, nor are those of
// one whose secrets this process does not know: it can't take them out.
func (l *Logs) Begin(operation string, knowsSecrets bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.driven[operation]; f != nil && !f.over {
		return
	}
	f := &file{full: !knowsSecrets, seen: l.read(operation)}
	if n := len(f.seen); n > 0 {
		f.last, f.cut = f.seen[n-1].Seq, f.seen[0].Seq > 1
	}
	l.driven[operation] = f
}

// End says that this process drives an operation no longer.
func (l *Logs) End(operation string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.driven[operation]; f != nil && f.out != nil {
		_ = f.out.Close()
	}
	l.driven[operation] = &file{over: true}
}

// drove reports whether this process drives an operation, or has driven it: its host has the lines then.
func (l *Logs) drove(operation string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.driven[operation] != nil
}

// Append keeps a line, and numbers it. A line that can't be written has no number.
func (l *Logs) Append(line *schema.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.driven[line.Operation]
	if f == nil || f.over || f.full || f.again(line) {
		return
	}
	line.Seq, line.At = f.last+1, schema.Now()
	if err := l.write(f, line); err != nil {
		l.log.Warn("an operation's log can't be written", "operation", line.Operation, "error", err)
		f.full = true
		line.Seq, line.At = 0, time.Time{}
		return
	}
	f.last = line.Seq
}

// again finds a line among those that were seen; those of its source that were printed before it go. Of a log
// that was cut it is one that is kept no longer where those that are have not come yet: it gets no number.
func (f *file) again(line *schema.LogLine) (known bool) {
	at, goesOn := -1, false
	for i := range f.seen {
		one := &f.seen[i]
		if one.Source != line.Source {
			continue
		}
		if goesOn = true; one.Line == line.Line && one.Stream == line.Stream {
			at = i
			break
		}
	}
	if at < 0 {
		return goesOn && f.cut
	}
	*line = f.seen[at]
	left := f.seen[:0]
	for i := range f.seen {
		if i > at || f.seen[i].Source != line.Source {
			left = append(left, f.seen[i])
		}
	}
	f.seen = left
	return true
}

func (l *Logs) write(f *file, line *schema.LogLine) error {
	if f.out == nil {
		if err := l.openFile(f, line.Operation); err != nil {
			return err
		}
	}
	record, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if f.size+len(record) >= maxSize {
		if err := l.halve(f, line.Operation); err != nil {
			return err
		}
	}
	n, err := f.out.Write(append(record, '\n'))
	f.size += n
	return err
}

func (l *Logs) openFile(f *file, operation string) (err error) {
	if err := journal.EnsurePrivate(l.dir); err != nil {
		return err
	}
	if f.out, err = os.OpenFile(l.path(operation), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return err
	}
	info, err := f.out.Stat()
	if err != nil {
		return err
	}
	if f.size = int(info.Size()); f.size == 0 {
		return nil
	}
	_, err = f.out.WriteString("\n") // the writer of the last line may have died in it
	return err
}

// halve leaves the newer half of a file's lines, in a new file: who reads the old one is not disturbed. On
// Windows a file that somebody reads can't be replaced: then it is tried again at the next line.
func (l *Logs) halve(f *file, operation string) error {
	path := l.path(operation)
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, kept, _ := bytes.Cut(content[min(len(content), maxSize/2):], []byte("\n"))
	_ = f.out.Close()
	f.out = nil
	err = errors.Join(os.WriteFile(path+".new", kept, 0o600), os.Rename(path+".new", path))
	if err != nil && len(content) > 2*maxSize {
		return err
	}
	return l.openFile(f, operation)
}

// Read returns the lines of an operation that are kept with a number above after, oldest first. The first
// says how many before it are not kept any more. It blocks for the read of a small file.
func (l *Logs) Read(operation string, after int) []schema.LogLine {
	lines := l.read(operation)
	for len(lines) > 0 && lines[0].Seq <= after {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return []schema.LogLine{}
	}
	lines[0].Dropped = lines[0].Seq - after - 1
	return lines
}

// read returns what a file holds. A line that is not whole, because its writer died, is left out.
func (l *Logs) read(operation string) (lines []schema.LogLine) {
	content, err := os.ReadFile(l.path(operation))
	if err != nil {
		return nil // there is none yet, or no more
	}
	for record := range bytes.Lines(content) {
		var line schema.LogLine
		if json.Unmarshal(record, &line) == nil && line.Operation == operation {
			lines = append(lines, line)
		}
	}
	return lines
}

// Sweep removes the files of operations whose log is not kept any more.
func (l *Logs) Sweep(keeps func(operation string) bool) {
	entries, _ := os.ReadDir(l.dir) // there may be none yet
	for _, entry := range entries {
		operation, _, _ := strings.Cut(entry.Name(), ".")
		if _, err := uuid.Parse(operation); err == nil && !keeps(operation) {
			_ = os.Remove(filepath.Join(l.dir, entry.Name()))
		}
	}
}

func (l *Logs) path(operation string) string { return filepath.Join(l.dir, operation+extension) }
