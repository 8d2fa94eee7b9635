package lifecycle

import (
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Known is what this machine knows about whose clusters SkyPilot's are. The zero
// value knows nothing: then nothing is adopted.
type Known struct {
	Endpoint string          // SkyPilot's API server
	User     string          // the user_hash of this user there; "": it can't be known
	Hashes   map[string]bool // cluster_hashes that were launched from this machine at that endpoint
	Names    map[string]bool // names that were launched from this machine at that endpoint
	Unseen   map[string]bool // those of them whose last launch was not long ago and was never shown
}

// claim is whose a cluster is that bears a name.
type claim int

const (
	claimOurs    claim = iota // launched from this machine
	claimAdopted              // this user's own, made outside, under the configured name
	claimForeign              // not ours: shown as somebody else's, never touched
)

// claimOf says whose a cluster is that SkyPilot shows under a name. A cluster_hash
// that this machine recorded is ours whatever its user_hash is, because a lost
// ~/.sky must not orphan a machine that costs money. The user_hash decides only
// about those that nobody here launched.
func claimOf(rec *Cluster, found sky.Cluster, known Known, adoptable bool) claim {
	if rec == nil {
		rec = &Cluster{}
	}
	switch {
	case rec.Identity.Hash != "" && rec.Identity.Hash == found.Hash:
		return claimOurs
	case rec.Identity.Hash != "" && rec.MayExist():
		return claimForeign // ours is another one, which may exist beside it
	case known.Hashes[found.Hash] || madeByOurLaunch(rec, found, known):
		return claimOurs
	case known.User == "" || !maybeThisUsers(found, known):
		return claimForeign // where it can't be known whose it is, nothing is adopted
	case adoptable && !known.Names[found.Name] && rec.Identity.Hash == "" && rec.Spec == nil:
		return claimAdopted
	}
	return claimForeign
}

// maybeThisUsers reports whether a cluster may be this user's, as far as that is known.
func maybeThisUsers(found sky.Cluster, known Known) bool {
	return known.User == "" || found.UserHash == "" || found.UserHash == known.User
}

// madeByOurLaunch reports whether a cluster is what a launch of ours made that nobody saw
// until now: SkyPilot said who made the launch's request, or it is of this user while
// the launch is asked for, or one that was given up has come to something after all.
func madeByOurLaunch(rec *Cluster, found sky.Cluster, known Known) bool {
	asked := rec.Existence() == ExistsAsked && rec.Identity.Hash == ""
	switch {
	case asked && rec.Identity.User != "":
		return rec.Identity.User == found.UserHash
	case !maybeThisUsers(found, known):
		return false
	case asked:
		return known.User != "" || found.UserHash == ""
	}
	return known.User != "" && known.Unseen[found.Name]
}

// occupantOf is a cluster that bears a name of ours and is not ours.
func occupantOf(found sky.Cluster, known Known) *Occupant {
	return &Occupant{
		Identity: Identity{Endpoint: known.Endpoint, User: found.UserHash, Hash: found.Hash},
		Name:     found.UserName, Mine: known.User != "" && found.UserHash == known.User,
	}
}

// ClaimForLaunch settles what a launch finds under its name: nil where it may go on, because
// the cluster is the one that it finishes; else why not. A cluster that this user made
// outside is adopted, one that is not ours is remembered as the name's occupant.
func (s *State) ClaimForLaunch(name string, found sky.Cluster, known Known, configured string, at time.Time) *schema.Error {
	rec := s.Ensure(name)
	whose := claimOf(launchRecord(rec), found, known, name == configured)
	switch {
	case whose == claimOurs && rec.MayExist():
		return nil
	case whose == claimOurs: // of another state folder, or one that was taken off the list
		*rec = Cluster{View: NoServer(name)}
		Observe(rec, found, known.Endpoint, at)
		return schema.NewError(schema.KindClusterActive, "SkyPilot has the server called "+name+" already: it was launched from this computer before.",
			"Carapace looks after it from now on. Use it, or destroy it before you launch another.")
	case whose == claimAdopted:
		*rec = Cluster{View: NoServer(name)}
		Observe(rec, found, known.Endpoint, at)
		rec.View.Description += " It was found at SkyPilot, not launched here, and is looked after from now on."
		return schema.NewError(schema.KindClusterActive, "SkyPilot has a server called "+name+" already, which was not launched here.",
			"Carapace looks after it from now on. Use it, or destroy it before you launch another.")
	}
	rec.Occupant = occupantOf(found, known)
	return NotOurs(name, rec.Occupant)
}

// launchRecord is a record without what a launch that has just begun put there: it
// is no sign that the name was used before.
func launchRecord(rec *Cluster) *Cluster {
	if rec.MayExist() {
		return rec
	}
	return nil
}

// MayTouch refuses to touch a cluster that SkyPilot shows and that is not the one
// that the operation was accepted for, or, where nobody knows which that is, not ours.
func MayTouch(kind schema.OperationKind, id Identity, rec Cluster, found sky.Cluster, known Known, configured string) *schema.Error {
	if id.Hash == "" {
		id = rec.Identity
	}
	switch {
	case id.Hash != "" && id.Hash != found.Hash:
		return Interrupted(kind, found.Name)
	case id.Hash == "" && claimOf(&rec, found, known, found.Name == configured) == claimForeign:
		return NotOurs(found.Name, occupantOf(found, known))
	}
	return nil
}

// owner is whose cluster is shown under the name.
func (c *Cluster) owner() schema.Owner {
	if c.Occupant == nil || c.MayExist() {
		return schema.Owner{Mine: true}
	}
	return schema.Owner{Mine: c.Occupant.Mine, User: c.Occupant.Name}
}

// NotOurs is the refusal of a request that would touch a cluster which is not ours.
func NotOurs(name string, o *Occupant) *schema.Error {
	if o.Mine {
		return schema.NewError(schema.KindClusterActive,
			"SkyPilot has a server called "+name+" already, which was not launched by Carapace.",
			"Carapace does not touch it. Remove or rename it with SkyPilot, or launch under another name.")
	}
	whose := "another user of SkyPilot"
	if o.Name != "" {
		whose = o.Name + ", another user of SkyPilot"
	}
	return schema.NewError(schema.KindNotYours, "The server called "+name+" belongs to "+whose+".",
		"Carapace does not touch it. Launch under another name.")
}
