package credentials

import (
	"fmt"
	"runtime"

	"carapace/provision/cloud"
	"carapace/schema"
)

// problem is what is wrong with credentials that are there. The zero value is no
// problem.
type problem struct {
	kind schema.ProblemKind
	text string // the end of a sentence: it is empty
	hint string // how to mend it; "": by making the credentials anew
}

func (p problem) is() bool { return p.kind != "" }

// hidesAccount reports whether the problem keeps the account from being known, too:
// a login that has ended is still one to the same account.
func (p problem) hidesAccount() bool {
	return p.is() && p.kind != schema.ProblemExpired && p.kind != schema.ProblemIncomplete
}

// malformed is the problem of a content in which text is wrong; "" is none.
func malformed(text string) problem {
	if text == "" {
		return problem{}
	}
	return problem{kind: schema.ProblemMalformed, text: text}
}

func malformedf(format string, args ...any) problem { return malformed(fmt.Sprintf(format, args...)) }

func expired(text, hint string) problem {
	return problem{kind: schema.ProblemExpired, text: text, hint: hint}
}

func incomplete(text, hint string) problem {
	return problem{kind: schema.ProblemIncomplete, text: text, hint: hint}
}

var emptyFile = problem{kind: schema.ProblemEmpty, text: "it is empty"}

// unreadable is the problem of a file that is there and can't be opened. To make the
// credentials anew would not help.
func unreadable(path, why string) problem {
	hint := fmt.Sprintf("Make a readable file of %s.", path)
	if why == permissionDenied {
		hint = fmt.Sprintf("Give your user the right to read it: chmod u+r %s. Where it belongs to another user, after sudo for example: sudo chown \"$USER\" %s.", path, path)
		if runtime.GOOS == "windows" {
			hint = fmt.Sprintf("Give your user the right to read %s.", path)
		}
	}
	return problem{kind: schema.ProblemUnreadable, text: "it can't be read: " + why, hint: hint}
}

// mend is how to mend the problem of what was found: its own way, else the form that
// SkyPilot reads, else the cloud's way to make new credentials.
func (f finding) mend(c cloud.Cloud) string {
	switch {
	case f.problem.hint != "":
		return f.problem.hint
	case f.problem.kind == schema.ProblemMalformed && f.from.form != "":
		return fmt.Sprintf("Correct %s: SkyPilot reads %s.", f.source, f.from.form)
	case f.problem.kind == schema.ProblemMalformed && f.path != "":
		return fmt.Sprintf("Correct %s, or make it anew. %s", f.source, c.Setup)
	}
	return c.Setup
}
