package sky

import (
	"fmt"
	"slices"
	"strings"

	"carapace/schema"
)

// Failure is what is known about something that did not succeed. Every field
// may be empty.
type Failure struct {
	Operation schema.OperationKind // what was tried; empty: a look or a small change
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
	e := schema.NewError(found.rule.kind, found.message(f), found.hint())
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

// message is what did not happen, why, and the provider's own words.
func (f finding) message(failure Failure) string {
	lead := f.rule.lead
	if lead == "" {
		lead = leadOf(f.rule.kind)
	}
	parts := []string{notDone(failure.Operation), f.fill(lead)}
	if words := f.words(); words != "" {
		parts = append(parts, quoted(f.speaker(), words))
	}
	if MayLeak(failure.Stdout) || MayLeak(failure.Stderr) {
		parts = append(parts, "SkyPilot could not remove what it had made until then.")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// speaker is who said the words that are quoted.
func (f finding) speaker() string {
	_, _, passedOn := marked(f.text)
	if f.by != "" && f.place != inCheck && (passedOn || f.refused()) {
		return cloudName(f.by) + " says"
	}
	return "SkyPilot says"
}

// quoted is a sentence with the words of somebody else in it. Whoever they are, they
// stand between quotes: nobody speaks in Carapace's voice but Carapace.
func quoted(speaker, words string) string {
	words = strings.NewReplacer("“", "'", "”", "'").Replace(words)
	return fmt.Sprintf("%s: “%s”.", speaker, words)
}

func (f finding) fill(text string) string {
	where := ""
	if len(f.regions) > 0 {
		where = " in " + strings.Join(f.regions, ", ")
	}
	text = strings.ReplaceAll(text, "{region}", where)
	text = strings.ReplaceAll(text, "{cloud}", cloudName(f.by))
	return strings.ToUpper(text[:1]) + text[1:]
}

func (f finding) hint() string {
	text := f.rule.hint
	if text == "" {
		text = hintOf(f.rule.kind, f.by)
	}
	text = strings.ReplaceAll(text, "{where}", f.where())
	return f.fill(text)
}

func (f finding) where() string {
	if len(f.regions) > 0 {
		return strings.Join(f.regions, " or ")
	}
	return "the region"
}

// notDone is what was tried and did not happen.
func notDone(kind schema.OperationKind) string {
	switch kind {
	case schema.OperationLaunch:
		return "The server could not be launched."
	case schema.OperationStart:
		return "The server could not be started."
	case schema.OperationStop:
		return "The server could not be stopped."
	case schema.OperationDestroy:
		return "The server could not be destroyed."
	case schema.OperationSync:
		return "The vaults on the server could not be brought up to date."
	case schema.OperationInstall:
		return "SkyPilot could not be installed."
	}
	return ""
}

func unexplained(f Failure) *schema.Error {
	message := notDone(f.Operation)
	if message == "" {
		message = "SkyPilot did not answer as expected."
	} else {
		message += " SkyPilot gave no reason that Carapace understands."
	}
	e := schema.NewError(schema.KindInternal, message, "Look at the detail and at the server's status; then try again.")
	return e.WithProvider(f.Cloud).WithDetail(detail(f.Stdout, f.Stderr))
}
