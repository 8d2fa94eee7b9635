// Command shape prints the longest files, functions and packages of a tree of Go source, in lines. Tests and
// generated files do not count. From bench/: go run ./shape
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	dir := flag.String("dir", "..", "`folder` of the tree")
	count := flag.Int("n", 3, "how many of each")
	flag.Parse()
	s, err := measure(*dir)
	if err == nil {
		err = s.print(os.Stdout, *count)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shape:", err)
		os.Exit(1)
	}
}

// sized is a file, a function or a package.
type sized struct {
	name  string
	lines int
}

// shape is what was found in a tree.
type shape struct{ files, functions, packages []sized }

// measure looks through a tree. As with the go command, folders named testdata and those that begin with a dot or
// an underscore are no part of it.
func measure(root string) (shape, error) {
	var s shape
	packages := map[string]int{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		lines, err := s.add(path, filepath.ToSlash(relative))
		packages[filepath.ToSlash(filepath.Dir(relative))] += lines
		return err
	})
	for name, lines := range packages {
		s.packages = append(s.packages, sized{name, lines})
	}
	return s, err
}

// add counts a file, which it shows under a name, and returns its lines, 0 for a generated one.
func (s *shape) add(path, name string) (int, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(file) {
		return 0, err
	}
	lines := files.File(file.FileStart).LineCount()
	s.files = append(s.files, sized{name, lines})
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			length := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
			s.functions = append(s.functions, sized{fmt.Sprintf("%s: %s", name, f.Name.Name), length})
		}
	}
	return lines, nil
}

func (s shape) print(out io.Writer, count int) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, kind := range []struct {
		name string
		all  []sized
	}{{"file", s.files}, {"function", s.functions}, {"package", s.packages}} {
		slices.SortFunc(kind.all, func(a, b sized) int {
			if a.lines != b.lines {
				return b.lines - a.lines
			}
			return strings.Compare(a.name, b.name)
		})
		for _, one := range kind.all[:min(count, len(kind.all))] {
			fmt.Fprintf(table, "%s\t%d\t%s\n", kind.name, one.lines, one.name)
		}
	}
	return table.Flush()
}
