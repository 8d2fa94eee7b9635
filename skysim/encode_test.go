package skysim

import (
	"slices"
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
	lines := strings.SplitN(string(whole), "\n", parts+1)
	with := func(part int, old, changed string) string {
		lines := slices.Clone(lines)
		if lines[part] = strings.Replace(lines[part], old, changed, 1); lines[part] == strings.SplitN(string(whole), "\n", parts+1)[part] {
			t.Fatalf("there is no %s in part %d", old, part)
		}
		return strings.Join(lines, "\n")
	}
	for name, data := range map[string]string{
		"empty":                  "",
		"no JSON":                "{",
		"one part":               lines[requestsPart],
		"a text is cut short":    strings.TrimSuffix(string(whole), "\n"),
		"there is more":          string(whole) + "x",
		"no texts":               strings.Join(lines[:parts], "\n"),
		"a size below zero":      with(restPart, `"Size":`, `"Size":-`),
		"a text that is not":     with(restPart, `{"ID":`, `{"ID":1,"was":`),
		"more texts than places": with(clustersPart, `"Texts":[`, `"Texts":[0,`),
	} {
		if err := new(world).decode([]byte(data)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	if err := new(world).decode(whole); err != nil {
		t.Errorf("a whole file: %v", err)
	}
}

// What the API server writes to its databases shows from outside, and only that.
func TestAPartDiffersWhenItIsChanged(t *testing.T) {
	file := func(w *world) []byte {
		data, err := encode(w)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	before := file(written())
	for name, test := range map[string]struct {
		change             func(w *world)
		requests, clusters bool
	}{
		"nothing":            {change: func(*world) {}},
		"another part":       {change: func(w *world) { w.Made, w.Past[0].Task.Source = 1, "other\n" }},
		"a request":          {change: func(w *world) { w.Requests[1].Status = requestFailed }, requests: true},
		"the log of one":     {change: func(w *world) { w.Requests[1].say("more") }, requests: true},
		"a cluster":          {change: func(w *world) { w.Clusters[0].Status = clusterUp }, clusters: true},
		"the log of its job": {change: func(w *world) { w.Clusters[0].Jobs[0].Log += "more\n" }, clusters: true},
		"one goes":           {change: func(w *world) { w.remove(w.Clusters[0], w.now) }, clusters: true},
	} {
		w := written()
		test.change(w)
		after := file(w)
		if differs(requestsPart, before, after) != test.requests || differs(clustersPart, before, after) != test.clusters {
			t.Errorf("%s: the requests differ: %t, want %t; the clusters: %t, want %t", name,
				differs(requestsPart, before, after), test.requests, differs(clustersPart, before, after), test.clusters)
		}
	}
	if empty := file(new(world)); differs(requestsPart, nil, empty) || differs(clustersPart, nil, empty) {
		t.Error("an empty world differs from none")
	}
}
