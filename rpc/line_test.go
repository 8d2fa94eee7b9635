package rpc

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// readLines takes all lines; one that was too long is "!".
func readLines(in io.Reader, limit int) (lines []string, err error) {
	r := newLineReader(in, limit)
	for {
		line, ok, err := r.buffered()
		switch {
		case errors.Is(err, errLineTooLong):
			lines = append(lines, "!")
		case err != nil:
			return lines, err
		case ok:
			lines = append(lines, string(line))
		default:
			r.fill()
		}
	}
}

func TestLines(t *testing.T) {
	const limit = 10
	ten := "0123456789"
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"one", "a\n", []string{"a"}},
		{"without its end", "a\nb", []string{"a", "b"}},
		{"carriage returns", "a\r\nb\r\nc\r", []string{"a", "b", "c"}},
		{"blank ones", "\n\r\na\n\n", []string{"", "", "a", ""}},
		{"a byte order mark", "\xef\xbb\xbfa\n\xef\xbb\xbfb\n", []string{"a", "\xef\xbb\xbfb"}},
		{"a byte order mark alone", "\xef\xbb\xbf\na\n", []string{"\xef\xbb\xbf", "a"}},
		{"as long as allowed", ten + "\n" + ten + "\r\n" + ten, []string{ten, ten, ten}},
		{"too long", ten + "x\nb\n", []string{"!", "b"}},
		{"too long with a carriage return", ten + "x\r\nb\n", []string{"!", "b"}},
		{"much too long", strings.Repeat(ten, 100000) + "\nb\n" + strings.Repeat(ten, 100000) + "\nc", []string{"!", "b", "!", "c"}},
		{"too long and the end", "a\n" + strings.Repeat(ten, 50), []string{"a", "!"}},
		{"NUL is a byte like others", "a\x00b\n", []string{"a\x00b"}},
	} {
		for how, in := range map[string]io.Reader{
			"at once": strings.NewReader(c.in), "by bytes": iotest.OneByteReader(strings.NewReader(c.in)),
			"with the end": iotest.DataErrReader(strings.NewReader(c.in)),
		} {
			lines, err := readLines(in, limit)
			if !errors.Is(err, io.EOF) || !slices.Equal(lines, c.want) {
				t.Errorf("%s, %s: %q, %v; want %q", c.name, how, lines, err, c.want)
			}
		}
	}
}

func TestLinesOfABrokenReader(t *testing.T) {
	broken := errors.New("broken")
	lines, err := readLines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 10)
	if !errors.Is(err, broken) || !slices.Equal(lines, []string{"a", "b"}) {
		t.Errorf("%q, %v", lines, err)
	}
	if _, err := readLines(silent{}, 10); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// endless gives so many bytes of a line that never ends.
type endless struct{ left int }

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(e.left, len(b))
	for i := range b[:n] {
		b[i] = 'x'
	}
	e.left -= n
	return n, nil
}

// TestEndlessLineInConstantMemory sends 256 MiB without a newline.
func TestEndlessLineInConstantMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	lines, err := readLines(&endless{256 << 20}, 1<<20)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.EOF) || !slices.Equal(lines, []string{"!"}) {
		t.Fatalf("%q, %v", lines, err)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 8<<20 {
		t.Errorf("allocated %d bytes", spent)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\r\nbbbbbbbbbbbbbbbbbbbb\n\n\xef\xbb\xbfc", 4)
	f.Fuzz(func(t *testing.T, in string, limit int) {
		limit = max(1, limit%64)
		atOnce, _ := readLines(strings.NewReader(in), limit)
		byBytes, _ := readLines(iotest.OneByteReader(strings.NewReader(in)), limit)
		if !slices.Equal(atOnce, byBytes) {
			t.Fatalf("%q: at once %q, by bytes %q", in, atOnce, byBytes)
		}
	})
}
