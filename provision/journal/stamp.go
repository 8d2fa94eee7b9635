package journal

import (
	"io/fs"
	"os"
	"time"
)

// Stamp identifies a version of the state file: it differs from one write to the
// next, whichever process wrote. The zero Stamp is that of a missing file.
type Stamp struct {
	file fs.FileInfo
}

// Same reports whether two stamps are of the same version of the file. Every write makes a new
// file with a later time than that of the file before, so that a reused inode or a clock that
// stands still or goes back does not hide a write.
func (s Stamp) Same(o Stamp) bool {
	if s.file == nil || o.file == nil {
		return s.file == nil && o.file == nil
	}
	return s.modified().Equal(o.modified()) && s.file.Size() == o.file.Size() && os.SameFile(s.file, o.file)
}

func (s Stamp) modified() time.Time {
	if s.file == nil {
		return time.Time{}
	}
	return s.file.ModTime()
}
