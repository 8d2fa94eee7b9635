//go:build unix

package main

import (
	"os"
	"syscall"
)

// pageFaults is how many pages a process touched that were not there yet.
func pageFaults(ended *os.ProcessState) int64 {
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return int64(usage.Minflt) //nolint:unconvert // 32 bits on some systems
}
