//go:build !linux

package install

// RunningFrom reports that this system does not tell what runs from a folder.
func RunningFrom(string) Running { return Running{} }
