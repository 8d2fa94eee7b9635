package lifecycle

import (
	"slices"

	"carapace/provision/sky"
)

// Absent says what it means that SkyPilot shows no record of a cluster, from what
// it said in this look and from its history; of EvidenceEnded the request that removed
// it may say more, see [RemovedBy]. Absence is no evidence by itself: SkyPilot removes a record
// when the cloud has let go of the machine, but also for --purge, and it has none
// after it was reinstalled (recordings of 0.14.1: history rows of the two are alike).
func Absent(name string, id Identity, report sky.StatusReport, history []sky.CostRow) Evidence {
	if report.Gone[name] != "" {
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

// LastRemoval returns the newest request that removes a cluster and has ended well.
func LastRemoval(requests []sky.Request, name string) (sky.Request, bool) {
	for _, r := range requests { // newest first
		if r.Cluster == name && r.Name == RequestName(StepDown) && r.Status == "SUCCEEDED" {
			return r, true
		}
	}
	return sky.Request{}, false
}

// RemovedBy is what a removal proves that has ended well.
func RemovedBy(purged bool) Evidence {
	if purged {
		return EvidencePurged
	}
	return EvidenceHistory
}
