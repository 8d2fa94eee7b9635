// Package credentials looks for a cloud's credentials in the places that SkyPilot
// reads. It looks at environment variables and small files only; no subprocess, no
// network. What SkyPilot 0.14.1 makes of each file is its judge: TestSkyPilotAgrees
// runs SkyPilot's own functions over the homes of the tests.
package credentials

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// source is one place where credentials, or a part of them, can stand. A file
// has paths, an environment has vars; all vars must be set together.
type source struct {
	vars    []string
	pathVar string   // a variable that names the file instead of paths
	list    bool     // pathVar names several files, as PATH does; each holds a part
	paths   []string // "~/" is the home folder, "$XDG_CONFIG_HOME/" that variable's
	format  format
	keys    []string // what the file must hold
	// check looks at what is special to a well-formed file; nil: nothing is.
	check func(e Environment, content []byte) problem
	form  *text.Entry // what SkyPilot reads there, for a person; nil: Cloud.Setup says it
	// public are the variables or keys whose values are no secrets and together
	// say whose credentials these are; the provider ties them to the secret.
	public []string
}

// need is met by the first of its sources that is there.
type need struct {
	sources []source
	// setting is a path in SkyPilot's own configuration that meets the need instead.
	setting []string
	// unmarked: another need of the cloud tells whose credentials these are.
	unmarked bool
}

// finding is what a look at a place gave.
type finding struct {
	found   bool
	source  text.Text   // where, as people know it
	looked  []text.Text // where nothing was
	problem problem     // what is wrong there

	from    source // where found: the source, and of a file
	path    string // its absolute path
	content []byte // and what stands in it
}

// Find looks for a cloud's credentials in the places that SkyPilot reads, and at
// whether what stands there can be credentials at all; only the cloud knows whether
// they are valid. profile is Spec.Profile and counts for AWS only. The error is nil
// where they are there and nothing is wrong with them, otherwise of kind
// credentials_missing or credentials_invalid; Credentials.Problem says the same for
// a list. No secret value is ever in either. It reads a few small files, and starts
// and connects to nothing, but for e.InShell.
func Find(c cloud.Cloud, e Environment, profile string) (schema.Credentials, *schema.Error) {
	result := schema.Credentials{Hint: c.Setup.Message, HintText: text.New(c.Setup), Profiles: profiles(c, e)}
	var sources, missed []text.Text
	for _, f := range find(c, e, profile) {
		switch {
		case f.problem.is():
			return wrong(c, result, f)
		case !f.found:
			missed = append(missed, f.looked...)
		default:
			sources = append(sources, f.source)
		}
	}
	result.Source, result.Sources = strings.Join(text.Messages(sources...), ", "), sources
	result.Missing, result.Absent = text.Messages(missed...), missed
	if missed != nil || sources == nil {
		if name := onlyInShell(c, e); name != "" && profile == "" {
			return shellOnly(c, result, name)
		}
		return result, missing(c, missed)
	}
	result.Present = true
	result.Absent = wanting(c, e)
	result.Missing = text.Messages(result.Absent...)
	return result, nil
}

// profiles are the names that Spec.Profile may be.
func profiles(c cloud.Cloud, e Environment) []string {
	if c.ID != "aws" {
		return nil
	}
	files, _ := readAWSFiles(e)
	return files.profiles()
}

// find looks at everything that is needed. The needs of AWS depend on each other
// (a profile in one file refers to another), so it has a function of its own.
func find(c cloud.Cloud, e Environment, profile string) []finding {
	if c.ID == "aws" {
		return []finding{findAWS(e, profile)}
	}
	var findings []finding
	for _, n := range needsOf(c.ID) {
		findings = append(findings, n.find(e))
	}
	return findings
}

func (n need) find(e Environment) finding {
	var looked []text.Text
	for _, s := range n.sources {
		f := s.find(e)
		if f.found || f.problem.is() {
			return f
		}
		looked = append(looked, f.looked...)
	}
	if value := e.setting(n.setting...); value != "" {
		return finding{found: true, source: fileAt(skyConfig)}
	}
	return finding{looked: looked}
}

func (s source) find(e Environment) finding {
	if s.vars != nil {
		return s.findVars(e)
	}
	var looked []text.Text
	for _, path := range s.files(e) {
		expanded := e.expand(path)
		path = e.homeless(expanded)
		content, found, wrong := e.read(expanded)
		if !wrong.is() && found && !(s.list && len(s.files(e)) > 1) {
			wrong = s.judge(e, content)
		}
		if found {
			return finding{found: true, source: fileAt(path), problem: wrong, from: s, path: expanded, content: content}
		}
		looked = append(looked, fileAt(path))
	}
	return finding{looked: looked}
}

func (s source) judge(e Environment, content []byte) problem {
	if p := s.format.judge(content, s.keys); p.is() || s.check == nil {
		return p
	}
	return s.check(e, content)
}

// files is where to look: what pathVar names, else the usual paths.
func (s source) files(e Environment) []string {
	if s.pathVar == "" || e.Getenv(s.pathVar) == "" {
		return s.paths
	}
	if s.list {
		return filepath.SplitList(e.Getenv(s.pathVar))
	}
	return []string{e.Getenv(s.pathVar)}
}

func (s source) findVars(e Environment) finding {
	for _, v := range s.vars {
		if e.Getenv(v) == "" {
			return finding{looked: []text.Text{s.absentVars()}}
		}
		if flaw := flawOf(e.Getenv(v)); flaw != plausible {
			return finding{
				source:  text.New(&text.PlaceVariable, text.Args{"variable": v}),
				problem: problem{kind: schema.ProblemMalformed, said: flaw.ofWhole(), hint: text.New(&text.HintUnsetVariable, text.Args{"variable": v})},
			}
		}
	}
	if len(s.vars) == 1 {
		return finding{found: true, source: text.New(&text.PlaceVariable, text.Args{"variable": s.vars[0]}), from: s}
	}
	return finding{found: true, source: text.New(&text.PlaceVariables, text.Args{"variable": s.vars[0], "further": s.vars[1]}), from: s}
}

// absentVars names the variables, of which there are one or two.
func (s source) absentVars() text.Text {
	if len(s.vars) == 1 {
		return text.New(&text.AbsentVariable, text.Args{"variable": s.vars[0]})
	}
	return text.New(&text.AbsentVariables, text.Args{"variable": s.vars[0], "further": s.vars[1]})
}

func fileAt(path string) text.Text { return text.New(&text.PlaceFile, text.Args{"path": path}) }

// onlyInShell is a variable that would be, or name, this cloud's credentials and is
// set in the login shell alone; "" where there is none.
func onlyInShell(c cloud.Cloud, e Environment) string {
	if e.InShell == nil {
		return ""
	}
	for _, names := range variables(c) {
		if !slices.ContainsFunc(names, func(name string) bool { return e.Getenv(name) == "" && !e.InShell(name) }) {
			return names[slices.IndexFunc(names, func(name string) bool { return e.Getenv(name) == "" })]
		}
	}
	return ""
}

// variables are those that are, or name, a cloud's credentials; each list is one way,
// and all of it must be set.
func variables(c cloud.Cloud) (ways [][]string) {
	if c.ID == "aws" {
		return [][]string{
			{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
			{"AWS_DEFAULT_PROFILE"},
			{"AWS_PROFILE"},
			{"AWS_SHARED_CREDENTIALS_FILE"},
			{"AWS_CONFIG_FILE"},
			{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"},
		}
	}
	for _, n := range needsOf(c.ID) {
		for _, s := range n.sources {
			switch {
			case s.vars != nil:
				ways = append(ways, s.vars)
			case s.pathVar != "":
				ways = append(ways, []string{s.pathVar})
			case slices.ContainsFunc(s.paths, func(path string) bool { return strings.HasPrefix(path, xdgConfig) }):
				ways = append(ways, []string{"XDG_CONFIG_HOME"})
			}
		}
	}
	return ways
}

// wanting lists what SkyPilot will ask for besides credentials and that is not
// there: programs, and what only some logins need.
func wanting(c cloud.Cloud, e Environment) []text.Text {
	var absent []text.Text
	for _, tool := range c.Tools {
		if !e.LookPath(tool) {
			absent = append(absent, text.New(&text.AbsentProgram, text.Args{"tool": tool}))
		}
	}
	if c.ID == "gcp" {
		absent = append(absent, wantingGCP(e)...)
	}
	return absent
}

func missing(c cloud.Cloud, looked []text.Text) *schema.Error {
	return refusal(c, schema.Fail(schema.KindCredentialsMissing, &text.CredentialsMissing, text.Args{"cloud": c.Name, "looked": looked}), text.New(c.Setup))
}

// wrong is the answer where something is wrong with what was found.
func wrong(c cloud.Cloud, result schema.Credentials, f finding) (schema.Credentials, *schema.Error) {
	result.Source, result.Sources, result.Missing, result.Absent = f.source.Message(), []text.Text{f.source}, nil, nil
	e := schema.Fail(schema.KindCredentialsInvalid, &text.CredentialsWrong, text.Args{"cloud": c.Name, "source": f.source, "fault": f.problem.said})
	return problematic(result, f.problem.kind, refusal(c, e, f.mend(c)...))
}

// shellOnly is the answer where the credentials are in the login shell alone. A
// program that a desktop has started has another environment.
func shellOnly(c cloud.Cloud, result schema.Credentials, name string) (schema.Credentials, *schema.Error) {
	e := schema.Fail(schema.KindCredentialsMissing, &text.CredentialsInShell, text.Args{"variable": name, "cloud": c.Name})
	return problematic(result, schema.ProblemShellOnly, refusal(c, e, text.New(c.Setup)))
}

func problematic(result schema.Credentials, what schema.ProblemKind, e *schema.Error) (schema.Credentials, *schema.Error) {
	result.Problem = &schema.CredentialsProblem{Kind: what, Message: e.Message, Hint: e.Hint, Texts: e.Texts(), Hints: e.HintTexts()}
	return result, e
}

func refusal(c cloud.Cloud, e *schema.Error, hints ...text.Text) *schema.Error {
	e = e.AndHint(hints...).WithProvider(c.ID)
	e.Docs = c.Docs
	return e
}

// homeless writes a path under the home folder with "~", as people know it.
func (e Environment) homeless(path string) string {
	if rest, found := strings.CutPrefix(path, e.Home+string(os.PathSeparator)); found && e.Home != "" {
		return "~/" + filepath.ToSlash(rest)
	}
	return path
}
