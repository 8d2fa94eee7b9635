// Command start tells what the sidecar's start is made of, beside a bare Go line loop:
// from before the process begins to its first answer, what CPU time that took, and the
// initialization of packages. All are started in turn. bench/start.sh builds and starts
// it.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const ping = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}` + "\n"

func main() {
	dir := flag.String("dir", "", "`folder` with the built programs (required)")
	rounds := flag.Int("rounds", 200, "starts of each")
	flag.Parse()
	if err := run(*dir, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "start:", err)
		os.Exit(1)
	}
}

// way is one way to start a program.
type way struct {
	name    string
	command []string
}

func run(dir string, rounds int) error {
	state, err := os.MkdirTemp("", "start")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	sidecar := filepath.Join(dir, "sidecar")
	serving := []string{sidecar, "--state-dir", filepath.Join(state, "state"), "--project", state}
	without := append([]string{filepath.Join(dir, "without")}, serving[1:]...)
	ways := []*way{
		{name: "bare Go line loop", command: []string{filepath.Join(dir, "bare")}},
		{name: "the sidecar's rpc alone", command: []string{filepath.Join(dir, "carapace")}},
		{name: "the sidecar's packages (--version)", command: []string{sidecar, "--version"}},
		{name: "the sidecar without its commands", command: without},
		{name: "the sidecar", command: serving},
		{name: "the sidecar, inlined as Go would", command: append([]string{filepath.Join(dir, "inlined")}, serving[1:]...)},
	}
	answers, cpus, faults := map[*way][]time.Duration{}, map[*way][]time.Duration{}, map[*way][]int64{}
	for range rounds {
		for _, w := range ways {
			// Each follows a bare loop: a start takes longer after a process that used more of the processor.
			if _, _, err := start(ways[0].command, state); err != nil {
				return err
			}
			answer, used, err := start(w.command, state)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			answers[w], cpus[w] = append(answers[w], answer), append(cpus[w], used.UserTime()+used.SystemTime())
			faults[w] = append(faults[w], pageFaults(used))
		}
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "\tfirst answer p50\tp10\tCPU p50\tpage faults\t")
	for _, w := range ways {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t\n", w.name, at(answers[w], 50), at(answers[w], 10), at(cpus[w], 50), at(faults[w], 50))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	first := func(w *way) float64 { return float64(at(answers[w], 50)) }
	fmt.Printf("\nThe commands change the start by %+.0f %% (at most +10).\n", 100*(first(ways[4])/first(ways[3])-1))
	fmt.Printf("That almost nothing is inlined changes it by %+.0f %%.\n", 100*(first(ways[4])/first(ways[5])-1))
	if err := inits(serving, state, rounds/10); err != nil {
		return err
	}
	return size(serving[0], without[0])
}

// most is how many bytes the program may have.
const most = 8_500_000

// size prints how big the program is. More than most is an error.
func size(sidecar, without string) error {
	sizes := [2]int64{}
	for i, path := range []string{sidecar, without} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		sizes[i] = info.Size()
	}
	fmt.Printf("It has %.2f MB (at most %.1f), of which the commands are %.2f.\n", float64(sizes[0])/1e6, most/1e6, float64(sizes[0]-sizes[1])/1e6)
	if sizes[0] > most {
		return fmt.Errorf("it is too big: %d bytes", sizes[0])
	}
	return nil
}

// start starts a program with a home of its own, asks it, and ends it.
func start(command []string, home string) (answer time.Duration, used *os.ProcessState, err error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	stdin, err := cmd.StdinPipe() // open until the answer is there, as a host's is
	if err != nil {
		return 0, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	_, _ = io.WriteString(stdin, ping) // one that only prints its version may have ended
	line, err := bufio.NewReader(stdout).ReadString('\n')
	answer = time.Since(began)
	if err != nil {
		return 0, nil, fmt.Errorf("it answered %q: %w", line, err)
	}
	_ = stdin.Close()
	err = cmd.Wait()
	return answer, cmd.ProcessState, err
}

// traced is a line of GODEBUG=inittrace=1.
var traced = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

// inits prints which packages take the longest to initialize.
func inits(command []string, home string, rounds int) error {
	times := map[string][]time.Duration{}
	for range max(rounds, 1) {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "HOME="+home, "GODEBUG=inittrace=1")
		cmd.Stdin = strings.NewReader(ping)
		var trace bytes.Buffer
		cmd.Stderr = &trace
		if err := cmd.Run(); err != nil {
			return err
		}
		for _, found := range traced.FindAllStringSubmatch(trace.String(), -1) {
			ms, err := strconv.ParseFloat(found[2], 64)
			if err != nil {
				return err
			}
			times[found[1]] = append(times[found[1]], time.Duration(ms*float64(time.Millisecond)))
		}
	}
	var total time.Duration
	names := make([]string, 0, len(times))
	for name, all := range times {
		names, total = append(names, name), total+at(all, 50)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(at(times[b], 50), at(times[a], 50)) })
	fmt.Printf("\nInitialization of %d packages: %s. The longest:", len(names), total)
	for _, name := range names[:min(8, len(names))] {
		fmt.Printf(" %s %s,", name, at(times[name], 50))
	}
	fmt.Println()
	return nil
}

// at is a percentile.
func at[T cmp.Ordered](all []T, percent int) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}
