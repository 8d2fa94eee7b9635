package scenario

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/schema"
)

// Variables by which this test's binary is a `sky` that does one call wrong.
const (
	wrongMode = "SCENARIO_SKY"      // how
	wrongCall = "SCENARIO_SKY_CALL" // the first word of the call
)

// wrongSky is a `sky` that knows no server and, at one call, misbehaves.
func wrongSky(mode string, args []string) {
	call := args[0]
	if call == "api" {
		call += " " + args[1]
	}
	if call == os.Getenv(wrongCall) {
		misbehave(mode)
		return
	}
	switch call {
	case "--version":
		fmt.Println("skypilot, version 0.14.1")
	case "status", "api status":
		fmt.Println("[]")
	}
}

func misbehave(mode string) {
	switch mode {
	case "hang":
		select {}
	case "ignore SIGTERM":
		signal.Ignore(syscall.SIGTERM, os.Interrupt)
		select {}
	case "grandchild", "grandchild, and exit": // it holds the pipes
		cmd := exec.Command(os.Args[0], os.Args[1:]...)
		cmd.Env = append(os.Environ(), wrongMode+"=ignore SIGTERM")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err == nil && mode == "grandchild" {
			_ = cmd.Wait()
		}
	case "flood for ever":
		for line := strings.Repeat("x", 99) + "\n"; ; {
			if _, err := os.Stdout.WriteString(line); err != nil {
				return
			}
		}
	case "flood":
		w := bufio.NewWriterSize(os.Stdout, 1<<16)
		for range 300_000 {
			fmt.Fprintln(w, strings.Repeat("y", 99))
		}
		_ = w.Flush()
	case "one line of 100 MB":
		chunk := strings.Repeat("z", 1<<20)
		for range 100 {
			_, _ = os.Stdout.WriteString(chunk)
		}
	case "close stdout":
		_ = os.Stdout.Close()
		os.Exit(3)
	case "binary":
		_, _ = os.Stdout.Write([]byte("[\n\xff\xfe\x00\x01{\x1b[31m\r\n"))
	case "half a document":
		fmt.Println("[\n  {\n    \"name\": \"e2e")
	case "other types":
		fmt.Println("[\n  {\"name\": 7, \"status\": [], \"request_id\": {}},\n  null\n]")
	case "killed":
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
	}
}

// misbehaving makes the desk's `sky` this test's binary.
func (d *desk) misbehaving(call, mode string) {
	d.t.Helper()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		d.t.Skip("there is no /proc here to find processes in")
	}
	self, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	d.write("bin/sky", fmt.Sprintf("#!/bin/sh\n%s='%s' %s='%s' exec '%s' \"$@\"\n", wrongMode, mode, wrongCall, call, self))
}

// processes lists those that this desk's sidecar has started, or their children.
func (d *desk) processes() (found []string) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		if strings.Contains(string(environ), "HOME="+d.path("home")+"\x00") {
			args, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
			found = append(found, filepath.Base(dir)+": "+strings.ReplaceAll(string(args), "\x00", " "))
		}
	}
	return found
}

// deserted waits until none of them is left.
func (d *desk) deserted() {
	d.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		left := d.processes()
		if len(left) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			d.t.Errorf("processes are left:\n%s", strings.Join(left, "\n"))
			return
		}
	}
}

// peak is the most memory that a process has had, in MiB.
func peak(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

// TestSkyThatMisbehaves: whatever a `sky` does that ends by itself, at whichever
// call of a launch, the launch fails with a reason, in bounded memory, and with no
// process left. That a `sky` does not end is the next test, and for all kinds of
// call provision's, on fake time.
func TestSkyThatMisbehaves(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"--version", "api start", "status", "api status", "launch"} {
		for _, mode := range []string{"flood", "one line of 100 MB", "close stdout", "binary", "half a document", "other types", "killed", "grandchild, and exit"} {
			if call == "launch" && mode == "grandchild, and exit" {
				continue // what a submission leaves running is meant to live on
			}
			if call == "api start" && mode != "killed" && mode != "close stdout" {
				continue // nothing that it prints is read
			}
			t.Run(call+"/"+mode, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				d.misbehaving(call, mode)
				p := d.start()
				got := Call(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: d.spec})
				end := Await(t, p, schema.OperationFinished, "the end of the launch", 2*time.Minute,
					func(f schema.Finished) bool { return f.Operation.ID == got.Operation.ID })
				if e := end.Operation.Error; end.Operation.State != schema.OperationFailed || e == nil || e.Message == "" || e.Hint == "" {
					t.Errorf("the launch ended %s: %+v", end.Operation.State, e)
				}
				if mib := peak(t, p.PID()); mib > 96 && !raceEnabled {
					t.Errorf("%d MiB at the peak", mib)
				}
				p.End(t, 10*time.Second)
				d.deserted()
			})
		}
	}
}

// TestSkyThatDoesNotEnd: the host cancels its question, or goes, and the program
// with all that it has started is gone too, even what does not heed SIGTERM.
func TestSkyThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"hang", "ignore SIGTERM", "grandchild", "flood for ever"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.misbehaving("--version", mode)
			p := d.start()
			first := p.Send(t, schema.SkyPilotCheck.Name, schema.Empty{})
			d.appears("--version")
			if _, err := fmt.Fprintf(p.stdin, `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%s}}`+"\n", first); err != nil {
				t.Fatal(err)
			}
			if _, e := Answer(t, p, schema.SkyPilotCheck, first); e == nil || e.Kind != schema.KindCanceled {
				t.Errorf("the question was answered with %+v", e)
			}
			p.Send(t, schema.SkyPilotCheck.Name, schema.Empty{})
			d.appears("--version")
			p.Terminate(t, 5*time.Second)
			d.deserted()
		})
	}
}

// appears waits for a process of the desk with that argument.
func (d *desk) appears(argument string) {
	d.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		for _, process := range d.processes() {
			if strings.Contains(process, argument) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			d.t.Fatalf("no process with %s appears", argument)
		}
	}
}
