// Command bench compares the sidecar with other ways to serve JSON-RPC over
// stdio, in one run and in interleaved rounds, so that what else the machine does
// hits all of them alike. bench/run.sh builds what it needs and starts it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	dir := flag.String("dir", "", "`folder` with the built peers (required)")
	node := flag.String("node", "", "node's server.js; empty: without Node")
	rounds := flag.Int("rounds", 5, "interleaved rounds")
	flag.Parse()
	if err := run(*dir, *node, *rounds, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(dir, node string, rounds int, out io.Writer) error {
	state, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	peers := peersIn(dir, node, state)
	results := make([]result, len(peers))
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
		for i, p := range peers {
			if err := results[i].round(p, peers[0]); err != nil {
				return err
			}
		}
	}
	for i, p := range peers {
		if err := results[i].memoryAfter(p); err != nil {
			return err
		}
	}
	versions(out, node)
	if err := table(out, peers, results); err != nil {
		return err
	}
	return printRefusals(out, filepath.Join(dir, "sidecar"))
}

func peersIn(dir, node, state string) []peer {
	goPeer := func(name, file string, echoes bool, args ...string) peer {
		path := filepath.Join(dir, file)
		return peer{name: name, command: append([]string{path}, args...), binary: path, echoes: echoes}
	}
	peers := []peer{
		goPeer("bare Go line loop", "bare", true),
		goPeer("the sidecar", "sidecar", false, "--state-dir", state, "--project", state),
		goPeer("the sidecar's rpc", "carapace", true),
		goPeer("sourcegraph/jsonrpc2", "sourcegraph", true),
	}
	peers[1].service = `{"jsonrpc":"2.0","id":1,"method":"cluster.status","params":{}}`
	if node != "" {
		peers = append(peers, peer{name: "vscode-jsonrpc on Node", command: []string{"node", node}, headers: true, echoes: true})
	}
	return peers
}

// versions prints what was compared, and on what.
func versions(out io.Writer, node string) {
	show := func(name string, args ...string) {
		text, err := exec.Command(name, args...).Output()
		if err != nil {
			text = []byte("unknown: " + err.Error())
		}
		fmt.Fprintln(out, strings.TrimSpace(string(text)))
	}
	show("uname", "-srm")
	show("go", "version")
	show("go", "list", "-m", "github.com/sourcegraph/jsonrpc2")
	if node != "" {
		show("node", "--version")
		show("node", "-p", "'vscode-jsonrpc '+JSON.parse(require('fs').readFileSync('"+filepath.Dir(node)+"/node_modules/vscode-jsonrpc/package.json')).version")
	}
	fmt.Fprintln(out)
}

func table(out io.Writer, peers []peer, results []result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tstart p50\tservice p50\t60 B p50\tp99\t64 KiB p50\tp99\tpipelined/s\tidle\tafter 100k\tsize\t")
	for i, p := range peers {
		r := results[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.0f\t%s\t%s\t%s\t\n", p.name,
			micros(percentile(r.start, 50)), micros(percentile(r.service, 50)), micros(percentile(r.small, 50)), micros(percentile(r.small, 99)),
			micros(percentile(r.large, 50)), micros(percentile(r.large, 99)), percentile(r.pipelined, 50),
			mebibytes(percentile(r.idle, 50)), mebibytes(percentile(r.worked, 50)), size(p.binary))
	}
	return w.Flush()
}

func printRefusals(out io.Writer, sidecar string) error {
	fmt.Fprintln(out, "\nA launch that is refused before anything starts, from request to answer:")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tp50\tworst of 20\t")
	for _, r := range refusals() {
		times, err := r.measure(sidecar, 20)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t\n", r.name, micros(percentile(times, 50)), micros(percentile(times, 100)))
	}
	return w.Flush()
}

func micros(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "-"
	}
	return fmt.Sprintf("%.1f MB", float64(info.Size())/1e6)
}
