package main

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

const (
	launchLine = `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cloud":"aws"}}}`
	statusLine = `{"jsonrpc":"2.0","id":1,"method":"cluster.status"}`
	stopLine   = `{"jsonrpc":"2.0","id":1,"method":"cluster.stop"}`
)

// The exit code of --wait is what came of what was asked; without it the pipe is a
// host's, whose sidecar has nothing to report that way.
func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		lines []string
		code  int
	}{
		"answered":       {[]string{"--wait"}, []string{statusLine}, exitOK},
		"refused":        {[]string{"--wait"}, []string{stopLine}, exitError},
		"one of two":     {[]string{"--wait"}, []string{statusLine, stopLine}, exitError},
		"no such method": {[]string{"--wait"}, []string{`{"jsonrpc":"2.0","id":1,"method":"cluster.lanch"}`}, exitError},
		"not JSON":       {[]string{"--wait"}, []string{"launch"}, exitError},
		"a host's":       {nil, []string{"launch", stopLine}, exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			messages, _, code := output(t, command(t, append([]string{"--simulate"}, c.args...)...), c.lines...)
			if code != c.code {
				t.Errorf("exit %d, want %d: %+v", code, c.code, messages)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	end := func(o *outcome, id string, state schema.OperationState) {
		o.finished(schema.Operation{ID: id, State: state})
	}
	var o outcome
	end(&o, "1", schema.OperationSucceeded)
	if o.bad() {
		t.Error("success is bad")
	}
	o.wanted = map[string]bool{"2": true}
	end(&o, "2", schema.OperationCanceled)
	if o.bad() {
		t.Error("what was canceled as asked is bad")
	}
	end(&o, "3", schema.OperationCanceled)
	if !o.bad() {
		t.Error("what somebody else canceled is good")
	}
	end(&o, "4", schema.OperationSucceeded)
	if o.bad() {
		t.Error("what gave way to another that succeeded is bad")
	}
	failed := outcome{}
	end(&failed, "1", schema.OperationFailed)
	if !failed.bad() {
		t.Error("failure is good")
	}
}

// Ctrl-C while --wait waits: what was begun goes on, and the exit code says so.
func TestWaitInterrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGINT to send")
	}
	cmd := command(t, "--simulate", "--wait")
	out, in := start(t, cmd)
	if _, err := in.Write([]byte(launchLine + "\n")); err != nil {
		t.Fatal(err)
	}
	until(t, out, "cluster.progress")
	_ = in.Close()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for out.Scan() { // to its end: Wait closes the pipe
	}
	_ = cmd.Wait() // its exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
}

// A launch that was left to SkyPilot ends for whoever only asks for the status, one
// process after the other (findings A13).
func TestOneShotStatusSeesALaunchEnd(t *testing.T) {
	t.Parallel()
	first := command(t, "--simulate")
	output(t, first, launchLine)
	deadline := time.Now().Add(time.Minute)
	for asked := 1; ; asked++ {
		next := command(t, "--simulate")
		next.Dir, next.Env = first.Dir, first.Env
		messages, _, code := output(t, next, statusLine)
		status := ""
		for _, m := range messages {
			if string(m.ID) == "1" {
				var c schema.Cluster
				if err := json.Unmarshal(m.Result, &c); err != nil || code != exitOK {
					t.Fatalf("exit %d, %+v", code, m)
				}
				status = string(c.Status)
			}
		}
		if status == "running" {
			return
		}
		if status != "provisioning" || time.Now().After(deadline) {
			t.Fatalf("the status is %q after %d questions", status, asked)
		}
	}
}

// A log is read to its end although the requests have ended; one that is followed is
// answered with what there is then (findings A6).
func TestLogsByPipe(t *testing.T) {
	t.Parallel()
	first := command(t, "--simulate", "--wait")
	output(t, first, launchLine)
	for _, params := range []string{`{"source":"provision"}`, `{"source":"run","follow":true}`} {
		next := command(t, "--simulate")
		next.Dir, next.Env = first.Dir, first.Env
		messages, _, _ := output(t, next, `{"jsonrpc":"2.0","id":1,"method":"cluster.logs","params":`+params+`}`)
		answered := false
		for _, m := range messages {
			if string(m.ID) == "1" {
				answered = strings.Contains(string(m.Result), `"lines":["`)
			}
		}
		if !answered {
			t.Errorf("%s was not answered with lines: %d messages", params, len(messages))
		}
	}
}

// A wait ends with the requests, as the host may have gone; with --wait somebody is there.
func TestWaitingByPipe(t *testing.T) {
	t.Parallel()
	first := command(t, "--simulate")
	var begun struct{ Operation schema.Operation }
	messages, _, _ := output(t, first, launchLine)
	for _, m := range messages {
		if string(m.ID) == "1" && json.Unmarshal(m.Result, &begun) != nil {
			t.Fatalf("%s", m.Result)
		}
	}
	for _, c := range []struct {
		flags []string
		want  schema.OperationState
	}{{nil, schema.OperationRunning}, {[]string{"--wait"}, schema.OperationSucceeded}} {
		next := command(t, append(c.flags, "--simulate")...)
		next.Dir, next.Env = first.Dir, first.Env
		messages, _, _ := output(t, next, `{"jsonrpc":"2.0","id":1,"method":"operation.wait","params":{"id":"`+begun.Operation.ID+`"}}`)
		var op schema.Operation
		for _, m := range messages {
			if string(m.ID) == "1" && json.Unmarshal(m.Result, &op) != nil {
				t.Fatalf("%s", m.Result)
			}
		}
		if op.State != c.want {
			t.Errorf("%v: it is %q", c.flags, op.State)
		}
	}
}

// Who writes a method wrong is told what there is.
func TestUnknownMethod(t *testing.T) {
	for method, want := range map[string]string{
		"cluster.lanch":  "Did you mean cluster.launch? ",
		"simulate.claer": "initialize lists", // which is there only with --simulate
	} {
		messages, _, _ := output(t, command(t), `{"jsonrpc":"2.0","id":1,"method":"`+method+`"}`)
		if e := messages[0].Error; e == nil || !strings.HasPrefix(e.Data.Hint, want) || e.Data.Message != `There is no method "`+method+`".` {
			t.Errorf("%s: %+v", method, e)
		}
	}
	messages, _, _ := output(t, command(t), `{"jsonrpc":"2.0","id":1,"method":"cluster.launch","params":{"spec":{"cpu":"4"}}}`)
	if e := messages[0].Error; e == nil || !strings.HasSuffix(e.Data.Message, "did you mean cpus?") {
		t.Errorf("%+v", e)
	}
}
