package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"carapace/schema"
	"carapace/schema/text"
)

// Problems lists what the sidecar did so far that no sidecar may do, whatever the
// scenario was. It is checked at the end of every test for each process.
func (p *Peer) Problems() []string {
	held := false
	select {
	case <-p.ended:
		held = p.held()
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := checker{answered: map[string]bool{}, operations: map[string]*operationSeen{}, language: text.English}
	for _, line := range p.garbage {
		c.say("not a message of the protocol on stdout: %s", line)
	}
	if held && !p.killed {
		c.say("a child of the sidecar holds its stdout or stderr")
	}
	for _, m := range p.messages {
		c.message(m, p.asked)
	}
	return c.problems
}

// checker walks over the messages of one process.
type checker struct {
	problems   []string
	answered   map[string]bool
	operations map[string]*operationSeen
	seq        uint64
	language   *text.Language // that the host is told things in
	earlier    *text.Language // the one before, in which something may have been on its way
}

// operationSeen is what was told of an operation so far.
type operationSeen struct {
	phase, percent int
	elapsed        float64
	finished       bool
}

func (c *checker) say(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) message(m message, asked map[string]string) {
	if m.Method == "" {
		c.answer(m, asked)
		return
	}
	switch m.Method {
	case schema.ClusterProgress.Name:
		params[schema.Progress](c, m, c.progress)
	case schema.OperationFinished.Name:
		params[schema.Finished](c, m, c.finished)
	case schema.ClusterStatusChanged.Name:
		params[schema.StatusChanged](c, m, c.statusChanged)
	case schema.ClusterLog.Name:
		params[schema.LogLine](c, m, c.logLine)
	case schema.DoctorChecked.Name:
		params[schema.Checked](c, m, c.checked)
	case schema.VaultWatchChange.Name:
		params[schema.VaultWatchChanged](c, m, func(schema.VaultWatchChanged) {})
	case schema.TunnelEnd.Name:
		params[schema.TunnelClosed](c, m, func(schema.TunnelClosed) {})
	case schema.ConfigChange.Name:
		params[schema.ConfigChanged](c, m, func(schema.ConfigChanged) {})
	default:
		c.say("unknown notification %s", m.Method)
	}
}

// params decodes strictly: a field that the schema does not have is a problem.
func params[P any](c *checker, m message, check func(P)) {
	var p P
	d := json.NewDecoder(strings.NewReader(string(m.Params)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		c.say("%s: %v in %s", m.Method, err, m.Params)
		return
	}
	c.reproduced(m.Method, p)
	check(p)
}

func (c *checker) checked(told schema.Checked) {
	if told.Check.ID == "" || told.Check.Title == "" || told.Check.Message == "" {
		c.say("a check of doctor without words: %+v", told.Check)
	}
}

func (c *checker) answer(m message, asked map[string]string) {
	id := string(m.ID)
	method, known := asked[id]
	if !known {
		c.say("an answer to a request that nobody made: id %s", id)
		return
	}
	if c.answered[id] {
		c.say("request %s (%s) was answered twice", id, method)
	}
	c.answered[id] = true
	if m.Error != nil && m.Error.Data != nil {
		c.reproduced(method, m.Error.Data)
	}
	if m.Error == nil {
		c.result(method, m.Result)
	}
	if m.Error != nil && m.Error.Data != nil {
		c.error(method, m.Error.Data)
		if want := m.Error.Data.RPCCode(); m.Error.Code != want {
			c.say("%s: kind %s with code %d, not %d", method, m.Error.Data.Kind, m.Error.Code, want)
		}
	}
}

var signatures = sync.OnceValue(schema.Signatures)

// result checks an answer's words, and takes note of the language of those to come.
func (c *checker) result(method string, raw json.RawMessage) {
	types, known := signatures()[method]
	if !known || method == schema.Discover.Name {
		return
	}
	result := reflect.New(types.Result)
	if err := json.Unmarshal(raw, result.Interface()); err != nil {
		c.say("%s: %v in %s", method, err, raw)
		return
	}
	if who, ok := result.Interface().(*schema.InitializeResult); ok {
		c.earlier, c.language = c.language, text.In(who.Locale)
	}
	c.reproduced(method, result.Elem().Interface())
}

// reproduced: the words are those that the texts beside them say, letter for letter, so that they can be
// said in any language.
func (c *checker) reproduced(in string, value any) {
	got, _ := json.Marshal(value)
	want, _ := json.Marshal(schema.In(c.language, value))
	if bytes.Equal(got, want) {
		return
	}
	if c.earlier != nil {
		if early, _ := json.Marshal(schema.In(c.earlier, value)); bytes.Equal(got, early) {
			return
		}
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	from := max(0, at-200)
	c.say("%s: words that their texts don't say in %s: …%s\nbut …%s", in, c.language.Tag, got[from:min(len(got), at+200)], want[from:min(len(want), at+200)])
}

func (c *checker) progress(p schema.Progress) {
	o := c.operation(p.Operation)
	if o.finished {
		c.say("progress of operation %s after it had finished: %s", p.Operation, p.Message)
	}
	if p.PhaseIndex < o.phase {
		c.say("operation %s went back to phase %s (%d after %d)", p.Operation, p.Phase, p.PhaseIndex, o.phase)
	}
	if p.PhaseIndex >= p.PhaseCount {
		c.say("phase %s is number %d of %d", p.Phase, p.PhaseIndex, p.PhaseCount)
	}
	if p.Percent != nil {
		if *p.Percent < o.percent || *p.Percent > 100 {
			c.say("operation %s: %d percent after %d", p.Operation, *p.Percent, o.percent)
		}
		o.percent = *p.Percent
	}
	if p.ElapsedSeconds < o.elapsed {
		c.say("operation %s: %g s elapsed after %g s", p.Operation, p.ElapsedSeconds, o.elapsed)
	}
	o.phase, o.elapsed = p.PhaseIndex, p.ElapsedSeconds
	if p.Message == "" {
		c.say("progress of operation %s without a message", p.Operation)
	}
	c.text("a progress message", p.Message)
}

// logLine: a log is what a program printed, in whatever words, but for a screen.
func (c *checker) logLine(l schema.LogLine) {
	if strings.ContainsAny(l.Line, "\x1b\r\n") {
		c.say("a log line with control characters: %q", l.Line)
	}
}

func (c *checker) operation(id string) *operationSeen {
	if c.operations[id] == nil {
		c.operations[id] = &operationSeen{}
	}
	return c.operations[id]
}

func (c *checker) finished(f schema.Finished) {
	o := c.operation(f.Operation.ID)
	if o.finished {
		c.say("operation %s finished twice", f.Operation.ID)
	}
	o.finished = true
	if !f.Operation.Ended() || f.Operation.EndedAt.IsZero() {
		c.say("operation %s finished in state %s, ended at %s", f.Operation.ID, f.Operation.State, f.Operation.EndedAt)
	}
	if f.Operation.State == schema.OperationFailed && f.Operation.Error == nil {
		c.say("operation %s failed without an error", f.Operation.ID)
	}
	if e := f.Operation.Error; e != nil {
		c.error("operation "+f.Operation.ID, e)
	}
	c.cluster(f.Cluster)
}

func (c *checker) statusChanged(s schema.StatusChanged) {
	// A gap is a change that a later one of the same server overtook before it was
	// written (docs/protocol.md, "Transport").
	if s.Seq <= c.seq {
		c.say("cluster.statusChanged %d after %d", s.Seq, c.seq)
	}
	c.seq = s.Seq
	c.cluster(s.Cluster)
}

func (c *checker) cluster(cl schema.Cluster) {
	if cl.Description == "" {
		c.say("%s is %s without a description", cl.Name, cl.Status)
	}
	c.text("a description", cl.Description)
	if (cl.Status == schema.StatusError) != (cl.Error != nil) {
		c.say("%s is %s with error %v", cl.Name, cl.Status, cl.Error)
	}
	if cl.Error != nil {
		c.error(cl.Name, cl.Error)
	}
	for i := range cl.Warnings {
		c.error(cl.Name, &cl.Warnings[i])
	}
}

func (c *checker) error(of string, e *schema.Error) {
	if e.Message == "" {
		c.say("%s: error %s without a message", of, e.Kind)
	}
	if e.Kind.Info().Kind != e.Kind {
		c.say("%s: error of a kind that is not in the registry: %s", of, e.Kind)
	}
	c.text("an error's message", e.Message)
	c.text("an error's hint", e.Hint)
	if strings.Contains(e.Detail, "\x1b") {
		c.say("%s: escape codes in the detail: %q", of, e.Detail)
	}
}

// unfit is what a person must never be shown.
var unfit = []string{"\x1b", "Traceback (most recent", "exit status", "log above", "details above", "sky.exceptions."}

// text checks a text that is for a person.
func (c *checker) text(what, s string) {
	for _, bad := range unfit {
		if strings.Contains(s, bad) {
			c.say("%q in %s: %q", bad, what, s)
		}
	}
}
