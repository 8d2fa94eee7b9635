//go:build !linux

package host

import "time"

// Boot returns "": on this system the wall clock alone says how old something is.
func Boot() (id string, up time.Duration) { return "", 0 }
