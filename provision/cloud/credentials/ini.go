package credentials

import (
	"fmt"
	"maps"
	"strings"
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
// The problem is "" or says where the file is malformed, never what stands there.
func parseINI(data []byte) (file iniFile, problem string) {
	if strings.HasPrefix(string(data), "\ufeff") {
		return nil, "it begins with a byte order mark (save it as UTF-8 without one)"
	}
	p := iniParser{file: iniFile{}}
	for i, line := range strings.Split(string(data), "\n") {
		if problem := p.line(strings.TrimRight(line, " \t\r\f\v")); problem != "" {
			return nil, fmt.Sprintf("line %d %s", i+1, problem)
		}
	}
	return p.file, ""
}

type iniParser struct {
	file    iniFile
	section map[string]string
	option  string // the last one, which an indented line goes on with
	indent  int    // of that option's line
}

func (p *iniParser) line(line string) (problem string) {
	text := strings.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	switch {
	case text == "" || text[0] == '#' || text[0] == ';':
		return ""
	case p.option != "" && indent > p.indent:
		p.section[p.option] += "\n" + text
		return ""
	}
	p.indent = indent
	if text[0] == '[' {
		return p.header(text)
	}
	return p.assignment(text)
}

func (p *iniParser) header(text string) (problem string) {
	end := strings.LastIndexByte(text, ']')
	if end < 2 {
		return "is a section header without a name or without its ]"
	}
	name := sectionName(text[1:end])
	if _, twice := p.file[name]; twice {
		return "begins a section for the second time"
	}
	p.section, p.option = map[string]string{}, ""
	p.file[name] = p.section
	return ""
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

func (p *iniParser) assignment(text string) (problem string) {
	at := strings.IndexAny(text, "=:")
	if at < 0 || strings.TrimSpace(text[:at]) == "" {
		return "is neither a [section] nor a key = value"
	}
	if p.section == nil {
		return "stands before the first [section]"
	}
	option := strings.ToLower(strings.TrimSpace(text[:at]))
	if _, twice := p.section[option]; twice {
		return "sets its key for the second time"
	}
	p.option = option
	p.section[option] = strings.TrimSpace(text[at+1:])
	return ""
}
