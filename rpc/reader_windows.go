package rpc

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

var peekNamedPipe = windows.NewLazySystemDLL("kernel32.dll").NewProc("PeekNamedPipe")

// nobodyReads reports whether f is the end of a pipe that has nobody at its other
// end any more; false where that can't be told, as of a file. It writes nothing and
// does not block.
//
// It was never tried: nobody has run the sidecar on Windows. PeekNamedPipe needs a
// handle that may be read from; one that may not is answered with "access denied",
// and then a host that has gone is noticed by the next write.
func nobodyReads(f *os.File) (gone bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	_ = conn.Control(func(handle uintptr) {
		if ok, _, err := peekNamedPipe.Call(handle, 0, 0, 0, 0, 0); ok == 0 {
			gone = errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_PIPE_NOT_CONNECTED) ||
				errors.Is(err, windows.ERROR_NO_DATA)
		}
	})
	return gone
}
