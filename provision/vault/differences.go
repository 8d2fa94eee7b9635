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
	FirstAdded, FirstChanged, FirstDeleted []string // at most maxNames of each
	// Deletions counts folders, too: it is what rsync's --max-delete counts.
	Deletions int
	// Any is true where there is anything to do, if only to a folder's time.
	Any bool
}

const (
	maxNames = 10
	maxName  = 100 // bytes of one name
)

// deleting begins a line about a deletion; blanks up to where names begin follow, three
// of them since rsync 3.0.
const deleting = "*deleting "

// itemized matches what rsync prints of one file since 2.6.4 (rsync(1),
// --itemize-changes): what is done, to what kind of file, and nine or fewer flags.
var itemized = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[<>ch.]([fdLDS])([^ ]{7,9}) (.*)$`)
})

// Line takes one line that a [Transfer.Look] printed on its standard output. What is no
// line about a file is passed over.
func (d *Differences) Line(line string) {
	if rest, found := strings.CutPrefix(line, deleting); found {
		d.Any = true
		d.Deletions++
		name := strings.TrimPrefix(rest, "  ")
		if !strings.HasSuffix(name, "/") {
			count(&d.Deleted, &d.FirstDeleted, name)
		}
		return
	}
	match := itemized().FindStringSubmatch(line)
	if match == nil {
		return
	}
	d.Any = true
	kind, flags, name := match[1], match[2], match[3]
	if kind == "L" {
		name, _, _ = strings.Cut(name, " -> ")
	}
	switch {
	case kind == "d":
	case strings.HasPrefix(flags, "+"):
		count(&d.Added, &d.FirstAdded, name)
	default:
		count(&d.Changed, &d.FirstChanged, name)
	}
}

func count(n *int, first *[]string, name string) {
	*n++
	if len(*first) < maxNames {
		*first = append(*first, printable(name))
	}
}

// escaped matches a byte that rsync did not print as it is.
var escaped = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\#[0-3][0-7]{2}`) })

// printable is a name for a person. One on the server may be anybody's.
func printable(name string) string {
	name = escaped().ReplaceAllStringFunc(name, func(code string) string {
		b, _ := strconv.ParseUint(code[2:], 8, 8) // the pattern fits into a byte
		return string([]byte{byte(b)})
	})
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

// Change is the differences as a host is told of them.
func (d Differences) Change(name schema.VaultName, compared schema.Comparison) schema.VaultChange {
	return schema.VaultChange{
		Vault: name, Compared: compared, Added: d.Added, Changed: d.Changed, Deleted: d.Deleted,
		FirstAdded: d.FirstAdded, FirstChanged: d.FirstChanged, FirstDeleted: d.FirstDeleted,
	}
}
