package operation

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"

	"carapace/schema"
)

// maxRelayed bounds what a driver writes of its operation's log, in bytes: a launch prints some tens of kB.
const maxRelayed = 4 << 20

// relayedLine is a line of a log as a host was told it: without secrets.
type relayedLine struct {
	Request string           `json:"request,omitempty"` // SkyPilot's id of the request that printed it; empty: a job did, or another command
	Source  schema.LogSource `json:"source"`
	Stream  schema.Stream    `json:"stream"`
	Line    string           `json:"line"`
}

// relayed is the file, in an operation's folder, of the lines that its driver has told its host, from which the other
// sidecars of the state folder tell theirs. What can't be written is left out: nothing but what is shown depends on it.
type relayed struct {
	path string

	mu   sync.Mutex
	file *os.File // nil: nothing was written yet
	left int      // the bytes that may still be written
}

func (s shared) relayedOf(id string) *relayed {
	return &relayed{path: filepath.Join(s.store.OperationDir(id), "relayed.log"), left: maxRelayed}
}

func (r *relayed) write(line relayedLine) {
	raw, err := json.Marshal(line)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left -= len(raw) + 1; r.left < 0 {
		return
	}
	if r.file == nil {
		if r.file, err = os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			r.file, r.left = nil, 0
			return
		}
	}
	_, _ = r.file.Write(append(raw, '\n'))
}

// close ends the writing.
func (r *relayed) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = 0
	if r.file != nil {
		_ = r.file.Close()
	}
}

// overheard is what this process has read of that file, of an operation that another process drives.
type overheard struct {
	file  *os.File // stays open, so that the last lines can be read when the file was removed
	rest  []byte   // of a line whose end was not written yet
	lines map[relayedLine]int
}

// Overhear tells the host what the drivers of other processes have told theirs since it was called last. It blocks for
// small reads.
func (r *Runner) Overhear() {
	r.hearing.Lock()
	defer r.hearing.Unlock()
	if r.group.IsClosing() {
		return // what this process drove until now is not another's
	}
	elsewhere := map[string]bool{}
	for _, op := range r.drivenElsewhere() {
		elsewhere[op.ID] = true
		r.overhear(op.ID, op.Cluster)
	}
	for id := range r.overheard {
		if !elsewhere[id] { // it has ended
			r.hearOut(id, r.store.Operation(id).Cluster)
		}
	}
}

// hearOut is overhear for the last time. It returns how often each line was told.
func (r *Runner) hearOut(id, cluster string) map[relayedLine]int {
	r.overhear(id, cluster)
	heard := r.overheard[id]
	if heard == nil {
		return nil
	}
	_ = heard.file.Close()
	delete(r.overheard, id)
	return heard.lines
}

// overhear tells the host what is new in the file of an operation. r.hearing is held.
func (r *Runner) overhear(id, cluster string) {
	heard := r.overheard[id]
	if heard == nil {
		file, err := os.Open(r.relayedOf(id).path)
		if err != nil {
			return // nothing was told yet
		}
		heard = &overheard{file: file, lines: map[relayedLine]int{}}
		r.overheard[id] = heard
	}
	for _, line := range heard.read() {
		r.store.Log(schema.LogLine{Operation: id, Cluster: cluster, Source: line.Source, Stream: line.Stream, Line: line.Line})
	}
}

// read returns the lines that have come since it was called last. What is no such line is left out: its writer was killed
// within it.
func (o *overheard) read() (lines []relayedLine) {
	raw, _ := io.ReadAll(o.file)
	o.rest = append(o.rest, raw...)
	for {
		one, rest, whole := bytes.Cut(o.rest, []byte{'\n'})
		if !whole {
			return lines
		}
		o.rest = rest
		var line relayedLine
		if json.Unmarshal(one, &line) == nil {
			o.lines[line]++
			lines = append(lines, line)
		}
	}
}

// relay passes a line of the server's log on, to this process's host and for those of others.
func (d *driver) relay(line relayedLine) {
	line.Line = d.backend.Line(line.Line)
	d.relayed.write(line)
	d.store.Log(schema.LogLine{Operation: d.id, Cluster: d.cluster, Source: line.Source, Stream: line.Stream, Line: line.Line})
}

// relayAgain returns relay for a log that is read from its beginning: it leaves out what the host was told while another
// process drove the operation.
func (d *driver) relayAgain() func(line relayedLine) {
	now := map[relayedLine]int{}
	return func(line relayedLine) {
		shown := line
		shown.Line = d.backend.Line(line.Line)
		if told := d.overheard[shown]; told > 0 {
			if now[shown]++; now[shown] <= told {
				return
			}
		}
		d.relay(line)
	}
}
