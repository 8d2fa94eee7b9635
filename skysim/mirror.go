package skysim

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// mirrorOptions are the two ways in which files come to a machine: SkyPilot's
// (ignore, never delete) and rsync -a --delete (everything, exactly).
type mirrorOptions struct{ ignore, remove bool }

// mirror copies a file or a folder's contents to a place; symbolic links are
// copied as links.
func mirror(from, to string, o mirrorOptions) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return copyFile(from, to, info)
	}
	return mirrorFolder(from, to, o, rootRules(from, o.ignore))
}

func mirrorFolder(from, to string, o mirrorOptions, rules ruleSet) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	rules = rules.enter(from)
	keep := map[string]bool{}
	for _, entry := range entries {
		if rules.ignored(filepath.Join(from, entry.Name()), entry.IsDir()) {
			continue
		}
		keep[entry.Name()] = true
		if err := mirrorEntry(from, to, entry, o, rules); err != nil {
			return err
		}
	}
	if !o.remove {
		return nil
	}
	return removeOthers(to, keep)
}

func mirrorEntry(from, to string, entry fs.DirEntry, o mirrorOptions, rules ruleSet) error {
	source, target := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
	// what stands there as another kind of thing gives way
	if there, err := os.Lstat(target); err == nil && there.Mode().Type() != entry.Type() {
		if err := os.RemoveAll(target); err != nil {
			return err
		}
	}
	switch {
	case entry.IsDir():
		return mirrorFolder(source, target, o, rules)
	case entry.Type()&fs.ModeSymlink != 0:
		link, err := os.Readlink(source)
		if err != nil {
			return err
		}
		_ = os.Remove(target) // it may not be there
		return os.Symlink(link, target)
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	return copyFile(source, target, info)
}

func copyFile(from, to string, info fs.FileInfo) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	_ = os.Remove(to) // a read-only file cannot be written over
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

func removeOthers(folder string, keep map[string]bool) error {
	there, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range there {
		if !keep[entry.Name()] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
		}
	}
	return err
}

// rule is one line of an ignore file.
type rule struct {
	base     string // the folder that it stands in
	pattern  string
	negated  bool
	folder   bool // only folders
	anchored bool // only at its own folder
}

// ruleSet is what rsync's filters come to: .skyignore at the root if there is
// one, or else the .gitignore of every folder on the way down.
type ruleSet struct {
	on    bool
	merge bool // read .gitignore in every folder
	rules []rule
}

func rootRules(root string, on bool) ruleSet {
	set := ruleSet{on: on, merge: on}
	if !on {
		return set
	}
	if rules, ok := readRules(root, ".skyignore"); ok {
		return ruleSet{on: true, rules: rules}
	}
	rules, _ := readRules(root, filepath.Join(".git", "info", "exclude"))
	set.rules = rules
	return set
}

func (s ruleSet) enter(folder string) ruleSet {
	if !s.merge {
		return s
	}
	rules, _ := readRules(folder, ".gitignore")
	s.rules = append(s.rules[:len(s.rules):len(s.rules)], rules...)
	return s
}

func readRules(folder, name string) ([]rule, bool) {
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, false
	}
	var rules []rule
	for line := range strings.Lines(string(data)) {
		if r, ok := parseRule(folder, line); ok {
			rules = append(rules, r)
		}
	}
	return rules, true
}

func parseRule(base, line string) (rule, bool) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return rule{}, false
	}
	r := rule{base: base}
	line, r.negated = cutPrefix(line, "!")
	if strings.HasSuffix(line, "/") {
		line, r.folder = strings.TrimSuffix(line, "/"), true
	}
	r.anchored = strings.Contains(line, "/")
	r.pattern = strings.TrimPrefix(line, "/")
	return r, r.pattern != ""
}

func cutPrefix(s, prefix string) (string, bool) {
	rest, found := strings.CutPrefix(s, prefix)
	return rest, found
}

// ignored applies the rules; the last that fits decides.
func (s ruleSet) ignored(full string, folder bool) bool {
	ignored := false
	for _, r := range s.rules {
		if r.fits(full, folder) {
			ignored = !r.negated
		}
	}
	return ignored
}

func (r rule) fits(full string, folder bool) bool {
	if r.folder && !folder {
		return false
	}
	relative, err := filepath.Rel(r.base, full)
	if err != nil {
		return false
	}
	relative = filepath.ToSlash(relative)
	if !r.anchored {
		relative = path.Base(relative)
	}
	if rest, deep := strings.CutPrefix(r.pattern, "**/"); deep {
		matched, _ := path.Match(rest, path.Base(relative)) // a bad pattern fits nothing
		return matched
	}
	matched, _ := path.Match(r.pattern, relative)
	return matched
}
