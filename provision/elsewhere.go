package provision

import (
	"context"
	"slices"
	"strings"

	"carapace/provision/sky"
	"carapace/schema"
)

// making finds the unfinished request that makes or starts a server; nil: there
// is none.
func making(requests []sky.Request, name string) *sky.Request {
	for i, r := range requests {
		if r.Cluster == name && !r.Ended() && (strings.HasSuffix(r.Name, ".launch") || strings.HasSuffix(r.Name, ".start")) {
			return &requests[i]
		}
	}
	return nil
}

// restoreInit gives a record that a look found half there its init_kind back,
// where somebody makes or starts the server with `sky` in a terminal. A refresh
// takes it away (measured with 0.14.1: "launching" before it, null after), and
// what then looks like a machine that does not answer is one that is coming up.
// SkyPilot is asked when the server was another before, and as long as it comes
// up; not at every look at one that is broken.
func (s *Service) restoreInit(ctx context.Context, name string, report sky.StatusReport) *schema.Error {
	i := slices.IndexFunc(report.Clusters, func(c sky.Cluster) bool { return c.Name == name })
	if i < 0 || report.Clusters[i].State != sky.StateInit || report.Clusters[i].InitKind != "" {
		return nil
	}
	if shown, rec := s.recorded(name); rec != nil && (rec.Incomplete || shown.Error != nil && shown.Error.Kind == schema.KindUnreachable) {
		return nil
	}
	requests, err := s.client(name).Requests(ctx, name)
	if err != nil {
		return s.explain(name, err)
	}
	if making(requests, name) != nil {
		report.Clusters[i].InitKind = sky.InitLaunching
	}
	return nil
}
