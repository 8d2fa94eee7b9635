package journal

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

const saltFile = "salt"

// Salt returns this machine's salt for fingerprints, which makes them useless elsewhere: a random
// text in a private folder, made at the first call. It returns "" if the salt can be neither read
// nor made. It blocks for a small write the first time.
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
