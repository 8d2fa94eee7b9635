package journal

import (
	"context"
	"encoding/json"
	"path/filepath"

	"carapace/provision/lifecycle"
)

const looksFile = "looks.json"

// Looks returns the looks that were shared last, by cluster, and the stamp of their file. A
// missing or damaged file gives none, and the next look replaces it. It blocks for reading a
// small file, and is safe for concurrent use.
func (j *Journal) Looks() (map[string]lifecycle.Look, Stamp) {
	data, info, err := j.disk.read(j.looksPath())
	if err != nil || info == nil {
		return nil, Stamp{}
	}
	var looks map[string]lifecycle.Look
	if json.Unmarshal(data, &looks) != nil {
		looks = nil
	}
	return looks, Stamp{info}
}

// LooksStamp returns the stamp of the looks' file without reading it. It does not block.
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
func (j *Journal) ShareLooks(ctx context.Context, looks map[string]lifecycle.Look) (Stamp, error) {
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
