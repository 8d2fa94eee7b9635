package skysim

import (
	"path"
	"slices"
	"sort"
)

// choice is what a command names: clusters by name or glob, whoever made them, or
// else all of one user's or of everybody's (client/cli/command.py:
// _get_cluster_records_and_set_ssh_config).
type choice struct {
	names []string
	user  string // whose clusters are meant where none is named; "": everybody's
}

func (p *process) choice(o *options) choice {
	of := choice{names: o.args}
	if !o.set["--all-users"] {
		of.user = p.user.Hash
	}
	return of
}

func (of choice) has(c *cluster) bool {
	if len(of.names) == 0 {
		return of.user == "" || c.User.Hash == of.user || c.User.Hash == ""
	}
	return slices.ContainsFunc(of.names, func(name string) bool { return fits(name, c) })
}

// fits says whether a name or glob means a cluster; a bad glob means none.
func fits(name string, c *cluster) bool {
	ok, _ := path.Match(name, c.Name)
	return ok
}

// chosen are the clusters that a command means, the one launched last first.
func (w *world) chosen(of choice) []*cluster {
	var found []*cluster
	for _, c := range slices.Backward(w.Clusters) {
		if of.has(c) {
			found = append(found, c)
		}
	}
	sort.SliceStable(found, func(i, k int) bool { return found[i].Launched.Unix() > found[k].Launched.Unix() })
	return found
}

// missing are the names and globs that no cluster fits.
func (w *world) missing(names []string) []string {
	var missing []string
	for _, name := range names {
		if !slices.ContainsFunc(w.Clusters, func(c *cluster) bool { return fits(name, c) }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// answered are the clusters that SkyPilot's answer holds. A record that does not
// pass its own check is left out of it, which is said and no error (core.py:
// status).
func (p *process) answered(w *world, of choice) []*cluster {
	return slices.DeleteFunc(w.chosen(of), func(c *cluster) bool {
		invalid := w.fault(faultRecordInvalid, c.Name, c.Offer.Region, c.Offer.Cloud)
		if invalid {
			p.say("Failed to validate status responses for cluster "+c.Name+": 1 validation error for StatusResponse", "autostop",
				"  Input should be a valid integer [type=int_type, input_value=None, input_type=NoneType]",
				"    For further information visit https://errors.pydantic.dev/2.14/v/int_type")
		}
		return invalid
	})
}
