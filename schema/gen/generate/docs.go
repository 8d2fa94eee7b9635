package generate

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// docs are the doc comments of packages: by "Type", "Type.Field", and, for a
// constant of a string type, "Type=value". constants are, by type, the values
// in the order of the source.
type docs struct {
	text      map[string]string
	constants map[string][]string
}

func readDocs(dirs ...string) (*docs, error) {
	var paths []string
	for _, dir := range dirs {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, &fs.PathError{Op: "read Go files of", Path: dir, Err: fs.ErrNotExist}
		}
		paths = append(paths, found...)
	}
	d := &docs{map[string]string{}, map[string][]string{}}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		d.addFile(file)
	}
	return d, nil
}

func (d *docs) addFile(file *ast.File) {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				d.addType(gen, spec)
			case *ast.ValueSpec:
				d.addConstant(gen, spec)
			}
		}
	}
}

func (d *docs) addType(gen *ast.GenDecl, spec *ast.TypeSpec) {
	d.text[spec.Name.Name] = firstParagraph(gen.Doc, spec.Doc, spec.Comment)
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			d.text[spec.Name.Name+"."+name.Name] = firstParagraph(field.Doc, field.Comment)
		}
	}
}

func (d *docs) addConstant(gen *ast.GenDecl, spec *ast.ValueSpec) {
	typ, ok := spec.Type.(*ast.Ident)
	if gen.Tok != token.CONST || !ok || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil { // the parser has accepted it
		panic(err)
	}
	d.constants[typ.Name] = append(d.constants[typ.Name], value)
	d.text[typ.Name+"="+value] = firstParagraph(spec.Doc, spec.Comment)
}

// firstParagraph joins the first paragraphs of the groups that are there. By the
// rule in schema/doc.go, what follows them speaks of Go alone.
func firstParagraph(groups ...*ast.CommentGroup) string {
	var parts []string
	for _, g := range groups {
		first, _, _ := strings.Cut(strings.TrimSpace(g.Text()), "\n\n")
		if first != "" {
			parts = append(parts, strings.Join(strings.Fields(first), " "))
		}
	}
	for i := range len(parts) - 1 {
		parts[i] = asSentence(parts[i])
	}
	return strings.Join(parts, " ")
}

var goReference = regexp.MustCompile(`\b([A-Z]\w+)\.([A-Z]\w+)\b`)

// rename gives Type.Field in a text the field's JSON name, as a reader of the
// protocol knows it.
func (m *model) rename(text string) string {
	return goReference.ReplaceAllStringFunc(text, func(ref string) string {
		typeName, fieldName, _ := strings.Cut(ref, ".")
		for _, f := range m.fieldsOf(typeName) {
			if f.goName == fieldName {
				return typeName + "." + f.Name
			}
		}
		return ref
	})
}

// fieldDoc lets a field's doc begin with the name that it has in JSON.
func (m *model) fieldDoc(f field) string {
	if rest, ok := strings.CutPrefix(f.Doc, f.goName+" "); ok {
		return m.rename(f.Name + " " + rest)
	}
	return m.rename(f.Doc)
}
