package skysim

import (
	"fmt"
	"slices"
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
	Infra    string `json:"infra"`
	Type     string `json:"instance_type"`
	Memory   string `json:"memory"`
	DiskSize int    `json:"disk_size"`
}

// costReport is `sky cost-report`: clusters that are gone are in it too.
func (p *process) costReport(o *options) error {
	if err := p.ready(); err != nil {
		return err
	}
	return p.world.update(func(w *world) error {
		records := []costRecord{}
		for _, c := range slices.Backward(w.Clusters) {
			records = append(records, w.cost(c, c.Status))
		}
		for _, c := range slices.Backward(w.Past) {
			records = append(records, w.cost(c, "TERMINATED"))
		}
		if o.json() {
			return p.sayJSON(records)
		}
		p.sayCosts(records)
		return nil
	})
}

func (w *world) cost(c *cluster, status string) costRecord {
	from, to := c.Created.Unix(), w.now
	interval := [2]*int64{&from, nil}
	infra, node := c.Offer.Cloud+"/"+c.Offer.Region, (*string)(nil)
	if m := w.machine(c.Machine); m != nil && status != "TERMINATED" {
		node = text("sky-" + c.Name + "-" + userHash + "-head")
		if m.Zone != "" {
			infra += "/" + m.Zone
		}
	}
	if !c.Ended.IsZero() {
		to = c.Ended
		end := to.Unix()
		interval[1] = &end
	}
	// a price is for an hour of the simulated clock
	hours := to.Sub(c.Created).Hours() / w.scale
	return costRecord{
		Name: c.Name, LaunchedAt: from, Duration: int64(to.Sub(c.Created) / time.Second), Nodes: 1,
		Resources: costResources{infra, c.Offer.Type, decimal(c.Offer.Memory), c.Offer.Disk}, Hash: c.Hash, Usage: [][2]*int64{interval},
		Status: status, UserHash: userHash, UserName: userName, Workspace: "default", LastEvent: c.LastEvent, NodeNames: node,
		TotalCost: hours * c.Offer.Price, Cloud: c.Offer.repr(), Region: c.Offer.Region, CPUs: decimal(c.Offer.CPUs), Memory: decimal(c.Offer.Memory),
		Accelerators: "None", Short: c.Offer.short(), Full: c.Offer.full(),
	}
}

func (p *process) sayCosts(records []costRecord) {
	rows := [][]string{{"NAME", "DURATION", "RESOURCES", "STATUS", "COST/hr", "COST (est.)"}}
	for _, r := range records {
		perHour := "-"
		if r.Duration > 0 {
			perHour = fmt.Sprintf("$ %.2f", r.TotalCost/(float64(r.Duration)/3600))
		}
		rows = append(rows, []string{r.Name, count(int(r.Duration), "sec"), r.Short, r.Status, perHour, fmt.Sprintf("$ %.2f", r.TotalCost)})
	}
	p.say(columns(rows)...)
}
