package sky

import (
	"context"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

func checkArgs(cloud string) []string { return []string{"check", cloud} }

// CheckReport is what `sky check` found: one entry for each cloud asked.
type CheckReport struct{ Clouds []CloudCheck }

// CloudCheck is what SkyPilot says of one cloud.
type CloudCheck struct {
	Cloud   string // as in schema.Spec.Cloud
	Enabled bool
	// Reason is why it is not enabled, in SkyPilot's words, many lines at times.
	Reason string
	// Hint is advice that SkyPilot gives beside it.
	Hint string
}

// Find returns the entry of a cloud.
func (r CheckReport) Find(cloud string) (CloudCheck, bool) {
	for _, c := range r.Clouds {
		if c.Cloud == cloud {
			return c, true
		}
	}
	return CloudCheck{}, false
}

// Explain says why the cloud is not enabled; nil where it is.
func (c CloudCheck) Explain() *schema.Error {
	if c.Enabled {
		return nil
	}
	f := Failure{Cloud: c.Cloud, Stdout: strings.TrimSpace(c.Reason + "\n" + c.Hint)}
	if c.Cloud == "" || f.Stdout == "" {
		return unexplained(f)
	}
	reason := lastError(Clean(c.Reason))
	said := []statement{{by: c.Cloud, place: inCheck, text: bounded(reason)}}
	found, _ := choose(said)
	if found.rule == nil || !disables(found.rule.kind) {
		return c.refused(f, reason)
	}
	if short := []statement{{by: c.Cloud, place: inCheck, text: bounded(withoutAdvice(reason))}}; saysTheSame(short, found) {
		said = short
	}
	return explain(f, said)
}

func saysTheSame(said []statement, found finding) bool {
	again, ok := choose(said)
	return ok && again.rule == found.rule
}

// disables: what can be the reason why a cloud is disabled, as far as a rule can tell.
// Anything else was found in words that say something else.
func disables(kind schema.Kind) bool {
	switch kind {
	case schema.KindCredentialsMissing, schema.KindCredentialsInvalid, schema.KindPermission, schema.KindBilling, schema.KindClockWrong,
		schema.KindRateLimited, schema.KindNetwork, schema.KindTimeout, schema.KindAPIServer, schema.KindDiskFull, schema.KindUnsupported:
		return true
	}
	return false
}

// refused says that SkyPilot has the cloud disabled, in SkyPilot's words: without a
// better reason the credentials are what has to be set up, or set up anew.
func (c CloudCheck) refused(f Failure, reason string) *schema.Error {
	var e *schema.Error
	switch words := providerWords(withoutAdvice(reason)); words {
	case "", "error": // advice alone: nothing was set up (sky/clouds/nebius.py, vast.py)
		e = schema.Fail(schema.KindCredentialsMissing, &text.CloudNoKey, text.Args{"attempt": notDone(f.tried()), "cloud": cloudName(c.Cloud)})
	default:
		e = schema.Fail(schema.KindCredentialsInvalid, &text.SkyPilotCheckRefused, text.Args{"cloud": cloudName(c.Cloud)}).
			And(text.New(&text.SaidBySkyPilot, text.Args{"said": words}))
	}
	e = e.AndHint(hintOf(e.Kind, c.Cloud, nil)...)
	e.Provider, e.Docs = c.Cloud, docs(e.Kind, c.Cloud)
	return e.WithDetail(detail(f.Stdout, ""))
}

// lastError is the exception that a traceback ends with; a reason that is none as it is.
func lastError(reason string) string {
	if !strings.HasPrefix(reason, "Traceback (most recent call last)") {
		return reason
	}
	var last string
	for line := range strings.Lines(reason) {
		if line = strings.TrimRight(line, " \n"); isException(line) {
			last = line
		}
	}
	return last
}

// withoutAdvice drops what SkyPilot's clouds say of setting credentials up: the hint
// has that.
func withoutAdvice(reason string) string {
	if strings.Contains(reason, "Details: ") || strings.Contains(reason, "Reason: ") {
		return reason // those stand behind the advice
	}
	for _, advice := range []string{"To configure credentials", "Credentials can be set up", "Credentials may also need", "Run the following commands", "Generate API key", "For more info", "To fix this"} {
		reason, _, _ = strings.Cut(reason, advice)
	}
	return reason
}

// Check asks a cloud whether the credentials that SkyPilot has for it work. It
// takes 7 to 55 s. It reads the table: the JSON form gives no reasons
// (transcript check-gcp-json). The answer also becomes the API server's own, on
// which the next launch relies (docs/skypilot.md, "Credentials").
func (c *Client) Check(ctx context.Context, cloud string) (CheckReport, error) {
	if !ValidClusterName(cloud) {
		return CheckReport{}, schema.Fail(schema.KindInvalidParams, &text.ParamsCloud).WithField("cloud")
	}
	res, err := c.run(ctx, Call{Purpose: Question, Args: checkArgs(cloud)})
	if err != nil {
		return CheckReport{}, err
	}
	report := parseCheck(res.Stdout)
	if len(report.Clouds) == 0 {
		return report, fail(Failure{Cloud: cloud}, res)
	}
	return report, nil
}

// parseCheck reads the table: "  AWS: enabled [compute, storage]", or
// "  AWS: disabled" with lines indented by four below it.
func parseCheck(output string) CheckReport {
	var report CheckReport
	var current *CloudCheck
	hinting := false
	for line := range strings.Lines(Clean(output)) {
		line = strings.TrimRight(line, " \n")
		if check, ok := checkHeader(line); ok {
			report.Clouds = append(report.Clouds, check)
			current, hinting = &report.Clouds[len(report.Clouds)-1], false
			continue
		}
		if current == nil || !strings.HasPrefix(line, "    ") {
			current = nil // the table's end
			continue
		}
		hinting = current.add(strings.TrimPrefix(line, "    "), hinting)
	}
	return report
}

func checkHeader(line string) (CloudCheck, bool) {
	name, ok := strings.CutPrefix(line, "  ")
	name, state, found := strings.Cut(name, ": ")
	if !ok || !found || name == "" || name[0] == ' ' {
		return CloudCheck{}, false
	}
	enabled := strings.HasPrefix(state, "enabled")
	return CloudCheck{Cloud: cloudID(name), Enabled: enabled}, enabled || strings.HasPrefix(state, "disabled")
}

// add appends one of the lines below a cloud and reports whether what comes next
// belongs to a hint.
func (c *CloudCheck) add(line string, hinting bool) bool {
	if rest, ok := labelled(line, "Reason"); ok {
		line, hinting = rest, false
	} else if rest, ok := labelled(line, "Hint"); ok {
		line, hinting = rest, true
	}
	if hinting {
		c.Hint = joinLines(c.Hint, line)
	} else {
		c.Reason = joinLines(c.Reason, line)
	}
	return hinting
}

// labelled cuts "Reason [compute, storage]: " off a line.
func labelled(line, label string) (string, bool) {
	rest, ok := strings.CutPrefix(line, label)
	if !ok {
		return "", false
	}
	if strings.HasPrefix(rest, " [") {
		_, rest, ok = strings.Cut(rest, "]")
	}
	rest, colon := strings.CutPrefix(rest, ":")
	return strings.TrimSpace(rest), ok && colon
}

func joinLines(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}
