package lifecycle

import (
	"slices"
	"time"

	"carapace/provision/cloud"
)

// Existence says whether a cluster's machine exists at the cloud. Only evidence changes it, in
// [Cluster.Witness], because a wrong "there is no machine" leaves somebody paying for one. The zero
// value is not valid; [Cluster.Existence] returns ExistsNone for it.
type Existence string

// The existences.
const (
	ExistsNone  Existence = "none"  // nothing was submitted, or its end was verified
	ExistsAsked Existence = "asked" // a submission that makes a machine was made or is about to be made
	ExistsSeen  Existence = "seen"  // SkyPilot showed it
	ExistsLost  Existence = "lost"  // it was asked for or seen, can't be found, and nothing proves that it has ended
)

// KnownBy is the source of an existence.
type KnownBy string

// The sources of an existence.
const (
	KnownByCloud     KnownBy = "cloud"     // a look of SkyPilot's that reached the cloud
	KnownByRecord    KnownBy = "record"    // SkyPilot's record or history alone, or our own durable record
	KnownByOperation KnownBy = "operation" // an operation's beginning or end
	KnownByPerson    KnownBy = "person"    // a person said so
)

// Evidence is one fact about a machine's existence.
type Evidence string

// The kinds of evidence. A missing record alone is not evidence of an end; see [Absent].
const (
	EvidenceSubmitting Evidence = "submitting"  // a submission that makes a machine is about to be made
	EvidenceShown      Evidence = "shown"       // SkyPilot's record shows it
	EvidenceNotMade    Evidence = "not_made"    // the submission has ended, a look that reached the cloud after it shows nothing, and no answer is owed
	EvidenceOwed       Evidence = "answer_owed" // the cloud, or SkyPilot, owes an answer to a submission that was given up
	EvidenceDestroyed  Evidence = "destroyed"   // our own destroy, not a purge, ended well, and a look shows nothing
	EvidenceCloudGone  Evidence = "cloud_gone"  // SkyPilot says in this look that the cloud has no machine
	EvidenceHistory    Evidence = "history"     // SkyPilot's history says how this cluster_hash ended: a look showed no instance, or a removal without purge succeeded
	EvidenceEnded      Evidence = "ended"       // SkyPilot's history says that the cluster has ended, but not how
	EvidencePurged     Evidence = "purged"      // SkyPilot was told to forget it, whatever the cloud says
	EvidenceNoRecord   Evidence = "no_record"   // there is no record, for an unknown reason
	EvidenceReplaced   Evidence = "replaced"    // another cluster has the name, and it is not known how this one ended
	EvidenceForgotten  Evidence = "forgotten"   // a person said that there is no machine
	EvidenceRemembered Evidence = "remembered"  // a durable record has the launch, and the state has not
)

// Existing is a cluster's existence with its time, source and evidence. The zero value is that of a
// new record: no machine.
type Existing struct {
	State Existence `json:"state"`
	Since time.Time `json:"since,omitzero"`
	By    KnownBy   `json:"by,omitempty"`
	Why   Evidence  `json:"why,omitempty"`
}

// moves is the table of what evidence changes. Evidence that is not in it changes nothing.
var moves = []move{
	{ExistsNone, EvidenceSubmitting, ExistsAsked},
	{ExistsNone, EvidenceShown, ExistsSeen},
	{ExistsNone, EvidenceOwed, ExistsAsked},
	{ExistsNone, EvidenceRemembered, ExistsAsked},

	{ExistsAsked, EvidenceShown, ExistsSeen},
	{ExistsAsked, EvidenceNotMade, ExistsNone},
	{ExistsAsked, EvidenceDestroyed, ExistsNone},
	{ExistsAsked, EvidenceCloudGone, ExistsNone},
	{ExistsAsked, EvidenceHistory, ExistsNone},
	{ExistsAsked, EvidenceForgotten, ExistsNone},
	{ExistsAsked, EvidencePurged, ExistsLost},
	{ExistsAsked, EvidenceNoRecord, ExistsLost},
	{ExistsAsked, EvidenceEnded, ExistsLost},
	{ExistsAsked, EvidenceReplaced, ExistsLost},

	{ExistsSeen, EvidenceDestroyed, ExistsNone},
	{ExistsSeen, EvidenceCloudGone, ExistsNone},
	{ExistsSeen, EvidenceHistory, ExistsNone},
	{ExistsSeen, EvidencePurged, ExistsLost},
	{ExistsSeen, EvidenceNoRecord, ExistsLost},
	{ExistsSeen, EvidenceEnded, ExistsLost},
	{ExistsSeen, EvidenceReplaced, ExistsLost},
	{ExistsSeen, EvidenceNotMade, ExistsLost},

	{ExistsLost, EvidenceShown, ExistsSeen},
	{ExistsLost, EvidenceCloudGone, ExistsNone},
	{ExistsLost, EvidenceHistory, ExistsNone},
	{ExistsLost, EvidenceForgotten, ExistsNone},
}

type move struct {
	from Existence
	why  Evidence
	to   Existence
}

// knownBy returns the source of a kind of evidence.
func knownBy(evidence Evidence) KnownBy {
	switch evidence {
	case EvidenceSubmitting, EvidenceOwed, EvidenceDestroyed:
		return KnownByOperation
	case EvidenceNotMade, EvidenceCloudGone:
		return KnownByCloud
	case EvidenceForgotten:
		return KnownByPerson
	}
	return KnownByRecord
}

// Move returns the existence after evidence. sameAccount reports that the look was made in the cloud
// account of the launch. In another or an unknown account "no machine" proves nothing, so the
// existence becomes ExistsLost instead of ExistsNone.
func Move(from Existence, evidence Evidence, sameAccount bool) Existence {
	i := slices.IndexFunc(moves, func(m move) bool { return m.from == from && m.why == evidence })
	if i < 0 {
		return from
	}
	to := moves[i].to
	needsAccount := (evidence == EvidenceDestroyed || evidence == EvidenceCloudGone || evidence == EvidenceHistory)
	if to == ExistsNone && needsAccount && !sameAccount {
		return ExistsLost
	}
	return to
}

// Witness changes the cluster's existence by evidence that was found at a time by a look in an
// account, "" if the account is not known. No other code may change it. While the launch may have
// made another machine that SkyPilot never showed, the existence becomes ExistsLost instead of
// ExistsNone.
func (c *Cluster) Witness(evidence Evidence, account string, at time.Time) {
	if evidence == EvidenceNotMade && c.Exists.Why == EvidenceOwed {
		return // an earlier submission may still make a machine
	}
	same := c.sameAccount(account) || c.Existence() == ExistsAsked && c.Identity.Hash == "" // the launch itself is in progress
	to, why := Move(c.Existence(), evidence, same), evidence
	if to == ExistsNone && c.Orphan != nil && evidence != EvidenceForgotten {
		if to, why = ExistsLost, EvidenceOwed; evidence == EvidenceNotMade {
			to = c.Existence() // the cloud may still answer with a machine
		}
	}
	if to == c.Existence() && (to != ExistsAsked || evidence != EvidenceOwed) {
		return
	}
	c.Exists = Existing{State: to, Since: at.UTC(), By: knownBy(evidence), Why: why}
	if to == ExistsNone {
		c.Orphan = nil
	}
}

// sameAccount reports whether a look's account is that of the launch. On clouds where SkyPilot
// compares the accounts itself it is true: a look in another account fails there.
func (c *Cluster) sameAccount(account string) bool {
	at, known := cloud.Find(c.View.Cloud)
	return known && at.IdentityCheck || c.Account != "" && c.Account == account
}

// Existence returns whether the cluster's machine exists.
func (c *Cluster) Existence() Existence {
	if c.Exists.State == "" {
		return ExistsNone
	}
	return c.Exists.State
}

// Forgotten reports whether a person took the cluster off the list while its machine may have existed: then nobody knows that it has ended,
// although another launch may begin.
func (c *Cluster) Forgotten() bool {
	return c.Existence() == ExistsNone && c.Exists.By == KnownByPerson
}

// NeverShown reports whether a launch was given up that may still make a machine, or may have made one, and SkyPilot has shown none.
func (c *Cluster) NeverShown() bool {
	return c.Existence() == ExistsAsked && (c.Exists.Why == EvidenceOwed || c.Orphan != nil)
}

// MayExist reports whether the cluster's machine may exist at the cloud. Then the cluster is
// watched, and no other launch begins.
func (c *Cluster) MayExist() bool { return c.Existence() != ExistsNone }
