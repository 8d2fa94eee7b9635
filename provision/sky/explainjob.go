package sky

import (
	"strings"

	"carapace/schema"
)

// explainJob says why a job on the server failed. The script's own output says
// it, so the message quotes its last line.
func explainJob(f Failure) *schema.Error {
	text := Clean(strings.Join(f.Job, "\n"))
	status := f.JobStatus
	if status == "" {
		status = betweenOr(text, "Job finished (status: ", ")")
	}
	kind, message, hint := describeJob(status)
	if strings.Contains(text, "No space left on device") {
		kind = schema.KindDiskFull
		message, hint = "There is no space left on the server's disk", "Make room on it, or destroy the server and launch it with a greater diskSize."
	}
	message += "."
	if last := lastWords(text); last != "" {
		message += " " + quoted("The log says", last)
	}
	e := schema.NewError(kind, message, hint)
	return e.WithProvider(f.Cloud).WithDetail(jobDetail(text, f))
}

// jobDetail is the job's own log where there is one.
func jobDetail(job string, f Failure) string {
	if t := tail(job, detailLimit); t != "" {
		return t
	}
	return detail(f.Stdout, f.Stderr)
}

func describeJob(status string) (kind schema.Kind, message, hint string) {
	switch status {
	case "FAILED", "CANCELLED":
		return schema.KindRunFailed, "The server runs, but its run command failed",
			"Read the run log, mend the cause, then stop and start the server to run it again."
	case "FAILED_DRIVER":
		return schema.KindSetupFailed, "SkyPilot's runtime on the server failed before its setup had ended",
			"Launch again to finish; or destroy the server."
	}
	return schema.KindSetupFailed, "The server's setup failed",
		"Read the setup log, mend the cause, then launch again to finish; or destroy the server."
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
