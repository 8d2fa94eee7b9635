package credentials

import (
	"fmt"
	"runtime"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// problem is what is wrong with credentials that are there. The zero value is no
// problem.
type problem struct {
	kind schema.ProblemKind
	text string    // the end of a sentence: it is empty
	hint text.Text // how to mend it; the zero value: by making the credentials anew
}

func (p problem) is() bool { return p.kind != "" }

// hidesAccount reports whether the problem keeps the account from being known, too:
// a login that has ended is still one to the same account.
func (p problem) hidesAccount() bool {
	return p.is() && p.kind != schema.ProblemExpired && p.kind != schema.ProblemIncomplete
}

// malformed is the problem of a content in which text is wrong; "" is none.
func malformed(what string) problem {
	if what == "" {
		return problem{}
	}
	return problem{kind: schema.ProblemMalformed, text: what}
}

func malformedf(format string, args ...any) problem { return malformed(fmt.Sprintf(format, args...)) }

func expired(what string, hint text.Text) problem {
	return problem{kind: schema.ProblemExpired, text: what, hint: hint}
}

func incomplete(what string, hint text.Text) problem {
	return problem{kind: schema.ProblemIncomplete, text: what, hint: hint}
}

var emptyFile = problem{kind: schema.ProblemEmpty, text: "it is empty"}

// unreadable is the problem of a file that is there and can't be opened. To make the
// credentials anew would not help.
func unreadable(path, why string) problem {
	hint := text.New(&text.HintMakeReadable, text.Args{"path": path})
	if why == permissionDenied {
		hint = text.New(&text.HintChmod, text.Args{"path": path})
		if runtime.GOOS == "windows" {
			hint = text.New(&text.HintGiveRight, text.Args{"path": path})
		}
	}
	return problem{kind: schema.ProblemUnreadable, text: "it can't be read: " + why, hint: hint}
}

// mend is how to mend the problem of what was found: its own way, else the form that
// SkyPilot reads, else the cloud's way to make new credentials.
func (f finding) mend(c cloud.Cloud) []text.Text {
	setup := text.New(c.Setup)
	switch {
	case f.problem.hint.Code != "":
		return []text.Text{f.problem.hint}
	case f.problem.kind == schema.ProblemMalformed && f.from.form != "":
		return []text.Text{text.New(&text.HintCorrectForm, text.Args{"source": f.source, "form": f.from.form})}
	case f.problem.kind == schema.ProblemMalformed && f.path != "":
		return []text.Text{text.New(&text.HintCorrectFile, text.Args{"source": f.source}), setup}
	}
	return []text.Text{setup}
}
