package journal

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

const saltFile = "salt"

// Salt returns what this machine salts fingerprints with, so that they say nothing
// outside of it: a random text in a folder of the user's own, made when it is first
// asked for. "" where it can be neither read nor made. It blocks for a small write
// the first time.
func Salt(dir string) string {
	path := filepath.Join(dir, saltFile)
	if data, err := os.ReadFile(path); err == nil && len(data) >= 16 {
		return strings.TrimSpace(string(data))
	}
	salt := uuid.NewString()
	if EnsurePrivate(dir) != nil || WriteDurably(path, []byte(salt)) != nil {
		return ""
	}
	return salt
}
