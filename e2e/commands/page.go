package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Block is a fenced block of a page that shows commands.
type Block struct {
	Page    string
	Line    int    // of its fence, from 1
	Console bool   // it has outputs, too
	Text    string // without the fences
	NotRun  string // why it is not run; "": it is

	Exit     int    // of its last command
	Simulate bool   // SkyPilot, ssh and rsync are those of the simulated cloud
	Typing   string // what a person types at each question; "": there is no terminal
	Index    bool   // it needs the Python package index
}

// Exchange is a command and what it prints.
type Exchange struct{ Command, Output string }

// excuses are the reasons for which a block may be left out.
var excuses = []string{"a paid account", "the lab", "the npm registry", "the test commands"}

// silent are the languages of blocks that show no commands.
var silent = []string{"text", "json", "ts", "toml", "yaml"}

var comment = regexp.MustCompile(`^<!-- (not run|run): (.*) -->$`)

// Blocks returns the blocks of a page that show commands. The error names the first block of which
// it is not clear whether and how it is run.
func Blocks(page, text string) (blocks []Block, err error) {
	before := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		language, fence := strings.CutPrefix(lines[i], "```")
		if !fence {
			before = lines[i]
			continue
		}
		b := Block{Page: page, Line: i + 1, Console: language == "console"}
		end := slices.Index(lines[i+1:], "```")
		if end < 0 {
			return nil, fmt.Errorf("%s:%d: the block has no end", page, b.Line)
		}
		b.Text = strings.Join(lines[i+1:i+1+end], "\n")
		i += end + 1
		switch {
		case slices.Contains(silent, language):
			before = ""
			continue
		case language != "sh" && language != "console":
			return nil, fmt.Errorf("%s:%d: a block of language %q: with commands it is sh or console, without one of %v", page, b.Line, language, silent)
		}
		if err := b.mark(before); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", page, b.Line, err)
		}
		before = ""
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// mark takes over what the line before the block says of it.
func (b *Block) mark(line string) error {
	found := comment.FindStringSubmatch(line)
	switch {
	case found == nil:
		return nil
	case found[1] == "not run":
		if !slices.Contains(excuses, found[2]) {
			return fmt.Errorf("%q is no reason not to run it; those are %q", found[2], excuses)
		}
		b.NotRun = found[2]
		return nil
	}
	for how := range strings.SplitSeq(found[2], ", ") {
		exit, isExit := strings.CutPrefix(how, "exit ")
		typed, isTyping := strings.CutPrefix(how, "typing ")
		switch {
		case isExit:
			code, err := strconv.Atoi(exit)
			if err != nil {
				return err
			}
			b.Exit = code
		case isTyping:
			b.Typing = typed
		case how == "with a simulated sky":
			b.Simulate = true
		case how == "from the package index":
			b.Index = true
		default:
			return fmt.Errorf("a block can't be run %q", how)
		}
	}
	return nil
}

// Exchanges returns the commands of a console block. What stands before the first is no
// command's output and is left out.
func (b Block) Exchanges() (all []Exchange) {
	for line := range strings.SplitSeq(b.Text, "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, Exchange{Command: command})
		} else if len(all) > 0 {
			all[len(all)-1].Output += line + "\n"
		}
	}
	return all
}

// varies are the parts of an output that are others each time.
var varies = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?`), "TIME"},
	{regexp.MustCompile(`(\d+ min )?\d+(\.\d+)? ?(m?s|min)\b`), "SECONDS"},
	{regexp.MustCompile(`\b127(\.\d+){3}\b`), "ADDRESS"},
	{regexp.MustCompile(`:\d{4,5}\b`), ":PORT"},
}

var anything = regexp.MustCompile(`(, )?\\\.\\\.\\\.`)

// Prints reports whether an output is the one that is shown, times, ids, addresses and ports apart.
func Prints(shown, got string) bool {
	for _, v := range varies {
		shown, got = v.pattern.ReplaceAllString(shown, v.instead), v.pattern.ReplaceAllString(got, v.instead)
	}
	pattern := anything.ReplaceAllString(regexp.QuoteMeta(strings.TrimSpace(shown)), "(?s:.*)")
	return regexp.MustCompile("^" + pattern + "$").MatchString(strings.TrimSpace(got))
}

var inline = regexp.MustCompile("`(?:\\./)?(?:carapace-)?sidecar ((?:[a-z-]+)(?: [^`]*)?)`")

// Inline returns the command lines of the sidecar that a page names within its text, without the
// program's name.
func Inline(text string) (lines []string) {
	for _, found := range inline.FindAllStringSubmatch(text, -1) {
		lines = append(lines, found[1])
	}
	return lines
}
