package skysim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestInProcess(t *testing.T) {
	l := newLab(t)
	t.Chdir(l.home)
	synctest.Test(t, func(t *testing.T) {
		runner := InProcess(l.env.Dir, Options{Scale: 1})
		var lines []string
		call := sky.Call{Program: "sky", Args: []string{"check", "aws"}, Line: func(stream schema.Stream, line string) {
			lines = append(lines, string(stream)+" "+line)
		}}
		result, err := runner.Run(t.Context(), call)
		if err != nil || result.Code != 0 {
			t.Fatalf("check: %+v, %v", result, err)
		}
		if !slices.Contains(lines, "stdout   AWS: enabled [compute, storage]") {
			t.Errorf("lines: %q", lines)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		result, err = runner.Run(ctx, sky.Call{Program: "sky", Args: strings.Fields(launchLine)})
		if !errors.Is(err, context.DeadlineExceeded) || result.Code != -1 {
			t.Errorf("a call that was ended: %+v, %v", result, err)
		}
	})
}

// TestSubmitLivesOn ends the caller of a submission half way; the submission is
// made all the same.
func TestSubmitLivesOn(t *testing.T) {
	l := newLab(t)
	t.Chdir(l.home)
	synctest.Test(t, func(t *testing.T) {
		l.t = t
		l.ok("api start")
		output := filepath.Join(l.home, "submit.out")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		call := sky.Call{Program: "sky", Args: strings.Fields("launch --async -y -d -c carapace-node task.yaml")}
		if _, err := InProcess(l.env.Dir, Options{Scale: 1}).Submit(ctx, call, output); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("err %v", err)
		}
		time.Sleep(10 * time.Second)
		data, err := os.ReadFile(output)
		if err != nil || !strings.Contains(string(data), "Submitted sky.launch request: ") {
			t.Errorf("output %q, %v", data, err)
		}
	})
}

// TestManyAtOnce runs many programs on one folder at the same time: nothing is
// lost and nothing is torn.
func TestManyAtOnce(t *testing.T) {
	l := newLab(t)
	t.Chdir(l.home)
	l.env.Scale = 0.0001
	l.ok("api start")
	const n = 24
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			a := l.sky(fmt.Sprintf("launch --async -y -d -c c%d task.yaml", i))
			if a.code != 0 {
				t.Errorf("launch %d: %+v", i, a)
			}
			l.sky("status -o json")
		})
	}
	wg.Wait()
	for i := range n {
		id := fmt.Sprintf("c%d", i)
		if a := l.sky("status -o json " + id); !strings.Contains(a.stdout, `"name": "`+id+`"`) {
			t.Errorf("%s is lost: %s", id, a.stdout)
		}
	}
}

func TestEnviron(t *testing.T) {
	want := Env{Dir: "/some where", Scale: 0.001}
	vars := map[string]string{}
	for _, v := range want.Environ() {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	got, ok := FromEnviron(func(name string) string { return vars[name] })
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, ok)
	}
	if _, ok := FromEnviron(func(string) string { return "" }); ok {
		t.Error("a process without the variable is a simulated program")
	}
}

func TestDamagedState(t *testing.T) {
	l := newLab(t)
	if err := os.WriteFile(filepath.Join(l.env.Dir, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.env.Scale = 0.0001
	if a := l.sky("status"); a.code != 1 || !strings.Contains(a.stderr, "damaged") {
		t.Errorf("%+v", a)
	}
}

func TestUsage(t *testing.T) {
	l := newLab(t)
	l.env.Scale = 0.0001
	for _, test := range []struct {
		line string
		code int
		says string
	}{
		{"bogus", 2, "Error: No such command 'bogus'."},
		{"status --bogus", 2, "Try 'sky status -h' for help.\n\nError: No such option: --bogus"},
		{"stop", 2, "requires either a cluster name or glob"},
		{"stop x", 0, "Cluster(s) not found"},
		{"api logs", 2, "Please provide the request ID or log path."},
		{"launch -c", 2, "requires an argument"},
		{"status --help", 0, "-o, --output TEXT"},
		{"down -yp nope", 0, "Cluster(s) not found"},
		{"status --output=json", 0, "[]"},
		{"queue -o json nope", 0, "ClusterDoesNotExist"},
		{"logs nope 1", 1, "does not exist"},
		{"exec nope true", 1, "ClusterDoesNotExist"},
		{"autostop -y nope", 0, "Cluster(s) not found"},
		{"api info -o json", 0, `"healthy"`},
		{"api status", 0, "skypilot-volume-status-refresh-daemo..."},
		{"cost-report", 0, "COST/hr"},
		{"check nimbus", 1, "is not a valid cloud among"},
	} {
		a := l.sky(test.line)
		if a.code != test.code || !strings.Contains(a.stdout+a.stderr, test.says) {
			t.Errorf("sky %s: exit %d, want %d with %q:\n%s%s", test.line, a.code, test.code, test.says, a.stdout, a.stderr)
		}
	}
}
