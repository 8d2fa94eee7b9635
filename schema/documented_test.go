package schema_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What is undocumented here is undocumented in four other places.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	fset := token.NewFileSet()
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no doc comment", fset.Position(name.Pos()), name.Name)
			}
		}
	}
}

func undocumented(decl ast.Decl) []*ast.Ident {
	if f, ok := decl.(*ast.FuncDecl); ok {
		return unless(f.Doc != nil, f.Name)
	}
	var names []*ast.Ident
	gen := decl.(*ast.GenDecl)
	for _, spec := range gen.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names = append(names, unless(gen.Doc != nil || spec.Doc != nil, spec.Name)...)
			names = append(names, undocumentedFields(spec)...)
		case *ast.ValueSpec: // the comment of a group is enough for its values
			names = append(names, unless(gen.Doc != nil || spec.Doc != nil || spec.Comment != nil, spec.Names...)...)
		}
	}
	return names
}

func undocumentedFields(spec *ast.TypeSpec) []*ast.Ident {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var names []*ast.Ident
	for _, f := range structure.Fields.List {
		names = append(names, unless(f.Doc != nil || f.Comment != nil, f.Names...)...)
	}
	return names
}

func unless(documented bool, names ...*ast.Ident) []*ast.Ident {
	var left []*ast.Ident
	for _, n := range names {
		if n.IsExported() && !documented {
			left = append(left, n)
		}
	}
	return left
}
