package text

import (
	"compress/flate"
	_ "embed"
	"io"
	"strings"
)

// Language is a language that texts are said in: its words, and how it writes numbers, money and times.
// It does not change, and is safe for concurrent use.
type Language struct {
	Tag     string // as in BCP 47
	words   map[Code]*Entry
	decimal string  // between the whole and the rest of a number
	before  string  // what stands before an amount of dollars
	after   string  // what stands after one
	open    string  // the quotation mark before somebody else's words
	close   string  // the one after them
	day     string  // a time with its date, as package time lays it out
	packed  *string // the words as they are in the binary; nil for English
}

// English is the language of the registry.
var English = &Language{Tag: "en", decimal: ".", before: "$", open: "“", close: "”", day: "2 January 2006, 15:04"}

// languages are those that have a catalogue, without their words.
var languages = []Language{
	{Tag: "de", decimal: ",", after: " $", open: "„", close: "“", day: "02.01.2006, 15:04", packed: &german},
	{Tag: "es", decimal: ",", after: " US$", open: "«", close: "»", day: "02/01/2006, 15:04", packed: &spanish},
}

// The words of each language but English: what [Pack] makes of catalogs/TAG.json, deflated.
var (
	//go:embed catalogs/de.deflate
	german string
	//go:embed catalogs/es.deflate
	spanish string
)

// Tags are the languages that there are, English first.
func Tags() []string {
	tags := []string{English.Tag}
	for _, l := range languages {
		tags = append(tags, l.Tag)
	}
	return tags
}

// In returns the language of a BCP 47 tag: what stands before its first hyphen decides. It is
// English where there is none of it, and where its catalogue is damaged. It takes some milliseconds of
// processor time where it is not English: the catalogue is unpacked then.
func In(tag string) *Language {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	for _, l := range languages {
		if !strings.EqualFold(l.Tag, base) {
			continue
		}
		var err error
		if l.words, err = unpack(*l.packed); err != nil {
			return English
		}
		return &l
	}
	return English
}

// Pack returns a catalogue in the form that the binary holds: the title, message and hint of each entry, in the
// order of the registry; the codes are not repeated. words holds every code of the registry.
func Pack(words map[Code]Entry) string {
	var out strings.Builder
	for _, e := range registry {
		said := words[e.Code]
		out.WriteString(said.Title + "\t" + said.Message + "\t" + said.Hint + "\n")
	}
	return out.String()
}

func unpack(packed string) (map[Code]*Entry, error) {
	all, err := io.ReadAll(flate.NewReader(strings.NewReader(packed)))
	if err != nil {
		return nil, err
	}
	words := make(map[Code]*Entry, len(registry))
	rest := string(all)
	for _, e := range registry {
		said := &Entry{Code: e.Code}
		said.Title, rest, _ = strings.Cut(rest, "\t")
		said.Message, rest, _ = strings.Cut(rest, "\t")
		said.Hint, rest, _ = strings.Cut(rest, "\n")
		words[e.Code] = said
	}
	return words, nil
}
