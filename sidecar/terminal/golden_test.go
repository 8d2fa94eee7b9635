package terminal

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/schema"
)

var update = flag.Bool("update", false, "write what is shown into testdata")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// scene is what a person is shown of a launch, a refusal and a server.
func scene(s *Screen) {
	s.Act("Launching a server")
	for _, p := range []schema.Progress{
		{Phase: schema.PhaseChecking, Message: "Checking SkyPilot.", ElapsedSeconds: 0.1},
		{Phase: schema.PhaseProvisioning, Message: "Asking AWS for the machine in us-east-1.", ElapsedSeconds: 3},
		{Phase: schema.PhaseProvisioning, Message: "The cloud has it under way.", ElapsedSeconds: 5},
		{Phase: schema.PhaseProvisioning, Message: "The cloud has it under way. Still waiting, 12 s so far.", ElapsedSeconds: 15, Heartbeat: true},
		{Phase: schema.PhaseConnecting, Message: "The machine is up; waiting for SSH and installing SkyPilot's runtime.", ElapsedSeconds: 16},
	} {
		s.Progress(p)
	}
	s.Ended(schema.Operation{State: schema.OperationSucceeded, Message: "The server is running.", ElapsedSeconds: 83}, nil)
	c := schema.Cluster{
		Name: "carapace-node", Status: schema.StatusRunning, Description: "The server is running on AWS us-east-1 and costs about $0.192 an hour.",
		InstanceType: "m6i.xlarge", Resources: "4 vCPUs, 16 GB memory, 100 GB disk", IP: "203.0.113.7",
		Costs:     schema.Costs{Now: schema.SpendingMachine, Hourly: 0.192, Monthly: 140.16, Basis: "SkyPilot's catalog, when the server was launched; without disk and traffic"},
		Autostop:  &schema.Autostop{IdleMinutes: 60},
		Service:   &schema.Service{State: schema.ServiceHealthy, URL: "http://203.0.113.7:8080/"},
		CheckedAt: noon.Add(-95 * time.Second),
		Warnings:  []schema.Error{{Kind: schema.KindRunFailed, Message: "The server runs, but its run command has failed.", Hint: "Read the run log."}},
	}
	s.Machine(c)
	s.Refused(&schema.Error{Kind: schema.KindClusterActive, Message: "There is a server already: carapace-node is running.", Hint: "Use it as it is, or destroy it before you launch another."})
	s.Ended(schema.Operation{
		State: schema.OperationFailed, Message: "AWS has no such machine to give in us-east-1.",
		Error: &schema.Error{Kind: schema.KindCapacityUnavailable, Message: "", Hint: "Try another region, or wait."},
	}, nil)
	s.Line("")
	s.Cluster(c)
	c.Status, c.Stale, c.Warnings, c.Autostop = schema.StatusError, true, nil, nil
	c.Service = &schema.Service{State: schema.ServiceUnknown, Reason: "The server does not answer from this computer."}
	c.Operation = &schema.Operation{Kind: schema.OperationSync, Message: "Bringing the vaults up to date.", ElapsedSeconds: 8}
	c.Error = &schema.Error{Kind: schema.KindNetwork, Message: "", Hint: "Look at the network."}
	s.Cluster(c)
	s.Line("")
	s.Check(schema.Check{Status: schema.CheckOK, Title: "SkyPilot is installed", Message: "SkyPilot is at /usr/bin/sky."})
	s.Check(schema.Check{Status: schema.CheckFail, Title: "ssh and rsync are installed", Message: "rsync was not found.", Fix: "Install rsync with the system's package manager."})
	s.Provider(schema.Provider{ID: "aws", Name: "Amazon Web Services", Credentials: schema.Credentials{Present: true, Source: "~/.aws/credentials"}})
	s.Provider(schema.Provider{ID: "primeintellect", Name: "Prime Intellect"})
	s.Raw("a log's line, as it is, however long it may be: nobody breaks what a program may read\n")
	s.Last("Interrupted. The launch goes on.\n  sidecar status")
	s.Progress(schema.Progress{Phase: schema.PhaseSetup, Message: "This is not shown any more."})
}

// What is shown to a pipe, on sixty columns, and with colors, to the letter.
func TestGolden(t *testing.T) {
	for name, o := range map[string]Options{
		"plain":   {},
		"columns": {Width: func() int { return 60 }},
		"color":   {Width: func() int { return 80 }, Color: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			o.Out, o.Now = &out, func() time.Time { return noon }
			scene(New(o))
			path := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("it shows\n%s\nwant\n%s", out.Bytes(), want)
			}
		})
	}
}

// The line in place says how long it takes and how long it will, and fits.
func TestLiveLine(t *testing.T) {
	for name, c := range map[string]struct {
		live  *live
		after time.Duration
		width int
		want  string
	}{
		"waiting":          {&live{message: "Asking SkyPilot …"}, 1200 * time.Millisecond, 80, "  ⠹ 1 s  Asking SkyPilot …"},
		"the end moves on": {&live{bar: true, done: 0.5, expected: 5 * time.Minute, message: "Setting up."}, 70 * time.Second, 80, "  ⠋ ████████░░░░░░░░ 1 min 10 s of about 5 min 0 s  Setting up."},
		"a quarter":        {&live{bar: true, expected: 2 * time.Minute, message: "Setting up."}, 30 * time.Second, 100, "  ⠋ ████░░░░░░░░░░░░ 30 s of about 2 min 0 s  Setting up."},
		"late":             {&live{bar: true, expected: time.Minute, message: "Setting up."}, time.Hour, 100, "  ⠋ ███████████████░ 1 h 0 min of about 1 min 0 s  Setting up."},
		"forty columns":    {&live{bar: true, message: "The machine is up; waiting for SSH."}, 0, 40, "  ⠋ ░░░░░░░░ 0 s  The machine is up; w…"},
		"width not known":  {&live{message: "Asking."}, 0, 0, "  ⠋ 0 s  Asking."},
		"the clock is set": {&live{message: "Asking."}, -time.Hour, 0, "  ⠋ 0 s  Asking."},
	} {
		c.live.began = noon
		if got := c.live.line(noon.Add(c.after), c.width); got != c.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  []string
	}{
		{"short", 20, []string{"short"}},
		{"a line that is longer than that", 20, []string{"a line that is", "longer than that"}},
		{"  ✓ a line that is longer", 20, []string{"  ✓ a line that is", "    longer"}},
		{"    a line that is longer", 20, []string{"    a line that is", "    longer"}},
		{"averylongwordthatfitsnowhere and more", 20, []string{"averylongwordthatfitsnowhere", "and more"}},
		{"averylongwordthatfitsnowhere", 20, []string{"averylongwordthatfitsnowhere"}},
		{"a line that is longer than that", 0, []string{"a line that is longer than that"}},
		{"  100 GB of disk ·  203.0.113.7", 20, []string{"  100 GB of disk", "  203.0.113.7"}},
		{"\x1b[1mtwenty\x1b[0m columns whole", 20, []string{"\x1b[1mtwenty\x1b[0m columns whole"}},
		{"\x1b[1mtwenty\x1b[0m columns whole and one", 20, []string{"\x1b[1mtwenty\x1b[0m columns whole", "and one"}},
		{"twenty columns whole", 20, []string{"twenty columns whole"}},
		{"twenty columns whole and one", 20, []string{"twenty columns whole", "and one"}},
	} {
		got := wrap(c.line, c.width)
		if len(got) != len(c.want) {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q: %q, want %q", c.line, got, c.want)
			}
		}
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{"plain-1.2": "plain-1.2", "": "''", "it's": `'it'\''s'`, "a b": "'a b'", "$HOME": "'$HOME'"} {
		if got := Quote(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
