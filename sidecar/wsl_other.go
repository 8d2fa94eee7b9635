//go:build !windows

package main

// insideWSL does nothing: what it is for is Windows.
func insideWSL([]string) (code int, handed bool) { return 0, false }
