package lifecycle

import (
	"slices"
	"strings"

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

// RemovalOf returns the id of the request that a history row's last event names as
// the one that removed the cluster; "" where it names none.
func RemovalOf(id Identity, history []sky.CostRow) string {
	for _, r := range history {
		if r.Hash == id.Hash {
			_, rest, _ := strings.Cut(r.LastEvent, "was terminated by user ")
			_, rest, _ = strings.Cut(rest, "(request ID: ")
			request, _, _ := strings.Cut(rest, ")")
			return request
		}
	}
	return ""
}

// OnlyRemoval returns the one request that removed a cluster of a name and ended
// well, as far as SkyPilot remembers: where there were several, nobody can say which
// of them removed ours.
func OnlyRemoval(requests []sky.Request, name string) (id string) {
	for _, r := range requests {
		if r.Cluster == name && r.Name == RequestName(StepDown) && r.Status == "SUCCEEDED" {
			if id != "" {
				return ""
			}
			id = r.ID
		}
	}
	return id
}

// RemovedBy is what a removal proves that has ended well.
func RemovedBy(purged bool) Evidence {
	if purged {
		return EvidencePurged
	}
	return EvidenceHistory
}
