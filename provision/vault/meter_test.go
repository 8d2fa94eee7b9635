package vault

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// The recordings are of rsync 3.5.0 with --bwlimit=2000, of the same vault: the first into
// a folder that had f1 already.
func TestMeterReadsWhatRsyncPrints(t *testing.T) {
	sizes := map[string]int64{"big": 4000000, "f1": 700000, "f2": 700000, "f3": 700000, "Ü b": 0, "d/x": 2}
	for file, want := range map[string]Amount{
		"progress2_rsync3.5.0.txt": {5, 5400002}, "itemize_rsync3.5.0.txt": {6, 6100002},
	} {
		recorded, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range []int{1, 7, len(recorded)} {
			m := Meter{Total: Amount{100, 1 << 40}, Size: func(name string) int64 {
				size, known := sizes[name]
				if !known {
					t.Errorf("%s: the size of %q was asked for", file, name)
				}
				return size
			}}
			for at := 0; at < len(recorded); at += piece {
				before := m.Done
				m.Take(recorded[at:min(at+piece, len(recorded))], time.Unix(0, 0))
				if m.Done.Files < before.Files || m.Done.Bytes < before.Bytes {
					t.Fatalf("%s: from %+v to %+v", file, before, m.Done)
				}
			}
			if m.Done != want {
				t.Errorf("%s in pieces of %d: %+v, not %+v", file, piece, m.Done, want)
			}
		}
	}
}

// rsync prints a line for each of 100,000 files, which come in large pieces: what only the last of
// them tells is read of the last. That the number of files stands before it is not lost.
func TestMeterReadsFewOfManyLines(t *testing.T) {
	var piece []byte
	for i := range 1000 {
		piece = fmt.Appendf(piece, "%15d  50%%    1.97MB/s    0:00:01 (xfr#%d, to-chk=6/8)\r", i*100, i)
	}
	piece = append(piece, "         123456  51%    1.97MB/s    0:00:01\r"...)
	took := testing.AllocsPerRun(10, func() {
		m := Meter{Total: Amount{2000, 1 << 40}}
		if m.Take(piece, time.Unix(0, 0)); m.Done != (Amount{999, 123456}) {
			t.Fatalf("%+v", m.Done)
		}
	})
	if took > 100 {
		t.Errorf("a thousand lines took %.0f allocations", took)
	}
}

func TestMeterLines(t *testing.T) {
	for line, want := range map[string]Amount{
		"      4,000,000  65%    1.97MB/s    0:00:01 (xfr#1, to-chk=6/8)":        {1, 4000000},
		"      4.000.000  65%    1,97MB/s    0:00:01 (xfr#12, ir-chk=1006/1008)": {12, 4000000}, // a language that groups with dots
		"          32768   0%    0.00kB/s    0:00:00":                            {0, 32768},    // without groups
		"<f+++++++++ x": {1, 7}, "<f.st...... x": {1, 7}, ".f..t...... x": {}, "cd+++++++++ d/": {}, "cL+++++++++ l -> x": {}, "*deleting   x": {},
		"sending incremental file list": {}, "": {}, "          3x68   0%    0.00kB/s    0:00:00": {}, "-5 0% 0.00kB/s 0:00:00": {},
	} {
		m := Meter{Total: Amount{100, 1 << 40}, Size: func(string) int64 { return 7 }}
		if m.Take([]byte(line+"\n"), time.Unix(0, 0)); m.Done != want {
			t.Errorf("%q: %+v, not %+v", line, m.Done, want)
		}
	}
}

func TestMeterTellsRateAndTime(t *testing.T) {
	m := Meter{Total: Amount{2, 10000}}
	at := func(second float64, bytes string) schema.Transfer {
		m.Take([]byte("\r "+bytes+"  0%  1.00kB/s  0:00:01 \r"), time.Unix(0, int64(second*1e9)))
		return m.Transfer(schema.VaultPublic)
	}
	if got := at(0, "0"); got.BytesPerSecond != 0 || got.SecondsLeft != 0 || got.BytesTotal != 10000 || got.FilesTotal != 2 {
		t.Errorf("before anything is known: %+v", got)
	}
	if got := at(1, "1,000"); got.BytesPerSecond != 1000 || got.SecondsLeft != 9 {
		t.Errorf("%+v", got)
	}
	if got := at(2, "3,000"); got.BytesPerSecond != 1400 || got.SecondsLeft != 5 { // 0.6 × 1000 + 0.4 × 2000
		t.Errorf("%+v", got)
	}
	if got := at(2.1, "90,000"); got.BytesDone != 10000 || got.SecondsLeft != 0 { // a file has grown
		t.Errorf("more than there is: %+v", got)
	}
	for second := 3.0; second < 30; second++ {
		at(second, "90,000")
	}
	if got := at(30, "90,000"); got.BytesPerSecond > 1 {
		t.Errorf("nothing comes, and the rate stays %+v", got)
	}
}

func TestReportOf(t *testing.T) {
	for version, want := range map[string]Report{
		"rsync  version 3.5.0  protocol version 32\nCopyright": ReportTotals, "rsync  version 3.1.0  protocol version 31": ReportTotals,
		"rsync  version v3.4.1  protocol version 32": ReportItems, "rsync  version 4.0.0  protocol version 40": ReportTotals,
		"rsync  version 3.0.9  protocol version 30": ReportItems, "rsync  version 2.6.9  protocol version 29": ReportItems,
		"openrsync: protocol version 29\nrsync version 2.6.9 compatible": ReportItems, "": ReportItems,
	} {
		if got := ReportOf(version); got != want {
			t.Errorf("%q: %d, not %d", version, got, want)
		}
	}
}

func FuzzMeter(f *testing.F) {
	f.Add("\r      4,000,000  65%    1.97MB/s    0:00:01 (xfr#1, to-chk=6/8)\r\n<f+++++++++ x\n", 3)
	f.Add("99999999999999999999  0% 1/s 0 (xfr#99999999999999999999,\n", 1)
	f.Add(strings.Repeat("x", 3*maxLine)+"\n", 4096)
	f.Fuzz(func(t *testing.T, printed string, piece int) {
		m := Meter{Total: Amount{10, 1000}, Size: func(string) int64 { return 3 }}
		piece = max(1, piece%len(printed+"x"))
		for at, step := 0, 0; at < len(printed); at, step = at+piece, step+1 {
			before := m.Done
			m.Take([]byte(printed[at:min(at+piece, len(printed))]), time.Unix(int64(step), 0))
			if m.Done.Files < before.Files || m.Done.Bytes < before.Bytes || m.Done.Files > 10 || m.Done.Bytes > 1000 || len(m.line) > maxLine {
				t.Fatalf("from %+v to %+v", before, m.Done)
			}
			if told := m.Transfer(schema.VaultPublic); told.BytesPerSecond < 0 || told.SecondsLeft < 0 {
				t.Fatalf("%+v", told)
			}
		}
	})
}
