package vault

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"carapace/schema"
)

// Report is how an rsync tells how far it has got. The zero value is not at all.
type Report int

// What rsync may be told to print.
const (
	ReportNothing Report = iota
	ReportItems          // a line for each file, --itemize-changes: since 2.6.4, openrsync too
	ReportTotals         // what has arrived of all files, several times a second, --info=progress2: since 3.1
)

// ReportOf is the most that an rsync can tell, by what its --version prints. Pure.
func ReportOf(version string) Report {
	words := strings.Fields(version)
	if len(words) < 3 || words[0] != "rsync" || words[1] != "version" { // "openrsync: protocol version 29", then "rsync version 2.6.9 compatible"
		return ReportItems
	}
	major, rest, _ := strings.Cut(words[2], ".")
	minor, _, _ := strings.Cut(rest, ".")
	x, _ := strconv.Atoi(major)
	y, _ := strconv.Atoi(minor)
	if x > 3 || x == 3 && y >= 1 {
		return ReportTotals
	}
	return ReportItems
}

func (r Report) option() []string {
	switch r {
	case ReportItems:
		return []string{"--itemize-changes"}
	case ReportTotals:
		return []string{"--info=progress2"}
	}
	return nil
}

// Meter counts what a mirror has brought, from what rsync prints on its standard output.
// It is used by one goroutine at a time.
type Meter struct {
	Done, Total Amount
	// Size returns the bytes of a file here by its name, for a rsync that does not tell them.
	Size func(name string) int64

	line  []byte    // of one that has not ended
	at    time.Time // when the rate was taken last
	taken int64     // the bytes that had arrived then
	rate  float64   // bytes a second; 0: not known
}

const (
	maxLine  = 8 << 10 // of a name of 4096 bytes, which may be escaped
	rateStep = 500 * time.Millisecond
	newer    = 0.4 // the weight of the newest rate: a few seconds' average
)

// Take takes a piece of the output, of any size, as it came at a time. It reports whether
// Done has changed. Done never falls.
func (m *Meter) Take(piece []byte, at time.Time) (news bool) {
	if m.at.IsZero() {
		m.at = at
	}
	before := m.Done
	var last, numbered []byte // of the totals in the piece, each of which counts all before it; and of those with a number of files
	for len(piece) > 0 {
		end := bytes.IndexAny(piece, "\r\n")
		if end < 0 {
			m.line = append(m.line, piece[:min(len(piece), max(0, maxLine-len(m.line)))]...)
			break
		}
		m.line, piece = append(m.line, piece[:min(end, max(0, maxLine-len(m.line)))]...), piece[end+1:]
		switch {
		case !isTotals(m.line):
			m.read(string(m.line))
		case bytes.Contains(m.line, []byte("(xfr#")):
			numbered = append(numbered[:0], m.line...)
			fallthrough
		default:
			last = append(last[:0], m.line...)
		}
		m.line = m.line[:0]
	}
	for _, line := range [][]byte{last, numbered} {
		if arrived, ok := readTotals(string(line)); ok {
			m.Done.Files, m.Done.Bytes = max(m.Done.Files, arrived.Files), max(m.Done.Bytes, arrived.Bytes)
		}
	}
	m.Done.Files, m.Done.Bytes = min(m.Done.Files, m.Total.Files), min(m.Done.Bytes, m.Total.Bytes)
	if passed := at.Sub(m.at); passed >= rateStep {
		now := float64(m.Done.Bytes-m.taken) / passed.Seconds()
		if m.rate == 0 {
			m.rate = now
		}
		m.rate += newer * (now - m.rate)
		m.at, m.taken = at, m.Done.Bytes
	}
	return m.Done != before
}

// read reads a line about a file.
func (m *Meter) read(line string) {
	if item, ok := readItem(line); ok && item.sent() {
		m.Done.Files++
		if m.Size != nil {
			m.Done.Bytes += m.Size(item.name)
		}
	}
}

// isTotals reports whether a line may be one of --info=progress2, which prints one for each file. It does no more
// work than it must. A line about a file begins with what is done to it.
func isTotals(line []byte) bool { return len(line) > 0 && line[0] == ' ' }

// readTotals reads a line of --info=progress2: bytes, their share, a rate, a time, and
// with each file that is done its number.
func readTotals(line string) (arrived Amount, ok bool) {
	words := strings.Fields(line)
	if len(words) < 4 || !strings.HasSuffix(words[1], "%") || !strings.Contains(words[2], "/s") {
		return Amount{}, false
	}
	digits := strings.NewReplacer(",", "", ".", "").Replace(words[0]) // grouped as the language does
	bytes, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || bytes < 0 {
		return Amount{}, false
	}
	arrived.Bytes = bytes
	if len(words) > 4 {
		number, found := strings.CutPrefix(words[4], "(xfr#")
		files, err := strconv.Atoi(strings.TrimSuffix(number, ","))
		if found && err == nil && files > 0 {
			arrived.Files = files
		}
	}
	return arrived, true
}

// Transfer is what a host is told of it.
func (m *Meter) Transfer(name schema.VaultName) schema.Transfer {
	t := schema.Transfer{
		Vault: name, FilesDone: m.Done.Files, FilesTotal: m.Total.Files, BytesDone: m.Done.Bytes, BytesTotal: m.Total.Bytes,
	}
	if m.rate > 0 {
		t.BytesPerSecond = m.rate
		t.SecondsLeft = float64(m.Total.Bytes-m.Done.Bytes) / m.rate
	}
	return t
}
