package demo

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

var errNoCapacity = &schema.Error{Kind: schema.KindCapacityUnavailable, Message: "The cloud has no such machine.", Hint: "Try another region."}

// A real demo changes no server but the one that its own launch made, and says what
// it leaves. calls are all that it asked for beside looks.
func TestRealDemoTouchesOnlyItsOwnServer(t *testing.T) {
	failsWith := func(e *schema.Error) map[schema.OperationKind]*schema.Error {
		return map[schema.OperationKind]*schema.Error{schema.OperationLaunch: e}
	}
	after := func(kind schema.OperationKind, then func(*fake)) map[schema.OperationKind]func(*fake) {
		return map[schema.OperationKind]func(*fake){kind: then}
	}
	for name, c := range map[string]struct {
		service fake
		calls   string
		ok      bool
		says    string
		command bool // the command that destroys the server
	}{
		"its whole life": {
			calls: "launch stop start destroy", ok: true, says: "The whole life took",
		},
		"the launch is refused": {
			service: fake{refuse: failsWith(&schema.Error{Kind: schema.KindClusterActive, Message: "There is a server already."})},
			calls:   "launch", says: "Nothing was started, so there is nothing to clean up.",
		},
		"somebody else's server had the name": {
			service: fake{
				fail: failsWith(&schema.Error{Kind: schema.KindClusterActive, Message: "SkyPilot has a server of that name."}),
				then: after(schema.OperationLaunch, func(f *fake) { f.server = machine(noon.Add(-time.Hour)) }),
			},
			calls: "launch", says: "so it has left that server alone",
		},
		"somebody else was launching under the name": {
			service: fake{fail: failsWith(&schema.Error{Kind: schema.KindOperationInProgress, Message: "It is being launched."})},
			calls:   "launch", says: "so it has left that server alone",
		},
		"the launch fails": {
			service: fake{fail: failsWith(errNoCapacity)},
			calls:   "launch destroy", says: "Cleaning up",
		},
		"the launch fails with a machine": {
			service: fake{fail: failsWith(errNoCapacity), onLook: func(f *fake) {
				if len(f.operations) == 1 { // of the launch's own time
					f.server.LaunchedAt = noon.Add(30 * time.Second)
				}
			}},
			calls: "launch destroy", says: "Cleaning up",
		},
		"a machine appears after the launch has failed": {
			service: fake{fail: failsWith(errNoCapacity), onLook: func(f *fake) {
				if len(f.operations) == 1 {
					f.server.LaunchedAt = f.clock
				}
			}},
			calls: "launch", says: "appeared after the demo's launch had ended. So it was left alone", command: true,
		},
		"the launch fails and its clean-up, too": {
			service: fake{fail: map[schema.OperationKind]*schema.Error{schema.OperationLaunch: errNoCapacity, schema.OperationDestroy: errNoCapacity}},
			calls:   "launch destroy", says: server + " may be running. " + spending, command: true,
		},
		"the cloud can't be looked at": {
			service: fake{then: after(schema.OperationLaunch, func(f *fake) { f.server.Stale = true })},
			calls:   "launch", says: "SkyPilot could not say", command: true,
		},
		"another server took its place": {
			service: fake{then: after(schema.OperationStart, func(f *fake) { f.server = machine(f.clock) })},
			calls:   "launch stop start", says: "is not the one that the demo launched",
		},
		"another Carapace works on it": {
			service: fake{then: after(schema.OperationLaunch, func(f *fake) {
				f.operations = append(f.operations, schema.Operation{ID: "another", Kind: schema.OperationStart})
			})},
			calls: "launch", says: "Somebody else has begun something",
		},
		"somebody else removed it": {
			service: fake{then: after(schema.OperationStop, func(f *fake) { f.server = gone() })},
			calls:   "launch stop", says: "There is nothing to clean up. There is no server.",
		},
		"a stop fails": {
			service: fake{fail: map[schema.OperationKind]*schema.Error{schema.OperationStop: errNoCapacity}},
			calls:   "launch stop destroy", says: "Cleaning up",
		},
		"a cloud without stop": {
			service: fake{refuse: map[schema.OperationKind]*schema.Error{schema.OperationStop: {Kind: schema.KindUnsupported, Message: "Kubernetes can't stop a server."}}},
			calls:   "launch stop destroy", ok: true, says: "The whole life took",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &c.service
			f.t, f.clock, f.server = t, noon, gone()
			text, ok := f.play(t.Context(), Options{Real: true, Yes: true})
			if calls := strings.Join(f.calls, " "); calls != c.calls || ok != c.ok {
				t.Errorf("it asked for %s and ended %v; want %s and %v:\n%s", calls, ok, c.calls, c.ok, text)
			}
			if c.ok && !regexp.MustCompile(`The whole life took \d+ s\.\n`).MatchString(text) { // as the time of each act is written
				t.Errorf("it says\n%s", text)
			}
			if !strings.Contains(text, c.says) || strings.Contains(text, command) != c.command {
				t.Errorf("it says\n%s\nwant %q, and the command %v", text, c.says, c.command)
			}
		})
	}
}

// Before a real machine is launched: each of these ends the demo with the name, or
// what is missing, told, and nothing begun.
func TestRealDemoDoesNotBegin(t *testing.T) {
	for name, c := range map[string]struct {
		service fake
		stdin   string
		ok      bool
		calls   string
		says    []string
		not     []string
		looks   int
	}{
		"the state folder knows a server": {
			service: fake{server: machine(noon.Add(-time.Hour))},
			says:    []string{"There is a server called carapace-node already. The server is running.", "leaves this one alone"},
			not:     []string{"Asking", "Type yes"},
		},
		"it knows one that is in an error": {
			service: fake{server: schema.Cluster{Name: server, Status: schema.StatusError, Description: "Its launch failed."}},
			says:    []string{"There is a server called carapace-node already. Its launch failed."},
			not:     []string{"Asking", "Type yes"},
		},
		"SkyPilot knows a server": {
			service: fake{server: gone(), onLook: func(f *fake) { f.server = machine(noon.Add(-time.Hour)) }},
			says:    []string{"There is a server called carapace-node already. The server is running."},
			not:     []string{"Type yes"}, looks: 1,
		},
		"SkyPilot can't say": {
			service: fake{server: gone(), onLook: func(f *fake) { f.server.Stale = true }},
			says:    []string{"SkyPilot could not say"},
			not:     []string{"Type yes"}, looks: lookTries,
		},
		"nothing is installed": {
			service: fake{server: gone(), problems: []schema.Error{
				{Kind: schema.KindVaultMissing, Message: "The public vault is missing.", Hint: "Make the folder."},
				{Kind: schema.KindSkyPilotNotFound, Message: "SkyPilot is not installed.", Hint: "Install it."},
			}},
			says: []string{"The public vault is missing.", "SkyPilot is not installed.", "Install it."},
			not:  []string{"Asking", "Type yes", "Cleaning up"},
		},
		"the person does not want it": {
			service: fake{server: gone()}, stdin: "no\n", ok: true, calls: "estimate",
			says: []string{"m6i.xlarge on AWS us-west-2: about $0.19 an hour", "Type yes"}, looks: 1,
		},
		"the person says nothing": {
			service: fake{server: gone()}, ok: true, calls: "estimate", says: []string{"Type yes"}, looks: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &c.service
			f.t, f.clock = t, noon
			text, ok := f.play(t.Context(), Options{Real: true, Stdin: strings.NewReader(c.stdin)})
			if calls := strings.Join(f.calls, " "); calls != c.calls || ok != c.ok || f.looks != c.looks {
				t.Errorf("it asked for %q, looked %d times and ended %v:\n%s", calls, f.looks, ok, text)
			}
			for _, says := range append(c.says, "No server was started or changed.") {
				if strings.Count(text, says) != 1 {
					t.Errorf("it says %d times %q:\n%s", strings.Count(text, says), says, text)
				}
			}
			for _, not := range append(c.not, command, spending) {
				if strings.Contains(text, not) {
					t.Errorf("it says %q:\n%s", not, text)
				}
			}
		})
	}
}

// The machine is the one that was asked for in all that is asked about it and done with it.
func TestWhereTheDemoIsPlayed(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		cloud   string
	}{
		"simulated":                     {Options{}, "aws"}, // the cheapest would be Kubernetes, which can't stop a server
		"simulated, on a cloud":         {Options{Cloud: "gcp", Region: "us-central1"}, "gcp"},
		"real":                          {Options{Real: true, Stdin: strings.NewReader("yes\n")}, ""},
		"real, on a cloud, in a region": {Options{Real: true, Stdin: strings.NewReader("yes\n"), Cloud: "gcp", Region: "us-central1"}, "gcp"},
	} {
		f := newFake(t)
		text, ok := f.play(t.Context(), c.options)
		if !ok || len(f.specs) < 2 {
			t.Errorf("%s: it ended %v and says\n%s", name, ok, text)
		}
		for _, spec := range f.specs {
			if spec.Cloud != c.cloud || spec.Region != c.options.Region {
				t.Errorf("%s: it asked for %+v", name, spec)
			}
		}
	}
}

// Ctrl-C, at each operation: nothing more is asked for, and the last words name the
// server, what it may cost, and the command that ends that.
func TestRealDemoIsInterrupted(t *testing.T) {
	life := []schema.OperationKind{schema.OperationLaunch, schema.OperationStop, schema.OperationStart, schema.OperationDestroy}
	for i, kind := range life {
		t.Run(string(kind), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := newFake(t)
			f.hangs = map[schema.OperationKind]func(){kind: cancel}
			text, ok := f.play(ctx, Options{Real: true, Yes: true})
			if want := life[:i+1]; ok || !slices.Equal(f.calls, words(want)) {
				t.Errorf("it asked for %v and ended %v; want %v", f.calls, ok, want)
			}
			want := "The " + string(kind) + " goes on: the server " + server + " may be running. " + spending + " To destroy it:\n  " + command + "\n"
			if !strings.HasSuffix(text, want) {
				t.Errorf("it says\n%s\nwant at its end\n%s", text, want)
			}
			if f.looks > 1+i { // one before the launch, one before each change
				t.Errorf("it looked %d times", f.looks)
			}
		})
	}
}

func words(kinds []schema.OperationKind) (words []string) {
	for _, k := range kinds {
		words = append(words, string(k))
	}
	return words
}

// Ctrl-C while nothing was begun, in between two operations, and after the launch gave
// way to somebody else's server, which is no business of the demo's.
func TestRealDemoIsInterruptedElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		looks   int // Ctrl-C comes during that look
		fail    *schema.Error
		calls   string
		says    string
		command bool
	}{
		"before the launch": {looks: 1, says: "No server was started or changed."},
		"before the stop":   {looks: 2, calls: "launch", says: server + " may be running. " + spending, command: true},
		"after it gave way": {
			looks: 2, calls: "launch", fail: &schema.Error{Kind: schema.KindClusterActive, Message: "There is a server already."},
			says: "somebody else has the name " + server,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := newFake(t)
			f.onLook = func(f *fake) {
				if f.looks == c.looks {
					cancel()
				}
			}
			f.fail = map[schema.OperationKind]*schema.Error{schema.OperationLaunch: c.fail}
			text, ok := f.play(ctx, Options{Real: true, Yes: true})
			if calls := strings.Join(f.calls, " "); ok || calls != c.calls || !strings.Contains(text, c.says) || strings.Contains(text, command) != c.command {
				t.Errorf("it asked for %q, ended %v and says\n%s", calls, ok, text)
			}
		})
	}
}

// Ctrl-C at the question ends the demo, although the read of the terminal goes on.
func TestRealDemoIsInterruptedAtTheQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := newFake(t)
	text, ok := f.play(ctx, Options{Real: true, Stdin: interruptedReader{unread(t), cancel}})
	if ok || slices.Contains(f.calls, "launch") || !strings.Contains(text, "No server was started or changed.") {
		t.Errorf("it asked for %v, ended %v and says\n%s", f.calls, ok, text)
	}
}

// A simulated demo that is interrupted says that nothing is left, and names no command.
func TestSimulatedDemoIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := newFake(t)
	f.hangs = map[schema.OperationKind]func(){schema.OperationLaunch: cancel}
	text, ok := f.play(ctx, Options{})
	if ok || !strings.HasPrefix(text, "SIMULATED") || !strings.HasSuffix(text, "Nothing is left of the server: it was simulated.\n") || strings.Contains(text, command) {
		t.Errorf("it ended %v and says\n%s", ok, text)
	}
}
