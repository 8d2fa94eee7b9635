// Command soak makes a million calls to one sidecar and shows that nothing grows.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	sidecar := flag.String("sidecar", "", "the `binary` (required)")
	calls := flag.Int("calls", 1_000_000, "how many")
	flag.Parse()
	if err := run(*sidecar, *calls, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// requests are what is asked, in turn: cheap and dear answers, errors, and lines
// that are no request at all.
var requests = []string{
	`{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}`,
	`{"jsonrpc":"2.0","id":"text","method":"cluster.status","params":{}}`,
	`{"jsonrpc":"2.0","id":2,"method":"operation.list","params":{"limit":3}}`,
	`{"jsonrpc":"2.0","id":3,"method":"no.such.method"}`,
	`{"jsonrpc":"2.0","id":4,"method":"operation.get","params":{"id":"none"}}`,
	`{"jsonrpc":"2.0","id":5,"method":"ping","params":{"typo":1}}`,
	`{not json`,
	`{"jsonrpc":"2.0","id":6,"method":"cluster.list","params":{}}`,
}

func run(sidecar string, calls int, out io.Writer) error {
	before, err := goroutinesAfter(sidecar, 0, 1, io.Discard)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%10s %10s %12s %8s\n", "calls", "resident", "descriptors", "threads")
	after, err := goroutinesAfter(sidecar, calls, 10, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "goroutines: %d in a new process, %d after %d calls\n", before, after, calls)
	if after > before {
		return errors.New("goroutines were left")
	}
	return nil
}

// goroutinesAfter makes the calls, with that many looks at the process, and then
// ends it by SIGQUIT, whose dump of all goroutines is the only way to count those
// of a binary that has no door for it.
func goroutinesAfter(sidecar string, calls, looks int, out io.Writer) (int, error) {
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(sidecar, "--state-dir", filepath.Join(dir, "state"), "--project", dir, "--log-level", "error")
	cmd.Env = append(os.Environ(), "HOME="+dir, "GOTRACEBACK=all", "SKYPILOT_API_SERVER_LOCAL_PORT=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	reader := bufio.NewReaderSize(stdout, 1<<20)
	if err := call(stdin, reader, len(requests)); err != nil {
		return 0, err
	}
	for look := range looks {
		if err := call(stdin, reader, calls/looks); err != nil {
			return 0, err
		}
		if err := show(out, cmd.Process.Pid, (look+1)*(calls/looks)); err != nil {
			return 0, err
		}
	}
	time.Sleep(500 * time.Millisecond) // an answer is written before its goroutine has ended
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, reader)
	_ = cmd.Wait() // ended by the signal: that is what was asked for
	return goroutines(stderr.String()), nil
}

// goroutines counts those of a dump that the program started; the runtime starts
// some of its own with the first garbage collection.
func goroutines(dump string) int {
	n := 0
	for block := range strings.SplitSeq(dump, "\n\n") {
		if strings.HasPrefix(strings.TrimSpace(block), "goroutine ") && !strings.Contains(block, "created by runtime.") {
			n++
		}
	}
	return n
}

// call asks n times, up to 500 at once.
func call(stdin io.Writer, stdout *bufio.Reader, n int) error {
	const atOnce = 500
	for done := 0; done < n; done += atOnce {
		some := min(atOnce, n-done)
		failed := make(chan error, 1)
		go func() {
			var lines bytes.Buffer
			for i := range some {
				lines.WriteString(requests[(done+i)%len(requests)] + "\n")
			}
			_, err := stdin.Write(lines.Bytes())
			failed <- err
		}()
		for range some {
			if _, err := stdout.ReadSlice('\n'); err != nil {
				return err
			}
		}
		if err := <-failed; err != nil {
			return err
		}
	}
	return nil
}

func show(out io.Writer, pid, calls int) error {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err
	}
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return err
	}
	resident, threads := 0, 0
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case fields[0] == "VmRSS:":
			resident, err = strconv.Atoi(fields[1])
		case fields[0] == "Threads:":
			threads, err = strconv.Atoi(fields[1])
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%10d %6.1f MiB %12d %8d\n", calls, float64(resident)/1024, len(descriptors), threads)
	return nil
}
