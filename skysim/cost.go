package skysim

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"
)

// costRecord is one object of `sky cost-report -o json`.
type costRecord struct {
	Name          string        `json:"name"`
	LaunchedAt    int64         `json:"launched_at"`
	Duration      int64         `json:"duration"`
	Nodes         int           `json:"num_nodes"`
	Resources     costResources `json:"resources"`
	Priority      *int          `json:"priority"`
	PriorityClass *string       `json:"priority_class"`
	Hash          string        `json:"cluster_hash"`
	Usage         [][2]*int64   `json:"usage_intervals"`
	Status        string        `json:"status"`
	UserHash      string        `json:"user_hash"`
	UserName      string        `json:"user_name"`
	Workspace     string        `json:"workspace"`
	LastEvent     string        `json:"last_event"`
	NodeNames     *string       `json:"node_names"`
	CreationYAML  *string       `json:"last_creation_yaml"`
	CreationCmd   *string       `json:"last_creation_command"`
	TotalCost     float64       `json:"total_cost"`
	Cloud         string        `json:"cloud"`
	Region        string        `json:"region"`
	CPUs          string        `json:"cpus"`
	Memory        string        `json:"memory"`
	Accelerators  string        `json:"accelerators"`
	Short         string        `json:"resources_str"`
	Full          string        `json:"resources_str_full"`
}

type costResources struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Infra    string `json:"infra"`
	Type     string `json:"instance_type"`
	Memory   string `json:"memory"`
	Spot     bool   `json:"use_spot,omitempty"`
	DiskSize int    `json:"disk_size,omitempty"` // left out where nobody asked for one
}

// terminated is what the report calls every cluster that it finds no record of,
// whatever became of its machine (client/cli/command.py: cost_report).
const terminated = "TERMINATED"

// costReport is `sky cost-report`: all users' clusters are in it, those that are
// gone too, the one launched last first.
func (p *process) costReport(o *options) error {
	if err := p.ready(); err != nil {
		return err
	}
	return p.world.readLocked(func(w *world) error {
		records := []costRecord{}
		for _, c := range slices.Backward(w.Clusters) {
			records = append(records, w.cost(c, c.Status))
		}
		for _, c := range slices.Backward(w.Past) {
			records = append(records, w.cost(c, terminated))
		}
		sort.SliceStable(records, func(i, k int) bool { return records[i].LaunchedAt > records[k].LaunchedAt })
		if o.json() {
			return p.sayJSON(records)
		}
		p.sayCosts(w, records, o.set["--all"])
		return nil
	})
}

func (w *world) cost(c *cluster, status string) costRecord {
	infra, node := c.Offer.Cloud+"/"+c.Offer.Region, (*string)(nil)
	if m := w.machine(c.Machine); m != nil && c.EverUp {
		node = text(c.node())
		if m.Zone != "" {
			infra += "/" + m.Zone
		}
	}
	resources := costResources{Infra: infra, Type: c.Offer.Type, Memory: decimal(c.Offer.Memory), Spot: c.Offer.Spot}
	if c.Offer.Disk != defaultDisk {
		resources.DiskSize = c.Offer.Disk
	}
	intervals, used := w.usage(c)
	// A price is for an hour of the simulated clock, and SkyPilot counts whole seconds
	// (global_user_state.py: _get_cluster_duration).
	used = time.Duration(float64(used) / w.scale).Truncate(time.Second)
	return costRecord{
		Name: c.Name, LaunchedAt: c.Created.Unix(), Duration: int64(used / time.Second), Nodes: 1,
		Resources: resources, Hash: c.Hash, Usage: intervals,
		Status: status, UserHash: c.User.Hash, UserName: c.User.Name, Workspace: "default", LastEvent: c.LastEvent, NodeNames: node,
		TotalCost: used.Hours() * c.Offer.Price, Cloud: c.Offer.repr(), Region: c.Offer.Region, CPUs: decimal(c.Offer.CPUs), Memory: decimal(c.Offer.Memory),
		Accelerators: "None", Short: c.Offer.short(), Full: c.Offer.full(),
	}
}

// usage lists the times in which SkyPilot takes a cluster to have been up, and
// adds them up.
func (w *world) usage(c *cluster) (intervals [][2]*int64, used time.Duration) {
	for _, s := range c.Used {
		from, to := s.From.Unix(), s.To.Unix()
		if s.To.IsZero() {
			intervals, used = append(intervals, [2]*int64{&from, nil}), used+w.now.Sub(s.From)
			continue
		}
		intervals, used = append(intervals, [2]*int64{&from, &to}), used+s.To.Sub(s.From)
	}
	return intervals, used
}

// lasted writes a number of seconds as the report's table does.
func lasted(seconds int64) string {
	if seconds < 60 {
		return fmt.Sprintf("%ds", seconds)
	}
	return fmt.Sprintf("%dm %ds", seconds/60, seconds%60)
}

// shownCosts is how many clusters the table has without --all.
const shownCosts = 5

func (p *process) sayCosts(w *world, records []costRecord, all bool) {
	rows := [][]string{{"NAME", "LAUNCHED", "DURATION", "RESOURCES", "STATUS", "COST/hr", "COST (est.)"}}
	total := 0.0
	for i, r := range records {
		if i == shownCosts && !all {
			break
		}
		spot, perHour := "", 0.0
		if r.Resources.Spot {
			spot = "[Spot]"
		}
		if r.Duration > 0 {
			perHour = r.TotalCost / (float64(r.Duration) / 3600)
		}
		total += r.TotalCost
		rows = append(rows, []string{
			r.Name, ago(w.now.Sub(time.Unix(r.LaunchedAt, 0))), lasted(r.Duration),
			"1x " + r.Cloud + "(" + r.Resources.Type + spot + ", mem=" + r.Memory + ")", r.Status,
			fmt.Sprintf("$ %.2f", perHour), fmt.Sprintf("$ %.2f", r.TotalCost),
		})
	}
	p.say("Clusters (last 30 days)")
	p.say(columns(rows)...)
	p.say("", fmt.Sprintf("Total Cost: $%.2f", total))
	if !all {
		p.say("Showing up to " + strconv.Itoa(shownCosts) + " most recent clusters. To see all clusters in history, pass the --all flag.")
	}
	p.say("This feature is experimental. Costs for clusters with auto{stop,down} scheduled may not be accurate.")
}
