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
	if id := d.newest(requests, step, since); id != "" {
		return id, nil
	}
	return "", err
}

// newest is the last request of a step that may be the operation's; "" for none.
// Where it is known which were there before, the time since does not count: a clock
// may be set back, and that of an API server elsewhere be wrong.
func (d *driver) newest(requests []sky.Request, step string, since time.Time) string {
	known := d.operation().Known
	since = since.Add(-d.s.clockSkew())
	requests = slices.DeleteFunc(slices.Clone(requests), func(r sky.Request) bool {
		before := slices.Contains(known, r.ID) || known == nil && r.CreatedAt.Before(since)
		return before || r.Name != requestName(step)
	})
	if len(requests) == 0 {
		return ""
	}
	return slices.MaxFunc(requests, func(a, b sky.Request) int { return a.CreatedAt.Compare(b.CreatedAt) }).ID
}

// handedOver are the ids of those requests that could be taken for a step of an
// operation: the many that only looked could not. It is never nil.
func handedOver(requests []sky.Request) []string {
	ids := []string{}
	for _, r := range requests {
		if slices.ContainsFunc([]string{stepLaunch, stepStart, stepStop, stepDown, stepExec}, func(step string) bool { return r.Name == requestName(step) }) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
