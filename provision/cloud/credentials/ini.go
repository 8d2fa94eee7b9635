package credentials

import (
	"maps"
	"strings"

	"carapace/schema/text"
)

// iniFile is a parsed ini file: section, option, value. Option names are lower
// case, as Python's configparser makes them, which is what reads these files.
type iniFile map[string]map[string]string

// withDefaults is a section as Python's configparser shows it: what it does not set
// is that of [DEFAULT].
func (f iniFile) withDefaults(section map[string]string) map[string]string {
	all := maps.Clone(f[defaultSection])
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, section)
	return all
}

// parseINI reads an ini file by the rules of Python's strict configparser, which
// botocore uses: a duplicate section or option is an error there, and so here.
// The fault, where file is nil, says where it is malformed, never what stands there.
func parseINI(data []byte) (file iniFile, fault text.Text) {
	if strings.HasPrefix(string(data), "\ufeff") {
		return nil, text.New(&text.FaultByteOrderMark)
	}
	p := iniParser{file: iniFile{}}
	for line := range strings.SplitSeq(string(data), "\n") {
		p.number++
		if fault := p.line(strings.TrimRight(line, " \t\r\f\v")); fault.Code != "" {
			return nil, fault
		}
	}
	return p.file, text.Text{}
}

type iniParser struct {
	file    iniFile
	number  int // of the line, from 1
	section map[string]string
	option  string // the last one, which an indented line goes on with
	indent  int    // of that option's line
}

func (p *iniParser) line(line string) (fault text.Text) {
	words := strings.TrimLeft(line, " \t")
	indent := len(line) - len(words)
	switch {
	case words == "" || words[0] == '#' || words[0] == ';':
		return text.Text{}
	case p.option != "" && indent > p.indent:
		p.section[p.option] += "\n" + words
		return text.Text{}
	}
	p.indent = indent
	if words[0] == '[' {
		return p.header(words)
	}
	return p.assignment(words)
}

func (p *iniParser) header(words string) (fault text.Text) {
	end := strings.LastIndexByte(words, ']')
	if end < 2 {
		return text.New(&text.FaultLineHeader, text.Args{"line": p.number})
	}
	name := sectionName(words[1:end])
	if _, twice := p.file[name]; twice {
		return text.New(&text.FaultLineSection, text.Args{"line": p.number})
	}
	p.section, p.option = map[string]string{}, ""
	p.file[name] = p.section
	return text.Text{}
}

// sectionName undoes the quotes that the AWS CLI puts around a profile's name
// with a space in it: [profile "my account"].
func sectionName(raw string) string {
	kind, name, found := strings.Cut(strings.TrimSpace(raw), " ")
	name = strings.TrimSpace(name)
	if !found || len(name) < 2 || name[0] != name[len(name)-1] || name[0] != '"' && name[0] != '\'' {
		return strings.TrimSpace(raw)
	}
	return kind + " " + name[1:len(name)-1]
}

func (p *iniParser) assignment(words string) (fault text.Text) {
	at := strings.IndexAny(words, "=:")
	if at < 0 || strings.TrimSpace(words[:at]) == "" {
		return text.New(&text.FaultLineNeither, text.Args{"line": p.number})
	}
	if p.section == nil {
		return text.New(&text.FaultLineBefore, text.Args{"line": p.number})
	}
	option := strings.ToLower(strings.TrimSpace(words[:at]))
	if _, twice := p.section[option]; twice {
		return text.New(&text.FaultLineKey, text.Args{"line": p.number})
	}
	p.option = option
	p.section[option] = strings.TrimSpace(words[at+1:])
	return text.Text{}
}
