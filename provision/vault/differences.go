package vault

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"carapace/schema"
)

// Differences is what a look has shown that a mirror would do. The zero value is that
// of two folders that are the same. It is made by Line, from one goroutine.
type Differences struct {
	Added, Changed, Deleted                int      // files and symbolic links
	AddedBytes, ChangedBytes               int64    // of the files here
	FirstAdded, FirstChanged, FirstDeleted []string // at most maxNames of each
	// Brought is what a mirror sends: files whose size, time or contents differ.
	Brought Amount
	// Deletions counts folders, too: it is what rsync's --max-delete counts.
	Deletions int
	// ByContents is true where a mirror by size and time would not do the same, after a look by
	// contents: a file differs in contents alone, or is the same but for its time. Where it is
	// false the mirror need not read again what the look has read.
	ByContents bool
	// Largest are the largest of the files that are brought, for Shrinks.
	Largest []schema.UploadFile
	// Any is true where there is anything to do, if only to a folder's time.
	Any bool
	// Size returns the bytes of a file here by its name in the vault; nil: they are not counted.
	// rsync can't be asked for them: openrsync has no --out-format.
	Size func(name string) int64

	givesWay map[string]bool // names of what is no folder there, and something of another kind here
}

// Amount is a number of files with their size. The zero value is none.
type Amount struct {
	Files int
	Bytes int64
}

const (
	maxNames = 200
	maxName  = 100 // bytes of one name
)

// deleting begins a line about a deletion; blanks up to where names begin follow, three
// of them since rsync 3.0.
const deleting = "*deleting "

// Line takes one line that a [Transfer.Look] printed on its standard output. What is no
// line about a file is passed over.
func (d *Differences) Line(line string) {
	if rest, found := strings.CutPrefix(line, deleting); found {
		d.Any = true
		d.Deletions++
		name := unescape(strings.TrimPrefix(rest, "  "))
		if !strings.HasSuffix(name, "/") {
			count(&d.Deleted, &d.FirstDeleted, name)
		}
		return
	}
	item, ok := readItem(line)
	if !ok {
		if name, found := readRoom(line); found {
			if d.givesWay == nil {
				d.givesWay = map[string]bool{}
			}
			d.givesWay[name] = true
		}
		return
	}
	d.Any = true
	var size int64
	if item.kind == "f" && d.Size != nil {
		size = d.Size(item.name)
	}
	if item.sent() {
		d.Brought.Files++
		d.Brought.Bytes += size
		d.Largest = rank(d.Largest, maxSampled, size, func() string { return item.name })
	}
	if item.kind == "f" && (item.sent() && item.flags[:3] == "c.." || !item.sent() && item.flags[2] != '.') {
		d.ByContents = true
	}
	isNew := strings.HasPrefix(item.flags, "+")
	switch {
	case item.kind == "d":
		if name := strings.TrimSuffix(item.name, "/"); isNew && d.givesWay[name] {
			count(&d.Deleted, &d.FirstDeleted, name) // not in Deletions: --max-delete does not count it
		}
	case isNew && !d.givesWay[item.name]:
		d.AddedBytes += size
		count(&d.Added, &d.FirstAdded, item.name)
	default:
		d.ChangedBytes += size
		count(&d.Changed, &d.FirstChanged, item.name)
	}
}

// readRoom reads a line of rsync's --debug=del2 about what gives way to something else of its
// name, unless that is a folder, whose files are told of one by one:
//
//	delete_item(NAME) mode=100644 flags=18
//
// The mode is octal. Bits from the fourth on say for what (rsync.h: DEL_MAKE_ROOM); a deletion has none of them.
func readRoom(line string) (name string, ok bool) {
	line, found := strings.CutPrefix(line, "delete_item(")
	at := strings.LastIndex(line, ") mode=")
	if !found || at < 0 {
		return "", false
	}
	mode, flags, _ := strings.Cut(line[at+len(") mode="):], " flags=")
	why, err := strconv.Atoi(flags)
	return unescape(line[:at]), err == nil && why >= 1<<3 && !strings.HasPrefix(mode, "4")
}

// item is one line about a file of rsync's --itemize-changes.
type item struct {
	done, kind, flags string
	name              string // as it is on the disk
}

// readItem reads one; ok is false for any other line. rsync has printed them so since 2.6.4
// (rsync(1), --itemize-changes): what is done, to what kind of file, and nine or fewer flags.
func readItem(line string) (i item, ok bool) {
	what, name, found := strings.Cut(line, " ")
	if !found || len(what) < minItem || len(what) > maxItem || strings.Trim(what[:1], "<>ch.") != "" || strings.Trim(what[1:2], "fdLDS") != "" {
		return item{}, false
	}
	i = item{what[:1], what[1:2], what[2:], name}
	if i.kind == "L" {
		i.name, _, _ = strings.Cut(i.name, " -> ")
	}
	i.name = unescape(i.name)
	return i, true
}

// How many letters stand before a name: two, and seven flags in 2.6.9, nine since 3.0.
const minItem, maxItem = 9, 11

// sent reports whether the file's contents go to the server.
func (i item) sent() bool { return i.done == "<" && i.kind == "f" }

func count(n *int, first *[]string, name string) {
	*n++
	if len(*first) < maxNames {
		*first = append(*first, printable(name))
	}
}

// escaped matches a byte that rsync did not print as it is.
var escaped = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\#[0-3][0-7]{2}`) })

// unescape is a name as it is on the disk.
func unescape(name string) string {
	if !strings.Contains(name, `\#`) {
		return name
	}
	return escaped().ReplaceAllStringFunc(name, func(code string) string {
		b, _ := strconv.ParseUint(code[2:], 8, 8) // the pattern fits into a byte
		return string([]byte{byte(b)})
	})
}

// printable is a name for a person. One on the server may be anybody's.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, "\ufffd"))
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName-len("…")], "") + "…"
	}
	return name
}

func (d *Differences) change(name schema.VaultName, compared schema.Comparison, names int) schema.VaultChange {
	few := func(all []string) []string { return all[:min(names, len(all))] }
	return schema.VaultChange{
		Vault: name, Compared: compared, Added: d.Added, Changed: d.Changed, Deleted: d.Deleted,
		AddedBytes: d.AddedBytes, ChangedBytes: d.ChangedBytes,
		FirstAdded: few(d.FirstAdded), FirstChanged: few(d.FirstChanged), FirstDeleted: few(d.FirstDeleted),
	}
}
