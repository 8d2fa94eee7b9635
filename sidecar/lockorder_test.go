package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lockOrder are the lines of "Lock order" in docs/architecture.md.
var lockOrder = []string{
	"a lease",
	"Watcher.looking",
	"Mirrors.running",
	"output.mu",
	"flight.mu",
	"Store.writing",
	"state.lock",
	"records.lock",
	"Store.mu",
	"Runner.mu",
	"driver.mu",
	"progress.mu",
	"Syncer.mu Tunnels.mu Watch.mu Follower.mu Logs.mu Redactor.adding Finder.mu",
	"Server.notifying Screen.mu outcome.mu batch.mu stream.mu calls.mu",
	"outbox.mu spares.mu",
	"Watcher.mu Preflight.mu memory.mu Group.mu Journal.mu Lease.mu ExecRunner.mu Gate.mu Mirrors.mu",
}

// lockExceptions are pairs that the source alone does not show to be harmless.
var lockExceptions = map[string]string{
	"Gate.mu flight.mu":   "the flight was just made: nobody else has it",
	"flight.mu flight.mu": "those who share an answer are no flights themselves",
}

// TestLockOrder works out from the source which locks are taken while which others are held, and
// fails for a pair that is against the order. It follows calls: to functions and methods, to those
// of an interface of ours by each type that has them, and to function values by whatever is put
// into the variable, parameter, field or result that is called. A goroutine begins with no lock.
// A function that is handed over counts as called by the one who hands it over, if what it is
// handed to calls it, and not by all others who call that. It does not follow values in maps and channels.
func TestLockOrder(t *testing.T) {
	t.Parallel()
	rank := map[string]int{}
	document, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, documented, _ := strings.Cut(string(document), "\n## Lock order\n")
	for i, line := range lockOrder {
		_, said, _ := strings.Cut(documented, fmt.Sprintf("\n%d. ", i+1))
		said, _, _ = strings.Cut(said, "\n")
		for lock := range strings.FieldsSeq(line) {
			if lock != "a" && !strings.Contains(said, lock) {
				t.Errorf("line %d of the document lacks %s", i+1, lock)
			}
		}
		for _, lock := range strings.Fields(strings.ReplaceAll(line, "a lease", "lease")) {
			rank[lock] = i
		}
	}
	p := newProgram(t)
	taken := p.taken()
	seen := map[string]bool{}
	for _, lock := range p.locks() {
		seen[lock] = true
		if _, known := rank[lock]; !known {
			t.Errorf("%s has no place in the order", lock)
		}
	}
	for lock := range rank {
		if !seen[lock] {
			t.Errorf("nobody takes %s any more", lock)
		}
	}
	pairs := map[string]string{}
	for _, e := range p.events {
		for _, lock := range slices.Sorted(maps.Keys(taken[e.does])) {
			for _, held := range e.held {
				pair := held + " " + lock
				if _, known := pairs[pair]; !known {
					pairs[pair] = fmt.Sprintf("%s (%s), by %s", e.at, e.does, p.path(e.does, lock))
				}
			}
		}
	}
	for _, pair := range slices.Sorted(maps.Keys(pairs)) {
		held, lock, _ := strings.Cut(pair, " ")
		if _, allowed := lockExceptions[pair]; rank[held] >= rank[lock] && !allowed {
			t.Errorf("%s is taken while %s is held: %s", lock, held, pairs[pair])
		}
	}
	for pair := range lockExceptions {
		if pairs[pair] == "" {
			t.Errorf("the exception %q is needed no more", pair)
		}
	}
	for _, pair := range []string{"Store.writing state.lock", "Store.mu driver.mu", "Watcher.looking Store.writing"} { // by a call, an observer, a function value
		if pairs[pair] == "" {
			t.Errorf("%q was not found, which is there: this tests nothing", pair)
		}
	}
}

// program is what the packages of the binary do with locks. A node is a function, or something that
// holds a function value.
type program struct {
	t      *testing.T
	files  *token.FileSet
	calls  map[string]map[string]bool // by node: the nodes that it calls, or that it may be
	locked map[string]map[string]bool // by node: the locks that its own code takes
	events []event
	handed []handing
	walked map[string]bool             // the functions
	ifaces map[string]*types.Interface // by the node of a method: its interface
	types  []*types.Named              // every type of the packages

	// Of the package that is walked.
	info *types.Info
	node map[types.Object]string // of parameters
}

// event is that a lock is taken, or a node called, while locks are held.
type event struct {
	at   string
	does string
	held []string
}

// handing is that a node hands a function value to another one, with locks held.
type handing struct {
	node, parameter, value string
	event                  event
}

func newProgram(t *testing.T) *program {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", `{{.ImportPath}}|{{.Export}}|{{.Dir}}|{{join .GoFiles " "}}`, "carapace/sidecar").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, files: token.NewFileSet(), calls: map[string]map[string]bool{}, locked: map[string]map[string]bool{}, walked: map[string]bool{}, ifaces: map[string]*types.Interface{}}
	exports := map[string]string{}
	from := importer.ForCompiler(p.files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	type checked struct {
		files []*ast.File
		info  *types.Info
	}
	var all []checked
	for line := range strings.Lines(string(out)) {
		part := strings.Split(strings.TrimSpace(line), "|")
		exports[part[0]] = part[1]
		room, _, _ := strings.Cut(strings.TrimPrefix(part[0], "carapace/"), "/")
		if !slices.Contains([]string{"provision", "rpc", "sidecar"}, room) {
			continue
		}
		c := checked{info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
		for name := range strings.FieldsSeq(part[3]) {
			file, err := parser.ParseFile(p.files, filepath.Join(part[2], name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			c.files = append(c.files, file)
		}
		pkg, err := (&types.Config{Importer: from}).Check(part[0], p.files, c.files, c.info)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if named, ok := pkg.Scope().Lookup(name).Type().(*types.Named); ok {
				p.types = append(p.types, named)
			}
		}
		all = append(all, c)
	}
	for _, c := range all {
		p.info, p.node = c.info, map[types.Object]string{}
		for _, file := range c.files {
			p.file(file)
		}
	}
	p.implement()
	p.name()
	p.handOver()
	return p
}

func (p *program) file(file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if f, ok := p.info.Defs[d.Name].(*types.Func); ok && d.Body != nil {
				p.function(f.FullName(), receiver(f), d.Type, d.Body)
			}
		case *ast.GenDecl:
			(&walker{program: p, self: "globals"}).expressions(d)
		}
	}
}

// function walks a function's body, and names its parameters and results.
func (p *program) function(name, of string, signature *ast.FuncType, body *ast.BlockStmt) {
	p.walked[name] = true
	n := 0
	for _, field := range signature.Params.List {
		for _, ident := range field.Names {
			p.node[p.info.Defs[ident]] = fmt.Sprintf("%s, parameter %d", name, n)
			n++
		}
		if field.Names == nil {
			n++
		}
	}
	w := &walker{program: p, self: name, of: of}
	w.block(body.List)
}

func add(to map[string]map[string]bool, node, what string) {
	if to[node] == nil {
		to[node] = map[string]bool{}
	}
	to[node][what] = true
}

// implement adds to the methods of an interface those of each type of ours that has them all.
func (p *program) implement() {
	for node, iface := range p.ifaces {
		method := node[strings.LastIndex(node, ".")+1:]
		for _, named := range p.types {
			set := types.NewMethodSet(types.NewPointer(named))
			has := !types.IsInterface(named)
			for i := range iface.NumMethods() {
				has = has && set.Lookup(named.Obj().Pkg(), iface.Method(i).Name()) != nil
			}
			if has {
				add(p.calls, node, set.Lookup(named.Obj().Pkg(), method).Obj().(*types.Func).FullName())
			}
		}
	}
}

// name makes the parameters of what a node may be those of the node.
func (p *program) name() {
	for before := -1; before < len(p.calls); {
		before = len(p.calls)
		for node := range maps.Clone(p.calls) {
			of, n, found := strings.Cut(node, ", parameter ")
			if !found || p.walked[of] {
				continue
			}
			for other := range p.calls[of] {
				add(p.calls, other+", parameter "+n, node)
			}
		}
	}
}

// handOver makes who hands over a function call it, where it is called by what it was handed to.
func (p *program) handOver() {
	for changed := true; changed; {
		changed = false
		for _, h := range p.handed {
			of, _, _ := strings.Cut(h.parameter, ", parameter ")
			if called := p.calls[of][h.parameter] || !p.walked[of]; called && !p.calls[h.node][h.value] {
				add(p.calls, h.node, h.value)
				changed = true
			}
		}
	}
	for _, h := range p.handed {
		if p.calls[h.node][h.value] && len(h.event.held) > 0 {
			p.events = append(p.events, h.event)
		}
	}
}

// taken returns the locks that each node takes, itself or by what it calls.
func (p *program) taken() map[string]map[string]bool {
	taken := map[string]map[string]bool{}
	for node, locks := range p.locked {
		for lock := range locks {
			add(taken, node, lock)
		}
	}
	for changed := true; changed; {
		changed = false
		for node, called := range p.calls {
			before := len(taken[node])
			for other := range called {
				if strings.HasPrefix(other, node+", parameter ") {
					continue // who hands it over calls it
				}
				for lock := range taken[other] {
					add(taken, node, lock)
				}
			}
			changed = changed || len(taken[node]) > before
		}
	}
	return taken
}

func (p *program) locks() (all []string) {
	for node := range p.locked {
		all = append(all, slices.Collect(maps.Keys(p.locked[node]))...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// path is a shortest way of calls from a node to one that takes a lock.
func (p *program) path(from, lock string) string {
	came := map[string]string{from: ""}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		node := next[0]
		if p.locked[node][lock] {
			way := ""
			for ; node != ""; node = came[node] {
				way = " > " + node + way
			}
			return strings.ReplaceAll(strings.TrimPrefix(way, " > "), "carapace/", "")
		}
		for _, other := range slices.Sorted(maps.Keys(p.calls[node])) {
			if _, been := came[other]; !been {
				came[other] = node
				next = append(next, other)
			}
		}
	}
	return "?"
}

// walker walks one function with the locks that it may hold.
type walker struct {
	*program
	self string
	of   string // the type whose method it is
	held []string
}

func (w *walker) block(list []ast.Stmt) (ends bool) {
	for _, s := range list {
		if w.statement(s) {
			return true
		}
	}
	return false
}

// branch walks one way; what it leaves held counts unless it does not go on behind it.
func (w *walker) branch(list []ast.Stmt, before []string, after *[]string) {
	w.held = slices.Clone(before)
	if !w.block(list) {
		for _, lock := range w.held {
			if !slices.Contains(*after, lock) {
				*after = append(*after, lock)
			}
		}
	}
}

// statement walks a statement; it returns whether what is behind it is not reached.
func (w *walker) statement(s ast.Stmt) (ends bool) {
	switch s := s.(type) {
	case nil:
	case *ast.BlockStmt:
		return w.block(s.List)
	case *ast.LabeledStmt:
		return w.statement(s.Stmt)
	case *ast.IfStmt:
		w.statement(s.Init)
		w.expressions(s.Cond)
		before, after := w.held, []string{}
		w.branch(s.Body.List, before, &after)
		w.branch([]ast.Stmt{s.Else}, before, &after)
		w.held = after
	case *ast.ForStmt:
		w.statement(s.Init)
		w.expressions(s.Cond)
		after := slices.Clone(w.held)
		w.branch(append(slices.Clone(s.Body.List), s.Post), w.held, &after)
		w.held = after
	case *ast.RangeStmt:
		w.expressions(s.X)
		after := slices.Clone(w.held)
		w.branch(s.Body.List, w.held, &after)
		w.held = after
	case *ast.SwitchStmt:
		w.statement(s.Init)
		w.expressions(s.Tag)
		w.clauses(s.Body)
	case *ast.TypeSwitchStmt:
		w.statement(s.Init)
		w.statement(s.Assign)
		w.clauses(s.Body)
	case *ast.SelectStmt:
		w.clauses(s.Body)
	case *ast.SendStmt:
		w.expressions(s.Value)
		if lock := w.lockOf(s.Chan); semaphores[lock] {
			w.take(lock, s.Pos())
		}
	case *ast.GoStmt:
		w.expressions(s.Call.Fun)
		w.arguments(s.Call)
	case *ast.DeferStmt:
		if _, lock := w.mutex(s.Call); lock == "" {
			w.expressions(s.Call) // with what is held now, which is what its function holds at its end
		}
	case *ast.ReturnStmt:
		for _, result := range s.Results {
			w.expressions(result)
			w.become(w.self+", result", result)
		}
		return true
	case *ast.BranchStmt:
		return true
	case *ast.AssignStmt:
		for _, e := range append(slices.Clone(s.Rhs), s.Lhs...) {
			w.expressions(e)
		}
		for i, left := range s.Lhs {
			switch call, one := ast.Unparen(s.Rhs[min(i, len(s.Rhs)-1)]).(*ast.CallExpr); {
			case len(s.Lhs) == len(s.Rhs):
				w.become(w.holder(left), s.Rhs[i])
			case one:
				w.become(w.holder(left), call)
			}
		}
	default:
		w.expressions(s)
	}
	return false
}

func (w *walker) clauses(body *ast.BlockStmt) {
	before, after := w.held, slices.Clone(w.held)
	for _, c := range body.List {
		switch c := c.(type) {
		case *ast.CaseClause:
			for _, e := range c.List {
				w.expressions(e)
			}
			w.branch(c.Body, before, &after)
		case *ast.CommClause:
			w.branch(append([]ast.Stmt{c.Comm}, c.Body...), before, &after)
		}
	}
	w.held = after
}

// semaphores are channels that are locks: to send takes one, to receive gives it back.
var semaphores = map[string]bool{"Watcher.looking": true, "Mirrors.running": true}

// expressions walks what is evaluated, in the order of the source.
func (w *walker) expressions(n ast.Node) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			w.function(w.literal(n), w.of, n.Type, n.Body)
			return false
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					if field, ok := pair.Key.(*ast.Ident); ok {
						w.become("carapace/ field "+nameOf(w.info.TypeOf(n))+"."+field.Name, pair.Value)
					}
				}
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if len(n.Values) == len(n.Names) {
					w.become(w.holder(n.Names[i]), value)
				}
			}
		case *ast.UnaryExpr:
			if lock := w.lockOf(n.X); n.Op == token.ARROW && semaphores[lock] {
				w.give(lock)
			}
		case *ast.CallExpr:
			for _, a := range n.Args {
				w.expressions(a)
			}
			w.expressions(n.Fun)
			w.call(n)
			return false
		}
		return true
	})
}

func (w *walker) take(lock string, at token.Pos) {
	add(w.locked, w.self, lock)
	add(w.locked, "taking "+lock, lock)
	w.event(at, "taking "+lock)
	w.held = append(slices.Clone(w.held), lock)
}

func (w *walker) give(lock string) {
	w.held = slices.DeleteFunc(slices.Clone(w.held), func(held string) bool { return held == lock })
}

func (w *walker) event(at token.Pos, does string) {
	if len(w.held) > 0 {
		where := w.files.Position(at)
		w.events = append(w.events, event{fmt.Sprintf("%s:%d", filepath.Base(where.Filename), where.Line), does, slices.Clone(w.held)})
	}
}

// mutex returns what a call does with a mutex, "Lock" or "Unlock", and which it is; "" for another call.
func (w *walker) mutex(call *ast.CallExpr) (does, lock string) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	of := nameOf(w.info.TypeOf(sel.X))
	if !slices.Contains([]string{"Mutex", "RWMutex", "gate"}, of) {
		return "", ""
	}
	return strings.TrimPrefix(sel.Sel.Name, "R"), w.lockOf(sel.X)
}

// lockOf is the field of a type that an expression is, "TYPE.FIELD".
func (w *walker) lockOf(e ast.Expr) string {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok || w.info.Selections[sel] == nil {
		return ""
	}
	return owner(w.info.Selections[sel]) + "." + sel.Sel.Name
}

// owner is the type that a selected field stands in, which may be embedded.
func owner(s *types.Selection) string {
	at, name := s.Recv(), ""
	for _, i := range s.Index() {
		if p, ok := at.Underlying().(*types.Pointer); ok {
			at = p.Elem()
		}
		fields, ok := at.Underlying().(*types.Struct)
		if !ok {
			break
		}
		name, at = nameOf(at), fields.Field(i).Type()
	}
	return name
}

func nameOf(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

func receiver(f *types.Func) string {
	if of := f.Signature().Recv(); of != nil {
		return nameOf(of.Type())
	}
	return ""
}

func (w *walker) literal(f *ast.FuncLit) string {
	return "func at " + w.files.Position(f.Pos()).String()
}

// call notes a call, and which function values it hands over.
func (w *walker) call(call *ast.CallExpr) {
	does, lock := w.mutex(call)
	switch does {
	case "Lock":
		w.take(lock, call.Pos())
		return
	case "Unlock":
		w.give(lock)
		return
	}
	target := w.value(call.Fun)
	if target == "" {
		return
	}
	add(w.calls, w.self, target)
	w.event(call.Pos(), target)
	if later := w.arguments(call); !later {
		for _, a := range call.Args {
			if value := w.value(a); value != "" { // what another module calls it calls at once
				add(w.calls, w.self, value)
				w.event(call.Pos(), value)
			}
		}
	}
	switch target { // the file locks; all are held until their function ends
	case "(*carapace/provision/journal.Leases).Try":
		add(w.locked, target, "lease")
	case "(*carapace/provision/journal.Journal).lock":
		w.take("state.lock", call.Pos())
	case "(carapace/provision/journal.disk).lock":
		if w.of == "Records" {
			w.take("records.lock", call.Pos())
		}
	}
}

// arguments notes which function values a call hands over. It returns false if what is called is
// another module's and calls them at once.
func (w *walker) arguments(call *ast.CallExpr) (ours bool) {
	target := w.value(call.Fun)
	if !strings.Contains(target, "carapace/") {
		return strings.HasSuffix(target, ".AfterFunc") || strings.HasSuffix(target, ".Go") // in a goroutine of their own
	}
	signature, ok := w.info.TypeOf(call.Fun).Underlying().(*types.Signature)
	for i, a := range call.Args {
		if n := i; ok && signature.Params().Len() > 0 {
			parameter := fmt.Sprintf("%s, parameter %d", target, min(n, signature.Params().Len()-1))
			w.become(parameter, a)
			if value := w.value(a); value != "" {
				where := w.files.Position(call.Pos())
				w.handed = append(w.handed, handing{w.self, parameter, value, event{fmt.Sprintf("%s:%d", filepath.Base(where.Filename), where.Line), value, slices.Clone(w.held)}})
			}
		}
	}
	return true
}

// become notes that a node may be a function value.
func (w *walker) become(node string, e ast.Expr) {
	if value := w.value(e); node != "" && value != "" && node != value {
		add(w.calls, node, value)
	}
}

// holder is the node of what is assigned to.
func (w *walker) holder(e ast.Expr) string {
	if ident, ok := e.(*ast.Ident); ok && w.info.Defs[ident] != nil {
		return w.variable(w.info.Defs[ident])
	}
	return w.value(e)
}

func (w *walker) variable(v types.Object) string {
	if v == nil || v.Type() == nil {
		return ""
	}
	if _, function := v.Type().Underlying().(*types.Signature); !function {
		return ""
	}
	if name := w.node[v]; name != "" {
		return name
	}
	return "carapace/ " + v.Name() + " at " + w.files.Position(v.Pos()).String()
}

// value is the node of an expression that is a function; "" for all else.
func (w *walker) value(e ast.Expr) string {
	e = ast.Unparen(e)
	t := w.info.TypeOf(e)
	if t == nil {
		return ""
	}
	if _, function := t.Underlying().(*types.Signature); !function || w.info.Types[e].IsType() {
		return ""
	}
	switch e := e.(type) {
	case *ast.FuncLit:
		return w.literal(e)
	case *ast.Ident:
		if f, ok := w.info.Uses[e].(*types.Func); ok {
			return f.Origin().FullName()
		}
		return w.variable(w.info.Uses[e])
	case *ast.IndexExpr: // a generic function
		return w.value(e.X)
	case *ast.CallExpr:
		if w.info.Types[e.Fun].IsType() { // a conversion
			return w.value(e.Args[0])
		}
		if target := w.value(e.Fun); target != "" {
			return target + ", result"
		}
	case *ast.SelectorExpr:
		switch of := w.info.Uses[e.Sel].(type) {
		case *types.Func:
			name := of.Origin().FullName()
			if s := w.info.Selections[e]; s != nil && types.IsInterface(s.Recv()) && strings.Contains(name, "carapace/") {
				w.ifaces[name], _ = s.Recv().Underlying().(*types.Interface)
			}
			return name
		case *types.Var:
			if s := w.info.Selections[e]; s != nil {
				return "carapace/ field " + owner(s) + "." + e.Sel.Name
			}
		}
	}
	return ""
}
