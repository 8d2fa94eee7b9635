package lifecycle

import (
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// Which looks are made again at once, because the record that they had read may be of before somebody's work.
func TestOutdated(t *testing.T) {
	half := sky.Cluster{Name: "c", State: sky.StateInit}
	launching := half
	launching.InitKind = "launching"
	unreachable := schema.Cluster{Error: &schema.Error{Kind: schema.KindUnreachable}}
	working := schema.Cluster{Status: schema.StatusProvisioning}
	running := schema.Cluster{Status: schema.StatusRunning}
	for name, tt := range map[string]struct {
		found sky.Cluster
		rec   *Cluster
		shown schema.Cluster
		fails string
		want  bool
	}{
		"up":                                {found: sky.Cluster{Name: "c", State: sky.StateUp}, rec: &Cluster{}, shown: running},
		"looks broken":                      {found: half, rec: &Cluster{}, shown: running, want: true},
		"looks broken, and is not known":    {found: half, want: true},
		"looks broken, somebody else's":     {found: half, rec: &Cluster{Occupant: &Occupant{}}},
		"known to be unreachable":           {found: half, rec: &Cluster{}, shown: unreachable},
		"an unfinished launch of ours":      {found: half, rec: &Cluster{Incomplete: true}, shown: running},
		"coming up":                         {found: launching, rec: &Cluster{}, shown: running},
		"another's work was shown":          {found: half, rec: &Cluster{}, shown: working, want: true},
		"not refreshed":                     {found: half, rec: &Cluster{}, shown: running, fails: sky.NotRefreshed},
		"not refreshed, and work was shown": {found: half, rec: &Cluster{}, shown: working, fails: sky.NotRefreshed, want: true},
		"the cloud refused":                 {found: half, rec: &Cluster{}, shown: working, fails: "denied"},
	} {
		report := sky.StatusReport{Clusters: []sky.Cluster{tt.found}}
		if tt.fails != "" {
			report.Failures = map[string]string{"c": tt.fails}
		}
		if got := Outdated("c", report, tt.rec, tt.shown); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
