package sky

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"carapace/schema"
)

// explain puts the text where it stands and has it explained: below the header of a
// place that was tried (header), in a line that a provisioner prints (mark), as a
// request's own error (request; stop and down have one too), in the log of the
// provisioning (provision_log), where `sky status` tells why a look failed (status),
// or where `sky check` tells why a cloud is disabled (check).
func (p providerText) explain() *schema.Error {
	f := Failure{Operation: schema.OperationLaunch, Cluster: "carapace-node", Cloud: p.Cloud}
	begun := "⚙︎ Launching on " + p.Cloud + " region-1.\n"
	switch p.Where {
	case "check":
		return CloudCheck{Cloud: p.Cloud, Reason: p.Text}.Explain()
	case "provision_log":
		f.Stdout, f.ProvisionLog = begun, p.Text
	case "mark":
		f.Stdout = begun + p.Text + "\n"
	case "status":
		f.Operation, f.Cloud, f.Stdout = "", "", p.Text
		if !strings.Contains(p.Text, "Failed to query ") {
			f.Stdout = "Failed to query " + p.Cloud + " cluster 'carapace-node' status: " + p.Text
		}
	case "request", "stop", "down":
		if p.Where != "request" {
			f.Operation = map[string]schema.OperationKind{"stop": schema.OperationStop, "down": schema.OperationDestroy}[p.Where]
		}
		if f.Stderr = p.Text; !isException(strings.SplitN(p.Text, "\n", 2)[0]) {
			f.Stderr = "RuntimeError: " + p.Text // no error reaches the CLI without a class (docs/skypilot.md, "Every command")
		}
	default:
		f.Stderr = "sky.exceptions.ResourcesUnavailableError: Failed to provision all possible launchable resources.\nProvision failures (tried 1 infra):\n\n"
		if strings.Contains(p.Text, "✗ ") {
			f.Stderr += p.Text
			break
		}
		f.Stderr += "✗ " + p.Cloud + " (region-1) — (cpus=4)\n"
		if !isGeneric(p.Text) {
			f.Stderr += "  Failed to acquire resources in all zones in region-1 for {X(cpus=4)}.\n  Reason: "
		}
		f.Stderr += strings.ReplaceAll(p.Text, "\n", "\n  ") + "\n"
	}
	return Explain(f)
}

// corpus reads a file of texts.
func corpus(t *testing.T, name string) (texts []providerText) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
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
	return texts
}

// TestProviderTexts prints which share of the texts gets the right kind, with -v. The
// rules were written with the training texts in view, so all of those must. The others
// were collected without sight of the rules and measure them: which of them are wrong
// is not shown, for who has seen one writes a rule for it.
func TestProviderTexts(t *testing.T) {
	for _, tt := range []struct {
		file  string
		share float64 // that must be right
		shown bool
	}{
		{"training_texts.jsonl", 1, true},
		{"provider_texts.jsonl", 0.9, false},
	} {
		t.Run(tt.file, func(t *testing.T) {
			texts := corpus(t, tt.file)
			right, expected := 0, 0
			places := map[string][2]int{} // right, all
			for _, p := range texts {
				e := p.explain()
				if kindOf(e) == p.Expected {
					expected++
				}
				place := places[p.Where]
				place[1]++
				if kindOf(e) == p.Expected || slices.Contains(p.Acceptable, kindOf(e)) {
					right++
					place[0]++
				} else if tt.shown {
					t.Logf("%s (%s, %s): %v, want %s: %s\n\t%v", p.ID, p.Cloud, p.Where, kindOf(e), p.Expected, p.Text, e)
				}
				places[p.Where] = place
				if e != nil && tt.shown {
					fitForAPerson(t, e)
				}
			}
			t.Logf("%s: %d of %d right (%.1f %%), %d of them as expected and not only acceptable; by place: %v", tt.file, right, len(texts), 100*float64(right)/float64(len(texts)), expected, places)
			if float64(right) < tt.share*float64(len(texts)) {
				t.Errorf("%d of %d are right, want %.0f %%", right, len(texts), 100*tt.share)
			}
		})
	}
}

// A text that rules were written with measures nothing, whatever its numbers are.
func TestNoTextIsHeldOutAndTrainedWith(t *testing.T) {
	letters := func(text string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, text)
	}
	trained := map[string]string{}
	for _, p := range corpus(t, "training_texts.jsonl") {
		trained[letters(p.Text)] = p.ID
	}
	for _, p := range corpus(t, "provider_texts.jsonl") {
		if other := trained[letters(p.Text)]; other != "" {
			t.Errorf("%s is %s of the training texts", p.ID, other)
		}
	}
}

func kindOf(e *schema.Error) schema.Kind {
	if e == nil {
		return ""
	}
	return e.Kind
}
