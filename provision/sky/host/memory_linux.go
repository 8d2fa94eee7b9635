package host

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// processes lists this machine's (proc_pid_stat(5)); one that ends meanwhile is left out.
func processes() (all []*process) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		args, argsErr := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		end := strings.LastIndex(string(stat), ") ") // the name before may hold both
		if err != nil || argsErr != nil || end < 0 {
			continue
		}
		const parent, start = 1, 19 // after its state
		if f := strings.Fields(string(stat[end+2:])); len(f) > start {
			all = append(all, &process{pid: pid, parent: whole(f[parent]), start: f[start], args: strings.ReplaceAll(string(args), "\x00", " ")})
		}
	}
	return all
}

// memoryOf is a process's share of this machine's memory (proc_pid_smaps(5)): pages that several
// have, as forked workers do, count once in their sum. The kernel tells it to the process's user.
func memoryOf(p *process) (bytes int64, ok bool) {
	rollup, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "smaps_rollup"))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(rollup)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Pss:" {
			return int64(whole(f[1])) << 10, true
		}
	}
	return 0, false
}
