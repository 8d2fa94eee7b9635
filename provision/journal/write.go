package journal

import (
	"os"
	"path/filepath"
)

// writeWhole replaces a file so that whoever reads it, also after a power cut,
// finds the old contents or the new, never a part: a temporary file beside it,
// fsync, rename, fsync of the folder. On failure the temporary file is removed
// and the old file stays.
func writeWhole(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}
