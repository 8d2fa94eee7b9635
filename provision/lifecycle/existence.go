package lifecycle

import (
	"time"

	"carapace/provision/cloud"
)

// Existence says whether a cluster's machine exists at the cloud. It is one value,
// moved by evidence alone, because what "there is no machine" is inferred from
// decides whether somebody goes on paying for one: see [Cluster.Witness], the only
// code that moves it. The zero value is no existence; a record has ExistsNone.
type Existence string

// The existences.
const (
	ExistsNone  Existence = "none"  // nothing was submitted, or its end was verified
	ExistsAsked Existence = "asked" // a submission was, or is about to be, made that makes one
	ExistsSeen  Existence = "seen"  // SkyPilot showed it
	ExistsLost  Existence = "lost"  // it was asked for or seen, and can't be found; nobody has said that it has ended
)

// KnownBy says how an existence is known.
type KnownBy string

// How an existence is known.
const (
	KnownByCloud     KnownBy = "cloud"     // a look of SkyPilot's that reached the cloud
	KnownByRecord    KnownBy = "record"    // SkyPilot's record or history alone, or our own durable record
	KnownByOperation KnownBy = "operation" // an operation's beginning or end
	KnownByPerson    KnownBy = "person"    // a person said so
)

// Evidence is one thing that was found out about a machine's existence.
type Evidence string

// The evidence that there is. Absence of a record is none of it by itself.
const (
	EvidenceSubmitting Evidence = "submitting"  // a submission that makes a machine is about to be made
	EvidenceShown      Evidence = "shown"       // SkyPilot's record shows it
	EvidenceNotMade    Evidence = "not_made"    // the submission has ended, a look that reached the cloud after it shows nothing, and no answer is owed
	EvidenceOwed       Evidence = "answer_owed" // the cloud, or SkyPilot, owes an answer to a submission that was given up
	EvidenceDestroyed  Evidence = "destroyed"   // our own destroy, not a purge, ended well, and a look shows nothing
	EvidenceCloudGone  Evidence = "cloud_gone"  // SkyPilot says in this look that the cloud has no machine
	EvidenceHistory    Evidence = "history"     // SkyPilot's history says of this cluster_hash how it ended: a look showed no instance, or a removal without purge succeeded
	EvidenceEnded      Evidence = "ended"       // SkyPilot's history has a row that is over, and nothing says how it came to be
	EvidencePurged     Evidence = "purged"      // SkyPilot was told to forget it, whatever the cloud says
	EvidenceNoRecord   Evidence = "no_record"   // there is no record, and nothing says why
	EvidenceReplaced   Evidence = "replaced"    // another cluster bears the name, and nothing says how this one ended
	EvidenceForgotten  Evidence = "forgotten"   // a person says that nothing is there
	EvidenceRemembered Evidence = "remembered"  // a durable record tells of it, and the state does not
)

// Existing is a cluster's existence with where it comes from. The zero value is
// that of a record that was just made.
type Existing struct {
	State Existence `json:"state"`
	Since time.Time `json:"since,omitzero"`
	By    KnownBy   `json:"by,omitempty"`
	Why   Evidence  `json:"why,omitempty"`
}

// moves is the table of what evidence does. What is not in it leaves the existence
// as it is.
var moves = map[Existence]map[Evidence]Existence{
	ExistsNone: {
		EvidenceSubmitting: ExistsAsked, EvidenceShown: ExistsSeen, EvidenceOwed: ExistsAsked, EvidenceRemembered: ExistsAsked,
	},
	ExistsAsked: {
		EvidenceShown: ExistsSeen, EvidenceNotMade: ExistsNone, EvidenceDestroyed: ExistsNone, EvidenceCloudGone: ExistsNone,
		EvidenceHistory: ExistsNone, EvidencePurged: ExistsLost, EvidenceNoRecord: ExistsLost, EvidenceEnded: ExistsLost, EvidenceReplaced: ExistsLost,
		EvidenceForgotten: ExistsNone,
	},
	ExistsSeen: {
		EvidenceDestroyed: ExistsNone, EvidenceCloudGone: ExistsNone, EvidenceHistory: ExistsNone,
		EvidencePurged: ExistsLost, EvidenceNoRecord: ExistsLost, EvidenceEnded: ExistsLost, EvidenceReplaced: ExistsLost, EvidenceNotMade: ExistsLost,
	},
	ExistsLost: {
		EvidenceShown: ExistsSeen, EvidenceCloudGone: ExistsNone, EvidenceHistory: ExistsNone, EvidenceForgotten: ExistsNone,
	},
}

// knownBy says how each evidence is known.
var knownBy = map[Evidence]KnownBy{
	EvidenceSubmitting: KnownByOperation, EvidenceShown: KnownByRecord, EvidenceNotMade: KnownByCloud, EvidenceOwed: KnownByOperation,
	EvidenceDestroyed: KnownByOperation, EvidenceCloudGone: KnownByCloud, EvidenceHistory: KnownByRecord, EvidencePurged: KnownByRecord,
	EvidenceNoRecord: KnownByRecord, EvidenceEnded: KnownByRecord, EvidenceReplaced: KnownByRecord, EvidenceForgotten: KnownByPerson, EvidenceRemembered: KnownByRecord,
}

// Move returns where evidence moves an existence. sameAccount says that the look
// was made in the account of the launch: in another, or where that is not known,
// "no machine" is said of the wrong place, and what was there is lost.
func Move(from Existence, evidence Evidence, sameAccount bool) Existence {
	to, moved := moves[from][evidence]
	if !moved {
		return from
	}
	needsAccount := from != ExistsAsked && (evidence == EvidenceDestroyed || evidence == EvidenceCloudGone || evidence == EvidenceHistory)
	if to == ExistsNone && needsAccount && !sameAccount {
		return ExistsLost
	}
	return to
}

// Witness moves the cluster's existence by evidence, found at a time by a look in an
// account ("" where that is not known). It is the only code that may. While another
// machine of a launch may exist that SkyPilot never showed, what would be none is lost.
func (c *Cluster) Witness(evidence Evidence, account string, at time.Time) {
	to, why := Move(c.Existence(), evidence, c.sameAccount(account)), evidence
	if to == ExistsNone && c.Orphan != nil && evidence != EvidenceForgotten {
		if to, why = ExistsLost, EvidenceOwed; evidence == EvidenceNotMade {
			to = c.Existence() // an answer is owed: it may still come
		}
	}
	if to == c.Existence() && (to != ExistsAsked || evidence != EvidenceOwed) {
		return
	}
	c.Exists = Existing{State: to, Since: at.UTC(), By: knownBy[evidence], Why: why}
	if to == ExistsNone {
		c.Orphan = nil
	}
}

// sameAccount reports whether a look in an account is one in that of the launch.
// Where SkyPilot compares the accounts itself, a look in another one fails.
func (c *Cluster) sameAccount(account string) bool {
	at, known := cloud.Find(c.View.Cloud)
	return known && at.IdentityCheck || c.Account != "" && c.Account == account
}

// Existence is whether the cluster's machine exists.
func (c *Cluster) Existence() Existence {
	if c.Exists.State == "" {
		return ExistsNone
	}
	return c.Exists.State
}

// MayExist reports whether a machine may exist at the cloud, so that it has to be
// watched, and no second launch begins unasked.
func (c *Cluster) MayExist() bool { return c.Existence() != ExistsNone }
