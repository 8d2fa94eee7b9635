package cli

import (
	"strings"
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// What is in progress already is waited for, also where it has ended between the refusal and the question for it.
func TestAskedForAgain(t *testing.T) {
	for _, c := range []struct {
		kind   schema.OperationKind
		end    schema.OperationState
		code   int
		stdout string
		stderr string
	}{
		{schema.OperationDestroy, schema.OperationSucceeded, exitOK, "✓ It is over.", ""},
		{schema.OperationDestroy, schema.OperationFailed, exitError, "✗ It is over.", ""},
		{schema.OperationSync, schema.OperationSucceeded, exitError, "", "in progress"},
	} {
		op := schema.Operation{ID: "o", Kind: c.kind, Cluster: "n", State: c.end, Message: "It is over."}
		if c.end == schema.OperationFailed {
			op.Error = &schema.Error{Kind: schema.KindTimeout, Message: "It is over."}
		}
		get := func([]byte) (any, error) { return op, nil }
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"cluster.destroy": func([]byte) (any, error) {
				return nil, schema.Fail(schema.KindOperationInProgress, &text.BusyOperationEnding,
					text.Args{"operation": c.kind, "name": "n", "holder": text.Text{}}).WithOperation("o")
			},
			"operation.get": get, "operation.wait": get,
			"cluster.status": func([]byte) (any, error) { return schema.Cluster{Name: "n", Status: schema.StatusNoServer}, nil },
		}}
		stdout, stderr, code := s.run(t.Context(), false, "destroy", "--yes")
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s %s: exit %d\n%s%s", c.kind, c.end, code, stdout, stderr)
		}
	}
}
