//go:build !linux

package host

// listeners: only Linux tells a program without rights of whom a socket is.
func listeners(int) []int { return nil }
