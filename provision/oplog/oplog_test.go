package oplog

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

const operation = "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"

func newLogs(t *testing.T) *Logs {
	t.Helper()
	l := In(filepath.Join(t.TempDir(), "logs"), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { l.End(operation) })
	return l
}

func line(source schema.LogSource, printed string) schema.LogLine {
	return schema.LogLine{Operation: operation, Cluster: "n", Source: source, Stream: schema.StreamStdout, Line: printed}
}

// add is Append with the line as it was numbered.
func (l *Logs) add(line schema.LogLine) schema.LogLine {
	l.Append(&line)
	return line
}

func texts(lines []schema.LogLine) (all []string) {
	for _, l := range lines {
		all = append(all, fmt.Sprint(l.Seq, " ", l.Line))
	}
	return all
}

func (l *Logs) want(t *testing.T, after int, want ...string) {
	t.Helper()
	if got := texts(l.Read(operation, after)); !slices.Equal(got, want) {
		t.Errorf("after %d: %q, not %q", after, got, want)
	}
}

func TestLinesAreKept(t *testing.T) {
	l := newLogs(t)
	if got := l.add(line(schema.LogSetup, "nobody drives it")); got.Seq != 0 {
		t.Errorf("%+v", got)
	}
	l.want(t, 0)
	l.Begin(operation, true)
	for i, printed := range []string{"a", "b", "b"} {
		if got := l.add(line(schema.LogSetup, printed)); got.Seq != i+1 || got.At.IsZero() || got.Line != printed {
			t.Errorf("%+v", got)
		}
	}
	l.want(t, 0, "1 a", "2 b", "3 b")
	l.want(t, 2, "3 b")
	l.want(t, 3)
	l.want(t, 4)
	info, err := os.Stat(l.path(operation))
	if err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info, err)
	}
}

// Who goes on with an operation reads SkyPilot's log again from its beginning, and the job's from its own.
func TestALineThatIsReadAgainKeepsItsNumber(t *testing.T) {
	l := newLogs(t)
	l.Begin(operation, true)
	for _, one := range []schema.LogLine{
		line(schema.LogProvision, "up"), line(schema.LogSetup, "same"), line(schema.LogProvision, "ready"), line(schema.LogSetup, "same"), line(schema.LogSetup, "end"),
	} {
		l.add(one)
	}
	l.End(operation)
	if err := os.WriteFile(l.path(operation), append(read(t, l.path(operation)), `{"operation":"`+operation+`","seq":6,"li`...), 0o600); err != nil { // its writer died
		t.Fatal(err)
	}
	l.Begin(operation, true)
	var got []string
	for _, one := range []schema.LogLine{
		line(schema.LogProvision, "up"), line(schema.LogProvision, "ready"), line(schema.LogProvision, "later"),
		line(schema.LogSetup, "same"), line(schema.LogSetup, "same"), line(schema.LogSetup, "end"), line(schema.LogSetup, "end"),
	} {
		got = append(got, texts([]schema.LogLine{l.add(one)})...)
	}
	if want := []string{"1 up", "3 ready", "6 later", "2 same", "4 same", "5 end", "7 end"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	l.want(t, 0, "1 up", "2 same", "3 ready", "4 same", "5 end", "6 later", "7 end")
}

// A line that was another before, as one whose secret was not known, makes no other line a new one.
func TestALineThatIsAnother(t *testing.T) {
	l := newLogs(t)
	l.Begin(operation, true)
	for _, printed := range []string{"a", "TOKEN=***", "b", "c"} {
		l.add(line(schema.LogSetup, printed))
	}
	l.End(operation)
	l.Begin(operation, true)
	for _, printed := range []string{"a", "TOKEN=x", "b", "c", "d"} {
		l.add(line(schema.LogSetup, printed))
	}
	l.want(t, 0, "1 a", "2 TOKEN=***", "3 b", "4 c", "5 TOKEN=x", "6 d")
}

// Of a log whose older half has gone, the lines that are read again before those that are kept get no number.
func TestALogThatWasCutIsReadAgain(t *testing.T) {
	l := newLogs(t)
	l.Begin(operation, true)
	const count = 2000
	printed := func(i int) schema.LogLine { return line(schema.LogSetup, fmt.Sprint(i, strings.Repeat("x", 200))) }
	for i := range count {
		l.add(printed(i))
	}
	l.End(operation)
	kept := l.Read(operation, 0)
	if len(kept) == 0 || kept[0].Seq == 1 {
		t.Fatalf("%d lines, from %d: this tests nothing", len(kept), kept[0].Seq)
	}
	l.Begin(operation, true)
	for i := range count {
		if got, first := l.add(printed(i)), kept[0].Seq; got.Seq != 0 && got.Seq != i+1 || got.Seq == 0 && i+1 >= first {
			t.Fatalf("line %d has number %d", i+1, got.Seq)
		}
	}
	if got := l.add(printed(count)); got.Seq != count+1 {
		t.Errorf("a new line has number %d", got.Seq)
	}
}

// What is not to be kept is told without a number.
func TestALogOfUnknownSecrets(t *testing.T) {
	l := newLogs(t)
	l.Begin(operation, false)
	if got := l.add(line(schema.LogSetup, "TOKEN=x")); got.Line != "TOKEN=x" || got.Seq != 0 {
		t.Errorf("%+v", got)
	}
	l.want(t, 0)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A log that is long without end stays bounded, and says what it lacks.
func TestTheOlderHalfGoes(t *testing.T) {
	l := newLogs(t)
	l.Begin(operation, true)
	const count, width = 3000, 200
	for i := range count {
		l.add(line(schema.LogSetup, fmt.Sprint(i, strings.Repeat("x", width))))
		if info, err := os.Stat(l.path(operation)); err != nil || info.Size() > maxSize {
			t.Fatalf("%d bytes, %v", info.Size(), err)
		}
	}
	kept := l.Read(operation, 10)
	if len(kept) < maxSize/2/(width+250) || kept[0].Dropped != kept[0].Seq-11 || kept[len(kept)-1].Seq != count {
		t.Errorf("%d lines, the first %+v", len(kept), kept[0])
	}
	for i, one := range kept {
		if one.Seq != kept[0].Seq+i {
			t.Fatalf("after %d comes %d", one.Seq-1, one.Seq)
		}
	}
}

func TestADiskThatIsFull(t *testing.T) {
	l := newLogs(t)
	if err := os.WriteFile(l.dir, nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	l.Begin(operation, true)
	if got := l.add(line(schema.LogSetup, "a")); got.Line != "a" || got.Seq != 0 {
		t.Errorf("the line is lost, or numbered: %+v", got)
	}
}

func TestSweep(t *testing.T) {
	l := newLogs(t)
	l.Begin(operation, true)
	l.add(line(schema.LogSetup, "a"))
	other := "1b4e28ba-2fa1-11d2-883f-b9a761bde3fc"
	for _, name := range []string{other + extension, other + extension + ".new", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(l.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.Sweep(func(id string) bool { return id == operation })
	left, err := filepath.Glob(filepath.Join(l.dir, "*"))
	if want := []string{l.path(operation), filepath.Join(l.dir, "notes.txt")}; err != nil || !slices.Equal(left, want) {
		t.Errorf("%q are left, %v", left, err)
	}
}
