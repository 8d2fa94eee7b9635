package sky

import (
	"context"
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
	return s.res, s.err
}

func (s *stub) Submit(ctx context.Context, call Call, output string) (Result, error) {
	s.call, s.calls, s.output = call, s.calls+1, output
	return s.res, s.err
}
