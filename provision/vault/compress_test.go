package vault

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyWhatShrinksIsCompressed(t *testing.T) {
	random := func(n int) string {
		all := make([]byte, n)
		_, _ = rand.NewChaCha8([32]byte{7}).Read(all)
		return string(all)
	}
	prose := strings.Repeat("Every folder holds what its name says, and nothing that another holds.\n", 2000)
	for name, tt := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"nothing":                          {nil, false},
		"empty files":                      {map[string]string{"a": "", "b": ""}, false},
		"a text":                           {map[string]string{"a": prose}, true},
		"a film":                           {map[string]string{"a": random(200_000)}, false},
		"a film with a short text":         {map[string]string{"a": random(200_000), "b": prose[:20_000]}, false},
		"a film with a text of half of it": {map[string]string{"a": random(200_000), "b": prose[:140_000]}, true},
		"a header before what is no text":  {map[string]string{"a": prose[:20_000] + random(200_000)}, false},
		"small pieces that are random":     {map[string]string{"a": random(100), "b": random(110), "c": random(120)}, false},
		"small texts":                      {map[string]string{"a": prose[:100], "b": prose[:70]}, true},
	} {
		root := tree(t, tt.files)
		var d Differences
		d.Size = func(name string) int64 { return int64(len(tt.files[name])) }
		for file := range tt.files {
			d.Line("<f+++++++++ " + file)
		}
		d.Line("<f+++++++++ gone") // it is passed over
		if got := d.Shrinks(root); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What may not be read, or would be waited for without end, is not looked at.
func TestASampleIsOfAFile(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"d", "gone"} {
		if part := sample(filepath.Join(root, name), 10); part != nil {
			t.Errorf("%s: %q", name, part)
		}
	}
	path := filepath.Join(root, "shorter")
	if err := os.WriteFile(path, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	if part := sample(path, 4*sampleSize); len(part) != 0 { // its middle is no more
		t.Errorf("%q", part)
	}
}

func TestLargestAreOfWhatIsBrought(t *testing.T) {
	d := Differences{Size: func(name string) int64 { return int64(len(name)) }}
	for n := range 3 * maxSampled {
		d.Line("<f+++++++++ " + strings.Repeat("x", n+1))
		d.Line(".f...p..... " + strings.Repeat("y", 100))
	}
	if len(d.Largest) != maxSampled || d.Largest[0].Bytes != 3*maxSampled || d.Largest[maxSampled-1].Bytes != 2*maxSampled+1 {
		t.Errorf("%+v", d.Largest)
	}
}
