package cloud

import (
	"regexp"
	"sync"
)

// zoneNames are the names of zones from which that of the region can be told: the region's
// comes first (AWS: us-east-1a, Google: us-central1-a, IBM: us-south-1). No region of these
// clouds has such a name.
type zoneNames struct{ aws, gcp, ibm *regexp.Regexp }

// zones makes them when they are first asked for, as the table of clouds is.
var zones = sync.OnceValue(func() *zoneNames {
	return &zoneNames{
		aws: regexp.MustCompile(`^([a-z]+(?:-[a-z]+)+-[0-9]+)(?:-[a-z]+-[0-9]+)?[a-z]$`), // also us-west-2-lax-1a
		gcp: regexp.MustCompile(`^([a-z]+-[a-z]+[0-9]+)-[a-z]$`),
		ibm: regexp.MustCompile(`^([a-z]+-[a-z]+)-[0-9]+$`),
	}
})

// of is how a cloud names its zones; nil: no region can be told from that.
func (z *zoneNames) of(id string) *regexp.Regexp {
	switch id {
	case "aws":
		return z.aws
	case "gcp":
		return z.gcp
	case "ibm":
		return z.ibm
	}
	return nil
}

// Place tells a region from a zone where SkyPilot writes one of them, in the same
// place: "AWS (us-east-1a)" (utils/infra_utils.py: formatted_str). byZone says that
// SkyPilot has priced each zone by itself, as it does with spot machines. region is ""
// where the name is a zone's and does not tell its region, zone where it is a region's.
func (c Cloud) Place(name string, byZone bool) (region, zone string) {
	if of := zones().of(c.ID); of != nil {
		if found := of.FindStringSubmatch(name); found != nil {
			return found[1], name
		}
		return name, ""
	}
	if byZone && c.Zones && c.ID != "slurm" { // Slurm's partitions are not written
		return "", name
	}
	return name, ""
}

// OwnMachines reports whether the machines are the user's own: they have no price, and
// a region is a context or a pool.
func (c Cloud) OwnMachines() bool {
	return c.ID == "kubernetes" || c.ID == "ssh" || c.ID == "slurm"
}
