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

// LastRemoval returns the newest request that removes a cluster of that name and has
// ended well. past is the cluster's row of SkyPilot's history: a removal from before its
// launch, which its last event does not name either, was of another one. removing says
// that such a request is still being carried out: SkyPilot removes the record first and
// ends the request after it.
func LastRemoval(requests []sky.Request, name string, past sky.CostRow) (last sky.Request, found, removing bool) {
	for _, r := range requests { // newest first
		earlier := r.CreatedAt.Before(past.LaunchedAt) && !strings.Contains(past.LastEvent, r.ID)
		if r.Cluster != name || r.Name != RequestName(StepDown) || earlier {
			continue
		}
		if !r.Ended() {
			removing = true
		} else if r.Status == "SUCCEEDED" && !found {
			last, found = r, true
		}
	}
	return last, found, removing
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
