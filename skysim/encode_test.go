package skysim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func written() *world {
	long := task{Source: "a: 1\nb: 2\n", Setup: "echo 'x'\n", Run: "run\n"}
	return &world{
		Requests: []*request{{ID: "r", Log: "line\n\x1b[0mline\n", Plan: plan{Task: long}}, {ID: "s"}},
		Clusters: []*cluster{{Name: "c", Task: long, Jobs: []*job{{ID: 1, Setup: long.Setup, Run: long.Run, Log: "done\n"}}}},
		Past:     []*cluster{{Name: "p", Task: task{Source: "old\n"}}},
	}
}

func TestAStateFileHoldsTheWorld(t *testing.T) {
	w := written()
	data, err := encode(w)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written(), w, cmp.AllowUnexported(world{}, task{}, resources{})); diff != "" {
		t.Errorf("writing a world changed it (-before +after):\n%s", diff)
	}
	var read world
	if err := read.decode(data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, &read, cmp.AllowUnexported(world{}, task{}, resources{})); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if n := strings.Count(string(data), w.Requests[0].Plan.Task.Source); n != 1 {
		t.Errorf("a text that stands in two places is in the file %d times", n)
	}
}

func TestADamagedStateFileIsRefused(t *testing.T) {
	whole, err := encode(written())
	if err != nil {
		t.Fatal(err)
	}
	line, texts, _ := strings.Cut(string(whole), "\n")
	for name, data := range map[string]string{
		"empty":                  "",
		"no JSON":                "{",
		"a text is cut short":    strings.TrimSuffix(string(whole), "\n"),
		"there is more":          string(whole) + "x",
		"no texts":               line,
		"a size below zero":      strings.Replace(line, `"Sizes":[`, `"Sizes":[-1,`, 1) + "\n" + texts,
		"a text that is not":     strings.Replace(line, `"Texts":[0`, `"Texts":[99`, 1) + "\n" + texts,
		"a text below zero":      strings.Replace(line, `"Texts":[0`, `"Texts":[-1`, 1) + "\n" + texts,
		"more texts than places": strings.Replace(line, `"Texts":[`, `"Texts":[0,`, 1) + "\n" + texts,
	} {
		if err := new(world).decode([]byte(data)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	if err := new(world).decode(whole); err != nil {
		t.Errorf("a whole file: %v", err)
	}
}
