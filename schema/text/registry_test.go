package text_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"carapace/schema/text"
)

func TestCodes(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[a-z0-9]+(_[a-z0-9]+)*$`)
	seen := map[text.Code]bool{}
	for _, e := range text.All() {
		if !form.MatchString(string(e.Code)) {
			t.Errorf("%q is no area and name in snake_case", e.Code)
		}
		if seen[e.Code] {
			t.Errorf("%s is there twice", e.Code)
		}
		seen[e.Code] = true
	}
}

// What a placeholder names is in the table of arguments, and each argument is used.
func TestPlaceholdersAreArguments(t *testing.T) {
	used := map[string]bool{}
	for _, e := range text.All() {
		for _, name := range e.Placeholders() {
			used[name] = true
			if _, known := text.FormatOf(name); !known {
				t.Errorf("%s: %q is no argument", e.Code, name)
			}
		}
		if strings.Count(e.Title+e.Message+e.Hint, "{") != strings.Count(e.Title+e.Message+e.Hint, "}") {
			t.Errorf("%s: a brace is left open", e.Code)
		}
	}
	for i, a := range text.Arguments {
		if !used[a.Name] || a.Meaning == "" {
			t.Errorf("the argument %q is not used, or means nothing", a.Name)
		}
		if slices.ContainsFunc(text.Arguments[:i], func(b text.Argument) bool { return a.Name == b.Name }) {
			t.Errorf("the argument %q is there twice", a.Name)
		}
	}
}

// A title is a window's headline, a message a sentence.
func TestTitlesAndSentences(t *testing.T) {
	for _, e := range text.All() {
		if n := utf8.RuneCountInString(e.Title); n > 60 {
			t.Errorf("%s: the title has %d characters", e.Code, n)
		}
		if strings.HasSuffix(e.Title, ".") || strings.Contains(e.Title, "{") {
			t.Errorf("%s: the title is %q", e.Code, e.Title)
		}
		if isWords(e) {
			continue
		}
		for _, said := range []string{e.Message, e.Hint} {
			if said != "" && !strings.ContainsAny(said[len(said)-1:], ".}") {
				t.Errorf("%s does not end as a sentence: %s", e.Code, said)
			}
		}
	}
}

// What is said in the same words is one text: a host that acts on a code would have to know each.
func TestNoTextIsSaidByTwoCodes(t *testing.T) {
	by := map[string]text.Code{}
	for _, e := range text.All() {
		said := strings.Join([]string{e.Title, e.Message, e.Hint}, "\n")
		if other, twice := by[said]; twice && !isWords(e) {
			t.Errorf("%s and %s are the same words: %s", other, e.Code, e.Message)
		}
		by[said] = e.Code
	}
}

// isWords reports whether an entry is used in the middle of sentences.
func isWords(e text.Entry) bool {
	area, _, _ := strings.Cut(string(e.Code), ".")
	if area == "path" {
		return e.Title == "" // the rest of a sentence about a path
	}
	return slices.Contains([]string{"status", "operation", "setting", "size", "compared", "named", "attempt", "where", "remedy", "fault", "place", "absent", "form", "secret", "finder", "step", "rate", "amount", "time", "list", "vaultname"}, area) || e.Code == text.BusyHolder.Code || e.Code == text.BusySince.Code || e.Code == text.CloudUnknown.Code || e.Code == text.CloudOwnMachines.Code || e.Code == text.FoundBy.Code || strings.HasPrefix(string(e.Code), "money.basis")
}

// A person has a window and not an API: titles and messages name no command, path or field. Those of params and spec do, as the
// caller wrote it, and hints with what they are made of do, which a terminal has no buttons beside. A path that is an argument is
// the person's own file or folder: which one it is can't be said without it.
func TestWordsOfAWindow(t *testing.T) {
	checked := 0
	for _, e := range text.All() {
		if area, _, _ := strings.Cut(string(e.Code), "."); slices.Contains([]string{"params", "spec", "hint", "form"}, area) {
			continue
		}
		checked++
		if found := wordOfAnAPI(e); found != "" {
			t.Errorf("%s has %q: %s %s", e.Code, found, e.Title, e.Message)
		}
		if found := argumentOfAnAPI.FindString(e.Title + " " + e.Message); found != "" && !slices.Contains(aboutParams, e.Code) {
			t.Errorf("%s says %s: %s", e.Code, found, e.Message)
		}
	}
	for _, words := range []string{"set idleMinutes", "run cluster.list", "/etc/x", "a project (gcloud config set project X)", "until sky api stop ends it"} {
		if wordOfAnAPI(text.Entry{Message: words}) == "" {
			t.Errorf("%q is a word of an API", words)
		}
	}
	if checked < 100 {
		t.Error("this tests nothing")
	}
}

// A hint is read beside buttons, and a terminal is shown the commands of this program beside them: it names no method
// and no field of the protocol. Those about what the caller wrote do, and those that are left.
func TestHintsNameNoMethod(t *testing.T) {
	left := []text.Code{
		text.CatalogNoRegion.Code, // of kind invalid_params
		text.SimulatedNoKey.Code,  // a developer of a host reads it
	}
	for _, e := range text.All() {
		area, _, _ := strings.Cut(string(e.Code), ".")
		if area == "params" || area == "spec" {
			continue
		}
		hint := e.Hint
		if area == "hint" {
			hint = e.Message
		}
		found := method.FindString(hint)
		if (found != "") != slices.Contains(left, e.Code) {
			t.Errorf("%s names %q, which is expected of %v alone: %s", e.Code, found, left, hint)
		}
	}
}

// method matches the name of a method, and fields of the protocol that are no words.
var method = regexp.MustCompile(`\b(cluster|provider|skypilot|vault|operation|simulate|tunnel|event|events)\.[a-z]+\b|\bconfig\.[gs]et\b|useSpot|retryUntilUp|maxHourlyCost|diskSize|instanceType|allowDeletions|idleMinutes`)

var (
	api        = regexp.MustCompile("`|--|/|\\b[a-z]+\\.[a-z]+\\b|\\b[a-z]+[A-Z]|\\b[A-Z]+_[A-Z]+\\b|\\$|\\b(" + commands + ")\\b")
	notOfAnAPI = regexp.MustCompile(`\{\w+\}|vCPUs?|vCenter`)

	argumentOfAnAPI = regexp.MustCompile(`\{(method|command|field)\}`)
)

// commands are how the commands begin that a person would type.
const commands = `sky (api|status|check|ssh|launch|down|stop|start)|gcloud [a-z]+|kubectl [a-z]+|aws (configure|sso)|az (login|account)|uv (tool|pip)|pipx? [a-z]+|sudo|chmod|chown`

// aboutParams are messages of kind invalid_params outside of the area of that name.
var aboutParams = []text.Code{text.CatalogWish.Code, text.TunnelPort.Code}

// wordOfAnAPI returns what of a title and a message is no word of a person's window.
func wordOfAnAPI(e text.Entry) string {
	return api.FindString(notOfAnAPI.ReplaceAllString(e.Title+" "+e.Message, ""))
}
