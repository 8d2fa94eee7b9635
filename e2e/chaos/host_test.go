//go:build unix

package chaos

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// endTime is how long a sidecar may take to end once its host has gone and
// SkyPilot has what was asked for (docs/protocol.md, "Transport").
const endTime = 5 * time.Second

// host is an app as seen from the pipes: it may close each of them, or stop to
// read. Peer, which always reads, is for all else.
type host struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *os.File
	lines *bufio.Scanner
	log   bytes.Buffer  // stderr; to be read after ended
	ended chan struct{} // closed with cmd.ProcessState set
}

func (s stage) host(t testing.TB, speed string, flags ...string) *host {
	t.Helper()
	h := &host{cmd: exec.Command(sidecar(t), s.args(flags...)...), ended: make(chan struct{})}
	h.cmd.Env, h.cmd.Dir, h.cmd.Stderr = s.environ(speed), s.project, &h.log
	h.cmd.WaitDelay = endTime
	var err error
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	var theirs *os.File
	if h.out, theirs, err = os.Pipe(); err != nil {
		t.Fatal(err)
	}
	h.cmd.Stdout = theirs
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	h.lines = bufio.NewScanner(h.out)
	h.lines.Buffer(nil, 1<<20)
	go func() { _ = h.cmd.Wait(); close(h.ended) }()
	t.Cleanup(func() {
		_ = h.in.Close()
		_ = h.out.Close()
		_ = h.cmd.Process.Kill()
		<-h.ended
		if t.Failed() {
			t.Logf("log of sidecar %d:\n%s", h.cmd.Process.Pid, h.log.Bytes())
		}
	})
	return h
}

// line is any message of the sidecar's.
type line struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  json.RawMessage
}

func (h *host) send(t testing.TB, id int, method string, params any) {
	t.Helper()
	body, err := json.Marshal(params)
	if err == nil {
		_, err = fmt.Fprintf(h.in, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`+"\n", id, method, body)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// next reads one message; false: the sidecar has closed its stdout.
func (h *host) next(t testing.TB) (l line, ok bool) {
	t.Helper()
	if !h.lines.Scan() {
		return l, false
	}
	if err := json.Unmarshal(h.lines.Bytes(), &l); err != nil {
		t.Fatalf("%v in %q", err, h.lines.Bytes())
	}
	return l, true
}

// reads reads until a message satisfies enough, and fails the test if none does.
func (h *host) reads(t testing.TB, what string, enough func(line) bool) line {
	t.Helper()
	deadline := time.AfterFunc(patience, func() { _ = h.cmd.Process.Kill() })
	defer deadline.Stop()
	for {
		l, ok := h.next(t)
		if !ok {
			t.Fatalf("the sidecar has ended, or did not tell in %s: %s", patience, what)
		}
		if enough(l) {
			return l
		}
	}
}

// exits waits for the end of the process, which must come within limit, with code 0.
func (h *host) exits(t testing.TB, limit time.Duration) {
	t.Helper()
	h.exitsWith(t, limit, 0)
}

func (h *host) exitsWith(t testing.TB, limit time.Duration, want int) {
	t.Helper()
	began := time.Now()
	select {
	case <-h.ended:
	case <-time.After(patience):
		t.Fatal("the sidecar does not end")
	}
	took := time.Since(began)
	t.Logf("ended %.2f s after its host, with code %d", took.Seconds(), h.cmd.ProcessState.ExitCode())
	if took > limit && !raceEnabled {
		t.Errorf("the sidecar took %s to end, not %s", took, limit)
	}
	if code := h.cmd.ProcessState.ExitCode(); code != want {
		t.Errorf("the sidecar ended with %s, want %d", h.cmd.ProcessState, want)
	}
}

// begin launches and returns the operation's id.
func (h *host) begin(t testing.TB) string {
	t.Helper()
	h.send(t, 1, schema.ClusterLaunch.Name, launchParams)
	answer := h.reads(t, "the answer to launch", func(l line) bool { return l.ID == 1 })
	var got schema.OperationResult
	if err := json.Unmarshal(answer.Result, &got); err != nil || got.Operation.ID == "" {
		t.Fatalf("the launch was answered with %s%s", answer.Result, answer.Error)
	}
	return got.Operation.ID
}

// provisioning waits until SkyPilot has the launch and is at it.
func provisioning(l line) bool {
	var p schema.Progress
	return l.Method == schema.ClusterProgress.Name && json.Unmarshal(l.Params, &p) == nil && p.Phase == schema.PhaseProvisioning
}

// TestHostDies lets the host go in each of its ways in the middle of a launch:
// the sidecar ends in time, the launch goes on, and the next sidecar brings the
// same operation to its end.
func TestHostDies(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]func(*host){
		"stdin ends":    func(h *host) { _ = h.in.Close() },
		"SIGTERM":       func(h *host) { _ = h.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGHUP":        func(h *host) { _ = h.cmd.Process.Signal(syscall.SIGHUP) },
		"SIGINT":        func(h *host) { _ = h.cmd.Process.Signal(syscall.SIGINT) },
		"stdout closed": func(h *host) { _ = h.out.Close() },
		"all at once": func(h *host) {
			_ = h.in.Close()
			_ = h.out.Close()
			_ = h.cmd.Process.Signal(syscall.SIGTERM)
		},
		"SIGTERM twice, open pipes": func(h *host) { _ = h.cmd.Process.Signal(syscall.SIGTERM); _ = h.cmd.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			h := s.host(t, slow)
			id := h.begin(t)
			h.reads(t, "provisioning", provisioning)
			dies(h)
			h.exits(t, endTime)
			s.goesOn(t, id)
		})
	}
}

// TestHostDiesAtOnce: the host is gone before SkyPilot has the launch.
func TestHostDiesAtOnce(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]func(*host){
		"stdin ends":    func(h *host) { _ = h.in.Close() },
		"SIGTERM":       func(h *host) { _ = h.cmd.Process.Signal(syscall.SIGTERM) },
		"stdout closed": func(h *host) { _ = h.out.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			h := s.host(t, slow)
			id := h.begin(t)
			dies(h)
			h.exits(t, 30*time.Second)
			s.goesOn(t, id)
		})
	}
}

// TestHostStopsReadingAndGoes: what waits for a host that has stopped to read does
// not hold the sidecar up once it has gone.
func TestHostStopsReadingAndGoes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	h := s.host(t, "0.2") // the launch, fourteen seconds then, must outlast the four that a host is waited for
	id := h.begin(t)
	h.reads(t, "provisioning", provisioning)
	for i := range 1000 { // more than a pipe holds
		h.send(t, 100+i, schema.ClusterStatus.Name, schema.StatusParams{Name: server})
	}
	_ = h.in.Close()
	h.exits(t, 3*endTime) // four of its seconds are the wait for the host, and what else the machine does takes its part
	s.goesOn(t, id)
}

// goesOn fails the test unless SkyPilot has the launch, and the next sidecar
// brings it to its end.
func (s stage) goesOn(t *testing.T, id string) {
	t.Helper()
	st := s.journal(t)
	op := st.Operation(id)
	if op == nil || op.Ended() || op.SkyRequest == "" {
		t.Fatalf("the launch is not left to SkyPilot: %+v", op)
	}
	s.deserted(t)
	p := s.start(t, quick)
	if op := ended(t, p, id); op.State != schema.OperationSucceeded {
		t.Errorf("the launch ended %s: %+v", op.State, op.Error)
	}
	s.agrees(t, scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server}))
	if _, made := s.machines(t); made != 1 {
		t.Errorf("%d machines were made", made)
	}
	p.End(t, patience)
	s.clean(t)
}

// TestOneShot is `echo JSON | sidecar`: the launch is answered and handed to
// SkyPilot, and with --wait seen through.
func TestOneShot(t *testing.T) {
	t.Parallel()
	request := launchRequest(t)
	oneShot := func(t *testing.T, s stage, flags ...string) (id, printed string) {
		cmd := exec.Command(sidecar(t), s.args(flags...)...)
		cmd.Env, cmd.Dir, cmd.Stdin = s.environ(quick), s.project, bytes.NewReader(request)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		operations := s.journal(t).Operations
		if len(operations) != 1 || !strings.Contains(string(out), `"id":1,"result":{"operation":{"id":"`+operations[0].ID) {
			t.Fatalf("the journal has %+v; printed was\n%s", operations, out)
		}
		return operations[0].ID, string(out)
	}
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		s := newStage(t)
		id, _ := oneShot(t, s)
		s.goesOn(t, id)
	})
	t.Run("wait", func(t *testing.T) {
		t.Parallel()
		s := newStage(t)
		id, printed := oneShot(t, s, "--wait")
		if n := strings.Count(printed, `"method":"operation.finished"`); n != 1 {
			t.Errorf("operation.finished came %d times:\n%s", n, printed)
		}
		st := s.journal(t)
		if op := st.Operation(id); op.State != schema.OperationSucceeded {
			t.Errorf("the launch is %s: %+v", op.State, op.Error)
		}
		s.clean(t)
	})
}

// launchRequest is a launch as a line, its id 1.
func launchRequest(t testing.TB) []byte {
	t.Helper()
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": schema.ClusterLaunch.Name, "params": launchParams})
	if err != nil {
		t.Fatal(err)
	}
	return append(request, '\n')
}

// TestWaitEndsOnSignal: --wait is about the end of stdin; a signal still means
// that the sidecar is to go.
func TestWaitEndsOnSignal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	h := s.host(t, slow, "--wait")
	id := h.begin(t)
	_ = h.in.Close()
	h.reads(t, "provisioning", provisioning)
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	h.exitsWith(t, endTime, 130)
	s.goesOn(t, id)
}

// TestHostStopsReading: nobody reads stdout during a whole launch, while very
// much is asked. The launch is not held up, memory is bounded, and all that may
// not be lost is there when the host reads again.
func TestHostStopsReading(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	h := s.host(t, quick)
	id := h.begin(t)
	const questions = 3000
	for i := range questions {
		h.send(t, 100+i, schema.ClusterStatus.Name, schema.StatusParams{Name: server})
	}
	watcher := s.start(t, quick)
	if op := ended(t, watcher, id); op.State != schema.OperationSucceeded {
		t.Errorf("the launch ended %s: %+v", op.State, op.Error)
	}
	watcher.End(t, patience)
	if peak := procPeak(t, h.cmd.Process.Pid); peak > 128<<10 {
		t.Errorf("%d MiB were in use at the peak", peak>>10)
	}
	h.send(t, 2, schema.ClusterStatus.Name, schema.StatusParams{Name: server})
	answers, finished, last := map[int]int{}, 0, schema.StatusChanged{}
	h.reads(t, "the last answer, and the end of the launch", func(l line) bool {
		switch {
		case l.Method == "" && l.Error != nil:
			t.Fatalf("request %d: %s", l.ID, l.Error)
		case l.Method == "":
			answers[l.ID]++
		case l.Method == schema.OperationFinished.Name:
			finished++
		case l.Method == schema.ClusterStatusChanged.Name:
			if err := json.Unmarshal(l.Params, &last); err != nil {
				t.Fatal(err)
			}
		}
		return answers[2] > 0 && finished > 0 && len(answers) == questions+1
	})
	for id, n := range answers {
		if n != 1 {
			t.Errorf("request %d was answered %d times", id, n)
		}
	}
	if finished != 1 || last.Cluster.Status != schema.StatusRunning {
		t.Errorf("operation.finished came %d times; the last status was %s", finished, last.Cluster.Status)
	}
	_ = h.in.Close()
	h.exits(t, endTime)
	s.clean(t)
}

func procPeak(t testing.TB, pid int) int {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		return 0
	}
	peak := procStatus(t, pid, "VmHWM")
	t.Logf("%d KiB at the peak", peak)
	return peak
}
