package task

import (
	"strconv"
	"strings"
)

// before reports whether a SkyPilot version is older than want. Versions are PEP
// 440, not semver (0.12.3.post1, 1.0.0.dev20260101): the first numbers decide. A
// version that can't be read is taken for a new one.
func before(version string, want ...int) bool {
	parts := strings.SplitN(version, ".", len(want)+1)
	for i, w := range want {
		part := "0"
		if i < len(parts) {
			part = parts[i]
		}
		end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if end >= 0 {
			part = part[:end]
		}
		n, err := strconv.Atoi(part)
		if err != nil || n > w {
			return false
		}
		if n < w {
			return true
		}
	}
	return false
}
