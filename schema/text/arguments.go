package text

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Format is how an argument is written.
type Format string

// The formats.
const (
	Plain     Format = "plain"     // a name, or words, as they are; a number in its shortest form
	Foreign   Format = "foreign"   // words of somebody else, made a sentence with a full stop
	Dollars   Format = "dollars"   // US dollars with as many decimals as there are, two at least and four at most; under a dollar four digits that count
	Reckoned  Format = "reckoned"  // about how many US dollars, rounded to cents
	Rounded   Format = "rounded"   // US dollars, rounded to whole ones
	Clock     Format = "clock"     // a time, as hours and minutes of this computer's time zone
	Exact     Format = "exact"     // a time, with seconds
	Day       Format = "day"       // a time, with its date
	Duration  Format = "duration"  // a number of seconds, in a unit that a person counts in
	Elapsed   Format = "elapsed"   // a number of seconds, as hours, minutes and seconds: 1 min 20 s
	List      Format = "list"      // words or texts, with commas
	Absent    Format = "absent"    // words or texts, each with “no” before it
	Sentences Format = "sentences" // one or more texts
	Quoted    Format = "quoted"    // words of a program, in quotation marks
	Said      Format = "said"      // words of somebody else, between “ and ”
	Cloud     Format = "cloud"     // a cloud's name; where there is none, the words of the entry cloud.unknown, as the place in the sentence asks
	Status    Format = "status"    // a server's status, in the words of the entries status.*
	Operation Format = "operation" // an operation's kind, in the words of the entries operation.*
	Vault     Format = "vaultname" // which of the vaults it is, in the words of the entries vaultname.*
	Setting   Format = "setting"   // a field of the spec, in the words of the entries setting.*
)

// Argument is one name that placeholders use. It means the same in every entry.
type Argument struct {
	Name    string
	Format  Format
	Meaning string
}

// Arguments are all arguments.
var Arguments = []Argument{
	{"name", Plain, "the server's name"},
	{"user", Plain, "the login name of a user of SkyPilot"},
	{"cloud", Cloud, "the cloud's name; empty where it is not known"},
	{"place", Plain, "a cloud and, where it is known, a region"},
	{"region", Plain, "a region, or several"},
	{"size", Plain, "a machine type"},
	{"vault", Vault, "a vault: public or private"},
	{"path", Plain, "a file or folder"},
	{"folder", Plain, "another folder"},
	{"target", Plain, "where a link leads, or where something is mounted"},
	{"first", Plain, "the first file of several"},
	{"field", Plain, "a field of the request, as the caller wrote it"},
	{"variable", Plain, "an environment variable"},
	{"problem", Plain, "what the operating system says"},
	{"said", Said, "words of a program or a cloud, without a full stop"},
	{"files", Plain, "a number of files"},
	{"most", Plain, "the most that is taken"},
	{"version", Plain, "a version"},
	{"minimum", Plain, "the oldest version that works"},
	{"url", Plain, "an address of the web"},
	{"newest", Plain, "the newest version that works"},
	{"asked", Plain, "the version that was asked for"},
	{"method", Plain, "a method's name"},
	{"tool", Plain, "a program's name"},
	{"command", Plain, "a command line"},
	{"fingerprint", Plain, "an SSH key's fingerprint"},
	{"source", Plain, "where a price is from, or where credentials stand: words, or a text"},
	{"key", Plain, "the name of a value in a file, or of a variable"},
	{"further", Plain, "another environment variable"},
	{"file", Plain, "another file"},
	{"section", Plain, "a section of a file"},
	{"session", Plain, "the name of an SSO session"},
	{"line", Plain, "a line's number"},
	{"number", Plain, "which one of several it is"},
	{"finder", Plain, "how a program was found"},
	{"log", Plain, "which log it is: provision, setup or run"},
	{"extra", Plain, "what is added to SkyPilot for a cloud, in the words of Python packages"},
	{"program", Plain, "the path of a program"},
	{"request", Plain, "SkyPilot's name for a request"},
	{"date", Plain, "a day, as the source writes it"},
	{"doing", Operation, "what a process does, as its lease says"},
	{"words", Foreign, "words that have no code"},
	{"beginning", Quoted, "how a line begins"},
	{"profile", Quoted, "the name of a profile"},
	{"value", Quoted, "what was asked for"},
	{"other", Quoted, "what was asked for beside it"},
	{"given", Quoted, "what a request gave"},
	{"state", Quoted, "a state in SkyPilot's words"},
	{"hourly", Dollars, "the price of an hour"},
	{"total", Reckoned, "what a server has cost"},
	{"spot", Dollars, "the price of an hour of a spot machine"},
	{"monthly", Rounded, "the price of a month"},
	{"price", Dollars, "the price of an hour"},
	{"limit", Dollars, "the limit of the price of an hour"},
	{"at", Clock, "when it happened"},
	{"now", Day, "what this computer's clock shows"},
	{"ended", Day, "when a server, a session or a login ended"},
	{"launched", Day, "when a server was launched"},
	{"written", Day, "when files were changed last"},
	{"since", Exact, "since when"},
	{"port", Plain, "a network port"},
	{"answer", Plain, "the status that a web server answers with, such as 503"},
	{"pid", Plain, "a process's id"},
	{"tries", Plain, "how many places were asked, with this one"},
	{"minutes", Plain, "a number of minutes"},
	{"packages", Plain, "a number of Python packages"},
	{"megabytes", Plain, "a number of megabytes"},
	{"need", Plain, "how many gigabytes are needed"},
	{"free", Plain, "how many gigabytes are free"},
	{"amount", Plain, "how much it is"},
	{"least", Plain, "the least that is taken"},
	{"bytes", Plain, "a number of bytes"},
	{"gigabytes", Plain, "a number of gigabytes"},
	{"added", Plain, "a number of files"},
	{"changed", Plain, "a number of files"},
	{"deleted", Plain, "a number of files"},
	{"cpus", Plain, "a number of virtual processors"},
	{"memory", Plain, "gigabytes of memory"},
	{"disk", Plain, "gigabytes of disk"},
	{"item", Plain, "one of several things"},
	{"sizes", List, "what a machine has"},
	{"options", List, "what can be chosen"},
	{"names", List, "clouds, as a person calls them"},
	{"profiles", List, "the names of profiles"},
	{"logs", List, "the logs that there are"},
	{"users", List, "other users of this computer"},
	{"wanted", List, "files or programs that SkyPilot wants"},
	{"clouds", List, "clouds, as the spec names them"},
	{"looked", Absent, "where nothing was found"},
	{"seconds", Duration, "how long"},
	{"waited", Elapsed, "how long until now"},
	{"heard", Sentences, "what was said last"},
	{"why", Sentences, "the reason"},
	{"found", Sentences, "how a program was found; no text where that is not known"},
	{"holder", Sentences, "which process it is; no text where that is not known"},
	{"compared", Sentences, "how files were compared"},
	{"fault", Sentences, "what is wrong with credentials"},
	{"form", Sentences, "what SkyPilot reads in a file"},
	{"named", Sentences, "what named a folder"},
	{"attempt", Sentences, "what was tried and did not happen; no text where that needs no saying"},
	{"where", Sentences, "in which regions; no text where that is not known"},
	{"setup", Sentences, "how a person gets the cloud's credentials"},
	{"status", Status, "the server's status"},
	{"operation", Operation, "the kind of operation"},
	{"successor", Operation, "the kind of the operation that came instead"},
	{"setting", Setting, "a field of the spec"},
}

// FormatOf returns the format of an argument, Plain if there is none of that name.
func FormatOf(name string) (Format, bool) {
	i := slices.IndexFunc(Arguments, func(a Argument) bool { return a.Name == name })
	if i < 0 {
		return Plain, false
	}
	return Arguments[i].Format, true
}

// write writes a value in a format; one that the format is not for as it is.
func (l *Language) write(value any, format Format) string {
	switch v := value.(type) {
	case nil: // no texts, as they come back from JSON
		return ""
	case string:
		return l.writeString(v, format)
	case float64:
		return l.writeNumber(v, format)
	case []string:
		return l.writeList(v, format)
	case Text:
		return l.Message(v)
	case []Text:
		if format != List && format != Absent {
			return l.Join(v...)
		}
		return l.writeList(l.Messages(v...), format)
	}
	return "…"
}

func (l *Language) writeList(list []string, format Format) string {
	if format != Absent {
		return strings.Join(list, ", ")
	}
	absent := make([]string, len(list))
	for i, item := range list {
		absent[i] = l.Message(Text{ListAbsent.Code, Args{"item": item}})
	}
	return strings.Join(absent, ", ")
}

func (l *Language) writeString(v string, format Format) string {
	switch format {
	case Foreign:
		return Sentence(v)
	case Quoted:
		quoted := strconv.Quote(v)
		if l == English {
			return quoted
		}
		return l.quote(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
	case Said: // whoever speaks stands between quotes: nobody speaks in Carapace's voice but Carapace
		return l.quote(v)
	case Cloud:
		switch v {
		case "":
			return l.Message(Text{Code: CloudUnknown.Code})
		case CloudOwnMachines.Message: // the one cloud whose name is words
			return l.Message(Text{Code: CloudOwnMachines.Code})
		}
	case Status, Operation, Vault, Setting:
		term := Text{Code: Code(string(format) + "." + snake(v))}
		if _, known := Find(term.Code); known {
			return l.Message(term)
		}
	case Clock, Exact, Day:
		at, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return v
		}
		layouts := map[Format]string{Clock: "15:04", Exact: "15:04:05", Day: l.day}
		return at.Local().Format(layouts[format])
	}
	return v
}

// quote puts words between quotation marks that do not occur in them.
func (l *Language) quote(words string) string {
	return l.open + strings.NewReplacer(l.open, "'", l.close, "'").Replace(words) + l.close
}

// snake writes a camelCase word as a code has it.
func snake(word string) string {
	var out strings.Builder
	for _, r := range word {
		if unicode.IsUpper(r) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

func (l *Language) writeNumber(v float64, format Format) string {
	switch format {
	case Reckoned:
		return l.reckoned(v)
	case Rounded:
		return l.money(strconv.FormatFloat(v, 'f', 0, 64))
	case Dollars:
		return l.money(dollars(v))
	case Duration:
		return l.duration(v)
	case Elapsed:
		return Span(time.Duration(v) * time.Second)
	}
	return l.number(strconv.FormatFloat(v, 'f', -1, 64))
}

// number writes a number with the language's decimal mark.
func (l *Language) number(digits string) string { return strings.Replace(digits, ".", l.decimal, 1) }

func (l *Language) money(digits string) string { return l.before + l.number(digits) + l.after }

// duration writes seconds in a unit that a person counts in.
func (l *Language) duration(seconds float64) string {
	unit, amount := &TimeHours, seconds/60/60
	switch {
	case seconds < 2*60:
		unit, amount = &TimeSeconds, seconds
	case seconds < 2*60*60:
		unit, amount = &TimeMinutes, seconds/60
	}
	return l.Message(Text{unit.Code, Args{"amount": math.Trunc(amount)}})
}

// Span writes a duration with the signs of its units, which are those of most languages: 8 s, 1 min 20 s, 2 h 5 min.
func Span(d time.Duration) string {
	switch s := int(d.Round(time.Second).Seconds()); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 60*60:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %d min", s/60/60, s/60%60)
	}
}

// Time writes when something was, by the clock of whoever reads it, as a sentence of English has it.
func Time(at time.Time) string { return at.Local().Format(English.day) }

// reckoned writes an amount that was reckoned; one of less than a cent is not written as none.
func (l *Language) reckoned(amount float64) string {
	if amount > 0 && amount < 0.01 {
		return l.Message(Text{Code: MoneyUnderCent.Code})
	}
	return l.Message(Text{MoneyAbout.Code, Args{"hourly": math.Round(amount*100) / 100}})
}

// dollars writes a price with as many decimals as it has: two at least, four at most, but under a dollar four digits after the zeros.
func dollars(price float64) string {
	if price > 0 && price < 1 {
		price, _ = strconv.ParseFloat(strconv.FormatFloat(price, 'g', 4, 64), 64)
	} else {
		price = math.Round(price*1e4) / 1e4
	}
	written := strconv.FormatFloat(price, 'f', -1, 64)
	if _, decimals, _ := strings.Cut(written, "."); len(decimals) < 2 {
		return strconv.FormatFloat(price, 'f', 2, 64)
	}
	return written
}

// Sentence returns words with a full stop at their end, unless they end with punctuation.
func Sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?…:") {
		return s
	}
	return s + "."
}

// Shorten returns words as a sentence may repeat them: what is longer than most bytes is cut, at a character, and ends in "…".
func Shorten(words string, most int) string {
	if len(words) <= most {
		return words
	}
	return strings.ToValidUTF8(words[:most-len("…")], "") + "…"
}

// Resources says a machine's size, without what is 0; nothing where all is.
func Resources(cpus, memoryGB float64, diskGB int) Text {
	var parts []Text
	for _, part := range []struct {
		entry Entry
		name  string
		value float64
	}{{MachineCPUs, "cpus", cpus}, {MachineMemory, "memory", memoryGB}, {MachineDisk, "disk", float64(diskGB)}} {
		if part.value > 0 {
			parts = append(parts, Text{part.entry.Code, Args{part.name: part.value}})
		}
	}
	if parts == nil {
		return Text{}
	}
	return Text{MachineSize.Code, Args{"sizes": parts}}
}
