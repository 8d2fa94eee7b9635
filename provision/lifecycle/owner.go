package lifecycle

import (
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Known is what this machine knows about the owners of SkyPilot's clusters. With the zero value
// nothing is adopted.
type Known struct {
	Endpoint string          // SkyPilot's API server
	User     string          // the user_hash of this user there; "": it can't be known
	Hashes   map[string]bool // cluster_hashes that were launched from this machine at that endpoint
	Names    map[string]bool // names that were launched from this machine at that endpoint
	Unseen   map[string]bool // those of Names whose last launch is recent and was never shown
}

// claim is whose cluster has a name.
type claim int

const (
	claimOurs    claim = iota // launched from this machine
	claimAdopted              // this user's own, made outside, under the configured name
	claimForeign              // not ours: shown as somebody else's, never touched
)

// claimOf returns whose cluster SkyPilot shows under a name. A cluster with a cluster_hash that this
// machine recorded is ours, whatever its user_hash: after a loss of ~/.sky the user_hash is another,
// and the machine goes on costing money. The user_hash decides only about clusters that were not
// launched here. adoptable reports that the name is the configured one.
func claimOf(rec *Cluster, found sky.Cluster, known Known, adoptable bool) claim {
	if rec == nil {
		rec = &Cluster{}
	}
	switch {
	case rec.Identity.Hash != "" && rec.Identity.Hash == found.Hash:
		return claimOurs
	case rec.Identity.Hash != "" && rec.MayExist():
		return claimForeign // our cluster of that name is another one, which may exist too
	case known.Hashes[found.Hash] || madeByOurLaunch(rec, found, known):
		return claimOurs
	case known.User == "" || !maybeThisUsers(found, known):
		return claimForeign // a cluster of an unknown user is not adopted
	case adoptable && !known.Names[found.Name] && rec.Identity.Hash == "" && rec.Spec == nil:
		return claimAdopted
	}
	return claimForeign
}

// maybeThisUsers reports whether a cluster may be this user's: its user_hash is the same, or one of
// the two is not known.
func maybeThisUsers(found sky.Cluster, known Known) bool {
	return known.User == "" || found.UserHash == "" || found.UserHash == known.User
}

// madeByOurLaunch reports whether a launch of ours made a cluster that no look has shown before. It
// did if the cluster's user is the one whom SkyPilot named for the launch's request, or if the cluster
// is this user's and a launch of that name is in progress or was given up recently.
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

// occupantOf returns a cluster as the occupant of a name.
func occupantOf(found sky.Cluster, known Known) *Occupant {
	return &Occupant{
		Identity: Identity{Endpoint: known.Endpoint, User: found.UserHash, Hash: found.Hash},
		Name:     found.UserName, Mine: known.User != "" && found.UserHash == known.User,
	}
}

// ClaimForLaunch handles a cluster that a launch finds under its name. It returns nil if the cluster
// is the one that the launch finishes, and else why the launch is refused. It adopts a cluster that
// this user made outside of Carapace, and notes a cluster of somebody else as the name's occupant.
func (s *State) ClaimForLaunch(name string, found sky.Cluster, known Known, configured string, at time.Time) *schema.Error {
	rec := s.Ensure(name)
	whose := claimOf(launchRecord(rec), found, known, name == configured)
	switch {
	case whose == claimOurs && rec.MayExist():
		return nil
	case whose == claimOurs: // launched from another state folder, or taken off the list
		*rec = Cluster{View: NoServer(name)}
		Observe(rec, found, known.Endpoint, at)
		return schema.Fail(schema.KindClusterActive, &text.LaunchKnownBefore, text.Args{"name": name})
	case whose == claimAdopted:
		*rec = Cluster{View: NoServer(name)}
		Observe(rec, found, known.Endpoint, at)
		rec.say(and(rec.story(), text.New(&text.ServerAdopted)))
		return schema.Fail(schema.KindClusterActive, &text.LaunchAdopted, text.Args{"name": name})
	}
	rec.Occupant = occupantOf(found, known)
	return NotOurs(name, rec.Occupant)
}

// launchRecord returns nil for a record that only the launch in progress has made: such a record does
// not prove that the name was used before.
func launchRecord(rec *Cluster) *Cluster {
	if rec.MayExist() {
		return rec
	}
	return nil
}

// MayTouch refuses an operation if SkyPilot shows another cluster than the one that it was accepted
// for or, if that is not known, a cluster that is not ours.
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

// owner returns the owner of the cluster that is shown under the name.
func (c *Cluster) owner() schema.Owner {
	if c.Occupant == nil || c.MayExist() {
		return schema.Owner{Mine: true}
	}
	return schema.Owner{Mine: c.Occupant.Mine, User: c.Occupant.Name}
}

// NotOurs is the refusal of a request for a name that another's cluster has.
func NotOurs(name string, o *Occupant) *schema.Error {
	switch {
	case o.Mine:
		return schema.Fail(schema.KindClusterActive, &text.OwnerOutside, text.Args{"name": name})
	case o.Name != "":
		return schema.Fail(schema.KindNotYours, &text.OwnerOtherNamed, text.Args{"name": name, "user": o.Name})
	}
	return schema.Fail(schema.KindNotYours, &text.OwnerOther, text.Args{"name": name})
}
