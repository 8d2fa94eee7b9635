package provision

import (
	"slices"
	"time"

	"carapace/provision/sky"
)

// afterAll finds out whether a submission that ended without a word had reached
// SkyPilot before, for what it has reached makes a machine. If SkyPilot can't say,
// nobody may say that nothing came of it.
func (d *driver) afterAll(step string, since time.Time, err error) (string, error) {
	requests, listErr := d.listRequests()
	if listErr != nil {
		d.setAdrift()
		return "", err
	}
	if id := newest(requests, step, since.Add(-d.s.clockSkew())); id != "" {
		return id, nil
	}
	return "", err
}

// newest is the last request of a step that was made since then; "" for none.
func newest(requests []sky.Request, step string, since time.Time) string {
	requests = slices.DeleteFunc(slices.Clone(requests), func(r sky.Request) bool {
		return r.Name != requestName(step) || r.CreatedAt.Before(since)
	})
	if len(requests) == 0 {
		return ""
	}
	return slices.MaxFunc(requests, func(a, b sky.Request) int { return a.CreatedAt.Compare(b.CreatedAt) }).ID
}
