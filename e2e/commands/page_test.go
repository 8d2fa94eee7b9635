package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "# Page\n\n<!-- run: exit 1, with a simulated sky, typing yes -->\n```sh\none\ntwo\n```\n\n" +
	"<!-- not run: the lab -->\n```sh\nthree\n```\n\n```json\n{}\n```\n\n```console\n$ four\nout\n\n$ five\n```\n"

func TestBlocks(t *testing.T) {
	want := []Block{
		{Page: "p", Line: 4, Text: "one\ntwo", Exit: 1, Simulate: true, Typing: "yes"},
		{Page: "p", Line: 10, Text: "three", NotRun: "the lab"},
		{Page: "p", Line: 18, Console: true, Text: "$ four\nout\n\n$ five"},
	}
	got, err := Blocks("p", page)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff([]Exchange{{"four", "out\n\n"}, {"five", ""}}, got[2].Exchanges()); diff != "" {
		t.Error(diff)
	}
}

// What is neither run nor marked, or marked with a word that nobody knows, is refused.
func TestUnclearBlocks(t *testing.T) {
	for name, text := range map[string]string{
		"no language": "```\nsidecar\n```\n",
		"bash":        "```bash\nsidecar\n```\n",
		"no end":      "```sh\nsidecar\n",
		"a reason":    "<!-- not run: it fails -->\n```sh\nsidecar\n```\n",
		"a way":       "<!-- run: as root -->\n```sh\nsidecar\n```\n",
		"an exit":     "<!-- run: exit one -->\n```sh\nsidecar\n```\n",
	} {
		if blocks, err := Blocks("p", text); err == nil {
			t.Errorf("%s: taken for %+v", name, blocks)
		}
	}
}

func TestPrints(t *testing.T) {
	for name, c := range map[string]struct {
		shown, got string
		same       bool
	}{
		"the same":      {"a (b)\n", "a (b)", true},
		"another":       {"a", "b", false},
		"more":          {"a", "a\nb", false},
		"anything":      {`{"a":[1, ...]}`, `{"a":[1,2,{"c":3}]}`, true},
		"not anything":  {`{"a":[1, ...]}`, `{"a":[2]}`, false},
		"seconds":       {"done (2 s)", "done (1.7 s)", true},
		"a price":       {"about $0.19 an hour", "about $0.20 an hour", false},
		"an id":         {"0ab00000-0000-4000-8000-000000000001", "12345678-9abc-4def-8000-0123456789ab", true},
		"address, port": {"http://127.0.0.1:46580", "http://127.9.0.1:1234", true},
	} {
		if Prints(c.shown, c.got) != c.same {
			t.Errorf("%s: %q and %q", name, c.shown, c.got)
		}
	}
}

func TestInline(t *testing.T) {
	want := []string{"doctor", "logs --source run", "demo"}
	if diff := cmp.Diff(want, Inline("Run `carapace-sidecar doctor` or `./carapace-sidecar logs --source run`, `sidecar demo`; `sidecar` is what `a sidecar` is.")); diff != "" {
		t.Error(diff)
	}
}

// Pages returns the pages whose commands are run, below the repository's root.
func pages(t *testing.T, root string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no pages in %s (%v)", root, err)
	}
	texts := map[string]string{}
	for _, path := range append(paths, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(root, path) // it is below
		texts[filepath.ToSlash(name)] = string(text)
	}
	return texts
}

// Each block of commands is run, or is marked with a reason that counts.
func TestEachBlockIsRunOrMarked(t *testing.T) {
	run := 0
	for name, text := range pages(t, "../..") {
		blocks, err := Blocks(name, text)
		if err != nil {
			t.Error(err)
		}
		for _, b := range blocks {
			if b.NotRun == "" {
				run++
			}
			if b.NotRun == "the test commands" && !strings.Contains(b.Text, "go test") {
				t.Errorf("%s:%d is no test command", name, b.Line)
			}
		}
	}
	if run < 6 {
		t.Errorf("%d blocks are run", run)
	}
}
