// Package text is the registry of every sentence that a person is told: title, message and hint of an
// error, descriptions, what an operation says. Rules elsewhere give an entry and arguments; the
// words, and how an argument is written, are here alone. It imports nothing of the project.
//
//   - text.go: an entry, and a text: an entry's code with arguments
//   - arguments.go: the arguments that placeholders name, and how each is written
//   - render.go: from a text to English
//   - money.go: all words about money; a test holds that no other file has any
//   - the other files: the entries, by what they are about
//   - registry.go: the list of all entries, generated
package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

//go:generate go run ./list

// Code identifies an entry, for a program and for translations: an area and a name, such as
// "launch.price_above_limit". It never changes its meaning.
type Code string

// Entry is what the registry says for one code, in English. Placeholders such as {name} stand for
// arguments; [Arguments] lists them. Values are package variables and must not be changed.
type Entry struct {
	Code    Code
	Title   string // at most 60 characters; empty for what is never an error of its own
	Message string
	Hint    string // what to do next; empty where the error's Hints say it
}

// Args are the arguments of a text by name. A value is a string, a float64, a bool, a []string, a
// Text or a []Text; [New] makes these of what it is given. nil is none.
type Args map[string]any

// Text is one thing that is said: an entry's code and the arguments. The zero value says nothing.
type Text struct {
	// Code says which entry of docs/messages.md it is.
	Code Code `json:"code"`
	// Args are its arguments by name: a string, a number, true or false, a list of strings, or again one or more texts. Money is in US dollars, a time is RFC 3339.
	Args Args `json:"args,omitempty"`
}

// New returns a text of an entry. The arguments are those that the entry's placeholders name; a
// test holds every call to that, and that they are a literal: they become the text's own. A map that
// stays on the caller's stack is 200 bytes of code for each of the hundreds of calls.
func New(e *Entry, args ...Args) Text {
	t := Text{Code: e.Code}
	for _, given := range args {
		for name, value := range given {
			given[name] = canonical(value)
		}
		t.Args = given
	}
	return t
}

// Pick returns those of the arguments that the entry's placeholders name: an entry of a table says
// which of what is known it needs.
func (e *Entry) Pick(known Args) Args {
	picked := Args{}
	for _, name := range e.Placeholders() {
		picked[name] = known[name]
	}
	return picked
}

// Words returns the text of words that have no code: what an earlier version stored.
func Words(words string) Text { return New(&StoredWords, Args{"words": words}) }

// canonical returns a value as it comes back from JSON, so that a text that was stored and one that
// was not are equal.
func canonical(value any) any {
	switch v := value.(type) {
	case Text, []Text, []string:
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	switch v := reflect.ValueOf(value); {
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	}
	return fmt.Sprint(value)
}

// UnmarshalJSON reads arguments as [New] makes them.
func (a *Args) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	*a = make(Args, len(members))
	for name, member := range members {
		value, err := argument(member)
		if err != nil {
			return fmt.Errorf("argument %s: %w", name, err)
		}
		(*a)[name] = value
	}
	return nil
}

func argument(data []byte) (any, error) {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.HasPrefix(data, []byte(`{`)):
		var t Text
		err := json.Unmarshal(data, &t)
		return t, err
	case bytes.HasPrefix(data, []byte(`[`)) && bytes.HasPrefix(bytes.TrimSpace(data[1:]), []byte(`{`)):
		var list []Text
		err := json.Unmarshal(data, &list)
		return list, err
	case bytes.HasPrefix(data, []byte(`[`)):
		var list []string
		err := json.Unmarshal(data, &list)
		return list, err
	}
	var plain any
	err := json.Unmarshal(data, &plain)
	return plain, err
}

// Map returns the text with change applied to every string of its arguments, at every depth: what
// is not ours in it, and may hold a secret, is there.
func (t Text) Map(change func(string) string) Text {
	return Text{Code: t.Code, Args: t.Args.Map(change)}
}

// Map is [Text.Map] for arguments.
func (a Args) Map(change func(string) string) Args {
	if a == nil {
		return nil
	}
	changed := make(Args, len(a))
	for name, value := range a {
		switch v := value.(type) {
		case string:
			value = change(v)
		case Text:
			value = v.Map(change)
		case []Text:
			value = MapAll(v, change)
		case []string:
			list := make([]string, len(v))
			for i, s := range v {
				list[i] = change(s)
			}
			value = list
		}
		changed[name] = value
	}
	return changed
}

// MapAll is [Text.Map] for several texts.
func MapAll(texts []Text, change func(string) string) []Text {
	if texts == nil {
		return nil
	}
	changed := make([]Text, len(texts))
	for i, t := range texts {
		changed[i] = t.Map(change)
	}
	return changed
}
