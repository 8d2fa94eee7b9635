package lifecycle

import (
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
)

// Absent says what it means that SkyPilot shows no record of a cluster, from what
// it said in this look and from its history; of EvidenceEnded the request that removed
// it may say more, see [RemovedBy]. Absence is no evidence by itself: SkyPilot removes a record
// when the cloud has let go of the machine, but also for --purge, and it has none
// after it was reinstalled (recordings of 0.14.1: history rows of the two are alike).
func Absent(name string, rec Cluster, report sky.StatusReport, history []sky.CostRow) Evidence {
	id := rec.Identity
	if report.Gone[name] != "" && rec.Occupant == nil { // else it is said of the other cluster of that name
		return EvidenceCloudGone
	}
	if id.Hash == "" {
		return EvidenceNoRecord
	}
	row := slices.IndexFunc(history, func(r sky.CostRow) bool { return r.Hash == id.Hash && r.Status == "TERMINATED" })
	switch {
	case row < 0:
		return EvidenceNoRecord
	case history[row].LastEvent == sky.EventTerminated:
		return EvidenceHistory
	}
	return EvidenceEnded
}

// LastRemoval returns the request that removed a cluster of that name and has ended
// well. past is the cluster's row of SkyPilot's history: the request that its last
// event names; where it names none, the only one since the cluster's launch, for of
// several nobody can say which removed ours. removing says that such a request is
// still being carried out: SkyPilot removes the record first and ends the request
// after it.
func LastRemoval(requests []sky.Request, name string, past sky.CostRow) (last sky.Request, found, removing bool) {
	named := namedRemoval(past.LastEvent)
	ended := 0
	for _, r := range requests {
		switch {
		case r.Cluster != name || r.Name != RequestName(StepDown):
		case named != "" && r.ID != named, named == "" && r.CreatedAt.Before(past.LaunchedAt):
		case !r.Ended():
			removing = true
		case r.Status == "SUCCEEDED":
			last = r
			ended++
		}
	}
	if ended != 1 {
		return sky.Request{}, false, removing
	}
	return last, true, removing
}

// Removals returns the requests that remove a cluster of that name and have ended
// well, among those made since it was launched.
func Removals(requests []sky.Request, name string, since time.Time) (removals []sky.Request) {
	for _, r := range requests {
		if r.Cluster == name && r.Name == RequestName(StepDown) && r.Status == "SUCCEEDED" && !r.CreatedAt.Before(since) {
			removals = append(removals, r)
		}
	}
	return removals
}

// namedRemoval is the id of the request that "Cluster was terminated by user NAME
// (request ID: ID)." names; "" of any other event.
func namedRemoval(event string) string {
	_, rest, _ := strings.Cut(event, "was terminated by user ")
	_, rest, _ = strings.Cut(rest, "(request ID: ")
	id, _, _ := strings.Cut(rest, ")")
	return id
}

// Past is the row of an identity in SkyPilot's history; the zero value where there is
// none.
func Past(id Identity, history []sky.CostRow) sky.CostRow {
	for _, r := range history {
		if r.Hash == id.Hash {
			return r
		}
	}
	return sky.CostRow{}
}

// RemovedBy is what a removal proves that has ended well.
func RemovedBy(purged bool) Evidence {
	if purged {
		return EvidencePurged
	}
	return EvidenceHistory
}
