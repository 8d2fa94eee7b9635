package sky

import (
	"fmt"
	"strings"

	"carapace/schema"
)

// jobLinesQuoted is how many of a script's last lines stand in a message.
const jobLinesQuoted = 3

// explainJob says why a job on the server failed. The script's own output says
// it, so the message quotes its end.
func explainJob(f Failure) *schema.Error {
	text := Clean(strings.Join(f.Job, "\n"))
	status := f.JobStatus
	if status == "" {
		status = betweenOr(text, "Job finished (status: ", ")")
	}
	kind, message, hint := describeJob(status)
	if strings.Contains(text, "No space left on device") {
		kind = schema.KindDiskFull
		message, hint = "There is no space left on the server's disk.", "Launch it anew with a greater diskSize."+stillCosts("", schema.KindSetupFailed)
	}
	if last := lastWords(text); last != "" {
		message += fmt.Sprintf(" It ended with: “%s”.", last)
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
		return schema.KindRunFailed, "The server runs, but its run command failed.",
			"Mend the run command and start the server again; the server itself can be used."
	case "FAILED_DRIVER":
		return schema.KindSetupFailed, "The machine runs, but SkyPilot's runtime on it failed before setup had ended.",
			"Launch again to finish, or destroy the server. The machine costs money as long as it is there."
	}
	return schema.KindSetupFailed, "The machine runs, but its setup did not succeed.",
		"Mend the setup script and launch again, or destroy the server. The machine costs money as long as it is there."
}

// lastWords are the last lines that the script itself printed, without the
// prefix that SkyPilot puts before each.
func lastWords(log string) string {
	var last []string
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if !isJobLine(line) {
			continue
		}
		_, said, _ := strings.Cut(line, ")")
		if said = tidy(said); said != "" {
			last = append(last, said)
		}
	}
	return tidy(strings.Join(last[max(len(last)-jobLinesQuoted, 0):], " / "))
}
