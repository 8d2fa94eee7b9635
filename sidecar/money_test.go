package main

import (
	"go/ast"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Everything that is said of money is in schema/text/money.go, and lifecycle/money.go decides from the
// existence of the machine what is: a sentence of its own somewhere else could contradict it. What people
// read has it from the service's answers; what is said of a simulation is said of no machine.
func TestMoneyIsSpokenOfInOnePlace(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "carapace/provision/...", "carapace/sidecar/...", "carapace/schema/text").Output()
	if err != nil {
		t.Fatal(err)
	}
	speaks := regexp.MustCompile(`(?i)\bcost(s|ing)? (money|nothing)|nothing( of it)? costs|go(es)? on costing|\bbills? a |\bbilling\b.*server`)
	spoken := 0
	for dir := range strings.FieldsSeq(string(out)) {
		eachNode(t, dir, func(at string, n ast.Node) {
			literal, ok := n.(*ast.BasicLit)
			if !ok || !speaks.MatchString(literal.Value) {
				return
			}
			if strings.Contains(strings.ToLower(literal.Value), "simulated") && strings.Contains(at, "sidecar/") {
				return
			}
			spoken++
			if !strings.Contains(at, "text/money.go") {
				t.Errorf("%s speaks of money: %s", at, literal.Value)
			}
		})
	}
	if spoken == 0 {
		t.Error("nobody speaks of money: this tests nothing")
	}
}
