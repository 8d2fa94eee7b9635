package lifecycle

import (
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
)

// Absent returns what it means that SkyPilot shows no record of a cluster, from this look and
// from SkyPilot's history. For EvidenceEnded the request that removed the cluster may tell more,
// see [RemovedBy]. A missing record alone proves nothing: SkyPilot removes a record when the cloud
// has removed the machine, but also for --purge, and it has no records after it was reinstalled
// (recordings of 0.14.1: the history rows of a removal and of a purge are alike).
func Absent(name string, rec Cluster, report sky.StatusReport, history []sky.CostRow) Evidence {
	id := rec.Identity
	if report.Gone[name] != "" && rec.Occupant == nil { // with an occupant the report is about that one
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

// LastRemoval returns the request that removed a cluster and has succeeded. past is the cluster's
// row of SkyPilot's history. If the row's last event names a request, it is that one; otherwise it
// is the only removal since the cluster's launch. Of several removals it is not known which removed
// this cluster, so LastRemoval then finds none. removing reports that such a request is still in
// progress: SkyPilot removes the record before it ends the request.
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

// Removals returns the requests since a time that remove a cluster of that name and have
// succeeded.
func Removals(requests []sky.Request, name string, since time.Time) (removals []sky.Request) {
	for _, r := range requests {
		if r.Cluster == name && r.Name == RequestName(StepDown) && r.Status == "SUCCEEDED" && !r.CreatedAt.Before(since) {
			removals = append(removals, r)
		}
	}
	return removals
}

// namedRemoval returns ID of the event "Cluster was terminated by user NAME (request ID: ID).",
// "" for any other event.
func namedRemoval(event string) string {
	_, rest, _ := strings.Cut(event, "was terminated by user ")
	_, rest, _ = strings.Cut(rest, "(request ID: ")
	id, _, _ := strings.Cut(rest, ")")
	return id
}

// Past returns the row of an identity in SkyPilot's history, the zero value if there is none.
func Past(id Identity, history []sky.CostRow) sky.CostRow {
	for _, r := range history {
		if r.Hash == id.Hash {
			return r
		}
	}
	return sky.CostRow{}
}

// RemovedBy returns the evidence of a removal that has succeeded.
func RemovedBy(purged bool) Evidence {
	if purged {
		return EvidencePurged
	}
	return EvidenceHistory
}
