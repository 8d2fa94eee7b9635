package sky

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

// providerText is one line of testdata/provider_texts.jsonl; testdata/provider_texts.md
// says what the fields mean and who may look at them.
type providerText struct {
	ID         string        `json:"id"`
	Cloud      string        `json:"cloud"`
	Where      string        `json:"where"`
	Text       string        `json:"text"`
	Source     string        `json:"source"`
	Expected   schema.Kind   `json:"expected"`
	Acceptable []schema.Kind `json:"acceptable"`
	Filled     string        `json:"filled"`
	Note       string        `json:"note"`
}

// textClouds are SkyPilot 0.14's clouds with the fewest texts that each must
// have: the big ones more than the others.
var textClouds = map[string]int{
	"aws": 5, "azure": 5, "do": 5, "gcp": 5, "kubernetes": 5, "lambda": 5, "nebius": 5, "oci": 5, "paperspace": 5, "runpod": 5, "vast": 5,
	"cudo": 2, "fluidstack": 2, "hyperbolic": 2, "ibm": 2, "mithril": 2, "primeintellect": 2, "scp": 2, "seeweb": 2, "shadeform": 2,
	"slurm": 2, "ssh": 2, "verda": 2, "vsphere": 2, "yotta": 2,
}

// textKinds are the kinds that a text may have: the schema's and those that
// the protocol's second edition adds.
func textKinds() []schema.Kind {
	kinds := []schema.Kind{"billing", "clock_wrong", "provider_refused"}
	for _, info := range schema.Kinds {
		kinds = append(kinds, info.Kind)
	}
	return kinds
}

func providerTexts(t *testing.T) (texts []providerText) {
	t.Helper()
	data, err := os.ReadFile("testdata/provider_texts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		var text providerText
		if err := decoder.Decode(&text); err != nil {
			t.Fatalf("line %d: %v", len(texts)+1, err)
		}
		texts = append(texts, text)
	}
	return texts
}

func TestProviderTextsAreWhole(t *testing.T) {
	texts, kinds := providerTexts(t), textKinds()
	if len(texts) < 150 {
		t.Errorf("%d texts are too few", len(texts))
	}
	ids, words, clouds := map[string]bool{}, map[string]string{}, map[string]int{}
	for _, text := range texts {
		if ids[text.ID] {
			t.Errorf("%s stands twice", text.ID)
		}
		ids[text.ID] = true
		if other, twice := words[text.Cloud+text.Text]; twice {
			t.Errorf("%s is the same text as %s", text.ID, other)
		}
		words[text.Cloud+text.Text] = text.ID
		clouds[text.Cloud]++
		if textClouds[text.Cloud] == 0 || !strings.HasPrefix(text.ID, text.Cloud+"-") {
			t.Errorf("%s: no such cloud, or not that of its id: %q", text.ID, text.Cloud)
		}
		if strings.TrimSpace(text.Text) == "" || text.Source == "" {
			t.Errorf("%s has no text or no source", text.ID)
		}
		if !slices.Contains([]string{"header", "request", "check", "status", "down", "stop"}, text.Where) {
			t.Errorf("%s: no such place: %q", text.ID, text.Where)
		}
		if !slices.Contains([]string{"", "arguments", "words"}, text.Filled) {
			t.Errorf("%s: nothing of that is filled in: %q", text.ID, text.Filled)
		}
		for _, kind := range append(text.Acceptable, text.Expected) {
			if !slices.Contains(kinds, kind) {
				t.Errorf("%s: no such kind: %q", text.ID, kind)
			}
		}
		if slices.Contains(text.Acceptable, text.Expected) {
			t.Errorf("%s: what is expected is not also acceptable: %q", text.ID, text.Expected)
		}
	}
	for cloud, fewest := range textClouds {
		if clouds[cloud] < fewest {
			t.Errorf("%s has %d texts, of at least %d", cloud, clouds[cloud], fewest)
		}
	}
}
