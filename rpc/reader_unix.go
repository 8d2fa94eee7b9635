//go:build unix

package rpc

import (
	"os"

	"golang.org/x/sys/unix"
)

// nobodyReads reports whether f is the end of a pipe, socket or terminal that has
// nobody at its other end any more; false where that can't be told, as of a file. It
// writes nothing and does not block. POLLNVAL is no sign: macOS gives it for devices.
func nobodyReads(f *os.File) (gone bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	_ = conn.Control(func(fd uintptr) {
		polled := []unix.PollFd{{Fd: int32(fd)}}
		n, err := unix.Poll(polled, 0)
		gone = err == nil && n > 0 && polled[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
	})
	return gone
}
