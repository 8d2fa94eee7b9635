//go:build e2e

package failures

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"carapace/schema"
)

// failuresDoc is the table of what a person sees of each failure. TestFailures
// writes it (UPDATE_DOCS=1) and otherwise holds the sidecar to it.
const failuresDoc = "../../docs/failures.md"

const failuresIntroduction = `# What goes wrong, and what the user sees

Each row was produced with the real SkyPilot CLI in the lab (` + "`e2e/lab`" + `) and written by the test that did it:
` + "`E2E_FAILURES=all UPDATE_DOCS=1 go test -tags e2e -run TestFailures -timeout 3h ./e2e/failures`" + `. With ` + "`E2E_FAILURES=1`" + ` the last part, whose
failures take SkyPilot many minutes each, is left out; ` + "`-run TestFailures/Refused`" + ` produces one part alone. Without UPDATE_DOCS the test
holds the sidecar to this table. What is another each time (ids, times, addresses) stands as …. Behind the status stands
what the server's description adds to the message.
`

// changing are the parts of what is said that are another each time.
var changing = regexp.MustCompile(`\b(i-[0-9a-f]{8,}|\d{1,2}:\d{2}(:\d{2})?|[0-9a-f]{8}-[0-9a-f-]{27}|(\d+h)?(\d+m)?\d+s|(\d+ min )?\d+ s|\d+ h \d+ min|process \d+|[Pp]ort \d+|127\.0\.\d+\.\d+:\d+)\b|/tmp/Test[^ ,;:)"”]+`)

func cell(s string) string {
	s = changing.ReplaceAllString(strings.Join(strings.Fields(s), " "), "…")
	return strings.ReplaceAll(s, "|", "\\|")
}

func (c failure) row(e *schema.Error, status schema.Cluster) string {
	kind := ""
	if e.Kind != "" {
		kind = "`" + string(e.Kind) + "`"
	}
	after := fmt.Sprintf("`%s`", status.Status)
	if more, ok := strings.CutPrefix(status.Description, e.Message); ok {
		after = strings.TrimSpace(after + " " + cell(strings.TrimLeft(more, ". ")))
	} else {
		after += ": " + cell(status.Description)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", c.name, c.how, kind, cell(e.Message), cell(e.Hint), after)
}

// document writes a row into the table, or holds it to the one that is there.
// The other rows stay as they were.
func (c failure) document(t *testing.T, row string) {
	t.Helper()
	data, err := os.ReadFile(failuresDoc)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case os.Getenv("UPDATE_DOCS") != "":
		if err := os.WriteFile(failuresDoc, []byte(table(string(data), c.name, row)), 0o644); err != nil {
			t.Fatal(err)
		}
	case !strings.Contains(string(data), row+"\n"):
		t.Errorf("%s lacks this row; to write it anew: UPDATE_DOCS=1\n%s", failuresDoc, row)
	}
}

// table is the document with one row anew.
func table(before, name, row string) string {
	var b strings.Builder
	b.WriteString(failuresIntroduction)
	for _, theme := range themes {
		fmt.Fprintf(&b, "\n## %s\n\n| failure | how it was produced | kind | message | hint | status after it |\n|---|---|---|---|---|---|\n", theme.title)
		for _, c := range theme.rows {
			if c.name == name {
				b.WriteString(row + "\n")
			} else if earlier := written(before, c.name); earlier != "" {
				b.WriteString(earlier + "\n")
			}
		}
	}
	return b.String()
}

func written(doc, name string) string {
	for line := range strings.Lines(doc) {
		if strings.HasPrefix(line, "| "+name+" | ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
