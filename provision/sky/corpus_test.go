package sky

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"carapace/schema"
)

// providerText is one text of a provider's, with its source and the kind that it
// is of. Where says in which place of SkyPilot's output it stands: block (under
// the header of a place that was tried), mark (a line that a provisioner prints),
// error (the request's own error), check (why `sky check` has a cloud disabled) or
// provision_log. Anything else is taken for block.
type providerText struct {
	ID       string      `json:"id"`
	Cloud    string      `json:"cloud"`
	Where    string      `json:"where"`
	Text     string      `json:"text"`
	Source   string      `json:"source"`
	Expected schema.Kind `json:"expected"`
}

// explain puts the text where it stands and has it explained.
func (p providerText) explain() *schema.Error {
	f := Failure{Operation: schema.OperationLaunch, Cloud: p.Cloud}
	begun := "⚙︎ Launching on " + p.Cloud + " region-1.\n"
	where := strings.ToLower(p.Where)
	switch {
	case strings.Contains(where, "check"):
		return CloudCheck{Cloud: p.Cloud, Reason: p.Text}.Explain()
	case strings.Contains(where, "log"):
		f.Stdout, f.ProvisionLog = begun, p.Text
	case strings.Contains(where, "mark"):
		f.Stdout = begun + p.Text + "\n"
	case strings.Contains(where, "err"), strings.Contains(where, "exception"):
		f.Stderr = p.Text
	case strings.Contains(p.Text, "✗ "):
		f.Stderr = p.Text
	default:
		f.Stderr = "sky.exceptions.ResourcesUnavailableError: Failed to provision all possible launchable resources.\nProvision failures (tried 1 infra):\n\n✗ " +
			p.Cloud + " (region-1) — (cpus=4)\n  Failed to acquire resources in all zones in region-1 for {X(cpus=4)}.\n  Reason: " + strings.ReplaceAll(p.Text, "\n", "\n  ") + "\n"
	}
	return Explain(f)
}

// corpus reads a file of texts; there is none of a file that is not there.
func corpus(t *testing.T, name string) (texts []providerText, there bool) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var p providerText
		if err := json.Unmarshal(line, &p); err != nil {
			t.Fatalf("%s: %v: %s", name, err, line)
		}
		texts = append(texts, p)
	}
	return texts, true
}

// TestProviderTexts prints which share of the texts gets the right kind. The rules
// were written with the training texts in view, so all of those must; the others
// were collected without sight of the rules, and measure them.
func TestProviderTexts(t *testing.T) {
	for _, tt := range []struct {
		file  string
		share float64 // that must be right
	}{
		{"training_texts.jsonl", 1},
		{"provider_texts.jsonl", 0.9},
	} {
		t.Run(tt.file, func(t *testing.T) {
			texts, there := corpus(t, tt.file)
			if !there {
				t.Skip("the texts are not there")
			}
			right := 0
			for _, p := range texts {
				e := p.explain()
				if e != nil && e.Kind == p.Expected {
					right++
					fitForAPerson(t, e)
					continue
				}
				t.Logf("%s (%s, %s): %v, want %s: %s\n\t%v", p.ID, p.Cloud, p.Where, kindOf(e), p.Expected, p.Text, e)
			}
			t.Logf("%s: %d of %d right (%.1f %%)", tt.file, right, len(texts), 100*float64(right)/float64(len(texts)))
			if float64(right) < tt.share*float64(len(texts)) {
				t.Errorf("%d of %d are right, want %.0f %%", right, len(texts), 100*tt.share)
			}
		})
	}
}

func kindOf(e *schema.Error) schema.Kind {
	if e == nil {
		return ""
	}
	return e.Kind
}
