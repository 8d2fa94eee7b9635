package main

import (
	"go/ast"
	"go/types"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Everything that is said of money is in schema/text/money.go, and lifecycle/money.go decides from the
// existence of the machine what is: a sentence of its own somewhere else could contradict it. What people
// read has it from the service's answers. The one line that a command or a flag has in its help speaks of
// no server.
func TestMoneyIsSpokenOfInOnePlace(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "carapace/provision/...", "carapace/sidecar/...", "carapace/schema/text").Output()
	if err != nil {
		t.Fatal(err)
	}
	speaks := regexp.MustCompile(`(?i)\bcost(s|ing)? (money|nothing|about|%)|nothing( of it)? costs|go(es)? on costing|\bbills? a |\bbilling\b.*server` +
		`|\$[%{]|\b(has|have) cost\b|\bdearer\b|\ban hour\b|\b(hour|month)ly \b|\ba cent\b|\bcosts? .*(machine|server)|(machine|server|it) .*\bcosts?\b`)
	spoken := 0
	for dir := range strings.FieldsSeq(string(out)) {
		help := map[ast.Node]bool{}
		eachNode(t, dir, func(at place, n ast.Node) {
			markHelp(n, help)
			if strings.Contains(at.String(), "text/arguments.go") { // what a price is, not what one is
				return
			}
			literal, ok := n.(*ast.BasicLit)
			if !ok || help[n] || !speaks.MatchString(literal.Value) {
				return
			}
			spoken++
			if !strings.Contains(at.String(), "text/money.go") {
				t.Errorf("%s speaks of money: %s", at, literal.Value)
			}
		})
	}
	if spoken == 0 {
		t.Error("nobody speaks of money: this tests nothing")
	}
}

// markHelp marks the line that a command or a flag has in its help.
func markHelp(n ast.Node, help map[ast.Node]bool) {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && slices.Contains([]string{"Short", "Long"}, key.Name) {
			markLiterals(n.Value, help)
		}
	case *ast.ValueSpec:
		if n.Names[0].Name == "about" { // of the program itself
			markLiterals(n, help)
		}
	case *ast.CallExpr:
		if strings.HasPrefix(types.ExprString(n.Fun), "flags.") && len(n.Args) > 0 {
			markLiterals(n.Args[len(n.Args)-1], help)
		}
	}
}
