// Package credentials looks for a cloud's credentials in the places that SkyPilot
// reads. It looks at environment variables and small files only; no subprocess, no
// network.
package credentials

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
)

// source is one place where credentials, or a part of them, can stand. A file
// has paths, an environment has vars; all vars must be set together.
type source struct {
	vars    []string
	pathVar string   // a variable that names the file instead of paths
	list    bool     // pathVar names several files, as PATH does; each holds a part
	paths   []string // "~/" is the home folder, "$NAME/" a variable's value
	format  format
	keys    []string // what the file must hold
	// public are the variables or keys whose values are no secrets and together
	// say whose credentials these are; the provider ties them to the secret.
	public []string
}

// need is met by the first of its sources that is there. An optional one is only
// reported: SkyPilot asks for it in some set-ups and not in others.
type need struct {
	sources  []source
	optional bool
}

// finding is what a look at a place gave.
type finding struct {
	found   bool
	source  string   // where
	looked  []string // where nothing was
	problem string   // what is malformed there; "" where nothing is

	from    source // where found: the source, and of a file
	path    string // its absolute path
	content []byte // and what stands in it
}

// Find looks for a cloud's credentials in the places that SkyPilot
// reads, and at whether what stands there can be credentials at all; only the
// cloud knows whether they are valid. profile is Spec.Profile and counts for AWS
// only. The error is nil where they are there and well formed, otherwise of kind
// credentials_missing or credentials_invalid. No secret value is ever in either.
// It reads a few small files, and starts and connects to nothing.
func Find(c cloud.Cloud, e Environment, profile string) (schema.Credentials, *schema.Error) {
	result := schema.Credentials{Hint: c.Setup}
	var sources []string
	for _, f := range find(c, e, profile) {
		switch {
		case f.problem != "":
			return malformed(c, result, f)
		case !f.found:
			result.Missing = append(result.Missing, f.looked...)
		default:
			sources = append(sources, f.source)
		}
	}
	result.Source = strings.Join(sources, ", ")
	if result.Missing != nil || sources == nil {
		return result, missing(c, result)
	}
	result.Present = true
	result.Missing = wanting(c, e)
	return result, nil
}

// find looks at everything that is needed. The needs of AWS depend on each other
// (a profile in one file refers to another), so it has a function of its own.
func find(c cloud.Cloud, e Environment, profile string) []finding {
	if c.ID == "aws" {
		return []finding{findAWS(e, profile)}
	}
	var findings []finding
	for _, n := range needsOf(c.ID) {
		if !n.optional {
			findings = append(findings, n.find(e))
		}
	}
	return findings
}

func (n need) find(e Environment) finding {
	var looked []string
	for _, s := range n.sources {
		f := s.find(e)
		if f.found || f.problem != "" {
			return f
		}
		looked = append(looked, f.looked...)
	}
	return finding{looked: looked}
}

func (s source) find(e Environment) finding {
	if s.vars != nil {
		return s.findVars(e)
	}
	var looked []string
	for _, path := range s.files(e) {
		expanded, ok := e.expand(path)
		if !ok {
			continue
		}
		content, found, problem := e.read(expanded)
		if problem == "" && found && !(s.list && len(s.files(e)) > 1) {
			problem = s.format.malformed(content, s.keys)
		}
		if found {
			return finding{found: true, source: path, problem: problem, from: s, path: expanded, content: content}
		}
		looked = append(looked, path)
	}
	return finding{looked: looked}
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
	name := strings.Join(s.vars, " and ")
	for _, v := range s.vars {
		if e.Getenv(v) == "" {
			return finding{looked: []string{name}}
		}
		if problem := implausible(e.Getenv(v)); problem != "" {
			return finding{source: "the environment variable " + v, problem: "it " + problem}
		}
	}
	return finding{found: true, source: name, from: s}
}

// wanting lists what SkyPilot will ask for besides credentials and that is not
// there: programs, and files of a login that only some set-ups need.
func wanting(c cloud.Cloud, e Environment) []string {
	var absent []string
	for _, tool := range c.Tools {
		if !e.LookPath(tool) {
			absent = append(absent, "the program "+tool)
		}
	}
	for _, n := range needsOf(c.ID) {
		if f := n.find(e); n.optional && !f.found {
			absent = append(absent, f.looked...)
		}
	}
	return absent
}

func missing(c cloud.Cloud, found schema.Credentials) *schema.Error {
	message := fmt.Sprintf("There are no credentials for %s on this machine: there is no %s.", c.Name, strings.Join(found.Missing, ", no "))
	return refusal(c, schema.KindCredentialsMissing, message)
}

func malformed(c cloud.Cloud, result schema.Credentials, f finding) (schema.Credentials, *schema.Error) {
	result.Source = f.source
	message := fmt.Sprintf("The credentials for %s in %s can't be right: %s.", c.Name, f.source, f.problem)
	return result, refusal(c, schema.KindCredentialsInvalid, message)
}

func refusal(c cloud.Cloud, kind schema.Kind, message string) *schema.Error {
	err := schema.NewError(kind, message, c.Setup).WithProvider(c.ID)
	err.Docs = c.Docs
	return err
}

// homeless writes a path under the home folder with "~", as people know it.
func (e Environment) homeless(path string) string {
	if rest, found := strings.CutPrefix(path, e.Home+string(os.PathSeparator)); found && e.Home != "" {
		return "~/" + filepath.ToSlash(rest)
	}
	return path
}
