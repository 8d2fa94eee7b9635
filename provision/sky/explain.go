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
	ServerLog string // what SkyPilot's API server wrote of itself, where it did not start
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
	found, ok := choose(causes(f))
	if !ok {
		return unexplained(f)
	}
	if found.cloud = found.provider(f.Cloud); ownAffair(found.rule.kind) {
		found.cloud = ""
	}
	e := schema.NewError(found.rule.kind, found.message(f), found.hint())
	e.Provider, e.Field = found.cloud, found.rule.field
	e.Retryable = e.Retryable && !found.rule.final
	e.Docs = docs(e.Kind, e.Provider)
	return e.WithDetail(detail(f.Stdout, f.errors()))
}

// errors are what stood on stderr, and what that only points to.
func (f Failure) errors() string { return strings.TrimSpace(f.Stderr + "\n" + f.ServerLog) }

// finding is the cause that was chosen.
type finding struct {
	cause
	rule    *rule
	regions []string // all in which the same kind of thing was said
}

// choose takes the cause whose rule says most; of equal ones the first that the
// provider said something with.
func choose(all []cause) (finding, bool) {
	best, rank := finding{}, len(rules)
	for _, c := range all {
		r, n := classify(c.text)
		if r == nil || n > rank {
			continue
		}
		if n < rank || best.words() == "" {
			regions := best.regions
			if n < rank {
				regions = nil
			}
			best, rank = finding{cause: c, rule: r, regions: regions}, n
		}
		if c.region != "" && !slices.Contains(best.regions, c.region) {
			best.regions = append(best.regions, c.region)
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

// provider is the cloud that the failure came from: where it was being tried,
// else whose words they are, else the cloud asked for.
func (f finding) provider(asked string) string {
	if f.cloud != "" {
		return f.cloud
	}
	for _, mark := range []struct{ text, cloud string }{
		{"botocore", "aws"},
		{"An error occurred (", "aws"},
		{"AWS ", "aws"},
		{"AWS(", "aws"},
		{"aws sts", "aws"},
		{"sky check aws", "aws"},
		{"googleapiclient", "gcp"},
		{"google.", "gcp"},
		{"gcloud", "gcp"},
		{"GCP ", "gcp"},
		{"GCP(", "gcp"},
		{"sky check gcp", "gcp"},
		{"azure.", "azure"},
		{"az login", "azure"},
		{"Azure ", "azure"},
		{"Azure(", "azure"},
		{"sky check azure", "azure"},
		{"Lambda", "lambda"},
		{" lambda", "lambda"}, // not Python's "<lambda>"
		{"AWS", "aws"},
		{"GCP", "gcp"},
		{"Azure", "azure"},
	} {
		if strings.Contains(f.text, mark.text) {
			return mark.cloud
		}
	}
	return asked
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
		parts = append(parts, fmt.Sprintf("%s: “%s”.", f.speaker(), words))
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// speaker is who said the words that are quoted.
func (f finding) speaker() string {
	if f.cloud != "" && quotesProvider(f.text) {
		return cloudName(f.cloud) + " says"
	}
	return "SkyPilot says"
}

func (f finding) fill(text string) string {
	where := ""
	if len(f.regions) > 0 {
		where = " in " + strings.Join(f.regions, ", ")
	}
	text = strings.ReplaceAll(text, "{region}", where)
	text = strings.ReplaceAll(text, "{cloud}", cloudName(f.cloud))
	return strings.ToUpper(text[:1]) + text[1:]
}

func (f finding) hint() string {
	text := f.rule.hint
	if text == "" {
		text = hintOf(f.rule.kind, f.cloud)
	}
	text = strings.ReplaceAll(text, "{where}", f.place())
	return f.fill(text)
}

func (f finding) place() string {
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
