package journal

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"
)

// Look is how the looks at the cloud went for one server lately. It changes
// every half a minute and is nothing that a machine hangs on, so it stands beside
// the state, not in it: sidecars that share a folder share their looks too, and
// none of them has to make those of the others again. The zero value is a server
// that was never looked at. Times are UTC.
type Look struct {
	Begun     time.Time `json:"begun"`              // the last look, however it ended
	CheckedAt time.Time `json:"checkedAt,omitzero"` // the last that succeeded; zero: none did
	Failures  int       `json:"failures,omitempty"` // looks in a row that failed since
	Since     time.Time `json:"since,omitzero"`     // the first of those
}

const looksFile = "looks.json"

// Looks returns the looks that were shared last, by server, and the stamp of the
// file that they stand in. A file that is missing or can't be understood has
// none: the next look writes it anew. It blocks for reading a small file, and is
// safe for concurrent use.
func (j *Journal) Looks() (map[string]Look, Stamp) {
	data, info, err := j.disk.read(j.looksPath())
	if err != nil || info == nil {
		return nil, Stamp{}
	}
	var looks map[string]Look
	if json.Unmarshal(data, &looks) != nil {
		looks = nil
	}
	return looks, Stamp{info}
}

// LooksStamp returns the looks' stamp without reading them. It does not block.
func (j *Journal) LooksStamp() Stamp {
	info, err := j.disk.stat(j.looksPath())
	if err != nil {
		return Stamp{}
	}
	return Stamp{info}
}

// ShareLooks writes the looks for other sidecars to read, and returns the stamp
// of what it wrote. The error is the operating system's; the old file then stays.
// It blocks as Update does.
func (j *Journal) ShareLooks(ctx context.Context, looks map[string]Look) (Stamp, error) {
	data, err := json.Marshal(looks)
	if err != nil {
		return Stamp{}, err
	}
	unlock, err := j.lock(ctx)
	if err != nil {
		return Stamp{}, err
	}
	defer unlock()
	info, err := j.disk.replace(j.looksPath(), append(data, '\n'), j.LooksStamp().modified())
	return Stamp{info}, err
}

func (j *Journal) looksPath() string { return filepath.Join(j.dir, looksFile) }
