package scenario

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// fakeMode in the environment makes the test binary a sidecar that misbehaves in
// one way: the checks of this package must find each.
const fakeMode = "CARAPACE_FAKE_SIDECAR"

// fakeSidecar answers ping, after having written what its mode says.
func fakeSidecar(mode string, in io.Reader, out io.Writer) int {
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var ask message
		if json.Unmarshal(lines.Bytes(), &ask) != nil {
			return 2
		}
		for _, line := range fakeLines[mode] {
			say("%s", line)
		}
		switch mode {
		case "silent":
		case "refuses":
			say(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32011,"message":"m","data":{"kind":"cluster_active","message":"There is a server.","hint":"Destroy it.","retryable":false}}}`, ask.ID)
		case "dies":
			return 3
		case "twice":
			say(`{"jsonrpc":"2.0","id":%s,"result":{}}`, ask.ID)
			fallthrough
		default:
			say(`{"jsonrpc":"2.0","id":%s,"result":{}}`, ask.ID)
		}
	}
	return 0
}

func progressLine(operation string, index, percent int, elapsed float64) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"cluster.progress","params":{"operation":%q,"cluster":"c","phase":"setup",`+
		`"phaseIndex":%d,"phaseCount":8,"percent":%d,"message":"m","elapsedSeconds":%g,"expectedSeconds":91,"basis":"default"}}`, operation, index, percent, elapsed)
}

const (
	finishedLine = `{"jsonrpc":"2.0","method":"operation.finished","params":{"operation":{"id":"o","kind":"stop","cluster":"c","state":"succeeded",` +
		`"phase":"verifying","message":"m","startedAt":"2026-01-01T00:00:00Z","endedAt":"2026-01-01T00:00:01Z","elapsedSeconds":1},` +
		`"cluster":{"name":"c","status":"stopped","description":"It is stopped."}}}`
	changedLine = `{"jsonrpc":"2.0","method":"cluster.statusChanged","params":{"seq":%d,"cluster":{"name":"c","status":%q,"description":%q},` +
		`"previous":{"status":"running","description":"d"},"changed":[],"source":"poll"}}`
)

var fakeLines = map[string][]string{
	"garbage":         {"Traceback: I am no JSON"},
	"stray":           {`{"jsonrpc":"2.0","id":77,"result":{}}`},
	"unknown":         {`{"jsonrpc":"2.0","method":"cluster.rumour","params":{}}`},
	"field":           {`{"jsonrpc":"2.0","method":"cluster.log","params":{"cluster":"c","source":"run","line":"l","stream":"stdout","colour":"red"}}`},
	"coloured log":    {`{"jsonrpc":"2.0","method":"cluster.log","params":{"cluster":"c","source":"run","line":"\u001b[2mdim","stream":"stdout"}}`},
	"finished twice":  {finishedLine, finishedLine},
	"late progress":   {finishedLine, progressLine("o", 1, 1, 1)},
	"phase back":      {progressLine("o", 2, 1, 1), progressLine("o", 1, 1, 1)},
	"percent back":    {progressLine("o", 1, 50, 1), progressLine("o", 1, 40, 1)},
	"clock back":      {progressLine("o", 1, 1, 5), progressLine("o", 1, 1, 4)},
	"sequence":        {fmt.Sprintf(changedLine, 3, "running", "d"), fmt.Sprintf(changedLine, 3, "running", "d")},
	"no description":  {fmt.Sprintf(changedLine, 1, "running", "")},
	"error without":   {fmt.Sprintf(changedLine, 1, "error", "d")},
	"unfit text":      {fmt.Sprintf(changedLine, 1, "running", "exit status 1")},
	"good":            {progressLine("o", 0, 1, 0), progressLine("o", 7, 100, 9), finishedLine, fmt.Sprintf(changedLine, 1, "running", "d")},
	"good and silent": nil,
}

func fake(t testing.TB, mode string) *Peer {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Start(t, Command{Path: self, Env: append(os.Environ(), fakeMode+"="+mode)})
}

// quietly runs a piece of a test on a T of its own kind, so that a failure which
// is wanted can be looked at: Errorf and Fatalf of it are kept, not reported.
func quietly(t *testing.T, piece func(t testing.TB)) (failures []string) {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		piece(r)
	}()
	<-done
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return r.failures
}

type recorder struct {
	testing.TB
	failures []string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool              { return len(r.failures) > 0 }
func (r *recorder) Logf(string, ...any)       {}
func (r *recorder) Error(args ...any)         { r.failures = append(r.failures, fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, a ...any) { r.Error(fmt.Sprintf(f, a...)) }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)         { r.Error(args...); runtime.Goexit() }

func TestProblemsAreFound(t *testing.T) {
	for mode, want := range map[string]string{
		"good":           "",
		"garbage":        "not a message of the protocol",
		"stray":          "nobody made",
		"twice":          "answered twice",
		"unknown":        "unknown notification cluster.rumour",
		"field":          "colour",
		"coloured log":   "control characters",
		"finished twice": "finished twice",
		"late progress":  "after it had finished",
		"phase back":     "went back to phase",
		"percent back":   "40 percent after 50",
		"clock back":     "4 s elapsed after 5 s",
		"sequence":       "3 after 3",
		"no description": "without a description",
		"error without":  "is error with error",
		"unfit text":     "exit status",
	} {
		t.Run(mode, func(t *testing.T) {
			failures := quietly(t, func(t testing.TB) {
				p := fake(t, mode)
				Call(t, p, schema.Ping, schema.Empty{})
				p.End(t, 10*time.Second)
			})
			got := strings.Join(failures, "\n")
			if want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("found %q, not %q", got, want)
			}
		})
	}
}

func TestCallsFailWithTheTranscript(t *testing.T) {
	short := func(t testing.TB, p *Peer) {
		p.Send(t, schema.Ping.Name, schema.Empty{})
		p.await(t, "an answer", 0, 50*time.Millisecond, func(message) bool { return false })
	}
	for name, c := range map[string]struct {
		mode  string
		piece func(t testing.TB, p *Peer)
		want  string
	}{
		"no answer":    {"silent", short, "nothing within"},
		"end":          {"dies", func(t testing.TB, p *Peer) { Call(t, p, schema.Ping, schema.Empty{}) }, "the sidecar ended (exit status 3)"},
		"refusal":      {"refuses", func(t testing.TB, p *Peer) { Call(t, p, schema.Ping, schema.Empty{}) }, "There is a server. (Destroy it.)"},
		"no refusal":   {"good", func(t testing.TB, p *Peer) { Refused(t, p, schema.Ping, schema.Empty{}, schema.KindBusy) }, "was accepted"},
		"other":        {"refuses", func(t testing.TB, p *Peer) { Refused(t, p, schema.Ping, schema.Empty{}, schema.KindBusy) }, "was refused as cluster_active"},
		"right":        {"refuses", func(t testing.TB, p *Peer) { Refused(t, p, schema.Ping, schema.Empty{}, schema.KindClusterActive) }, ""},
		"notification": {"good", func(t testing.TB, p *Peer) { Call(t, p, schema.Ping, schema.Empty{}); awaitStopped(t, p) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			failures := quietly(t, func(t testing.TB) { c.piece(t, fake(t, c.mode)) })
			got := strings.Join(failures, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("failed with %q, not %q", got, c.want)
			}
			if c.want != "" && strings.Contains(got, "ended") && !strings.Contains(got, `> {"jsonrpc"`) {
				t.Errorf("no transcript in %q", got)
			}
		})
	}
}

func awaitStopped(t testing.TB, p *Peer) {
	f := Await(t, p, schema.OperationFinished, "the end", time.Second, func(schema.Finished) bool { return true })
	if f.Cluster.Status != schema.StatusStopped || len(Notified(p, schema.ClusterProgress)) != 2 {
		t.Errorf("finished with %+v, %d progress", f.Cluster, len(Notified(p, schema.ClusterProgress)))
	}
}

func TestLinesOfAnyCutArriveWhole(t *testing.T) {
	var got []string
	w := &lineWriter{line: func(l []byte) { got = append(got, string(l)) }}
	for _, piece := range []string{"a", "b\nc", "\n", "\n", "half"} {
		if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := "ab|c|"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInsideFollowsTheServersLinks(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"home/ubuntu/.sky/mounts/public/a.txt": "a"})
	mkdir(t, root+"/opt/carapace")
	if err := os.Symlink("/home/ubuntu/.sky/mounts/public", root+"/opt/carapace/public"); err != nil {
		t.Skip("no links here:", err)
	}
	if err := os.Symlink("carapace", root+"/opt/near"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/opt/carapace/public", "/opt/near/public"} {
		if got := Tree(t, Inside(root, path)); got["a.txt"] != "a" {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := Inside(root, "/no/such"); got != root+"/no/such" {
		t.Error(got)
	}
}
