package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Imports point one way (docs/architecture.md); what is not in a package's list it
// may not import. operation, watch and preflight do not know each other, provision
// and rpc neither, and nothing but what runs the simulator knows that there is one.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"schema":       "schema/text",
		"schema/text":  "",
		"rpc":          "",
		"sidecar":      "rpc schema schema/text provision provision/cloud provision/cloud/credentials provision/install provision/redact provision/sky provision/sky/host provision/store provision/wsl sidecar/cli sidecar/demo sidecar/terminal skysim",
		"sidecar/cli":  "rpc schema schema/text sidecar/terminal",
		"sidecar/demo": "schema schema/text sidecar/terminal",

		"sidecar/terminal": "schema schema/text",

		"skysim": "schema provision/sky provision/cloud provision/redact",
		"provision": "schema schema/text provision/autosync provision/backend provision/cloud provision/cloud/credentials provision/fsevents provision/hostkeys provision/install provision/jobwatch provision/journal provision/lifecycle provision/mirror provision/operation provision/oplog " +
			"provision/preflight provision/redact provision/sky provision/sky/gate provision/sky/host provision/store provision/supervisor provision/tunnel provision/vault provision/watch provision/wsl",
		"provision/operation": "schema schema/text provision/backend provision/install provision/journal provision/lifecycle provision/mirror provision/oplog provision/sky provision/sky/host provision/store provision/supervisor provision/task provision/vault",
		"provision/mirror":    "schema schema/text provision/backend provision/hostkeys provision/lifecycle provision/sky provision/task provision/vault",
		"provision/autosync":  "schema provision/fsevents provision/lifecycle provision/mirror provision/store provision/supervisor provision/vault",
		"provision/tunnel":    "schema schema/text provision/backend provision/hostkeys provision/lifecycle provision/sky provision/ssh provision/store provision/supervisor",
		"provision/jobwatch":  "schema provision/backend provision/hostkeys provision/lifecycle provision/sky provision/store provision/supervisor",
		"provision/oplog":     "schema provision/journal provision/lifecycle provision/supervisor",
		"provision/watch":     "schema schema/text provision/lifecycle provision/sky/host provision/store provision/supervisor",
		"provision/preflight": "schema provision/backend provision/cloud provision/cloud/credentials provision/lifecycle provision/sky provision/sky/host provision/store provision/supervisor provision/task provision/vault provision/wsl schema/text",
		"provision/backend":   "schema schema/text provision/cloud provision/cloud/credentials provision/lifecycle provision/redact provision/sky provision/sky/gate provision/sky/host provision/store provision/supervisor provision/task",
		"provision/store":     "schema schema/text provision/journal provision/lifecycle provision/redact",
		"provision/install":   "schema schema/text provision/journal",
		"provision/journal":   "schema schema/text provision/lifecycle",
		"provision/lifecycle": "schema schema/text provision/cloud provision/remedy provision/sky",
		"provision/remedy":    "schema schema/text provision/cloud",
		"provision/sky/gate":  "schema schema/text provision/sky provision/supervisor",
		"provision/sky/host":  "schema schema/text provision/sky provision/redact",

		"provision/sky":                   "schema schema/text provision/cloud provision/redact",
		"provision/cloud":                 "schema schema/text",
		"provision/cloud/credentials":     "schema schema/text provision/cloud",
		"provision/task":                  "schema schema/text provision/cloud provision/sky",
		"provision/hostkeys":              "schema schema/text provision/journal provision/ssh",
		"provision/hostkeys/sshdtest":     "",
		"provision/ssh":                   "schema schema/text",
		"provision/vault":                 "schema schema/text provision/lifecycle provision/redact provision/ssh provision/wsl",
		"provision/vault/vaulttest":       "schema",
		"provision/vault/vaulttest/there": "provision/vault/vaulttest",
		"provision/redact":                "",
		"provision/fsevents":              "",
		"provision/supervisor":            "",
		"provision/wsl":                   "",
	}
	seen := 0
	for path, imports := range imports(t) {
		may, known := allowed[strings.TrimPrefix(path, "carapace/")]
		if !known {
			if path == "carapace/provision" || strings.HasPrefix(path, "carapace/provision/") {
				t.Errorf("%s is in no row of the table", path)
			}
			continue // generators and end-to-end tests are no part of the binary
		}
		seen++
		for _, imported := range imports {
			if rest, ours := strings.CutPrefix(imported, "carapace/"); ours && !slices.Contains(strings.Fields(may), rest) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d packages were looked at, want %d", seen, len(allowed))
	}
}

// imports are the packages that each of our packages imports itself.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all, err := allImports()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// allImports asks go list once for all tests: it takes as long as many of them do.
var allImports = sync.OnceValues(func() (map[string][]string, error) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "carapace/...").Output()
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		path, imported, _ := strings.Cut(strings.TrimSpace(line), ":")
		all[path] = strings.Fields(imported)
	}
	return all, err
})

// The rules of a cluster's life are values and pure functions, and what they import
// of ours starts no process and opens no file either.
func TestTheRulesArePure(t *testing.T) {
	t.Parallel()
	forbidden := []string{"os", "os/exec", "io/fs", "context", "sync", "net", "log/slog", "syscall", "path/filepath", "math/rand", "math/rand/v2"}
	all := imports(t)
	pure := func(path string, forbidden []string) {
		if len(all[path]) == 0 {
			t.Errorf("%s imports nothing: there is no such package", path)
		}
		for _, imported := range all[path] {
			if slices.Contains(forbidden, imported) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
	}
	pure("carapace/provision/lifecycle", forbidden)
	for _, below := range []string{"carapace/provision/remedy", "carapace/provision/sky", "carapace/provision/redact", "carapace/provision/cloud", "carapace/provision/wsl", "carapace/schema", "carapace/schema/text"} {
		pure(below, []string{"os", "os/exec", "net", "syscall"})
	}
	eachCall(t, "../provision/lifecycle", func(at place, call *ast.SelectorExpr) {
		if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "AfterFunc"}, call.Sel.Name) {
			t.Errorf("%s: time.%s: the time is handed in", at, call.Sel.Name)
		}
		if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "schema" && call.Sel.Name == "Now" {
			t.Errorf("%s: schema.Now: the time is handed in", at)
		}
	})
}

// A goroutine that begins anywhere else than in package supervisor is not guarded
// against a panic, and the end does not wait for it.
func TestGoroutinesBeginInSupervisor(t *testing.T) {
	t.Parallel()
	for _, room := range []string{"", "operation", "watch", "mirror", "autosync", "tunnel", "jobwatch", "oplog", "fsevents", "preflight", "backend", "install", "store", "journal", "lifecycle", "remedy"} {
		eachNode(t, filepath.Join("../provision", room), func(at place, n ast.Node) {
			if _, begins := n.(*ast.GoStmt); begins {
				t.Errorf("%s: a goroutine begins outside of package supervisor", at)
			}
		})
	}
}

func eachCall(t *testing.T, dir string, visit func(at place, call *ast.SelectorExpr)) {
	t.Helper()
	eachNode(t, dir, func(at place, n ast.Node) {
		if call, ok := n.(*ast.SelectorExpr); ok {
			visit(at, call)
		}
	})
}

// place is where a node stands. To work that out for each node takes longer than to look at it.
type place struct {
	files *token.FileSet
	pos   token.Pos
}

func (p place) String() string { return p.files.Position(p.pos).String() }

// eachNode visits the syntax of a folder's files, tests apart.
func eachNode(t *testing.T, dir string, visit func(at place, n ast.Node)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s has no files (%v)", dir, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				visit(place{files, n.Pos()}, n)
			}
			return true
		})
	}
}

// The binary must stay small and start at once: net/http alone costs a millisecond
// of start-up and megabytes.
func TestBinaryStaysSmall(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "carapace/sidecar").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{"net/http", "crypto/tls", "github.com/google/jsonschema-go/jsonschema", "carapace/schema/gen"} {
		if slices.Contains(strings.Fields(string(out)), heavy) {
			t.Errorf("the sidecar depends on %s", heavy)
		}
	}
}
