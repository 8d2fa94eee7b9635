package sky

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recording is what a command printed: the project's transcripts, or, with
// "rec/" in front, those of the asynchronous commands.
func recording(t testing.TB, name string) Result {
	t.Helper()
	dir := "testdata/transcripts"
	if rest, ok := strings.CutPrefix(name, "rec/"); ok {
		dir, name = "testdata/recordings", rest
	}
	out, outErr := os.ReadFile(filepath.Join(dir, name+".stdout"))
	errs, errsErr := os.ReadFile(filepath.Join(dir, name+".stderr"))
	if outErr != nil && errsErr != nil {
		t.Fatalf("there is no recording %s", name)
	}
	return Result{Stdout: string(out), Stderr: string(errs)}
}

// recordings are all that there are, for fuzz tests to begin with.
func recordings(t testing.TB) (all []Result) {
	t.Helper()
	for prefix, dir := range map[string]string{"": "transcripts", "rec/": "recordings"} {
		entries, err := os.ReadDir(filepath.Join("testdata", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name(), ".stdout"); ok {
				all = append(all, recording(t, prefix+name))
			}
		}
	}
	return all
}

func (r Result) exits(code int) Result { r.Code = code; return r }

// stub is a Runner that gives one result and notes the call.
type stub struct {
	res    Result
	err    error
	call   Call
	output string // of Submit
	calls  int
}

func (s *stub) Run(ctx context.Context, call Call) (Result, error) {
	s.call, s.calls = call, s.calls+1
	if call.Line != nil {
		for line := range strings.Lines(s.res.Stdout) {
			call.Line("stdout", CleanLine(strings.TrimRight(line, "\n")))
		}
	}
	res := s.res
	if call.Answer != nil {
		_, _ = io.WriteString(call.Answer, res.Stdout)
		res.Stdout = ""
	}
	return res, s.err
}

func (s *stub) Expect(Call, int) {}

func (s *stub) Submit(ctx context.Context, call Call, output string) (Result, error) {
	s.call, s.calls, s.output = call, s.calls+1, output
	return s.res, s.err
}

// decoded decodes an output, in pieces of a length, and returns its prose.
func decoded(output string, piece int, decode func(*json.Decoder) error) (prose string, err error) {
	d := newDocument(decode)
	for rest := output; rest != ""; {
		n := min(piece, len(rest))
		_, _ = io.WriteString(d, rest[:n])
		rest = rest[n:]
	}
	err = d.close()
	return Clean(string(d.prose)), err
}

// The parsers of an answer that is all there.

func parseStatus(output string) (StatusReport, bool) {
	var found []clusterRow
	prose, err := decoded(output, len(output), rows(&found))
	report, ok := statusOf(found, prose)
	if err != nil || !ok {
		return StatusReport{}, false
	}
	return report, true
}

func parseRequests(output string) ([]Request, bool) {
	var found []requestRow
	if _, err := decoded(output, len(output), rows(&found)); err != nil {
		return nil, false
	}
	return requestsOf(found)
}

func parseQueue(output, cluster string) ([]Job, bool) {
	var queues map[string][]jobRow
	if _, err := decoded(output, len(output), value(&queues)); err != nil {
		return nil, false
	}
	return jobsOf(queues, cluster)
}

func parseCostReport(output string) ([]CostRow, bool) {
	var found []costRow
	if _, err := decoded(output, len(output), rows(&found)); err != nil {
		return nil, false
	}
	return costsOf(found), true
}
