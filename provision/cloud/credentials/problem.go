package credentials

import (
	"errors"
	"io/fs"
	"runtime"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// problem is what is wrong with credentials that are there. The zero value is no
// problem.
type problem struct {
	kind schema.ProblemKind
	said text.Text // the end of a sentence: it is empty
	hint text.Text // how to mend it; the zero value: by making the credentials anew
}

func (p problem) is() bool { return p.kind != "" }

// hidesAccount reports whether the problem keeps the account from being known, too:
// a login that has ended is still one to the same account.
func (p problem) hidesAccount() bool {
	return p.is() && p.kind != schema.ProblemExpired && p.kind != schema.ProblemIncomplete
}

// malformed is the problem of a content with a fault; the zero value is none.
func malformed(fault text.Text) problem {
	if fault.Code == "" {
		return problem{}
	}
	return problem{kind: schema.ProblemMalformed, said: fault}
}

func expired(fault, hint text.Text) problem {
	return problem{kind: schema.ProblemExpired, said: fault, hint: hint}
}

func incomplete(fault, hint text.Text) problem {
	return problem{kind: schema.ProblemIncomplete, said: fault, hint: hint}
}

func emptyFile() problem { return problem{kind: schema.ProblemEmpty, said: text.New(&text.FaultEmpty)} }

// unreadable is the problem of a file that is there and can't be opened. To make the
// credentials anew would not help.
func unreadable(path string, why error) problem {
	hint := text.New(&text.HintMakeReadable, text.Args{"path": path})
	fault := text.New(&text.FaultUnreadable, text.Args{"problem": why.Error()})
	switch {
	case errors.Is(why, errNotRegular):
		fault = text.New(&text.FaultNotRegular)
	case errors.Is(why, errTooLarge):
		fault = text.New(&text.FaultTooLarge, text.Args{"megabytes": maxCredentialFile >> 20})
	case errors.Is(why, fs.ErrPermission):
		hint = text.New(&text.HintChmod, text.Args{"path": path})
		if runtime.GOOS == "windows" {
			hint = text.New(&text.HintGiveRight, text.Args{"path": path})
		}
	}
	return problem{kind: schema.ProblemUnreadable, said: fault, hint: hint}
}

// mend is how to mend the problem of what was found: its own way, else the form that
// SkyPilot reads, else the cloud's way to make new credentials.
func (f finding) mend(c cloud.Cloud) []text.Text {
	setup := text.New(c.Setup)
	switch {
	case f.problem.hint.Code != "":
		return []text.Text{f.problem.hint}
	case f.problem.kind == schema.ProblemMalformed && f.from.form != nil:
		return []text.Text{text.New(&text.HintCorrectForm, text.Args{"source": f.source, "form": text.New(f.from.form)})}
	case f.problem.kind == schema.ProblemMalformed && f.path != "":
		return []text.Text{text.New(&text.HintCorrectFile, text.Args{"source": f.source}), setup}
	}
	return []text.Text{setup}
}
