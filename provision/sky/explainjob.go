package sky

import (
	"strings"

	"carapace/provision/redact"
	"carapace/schema"
	"carapace/schema/text"
)

// explainJob says why a job on the server failed. The script's own output says
// it, so the message quotes its last line.
func explainJob(f Failure) *schema.Error {
	log := Clean(strings.Join(f.Job, "\n"))
	status := f.JobStatus
	if status == "" {
		status = betweenOr(log, "Job finished (status: ", ")")
	}
	e := jobError(status)
	if strings.Contains(log, "No space left on device") {
		e = schema.Fail(schema.KindDiskFull, &text.SetupDiskFull)
	}
	if last := lastWords(log); last != "" {
		e = e.And(text.New(&text.SaidByLog, text.Args{"said": last}))
	}
	return e.WithProvider(f.Cloud).WithDetail(jobDetail(log, f))
}

// jobDetail is the job's own log where there is one.
func jobDetail(job string, f Failure) string {
	if t := redact.Tail(job, detailLimit); t != "" {
		return t
	}
	return detail(f.Stdout, f.Stderr)
}

// jobError is what a job's last status means.
func jobError(status string) *schema.Error {
	switch status {
	case "FAILED", "CANCELLED":
		return schema.Fail(schema.KindRunFailed, &text.RunCommandFailed)
	case "FAILED_DRIVER":
		return schema.Fail(schema.KindSetupFailed, &text.SetupRuntimeFailed)
	}
	return schema.Fail(schema.KindSetupFailed, &text.SetupScriptFailed)
}

// lastWords is the last line that the script itself printed and that says
// something to a person, without the prefix that SkyPilot puts before each. Of a
// stack trace that is what stands at the margin.
func lastWords(log string) (last string) {
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if !isJobLine(line) {
			continue
		}
		_, said, _ := strings.Cut(line, ")")
		if said = strings.TrimPrefix(said, " "); strings.HasPrefix(said, " ") || strings.HasPrefix(said, "\t") {
			continue
		}
		if said = tidy(said); said != "" {
			last = said
		}
	}
	return last
}
