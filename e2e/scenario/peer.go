package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"carapace/schema"
)

// Command is how a sidecar process is started.
type Command struct {
	Path string   // the binary
	Args []string // without the program's name
	Env  []string // the whole environment, as exec.Cmd.Env
	Dir  string   // the working directory
}

// Peer is one running sidecar and all that was said to it and by it.
//
// It is safe for concurrent use. Every method that waits has a deadline, after
// which the test fails with the transcript. When the test ends the process is
// killed if it still runs.
type Peer struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan struct{} // closed when the process has ended and its pipes are drained

	mu         sync.Mutex
	arrived    chan struct{} // closed and replaced whenever a message comes
	lastID     int
	asked      map[string]string // method by request id
	messages   []message
	garbage    []string // lines on stdout that are no message of the protocol
	transcript bytes.Buffer
	began      time.Time
	waitErr    error
	killed     bool
}

// message is any line of the sidecar's.
type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *rpcError       `json:"error"`
}

type rpcError struct {
	Code    int           `json:"code"`
	Message string        `json:"message"`
	Data    *schema.Error `json:"data"`
}

// Start starts a sidecar. It fails the test if there is no such binary.
func Start(t testing.TB, c Command) *Peer {
	t.Helper()
	p := &Peer{
		cmd:     exec.Command(c.Path, c.Args...),
		ended:   make(chan struct{}),
		arrived: make(chan struct{}),
		asked:   map[string]string{},
		began:   time.Now(),
	}
	p.cmd.Env, p.cmd.Dir = c.Env, c.Dir
	p.cmd.Stdout = &lineWriter{line: p.receive}
	p.cmd.Stderr = &lineWriter{line: func(l []byte) { p.note("! ", l) }}
	// A child of the sidecar that inherited its pipes would keep a Tauri host from
	// seeing its end (facts: `close` comes after both pipes are at EOF).
	p.cmd.WaitDelay = 5 * time.Second
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("the sidecar did not start: %v", err)
	}
	go p.wait()
	t.Cleanup(func() { p.cleanup(t) })
	return p
}

func (p *Peer) wait() {
	err := p.cmd.Wait()
	p.mu.Lock()
	p.waitErr = err
	p.mu.Unlock()
	close(p.ended)
}

func (p *Peer) cleanup(t testing.TB) {
	_ = p.stdin.Close()
	select {
	case <-p.ended:
	default:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
	if t.Failed() {
		t.Logf("transcript of sidecar %d:\n%s", p.PID(), p.Transcript())
	}
}

// PID is the process id.
func (p *Peer) PID() int { return p.cmd.Process.Pid }

// Transcript is what was said so far: "> " to the sidecar, "< " by it, "! " its
// log, each with the seconds since its start; long lines are cut in the middle.
func (p *Peer) Transcript() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.transcript.String()
}

// note adds a line to the transcript.
func (p *Peer) note(mark string, line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noteLocked(mark, line)
}

func (p *Peer) noteLocked(mark string, line []byte) {
	const most, end = 1000, 300 // most of a longer line says what the one before it has said
	if len(line) > most {
		line = slices.Concat(line[:most-end], []byte(" […] "), line[len(line)-end:])
	}
	fmt.Fprintf(&p.transcript, "%8.3f %s%s\n", time.Since(p.began).Seconds(), mark, line)
}

func (p *Peer) receive(line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noteLocked("< ", line)
	var m message
	if err := json.Unmarshal(line, &m); err != nil || m.JSONRPC != "2.0" {
		p.garbage = append(p.garbage, string(line))
		return
	}
	p.messages = append(p.messages, m)
	close(p.arrived)
	p.arrived = make(chan struct{})
}

// Send writes a request and returns its id at once.
func (p *Peer) Send(t testing.TB, method string, params any) string {
	t.Helper()
	p.mu.Lock()
	p.lastID++
	id := strconv.Itoa(p.lastID)
	p.asked[id] = method
	p.mu.Unlock()
	body, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, body)
	p.note("> ", line)
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		t.Fatalf("writing %s: %v\n%s", method, err, p.Transcript())
	}
	return id
}

// await returns the first message, in the order of arrival, that matches, of those
// from number seen on.
func (p *Peer) await(t testing.TB, what string, seen int, patience time.Duration, match func(message) bool) message {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		p.mu.Lock()
		messages, arrived := p.messages[seen:], p.arrived
		p.mu.Unlock()
		for _, m := range messages {
			if match(m) {
				return m
			}
		}
		seen += len(messages)
		select {
		case <-arrived:
		case <-deadline.C:
			t.Fatalf("%s: nothing within %s\n%s", what, patience, p.Transcript())
		case <-p.ended:
			if p.Mark() == seen {
				t.Fatalf("%s: the sidecar ended (%v)\n%s", what, p.exit(), p.Transcript())
			}
		}
	}
}

// exit is how the process ended; meaningful only after ended.
func (p *Peer) exit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waitErr
}

// Mark is the number of messages that came so far: AwaitAfter looks only at those
// that come after it.
func (p *Peer) Mark() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.messages)
}

// End closes the sidecar's stdin, as a host that goes does, and fails the test
// unless the process then ends with code 0 within patience.
func (p *Peer) End(t testing.TB, patience time.Duration) {
	t.Helper()
	_ = p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("still running %s after the end of its stdin\n%s", patience, p.Transcript())
	}
	if err := p.exit(); err != nil {
		t.Errorf("ended with %v after the end of its stdin", err)
	}
}

// Terminate ends the process with SIGTERM: its host has gone, so that what is being
// answered is cut short. The process must end in time, with exit code 0.
func (p *Peer) Terminate(t testing.TB, patience time.Duration) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.End(t, patience)
}

// Kill kills the process with SIGKILL (Windows: TerminateProcess), as a Tauri
// host does when its window closes, and waits for its end.
func (p *Peer) Kill(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	p.note("* ", []byte("killed"))
}

// held reports whether a child kept the process's pipes open after its end.
func (p *Peer) held() bool { return errors.Is(p.exit(), exec.ErrWaitDelay) }

// lineWriter cuts a stream into lines. A last line without its end is dropped:
// the process was killed in the middle of it.
type lineWriter struct {
	rest []byte
	line func([]byte)
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		w.line(line)
		w.rest = append([]byte(nil), rest...)
	}
}
