package host

import (
	"strconv"
	"strings"
)

// process is one of this machine's.
type process struct {
	pid, parent int
	args        string // separated by spaces
	resident    int64  // bytes, where the list of processes has them
	start       string // when it began, in ticks since the machine's start, on Linux alone
}

// ServerMemory is what SkyPilot's API server on this machine takes of its memory, in bytes, with
// all the processes that it has started (measured with 0.14.1 on two cores: thirteen, 1.7 GB).
// known is false where none runs that can be told to be that one, where it is elsewhere or another
// user's, and where this system does not say. It blocks for reading a few files for each process,
// some milliseconds, and on macOS for running ps.
func ServerMemory(e Endpoint) (bytes int64, known bool) {
	for _, p := range serverProcesses(processes(), e.port()) {
		taken, ok := memoryOf(p)
		if !ok && !known { // the server's own
			return 0, false
		}
		bytes, known = bytes+taken, true // a worker that has ended takes nothing
	}
	return bytes, known
}

// serverModule is in the command of an API server.
const serverModule = " sky.server.server "

// serverProcesses returns the API server at a port, first, and all that descend from it. It is
// started as `python -m sky.server.server --host=… --port=…` (sky/server/common.py of 0.14.1), and
// its workers give themselves other titles; until then a child has its parent's.
func serverProcesses(all []*process, port string) (tree []*process) {
	if port == "" {
		return nil
	}
	for _, p := range all {
		args := p.args + " "
		if strings.Contains(args, serverModule) && strings.Contains(args, " --port="+port+" ") && (len(tree) == 0 || p.parent != tree[0].pid) {
			tree = append(tree[:0], p)
		}
	}
	for i := 0; i < len(tree); i++ {
		for _, p := range all {
			if p.parent == tree[i].pid {
				tree = append(tree, p)
			}
		}
	}
	return tree
}

// parseProcesses reads what `ps -axo pid=,ppid=,rss=,args=` prints: numbers, the memory in KiB, and
// the command.
func parseProcesses(printed string) (all []*process) {
	for line := range strings.Lines(printed) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		var n [3]int
		for i := range n {
			n[i] = whole(f[i])
		}
		all = append(all, &process{pid: n[0], parent: n[1], resident: int64(n[2]) << 10, args: strings.Join(f[3:], " ")})
	}
	return all
}

// whole reads a number of the system's own; what is none is 0.
func whole(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
