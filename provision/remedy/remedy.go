// Package remedy says what a person can do about an error: the buttons beside it. It is pure: an
// error, and what is known of its server and operation, in; remedies out. Only what would be
// accepted now is among them, which callers find by the rules of package lifecycle.
//
//   - remedy.go: a situation, and its remedies
//   - rules.go: which remedies belong to which error
//   - buttons.go: each remedy, and when it can be pressed
package remedy

import (
	"slices"
	"strings"

	"carapace/schema"
)

// Situation is what is known when an error is shown. The zero value is that of an error of no server,
// about which no method of the protocol helps.
type Situation struct {
	// Server is the name of the server that the error is about; "": none.
	Server string
	// Admitted are the methods that would be accepted now, with the server's name where they take one.
	// cluster.launch is one if the last launch can be made again.
	Admitted []string
	// Failed is the kind of the operation that ended with the error; "": none did.
	Failed schema.OperationKind
	// Running is the kind of the operation that cluster.cancel would end; "": none.
	Running schema.OperationKind
	// Fresh is true if Running is a launch whose cancel removes what it made.
	Fresh bool
	// Machine is true if a machine may exist.
	Machine bool
	// Logs are those that the server has.
	Logs []schema.LogSource
	// Cloud and Region are where the server is, or was to be; "": not known.
	Cloud, Region string
	// Launched is what was launched last; nil: not known.
	Launched *schema.Spec
	// System is this computer's, as runtime.GOOS has it.
	System string
	// Sky is where sky is on this computer; "": not known.
	Sky string
}

// most is how many remedies an error has at most: a person chooses from a few.
const most = 4

// For returns the remedies of an error in a situation, the best first; nil if there are none.
func For(e *schema.Error, s *Situation) (remedies []schema.Remedy) {
	for id := range strings.FieldsSeq(rule(e)) {
		r := press(id, e, s)
		same := func(other schema.Remedy) bool { return other.ID == r.ID }
		if r.Method+r.URL+r.Command != "" && len(remedies) < most && !slices.ContainsFunc(remedies, same) {
			remedies = append(remedies, r)
		}
	}
	return remedies
}

// admits reports whether a method would be accepted now.
func (s *Situation) admits(method string) bool { return slices.Contains(s.Admitted, method) }
