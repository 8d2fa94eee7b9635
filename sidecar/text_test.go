package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carapace/schema/text"
)

// textsAreFromTheRegistry are the packages in which no sentence is made: they name entries of
// schema/text.
var textsAreFromTheRegistry = []string{
	"provision",
	"provision/autosync",
	"provision/backend",
	"provision/cloud",
	"provision/cloud/credentials",
	"provision/hostkeys",
	"provision/install",
	"provision/lifecycle",
	"provision/mirror",
	"provision/operation",
	"provision/preflight",
	"provision/remedy",
	"provision/sky",
	"provision/sky/gate",
	"provision/sky/host",
	"provision/ssh",
	"provision/store",
	"provision/task",
	"provision/tunnel",
	"provision/vault",
	"provision/watch",
}

// otherWords are the fields of tables that hold no words of Carapace's: names, and what others print.
var otherWords = []string{"Name", "Short", "any", "all", "unless", "prefix", "says", "source", "text", "until", "words", "what", "Command"}

// otherConstants are constants that hold none either: what SkyPilot prints, where the rules of provision/sky
// have their texts from, commands, and values that are only compared.
var otherConstants = regexp.MustCompile(`^((Event|of)[A-Z].*|triedEnough|question|restart|Not(Validated|Refreshed))$`)

// shellCommands are the functions that return a command for a shell.
var shellCommands = []string{"SignIn", "takeOver"}

// toldFields are the fields of the protocol that people read: no literal is assigned to one.
var toldFields = []string{"Message", "Title", "Hint", "Description", "Label", "Why", "Fix", "Reason", "Basis"}

// notTold are the functions whose words no person is told: what somebody else prints and is looked for,
// what goes into the log, a hash or a panic, what a goroutine is called, an error's detail, and an error of
// Go's, which is shown as that of a program, in quotes or behind a colon.
var notTold = regexp.MustCompile(`^(strings\..*|errors\.New|fmt\.(Errorf|Fprintf)|regexp\.MustCompile|panic|has|between|betweenOr` +
	`|.*\.(Debug|Info|Warn|Error|Beside|Go|Loop|Contain|Guard|command|WithDetail))$`)

// A sentence, or a part of one, is a literal that begins like one and has several words, or has three words
// in a row, or a verb or an article with another.
var sentenceForm = regexp.MustCompile(`^["` + "`" + ` ]*[A-Z][^ ]* [^ ]+ .*` +
	`|[A-Za-z%][\w']* [a-z%][\w']* [a-z%][\w']*` +
	`|\b(is|are|has|holds|stands|the|an?) [a-z%]`)

func TestSentencesAreFromTheRegistry(t *testing.T) {
	t.Parallel()
	for _, pkg := range textsAreFromTheRegistry {
		others := map[ast.Node]bool{} // what somebody else prints, and is looked for
		eachNode(t, filepath.Join("..", pkg), func(at place, n ast.Node) {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING && sentenceForm.MatchString(n.Value) && !others[n] {
					t.Errorf("%s makes a sentence: %s", at, n.Value)
				}
			case *ast.CallExpr:
				if notTold.MatchString(types.ExprString(n.Fun)) {
					for _, arg := range n.Args {
						markLiterals(arg, others)
					}
				}
			case *ast.CompositeLit: // lists and tables of marks have no keys
				kind, _ := n.Type.(*ast.SelectorExpr)
				isError := kind != nil && kind.Sel.Name == "Error"
				for _, element := range n.Elts {
					if pair, ok := element.(*ast.KeyValueExpr); ok && isError {
						if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Message" {
							t.Errorf("%s: an error without a code", at)
						}
					}
					others[element] = true
				}
			case *ast.FuncDecl:
				if slices.Contains(shellCommands, n.Name.Name) {
					markLiterals(n, others)
				}
			case *ast.ValueSpec:
				if otherConstants.MatchString(n.Names[0].Name) {
					markLiterals(n, others)
				}
			case *ast.KeyValueExpr:
				key, ok := n.Key.(*ast.Ident)
				if ok && slices.Contains(otherWords, key.Name) {
					markLiterals(n.Value, others)
				}
				if ok && slices.Contains(toldFields, key.Name) && hasLiteral(n.Value) {
					t.Errorf("%s: %s is given words that are not the registry's", at, key.Name)
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					field, ok := left.(*ast.SelectorExpr)
					if ok && slices.Contains(toldFields, field.Sel.Name) && hasLiteral(n.Rhs[min(i, len(n.Rhs)-1)]) {
						t.Errorf("%s: %s is given words that are not the registry's", at, field.Sel.Name)
					}
				}
			}
		})
	}
	for literal, sentence := range map[string]bool{
		`" SkyPilot may still start."`: true, `"it holds more than one word"`: true, `" is empty"`: true, `"the program "`: true,
		`"in its source_profile %q: %s"`: true, `"reading %s: %w"`: false, `"sky-key-"`: false, `"aws configure"`: false,
	} {
		if sentenceForm.MatchString(literal) != sentence {
			t.Errorf("%s: %v is wanted", literal, sentence)
		}
	}
}

// hasLiteral reports whether a value is made of words that stand there; the names of arguments are none.
func hasLiteral(value ast.Expr) (has bool) {
	ast.Inspect(value, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && len(literal.Value) > len(`" "`) {
			has = true
		}
		call, ok := n.(*ast.CallExpr)
		return !ok || !slices.Contains([]string{"text.New", "schema.Fail"}, types.ExprString(call.Fun))
	})
	return has
}

// markLiterals marks all literals below n.
func markLiterals(n ast.Node, marked map[ast.Node]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok {
			marked[literal] = true
		}
		return true
	})
}

// Every call names an entry and gives just the arguments that its placeholders name: a sentence with a
// hole would be seen by a user first.
func TestTextsHaveTheirArguments(t *testing.T) {
	t.Parallel()
	entries := entriesByName(t)
	used := map[string]bool{}
	from := map[string]int{"text.New": 0, "schema.Fail": 1}
	for _, dir := range goFolders(t) {
		var assigned map[string][]ast.Expr // in the function whose nodes are visited
		eachNode(t, dir, func(at place, n ast.Node) {
			if name, ok := entryName(n); ok {
				used[name] = true
			}
			if function, ok := n.(*ast.FuncDecl); ok {
				assigned = assignedIn(function)
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			i, makes := from[called(call)]
			if !makes || strings.Contains(at.String(), "schema/text/") || strings.Contains(at.String(), "schema/error.go:") {
				return
			}
			// An entry that a variable holds is any of those that the function assigns to it.
			said := call.Args[i : i+1]
			if variable, ok := call.Args[i].(*ast.Ident); ok && len(assigned[variable.Name]) > 0 {
				said = assigned[variable.Name]
			}
			for _, entry := range said {
				checkArguments(t, at, entry, call.Args[i+1:], entries)
			}
		})
	}
	for name, e := range entries {
		area, _, _ := strings.Cut(string(e.Code), ".")
		if !used[name] && e.Code != text.CloudUnknown.Code && !slices.Contains([]string{"status", "operation", "setting", "size", "stored", "amount", "time", "vaultname", "list"}, area) {
			t.Errorf("text.%s is said by nobody", name)
		}
	}
	if len(used) < 100 {
		t.Errorf("%d entries are used: this tests nothing", len(used))
	}
}

// assignedIn returns what a function assigns to each of its variables.
func assignedIn(function *ast.FuncDecl) map[string][]ast.Expr {
	values := map[string][]ast.Expr{}
	ast.Inspect(function, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
			for i, left := range a.Lhs {
				if variable, ok := left.(*ast.Ident); ok {
					values[variable.Name] = append(values[variable.Name], a.Rhs[i])
				}
			}
		}
		return true
	})
	return values
}

// checkArguments holds the arguments of text.New or schema.Fail to the entry.
func checkArguments(t *testing.T, at place, entry ast.Expr, args []ast.Expr, entries map[string]text.Entry) {
	t.Helper()
	if pointer, ok := entry.(*ast.UnaryExpr); ok {
		entry = pointer.X
	}
	name, ok := entryName(entry)
	e, known := entries[name]
	if !ok && foreignEntry(entry) {
		return
	}
	if !ok || !known {
		t.Errorf("%s: an entry is named as &text.NAME", at)
		return
	}
	given := []string{}
	for _, arg := range args {
		literal, ok := arg.(*ast.CompositeLit)
		if !ok {
			t.Errorf("%s: the arguments of text.%s are a literal text.Args", at, name)
			return
		}
		for _, element := range literal.Elts {
			key, err := strconv.Unquote(element.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			given = append(given, key)
		}
	}
	want := e.Placeholders()
	slices.Sort(want)
	slices.Sort(given)
	if !slices.Equal(want, given) {
		t.Errorf("%s: text.%s has the arguments %q, and is given %q", at, name, want, given)
	}
}

// foreignEntry reports whether an entry is that of a table, a field called says, Says, tells or form: it has no
// arguments, or Entry.Pick takes them.
func foreignEntry(arg ast.Expr) bool {
	field, ok := arg.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"says", "Says", "tells", "form", "Setup"}, field.Sel.Name)
}

func entryName(n ast.Node) (string, bool) {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return selector.Sel.Name, ok && pkg.Name == "text"
}

func called(call *ast.CallExpr) string {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok {
		if pkg, ok := f.X.(*ast.Ident); ok {
			return pkg.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// goFolders are the folders of the program's packages.
func goFolders(t *testing.T) []string {
	t.Helper()
	dirs := map[string]bool{}
	for path := range imports(t) {
		rest := strings.TrimPrefix(path, "carapace/")
		if top, _, _ := strings.Cut(rest, "/"); slices.Contains([]string{"provision", "schema", "sidecar", "rpc", "skysim"}, top) && !strings.Contains(rest, "schema/gen") && rest != "schema/text/list" {
			dirs[filepath.Join("..", rest)] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// entriesByName are the entries of the registry by the names of their variables.
func entriesByName(t *testing.T) map[string]text.Entry {
	t.Helper()
	byName := map[string]text.Entry{}
	paths, err := filepath.Glob("../schema/text/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if code := codeOf(spec.Values[0]); code != "" {
				byName[spec.Names[0].Name], _ = text.Find(code)
			}
			return true
		})
	}
	return byName
}

// codeOf returns the code of an entry's literal, "" if it is none.
func codeOf(value ast.Expr) text.Code {
	literal, ok := value.(*ast.CompositeLit)
	if !ok || len(literal.Elts) == 0 {
		return ""
	}
	first, ok := literal.Elts[0].(*ast.KeyValueExpr)
	if !ok {
		return ""
	}
	key, named := first.Key.(*ast.Ident)
	code, plain := first.Value.(*ast.BasicLit)
	if !named || !plain || key.Name != "Code" {
		return ""
	}
	unquoted, _ := strconv.Unquote(code.Value)
	return text.Code(unquoted)
}
