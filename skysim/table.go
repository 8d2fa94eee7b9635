package skysim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// sayStatusTable prints what a person sees: IP, zone and last event are only
// here (transcript status-up-table), and UNHEALTHY stands where JSON says INIT
// (transcript status-unreachable-table).
func (p *process) sayStatusTable(w *world, o *options, found []*cluster) {
	var enabled []string
	for _, v := range vendors() {
		if w.enabled(v.id) {
			enabled = append(enabled, v.id)
		}
	}
	p.say("Enabled Infra: "+strings.Join(enabled, ", "), "", "Clusters")
	if len(found) > 0 {
		p.say(columns(w.statusRows(found, o.set["--verbose"]))...)
	}
	var absent []string
	for _, name := range o.args {
		if !slices.ContainsFunc(found, func(c *cluster) bool { return fits(name, c) }) {
			absent = append(absent, "'"+name+"'")
		}
	}
	switch {
	case len(absent) > 0:
		p.say("Cluster" + plural(absent) + " " + strings.Join(absent, ", ") + " not found.")
	case len(found) == 0:
		p.say("No existing clusters.")
	}
	if len(o.args) == 0 {
		p.say("", "Managed jobs", "No in-progress managed jobs. (See: sky jobs -h)", "", "Services", "No live services.")
	}
}

func (w *world) statusRows(found []*cluster, verbose bool) [][]string {
	head := []string{"NAME", "INFRA", "RESOURCES", "STATUS", "AUTOSTOP", "LAUNCHED"}
	if verbose {
		head = []string{"NAME", "WORKSPACE", "INFRA", "RESOURCES", "STATUS", "AUTOSTOP", "LAUNCHED", "HEAD_IP", "COMMAND", "LAST_EVENT"}
	}
	rows := [][]string{head}
	for _, c := range found {
		infra, ip := w.where(c)
		age := ago(time.Duration(float64(w.now.Sub(c.Launched)) / w.scale))
		if verbose {
			rows = append(rows, []string{c.Name, "default", infra, c.Offer.full(), c.shown(), c.autostopCell(), age, ip, c.LastUse, c.LastEvent})
			continue
		}
		rows = append(rows, []string{c.Name, infra, c.Offer.short(), c.shown(), c.autostopCell(), age})
	}
	return rows
}

// where is a cluster's place and address.
func (w *world) where(c *cluster) (infra, ip string) {
	infra, ip = c.Offer.Region, "-"
	if m := w.machine(c.Machine); m != nil && c.EverUp {
		if m.Zone != "" {
			infra = m.Zone
		}
		if m.State == machineRunning {
			ip = m.IP
		}
	}
	return c.Offer.repr() + " (" + infra + ")", ip
}

func (c *cluster) shown() string {
	if c.initKind() == "unhealthy" {
		return "UNHEALTHY"
	}
	return c.Status
}

func (c *cluster) autostopCell() string {
	switch {
	case c.Autostop < 0:
		return "-"
	case c.AutoDown:
		return strconv.Itoa(c.Autostop) + "m (down)"
	}
	return strconv.Itoa(c.Autostop) + "m"
}
