//go:build unix

package vault

import "golang.org/x/sys/unix"

// canRead asks the kernel instead of opening: an open of 200,000 files would
// take seconds, and one of a pipe for ever.
func canRead(path string) bool { return unix.Access(path, unix.R_OK) == nil }
