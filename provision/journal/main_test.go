package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"carapace/e2e/ramdisk"
	"carapace/provision/lifecycle"
	"carapace/schema"
)

// A test that needs another process runs this binary again with a role.
const roleVariable = "CARAPACE_JOURNAL_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(strings.Split(role, "\n")); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	ramdisk.Use() // what a disk may do to a write is played (fault_test.go)
	goleak.VerifyTestMain(m)
}

func play(args []string) error {
	switch args[0] {
	case "count": // dir, id, times: that many updates, each of which adds one
		return count(args[1], args[2], args[3])
	case "hold": // dir, key: takes the lease, says so, holds it until stdin ends
		lease, holder, err := NewLeases(args[1], "scope").Try(args[2], "hold")
		if lease == nil {
			return fmt.Errorf("not taken: %w, held by %v", err, holder)
		}
		child := exec.Command(os.Args[0]) // what SkyPilot is to us: it outlives its parent
		child.Env = append(os.Environ(), roleVariable+"=wait")
		child.Stdin = os.Stdin
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println("held")
		return child.Wait()
	case "wait":
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "race": // dir, key: says whether it got the lease, holds it until stdin ends
		lease, holder, err := NewLeases(args[1], "scope").Try(args[2], "race")
		if err != nil {
			return err
		}
		fmt.Println(lease != nil, holder.PID)
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	case "records": // dir, name, times: see recordMany
		times, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		return recordMany(args[1], args[2], times)
	case "alternate": // dir, me, times: see alternate
		me, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		times, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		return alternate(args[1], me, times)
	case "die": // dir: is killed in the middle of a write
		return dieWriting(args[1])
	}
	return fmt.Errorf("no role %q", args[0])
}

func count(dir, id, times string) error {
	j, err := Open(dir)
	if err != nil {
		return err
	}
	n := 0
	if _, err := fmt.Sscan(times, &n); err != nil {
		return err
	}
	for range n {
		if _, _, err := j.Update(context.Background(), increment(id)); err != nil {
			return err
		}
	}
	return nil
}

// increment counts in the job number of the server named.
func increment(name string) func(*lifecycle.State) error {
	return func(s *lifecycle.State) error {
		c := s.Clusters[name]
		if c == nil {
			c = &lifecycle.Cluster{View: schema.Cluster{Name: name}}
			s.Clusters[name] = c
		}
		c.RunJob++
		return nil
	}
}

func dieWriting(dir string) error {
	j, err := Open(dir)
	if err != nil {
		return err
	}
	j.disk.rename = func(string, string) error {
		fmt.Println("writing")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}
	_, _, err = j.Update(context.Background(), increment("lost"))
	return err
}

// process is another process in a role.
type process struct {
	*exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

func start(t *testing.T, role ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0])}
	p.Env = append(os.Environ(), roleVariable+"="+strings.Join(role, "\n"))
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stdin.Close()
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// line is the next line that the process prints.
func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v after %q", err, line)
	}
	return strings.TrimSpace(line)
}

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func update(t *testing.T, j *Journal, change func(*lifecycle.State) error) *lifecycle.State {
	t.Helper()
	s, _, err := j.Update(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// recordMany has a server of its own launched, seen and ended so many times, and
// then is seen once in the record that all writers share.
func recordMany(dir, name string, times int) error {
	r := NewRecords(dir, "endpoint")
	for i := range times {
		err := r.Begin(began(name, fmt.Sprint(i)), false)
		if err == nil {
			err = r.Identify(name, fmt.Sprint(i), "u", fmt.Sprint(name, i))
		}
		if err == nil {
			err = r.End(name, fmt.Sprint(i), launched)
		}
		if err != nil {
			return err
		}
	}
	if err := r.Begin(began("shared", "1"), false); err != nil {
		return err
	}
	return r.Identify("shared", "1", "u", name)
}
