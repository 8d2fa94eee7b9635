package demo

import (
	"os"
	"path/filepath"
)

// Stage makes the folders that a simulated demo needs, so that it works in any
// directory and leaves nothing behind: one for the state, and one with a few files
// in its vaults. cleanUp removes them; it has to be called whatever err is.
func Stage() (stateDir, projectDir string, cleanUp func(), err error) {
	dir, err := os.MkdirTemp("", "carapace-demo-")
	if err != nil {
		return "", "", func() {}, err
	}
	cleanUp = func() { _ = os.RemoveAll(dir) }
	stateDir, projectDir = filepath.Join(dir, "state"), filepath.Join(dir, "project")
	for path, text := range map[string]string{
		"data/public/welcome.txt":       "Everybody may read this.\n",
		"data/public/über uns.md":       "# Names with spaces and umlauts are fine\n",
		"data/private/diary/2026-11.md": "Only the Gatekeeper reads this.\n",
	} {
		path = filepath.Join(projectDir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", "", cleanUp, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", "", cleanUp, err
		}
	}
	return stateDir, projectDir, cleanUp, nil
}
