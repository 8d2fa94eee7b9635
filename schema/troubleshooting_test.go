package schema_test

import (
	"os"
	"strings"
	"testing"

	"carapace/schema"
)

// A person who is told a kind finds it by its name, in the registry's order.
func TestEveryKindHasItsSection(t *testing.T) {
	const page = "../docs/troubleshooting.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "\n## ")
	introduction, sections := parts[0], parts[1:]
	if len(sections) != len(schema.Kinds) {
		t.Fatalf("%s has %d sections, and there are %d kinds", page, len(sections), len(schema.Kinds))
	}
	for i, info := range schema.Kinds {
		title, body, _ := strings.Cut(sections[i], "\n\n")
		if title != string(info.Kind) {
			t.Errorf("section %d is %q, want %q", i+1, title, info.Kind)
		}
		meaning, todo, found := strings.Cut(body, "\n\n**What to do.** ")
		if !found || !strings.HasPrefix(meaning, "**What it means.** ") || strings.TrimSpace(todo) == "" {
			t.Errorf("%s: what it means or what to do is missing:\n%s", info.Kind, body)
		}
		again := "An app does not try again by itself: it is for you to do.\n"
		if info.Retryable {
			again = "An app may try again by itself.\n"
		}
		if !strings.HasSuffix(body, "\n\n"+again) {
			t.Errorf("%s: the section does not end with %q", info.Kind, again)
		}
		if !strings.Contains(introduction, "](#"+string(info.Kind)+")") {
			t.Errorf("%s: the introduction has no link to it", info.Kind)
		}
	}
}
