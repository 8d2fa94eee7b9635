//go:build !linux && !darwin

package host

// processes are not listed.
func processes() []*process { return nil }

func memoryOf(*process) (bytes int64, ok bool) { return 0, false }
