package journal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// told is what a version said of a state in English.
type told struct {
	Description string          `json:"description"`
	Sentence    string          `json:"sentence"`
	Error       *toldError      `json:"error"`
	Warnings    []toldError     `json:"warnings"`
	Operations  []toldOperation `json:"operations"` // newest first
	Events      []toldEvent     `json:"events"`     // newest first, as many as fitted into an answer
}

type toldError struct {
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

type toldOperation struct {
	ID      string     `json:"id"`
	Message string     `json:"message"`
	Error   *toldError `json:"error"`
}

type toldEvent struct {
	Cursor string `json:"cursor"`
	Text   string `json:"text"`
}

// TestWordsFromBeforeCodes: what a sidecar wrote before texts had codes has words alone, and is told in the same
// words by this one, and again by the next that reads what this one has written. testdata/words has the state files of
// simulated servers as the sidecar of commit 263da3d wrote them, and what it told of them then: one whose setup failed,
// and one with a warning, while a sync was in progress. They are never written anew; paths and the boot's id are not
// the real ones.
func TestWordsFromBeforeCodes(t *testing.T) {
	for _, name := range []string{"error", "warned"} {
		t.Run(name, func(t *testing.T) {
			var want told
			data, err := os.ReadFile(filepath.Join("testdata", "words", name+".told.json"))
			if err == nil {
				err = json.Unmarshal(data, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			written, err := os.ReadFile(filepath.Join("testdata", "words", name+".state.json"))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				state, err := decode(written)
				if err != nil {
					t.Fatal(err)
				}
				got := tell(t, state)
				got.Events = got.Events[:len(want.Events)]
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				if written, err = encode(state); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// tell says a state as the host is told of it.
func tell(t *testing.T, state *lifecycle.State) told {
	t.Helper()
	const name = schema.DefaultClusterName
	at := state.Operations[len(state.Operations)-1].StartedAt.Add(time.Second)
	with := lifecycle.Context{Simulated: true, Configured: name, At: at}
	c := state.View(name, with)
	if said := text.Join(c.Texts...); said != c.Description {
		t.Errorf("the description is said in texts as %q: %s", said, c.Description)
	}
	is := told{Description: c.Description, Sentence: c.Costs.Sentence, Error: sayError(t, c.Error), Warnings: []toldError{}}
	for _, w := range c.Warnings {
		is.Warnings = append(is.Warnings, *sayError(t, &w))
	}
	for i := range state.Operations {
		op := state.Operations[len(state.Operations)-1-i]
		if said := text.Join(op.Said()...); said != op.Message {
			t.Errorf("the %s is said in texts as %q: %s", op.Kind, said, op.Message)
		}
		shown := state.Show(op, with)
		is.Operations = append(is.Operations, toldOperation{shown.ID, shown.Message, sayError(t, shown.Error)})
	}
	for i := range state.Feed.Events {
		e := state.Complete(state.Feed.Events[len(state.Feed.Events)-1-i].Event)
		is.Events = append(is.Events, toldEvent{e.Cursor, e.Text})
	}
	return is
}

// sayError says an error as it is, which its texts, and the error with its secrets taken out, have to say as well.
func sayError(t *testing.T, e *schema.Error) *toldError {
	t.Helper()
	if e == nil {
		return nil
	}
	is := toldError{e.Message, e.Hint}
	same := func(words string) string { return words }
	for how, said := range map[string]toldError{
		"in texts":        {text.Join(e.Texts()...), text.JoinHints(e.HintTexts()...)},
		"without secrets": {e.Map(same).Message, e.Map(same).Hint},
		"with more":       {e.And().Message, e.AndHint().Hint},
	} {
		if said != is {
			t.Errorf("%s it says %+v, not %+v", how, said, is)
		}
	}
	return &is
}
