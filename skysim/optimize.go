package skysim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// offer is one machine that the optimizer found: what a cluster runs on.
type offer struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Cloud, Region string
	Type          string
	CPUs, Memory  float64
	Price         float64 // USD an hour
	Spot          bool
	Disk          int
	Zone          string // "" where any of the region's may be taken
}

func (o offer) repr() string {
	v, _ := vendorOf(o.Cloud)
	return v.repr
}

// wish is a number as a task asks for it: "4", or "4+" for at least.
type wish struct {
	least   float64
	orMore  bool
	nothing bool
}

func wishOf(text string) wish {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "+"), 64)
	return wish{least: n, orMore: strings.HasSuffix(text, "+"), nothing: err != nil}
}

func (w wish) fits(value float64) bool {
	return w.nothing || value == w.least || w.orMore && value > w.least
}

// wishes are a task's CPUs and memory with SkyPilot's defaults: 8 CPUs or more,
// 4 GiB a CPU or more (transcript launch-not-yaml).
func (t *task) wishes() (cpus, memory wish) {
	cpus, memory = wishOf(t.CPUs), wishOf(t.Memory)
	if cpus.nothing && memory.nothing && t.Type == "" {
		cpus = wish{least: 8, orMore: true}
	}
	if memory.nothing && t.Type == "" {
		memory = wish{least: 4 * cpus.least, orMore: true}
	}
	return cpus, memory
}

// optimize finds the cheapest offer of each enabled cloud and place that was not
// tried, cheapest first.
func (w *world) optimize(t *task, tried []string) []offer {
	var best []offer
	for _, v := range vendors() {
		if t.Cloud != "" && t.Cloud != v.id || !w.enabled(v.id) || t.Spot && !v.has("p") {
			continue
		}
		if o, ok := v.cheapest(t, tried); ok {
			best = append(best, o)
		}
	}
	sort.SliceStable(best, func(i, k int) bool { return best[i].Price < best[k].Price })
	return best
}

// cheapest is the cloud's cheapest fitting size in its first region left.
func (v vendor) cheapest(t *task, tried []string) (offer, bool) {
	cpus, memory := t.wishes()
	for i, region := range v.regions {
		if t.Region != "" && t.Region != region || slices.Contains(tried, v.id+"/"+region) {
			continue
		}
		var found []offer
		for _, s := range v.sizes {
			if t.Type != "" && t.Type != s.name || !cpus.fits(s.cpus) || !memory.fits(s.memory) || !v.affordable(t, s) {
				continue
			}
			found = append(found, offer{
				Cloud: v.id, Region: region, Type: s.name, CPUs: s.cpus, Memory: s.memory, Price: s.priceIn(i, t.Spot),
				Spot: t.Spot, Disk: t.Disk, Zone: v.zoneFor(t, region),
			})
		}
		if len(found) > 0 {
			sort.SliceStable(found, func(i, k int) bool { return found[i].Price < found[k].Price })
			return found[0], true
		}
	}
	return offer{}, false
}

// zoneFor is the zone that an offer is about: what the task names, or the first one where
// SkyPilot compares zones and not regions: of spot machines, and on Google Cloud of all
// (utils/resources_utils.py: make_launchables_for_valid_region_zones).
func (v vendor) zoneFor(t *task, region string) string {
	zones := v.zonesOf(region)
	if t.Zone == "" && len(zones) > 0 && (t.Spot || v.id == "gcp") {
		return zones[0]
	}
	return t.Zone
}

// affordable says whether a size passes max_hourly_cost as SkyPilot reads it: one
// of the regions that may be used has to have the size for that price, and then
// all of them may, dearer ones too. A task that names its instance type is not
// held to its limit, nor are the user's own machines (catalog/common.py:
// get_instance_type_for_cpus_mem_impl, utils/resources_utils.py:
// make_launchables_for_valid_region_zones).
func (v vendor) affordable(t *task, s size) bool {
	limit, err := strconv.ParseFloat(t.MaxCost, 64)
	if err != nil || t.Type != "" || s.price == 0 {
		return true
	}
	for i, region := range v.regions {
		if (t.Region == "" || t.Region == region) && s.priceIn(i, t.Spot) <= limit {
			return true
		}
	}
	return false
}

// priceIn is a size's price in the cloud's region of that number.
func (s size) priceIn(region int, spot bool) float64 {
	price := s.price
	if spot {
		price = s.spot
	}
	return math.Round(price*(1+0.05*float64(region))*1e5) / 1e5
}

// candidates are the clouds that a task may run on, as SkyPilot names them.
func (w *world) candidates(t *task) []string {
	var names []string
	for _, v := range vendors() {
		if (t.Cloud == "" || t.Cloud == v.id) && w.enabled(v.id) {
			names = append(names, v.repr)
		}
	}
	return names
}

// considered is the optimizer's table (transcript launch-dryrun): every cell has
// three spaces after it, the first column one before.
func considered(offers []offer) []string {
	rows := [][]string{{"INFRA", "INSTANCE", "vCPUs", "Mem(GB)", "GPUS", "COST ($)", "CHOSEN"}}
	for i, o := range offers {
		place, kind, chosen := cmp.Or(o.Zone, o.Region), o.Type, ""
		if o.Spot {
			kind += "[Spot]"
		}
		if i == 0 {
			chosen = "✔"
		}
		rows = append(rows, []string{
			o.repr() + " (" + place + ")", kind, number(o.CPUs), number(o.Memory), "-",
			fmt.Sprintf("%.2f", o.Price), chosen,
		})
	}
	lines := tableRows(rows)
	rule := strings.Repeat("-", len([]rune(lines[0])))
	for i := range lines {
		// the tick is centred in its column and green; colours take no room
		lines[i] = strings.Replace(lines[i], "✔        ", green+"   ✔"+reset+"     ", 1)
	}
	return slices.Concat([]string{"Considered resources (1 node):", rule}, lines[:1], []string{rule}, lines[1:], []string{rule})
}

func tableRows(rows [][]string) []string {
	lines := columns(rows)
	for i, line := range lines {
		// columns puts two spaces after a cell; this table has three and one in front
		lines[i] = " " + widen(line, rows)
	}
	return lines
}

// widen sets a line of columns, which are two spaces apart, three apart.
func widen(line string, rows [][]string) string {
	text := []rune(line)
	var b strings.Builder
	for i := range rows[0] {
		width := 0
		for _, row := range rows {
			width = max(width, len([]rune(row[i])))
		}
		b.WriteString(string(text[:width+2]) + " ")
		text = text[width+2:]
	}
	return b.String()
}

// number prints a count of CPUs or GiB as SkyPilot does: no needless decimals.
func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// decimal prints the same where SkyPilot prints a Python float.
func decimal(n float64) string {
	if n == math.Trunc(n) {
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return number(n)
}

// requested is the request as SkyPilot names it in errors.
func (t *task) requested(cloud string, withRegion bool) string {
	var parts []string
	if t.CPUs != "" {
		parts = append(parts, "cpus="+t.CPUs)
	}
	if t.Memory != "" {
		parts = append(parts, "mem="+t.Memory)
	}
	if t.Type != "" {
		parts = append([]string{t.Type}, parts...)
	}
	if t.Disk != defaultDisk {
		parts = append(parts, "disk_size="+strconv.Itoa(t.Disk))
	}
	if t.MaxCost != "" {
		parts = append(parts, "max_cost=$"+t.MaxCost+"/hr")
	}
	if withRegion && t.Region != "" {
		parts = append(parts, "region="+t.Region)
	}
	if cloud == "" {
		cloud = t.Cloud
	}
	v, ok := vendorOf(cloud)
	if !ok {
		v.repr = "<Cloud>" // resources.py: __repr__
	}
	return v.repr + "(" + strings.Join(parts, ", ") + ")"
}

// short and full are the two ways a cluster's resources are written; the short
// one cuts an instance type at 15 characters.
func (o offer) short() string {
	kind := o.Type
	if len(kind) > 15 {
		kind = kind[:15]
	}
	return fmt.Sprintf("%s(cpus=%s, mem=%s, %s, ...)", o.nodes(), number(o.CPUs), number(o.Memory), kind)
}

func (o offer) full() string {
	return fmt.Sprintf("%s(cpus=%s, mem=%s, %s, disk=%d)", o.nodes(), number(o.CPUs), number(o.Memory), o.Type, o.Disk)
}

// nodes is how many machines there are, and of what kind: `sky status` writes
// "1x[spot](cpus=2, …" for a spot machine.
func (o offer) nodes() string {
	if o.Spot {
		return "1x[spot]"
	}
	return "1x"
}
