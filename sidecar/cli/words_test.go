package cli

import (
	"math"
	"strings"
	"testing"

	"carapace/schema"
)

func sidecar(words ...string) string { return "sidecar " + strings.Join(words, " ") }

func TestForPeople(t *testing.T) {
	people := forPeople(sidecar)
	for text, want := range map[string]string{
		"ask again with allowDeletions.":            "ask again with --allow-deletions.",
		"Raise spec.maxHourlyCost.":                 "Raise --max-price.",
		"Install it (skypilot.install does).":       "Install it ('sidecar install' does).",
		"take it off the list with cluster.forget.": "take it off the list with 'sidecar forget'.",
		"Set autostop.down to true.":                "Set --autostop-down to true.",
		"Name another one in spec.vaults.public.":   "Name another one in --public.",
		"Ask provider.check and operation.list.":    "Ask 'sidecar clouds CLOUD' and 'sidecar call operation.list'.",
		"The server is running and costs $0.19.":    "The server is running and costs $0.19.",
		// What a person has named so stays.
		"The vault /home/me/cluster.launch/useSpot is empty.":   "The vault /home/me/cluster.launch/useSpot is empty.",
		`C:\diskSize\vault.status can't be read.`:               `C:\diskSize\vault.status can't be read.`,
		"Nothing is in my-useSpot and useSpot.d, says useSpot.": "Nothing is in my-useSpot and useSpot.d, says --spot.",
		`"about cluster.stop" is no vault; ask cluster.status.`: `"about cluster.stop" is no vault; ask 'sidecar status'.`,
		"cluster.stop":           "'sidecar stop'",
		"A 5\" disk and useSpot": "A 5\" disk and --spot",
	} {
		if got := people(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	names := map[string]bool{}
	for _, m := range schema.Methods {
		names[m.Name] = true
	}
	for method := range commandOf() {
		if !names[method] {
			t.Errorf("there is no method %s", method)
		}
	}
}

// What a screen's words need is made once, not for each text. The fewest values of many texts count: another goroutine
// adds to some, and with -race a sync.Pool, in which a regexp keeps its memory, drops one value in four on purpose.
func TestForPeopleIsMadeOnce(t *testing.T) {
	people := forPeople(sidecar)
	fewest := math.Inf(1)
	for range 50 {
		fewest = min(fewest, testing.AllocsPerRun(1, func() { people("Raise spec.maxHourlyCost.") }))
	}
	if fewest > 20 {
		t.Errorf("a text makes %v values", fewest)
	}
}
