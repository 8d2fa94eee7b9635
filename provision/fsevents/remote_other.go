//go:build !linux && !darwin

package fsevents

// Check returns ErrRemote: whether others may change a folder without this kernel's knowing is
// not known here.
func Check(string) error { return ErrRemote }
