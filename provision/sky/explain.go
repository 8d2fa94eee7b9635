package sky

import (
	"slices"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// Failure is what is known about something that did not succeed. Every field
// may be empty.
type Failure struct {
	Operation schema.OperationKind // what was tried; empty: a look or a small change
	Asked     bool                 // the operation was not tried: it was asked what it would be
	Cluster   string
	Cloud     string // as in schema.Spec.Cloud, where it is known
	Stdout    string // of the command, or of `sky api logs`
	Stderr    string
	// ProvisionLog is what `sky logs --provision NAME` shows, in which some clouds' reasons
	// stand and nowhere else (see LacksReason).
	ProvisionLog string
	ServerLog    string // what SkyPilot's API server wrote of itself, where it did not start
	// Job holds the end of the job's log, if a job failed.
	Job []string
	// JobStatus is the job's status in SkyPilot's words: FAILED_SETUP, FAILED, …
	JobStatus  string
	InitReason string // as in Cluster
	LastEvent  string // as in Cluster
}

// Explain says what went wrong: for a program by kind, for a person in a message
// that names the place and quotes the provider, with a hint that says what to do
// and the raw tail as detail. It never returns nil and never says what it was not
// told: with nothing to go by the kind is KindInternal. Pure.
func Explain(f Failure) *schema.Error {
	if f.JobStatus != "" || len(f.Job) > 0 {
		return explainJob(f)
	}
	return explain(f, statements(f))
}

// LacksReason reports whether nothing in what is known of a failure tells why: where there
// is a further source, it is worth asking (Failure.ProvisionLog). Pure.
func LacksReason(f Failure) bool {
	found, ok := choose(statements(f))
	return !ok || found.rule.nothing
}

// explain says what of all that was said about a failure is the reason.
func explain(f Failure, said []statement) *schema.Error {
	found, ok := choose(said)
	if !ok {
		return unexplained(f)
	}
	if found.by == "" {
		found.by = cloudIn(found.text)
	}
	if ownAffair(found.rule.kind) {
		found.by = ""
	}
	known := found.arguments(f.tried())
	e := schema.Fail(found.rule.kind, found.rule.tells, found.rule.tells.Pick(known))
	if words := found.words(); words != "" {
		e = e.And(found.quotation(words))
	}
	if MayLeak(f.Stdout) || MayLeak(f.Stderr) {
		e = e.And(text.New(&text.SkyPilotLeftover))
	}
	if found.rule.tells.Hint == "" {
		e = e.AndHint(hintOf(found.rule.kind, found.by, known)...)
	}
	e.Provider, e.Field = found.by, found.rule.field
	e.Retryable = e.Retryable && !found.rule.final
	e.Docs = docs(e.Kind, e.Provider)
	return e.WithDetail(detail(f.Stdout, f.errors()))
}

// errors are what stood on stderr, and what that only points to.
func (f Failure) errors() string { return strings.TrimSpace(f.Stderr + "\n" + f.ServerLog) }

// finding is the statement that was chosen.
type finding struct {
	statement
	rule    *rule
	regions []string // all in which the same kind of thing was said
}

// maxJudged bounds how many statements of a provider's are judged, the first and the last
// of them: no launch has as many, and each takes some microseconds.
const maxJudged = 1000

// choose takes the statement whose rule says most; of equal ones the first that
// the provider said something with.
func choose(all []statement) (finding, bool) {
	best, rank := finding{}, len(rules)
	seen := make(map[statement]bool, len(all)) // what is said three times in each zone is judged once
	judged := 0
	for i, s := range all {
		if seen[s] {
			continue
		}
		seen[s] = true
		if s.foreign() {
			if judged++; judged > maxJudged/2 && i < len(all)-maxJudged/2 {
				continue
			}
		}
		r, n := classify(s)
		if r == nil || n > rank {
			continue
		}
		if n < rank || best.words() == "" {
			regions := best.regions
			if n < rank {
				regions = nil
			}
			best, rank = finding{statement: s, rule: r, regions: regions}, n
		}
		if s.region != "" && !slices.Contains(best.regions, s.region) {
			best.regions = append(best.regions, s.region)
		}
	}
	return best, best.rule != nil
}

func (f finding) words() string {
	if f.rule == nil || f.rule.mute {
		return ""
	}
	return providerWords(f.text)
}

// ownAffair: kinds that no cloud has a part in, wherever they struck.
func ownAffair(kind schema.Kind) bool {
	switch kind {
	case schema.KindAPIServer, schema.KindSkyPilotUnsupported, schema.KindCanceled, schema.KindInterrupted:
		return true
	}
	return false
}

// arguments are what the entries of rules and advices can name.
func (f finding) arguments(tried schema.OperationKind) text.Args {
	return text.Args{"attempt": notDone(tried), "cloud": cloudName(f.by), "where": inRegions(strings.Join(f.regions, ", ")), "version": Tested}
}

// inRegions says in which regions, nothing where none is known.
func inRegions(regions string) []text.Text {
	if regions == "" {
		return nil
	}
	return []text.Text{text.New(&text.WhereRegion, text.Args{"region": regions})}
}

// quotation is the provider's own words, as those of who said them.
func (f finding) quotation(words string) text.Text {
	_, _, passedOn := marked(f.text)
	if f.by != "" && f.place != inCheck && (passedOn || f.refused()) {
		return text.New(&text.SaidByCloud, text.Args{"cloud": cloudName(f.by), "said": words})
	}
	return text.New(&text.SaidBySkyPilot, text.Args{"said": words})
}

// tried is the operation that did not happen.
func (f Failure) tried() schema.OperationKind {
	if f.Asked {
		return ""
	}
	return f.Operation
}

// notDone is what was tried and did not happen.
func notDone(kind schema.OperationKind) []text.Text {
	var attempt text.Text
	switch kind {
	case schema.OperationLaunch:
		attempt = text.New(&text.AttemptLaunch)
	case schema.OperationStart:
		attempt = text.New(&text.AttemptStart)
	case schema.OperationStop:
		attempt = text.New(&text.AttemptStop)
	case schema.OperationDestroy:
		attempt = text.New(&text.AttemptDestroy)
	case schema.OperationSync:
		attempt = text.New(&text.AttemptSync)
	case schema.OperationInstall:
		attempt = text.New(&text.AttemptInstall)
	default:
		return nil
	}
	return []text.Text{attempt}
}

func unexplained(f Failure) *schema.Error {
	e := schema.Fail(schema.KindInternal, &text.SkyPilotUnexpected)
	if attempt := notDone(f.tried()); attempt != nil {
		e = schema.Fail(schema.KindInternal, &text.SkyPilotNoReason, text.Args{"attempt": attempt})
	}
	return e.WithProvider(f.Cloud).WithDetail(detail(f.Stdout, f.Stderr))
}
