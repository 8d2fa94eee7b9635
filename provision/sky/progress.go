package sky

import (
	"cmp"
	"strconv"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// Event is what a line of a request's log tells. Fields that the line says
// nothing about are zero. It never says that something succeeded: that is read
// from Status.
type Event struct {
	// Phase is the phase that begins, "" if the line stays in the one before.
	Phase schema.Phase
	// Said is for a person, without a name of the cluster; at least one text.
	Said []text.Text

	// Zones are being tried, all at once.
	Zones []string
	// JobID is that of the submitted job, 0 if the line is not about one.
	JobID int
	// Offer is the machine that was chosen, with its hourly cost.
	Offer *schema.Offer
	// Running says that SkyPilot's runtime works on the machine, which is the last thing that a
	// start tells (recording api-logs-start).
	Running bool
}

// Progress turns the lines of `sky api logs` of a launch, start or exec into
// events. `sky api logs` replays from the beginning, so that a Progress of a new
// process comes to the same state. The zero value is ready; it is not safe for
// concurrent use.
type Progress struct {
	table   offerTable
	attempt int
	cloud   string
	region  string
	refused string // said last, so that three equal lines make one event
}

// Region is where the machine is being asked for, "" before that.
func (p *Progress) Region() string { return p.region }

// Line takes the next line, of either stream, and reports whether it tells
// anything.
func (p *Progress) Line(line string) (Event, bool) {
	line = Clean(line)
	if event, ok := p.tableLine(line); ok {
		return event, len(event.Said) > 0
	}
	line = strings.TrimSpace(line)
	for _, read := range []func(*Progress, string) (Event, bool){
		(*Progress).place, (*Progress).machine, (*Progress).files, (*Progress).job, (*Progress).trouble,
	} {
		if event, ok := read(p, line); ok {
			return event, true
		}
	}
	return Event{}, false
}

// tableLine collects the optimizer's table; its last row gives the event.
func (p *Progress) tableLine(line string) (Event, bool) {
	before := len(p.table.offers)
	if !p.table.line(line) {
		return Event{}, false
	}
	switch {
	case strings.HasPrefix(line, "Considered resources"):
		return Event{Phase: schema.PhaseSelecting, Said: say(text.New(&text.ProgressChoosing))}, true
	case len(p.table.offers) == before:
		return Event{}, true
	}
	offer := p.table.offers[before]
	if !offer.Chosen {
		return Event{}, true
	}
	return Event{Phase: schema.PhaseSelecting, Said: Chose(offer), Offer: &offer}, true
}

// Chose tells of the machine that was chosen, with what is known of it. Pure.
func Chose(o schema.Offer) []text.Text {
	place := cloud.Where(o.Cloud, cmp.Or(o.Zone, o.Region))
	var chose text.Text
	switch {
	case o.InstanceType == "": // Slurm and Kubernetes have no names for sizes
		chose = text.New(&text.ProgressChose, text.Args{"sizes": []text.Text{text.Resources(o.VCPUs, o.MemoryGB, 0)}, "place": place})
	case o.VCPUs > 0 && o.MemoryGB > 0:
		chose = text.New(&text.ProgressChoseSized, text.Args{"size": o.InstanceType, "place": place, "cpus": o.VCPUs, "memory": o.MemoryGB})
	default:
		chose = text.New(&text.ProgressChose, text.Args{"sizes": []string{o.InstanceType}, "place": place})
	}
	said := []text.Text{chose}
	if o.HourlyCost > 0 {
		said = append(said, text.New(&text.MoneyHourly, text.Args{"hourly": o.HourlyCost}))
	}
	return said
}

// place reads "⚙︎ Launching on AWS us-east-1 (us-east-1a,us-east-1b)." and "Cluster
// 'x' (status: STOPPED) was previously in AWS (us-east-1). Restarting."
func (p *Progress) place(line string) (Event, bool) {
	if by, region, zones, ok := parsePlace(line); ok {
		p.attempt++
		p.cloud, p.region, p.refused = by, region, ""
		said := []text.Text{text.New(&text.ProgressAsking, text.Args{"cloud": cloudName(by), "where": inRegions(region)})}
		if p.attempt > 1 {
			said = append(said, text.New(&text.ProgressAnotherPlace, text.Args{"tries": p.attempt}))
		}
		return Event{Phase: schema.PhaseProvisioning, Said: said, Zones: zones}, true
	}
	if where, ok := between(line, " was previously in ", ". Restarting"); ok {
		return Event{Phase: schema.PhaseProvisioning, Said: say(text.New(&text.ProgressRestarting, text.Args{"place": where}))}, true
	}
	return Event{}, false
}

// parsePlace reads where a machine is being asked for.
func parsePlace(line string) (by, region string, zones []string, ok bool) {
	_, rest, ok := strings.Cut(line, "Launching on ")
	if !ok || strings.HasPrefix(line, "(") {
		return "", "", nil, false
	}
	rest = strings.TrimSuffix(strings.TrimSpace(rest), ".")
	name, where, _ := strings.Cut(rest, " ")
	list := ""
	if known, ok := cloud.Find(name); !ok || known.Zones { // elsewhere "(NY2)" is part of the region's name
		where, list, _ = strings.Cut(where, " (")
	}
	for zone := range strings.SplitSeq(strings.TrimSuffix(list, ")"), ",") {
		if zone = strings.TrimSpace(zone); zone != "" {
			zones = append(zones, zone)
		}
	}
	return cloudID(name), strings.TrimSpace(where), zones, name != ""
}

// machine reads what happens between the machine and its being ready. That an instance is up
// is said once it has answered on SSH (provision/provisioner.py: _post_provision_setup).
func (p *Progress) machine(line string) (Event, bool) {
	switch {
	case strings.HasSuffix(line, "Instance is up.") || strings.HasSuffix(line, "Pod is up."):
		return Event{Phase: schema.PhaseConnecting, Said: say(text.New(&text.ProgressMachineUp))}, true
	case strings.Contains(line, "container is up."):
		return Event{Phase: schema.PhaseConnecting, Said: say(text.New(&text.ProgressContainerUp))}, true
	case strings.HasPrefix(line, "✓ Cluster launched: "):
		return Event{Phase: schema.PhaseConnecting, Said: say(text.New(&text.ProgressRuntime)), Running: true}, true
	}
	return Event{}, false
}

// files reads the syncing of file mounts.
func (p *Progress) files(line string) (Event, bool) {
	switch {
	case strings.Contains(line, "Syncing files."):
		return Event{Phase: schema.PhaseSyncing, Said: say(text.New(&text.ProgressFiles))}, true
	case strings.HasPrefix(line, "Syncing (to "):
		if _, to, ok := strings.Cut(line, " -> "); ok {
			to = strings.TrimPrefix(strings.TrimSpace(to), "~/.sky/file_mounts")
			return Event{Phase: schema.PhaseSyncing, Said: say(text.New(&text.ProgressFilesTo, text.Args{"target": to}))}, true
		}
	case strings.HasPrefix(line, "✓ Synced "):
		return Event{Phase: schema.PhaseSyncing, Said: say(text.New(&text.ProgressFilesThere))}, true
	}
	return Event{}, false
}

// job reads the hand-over to the server: setup runs in the job (docs/skypilot.md, "Launch").
func (p *Progress) job(line string) (Event, bool) {
	if _, id, ok := strings.Cut(line, "Job submitted, ID: "); ok {
		n, err := strconv.Atoi(leadingDigits(id))
		if err != nil || n <= 0 {
			return Event{}, false
		}
		return Event{Phase: schema.PhaseSetup, Said: say(text.New(&text.ProgressSetupHanded)), JobID: n}, true
	}
	if strings.HasPrefix(line, "✓ Setup detached.") {
		return Event{Phase: schema.PhaseSetup, Said: say(text.New(&text.ProgressSetupHanding))}, true
	}
	return Event{}, false
}

// trouble reads refusals, failover and waiting.
func (p *Progress) trouble(line string) (Event, bool) {
	switch {
	case strings.Contains(line, " is locked by another operation"):
		return Event{Said: say(text.New(&text.ProgressLocked))}, true
	case strings.HasSuffix(line, "Trying other potential resources."):
		p.refused = ""
		return Event{Phase: schema.PhaseSelecting, Said: say(text.New(&text.ProgressNextPlace))}, true
	case strings.Contains(line, "Retrying provisioning"):
		return Event{Phase: schema.PhaseSelecting, Said: say(text.New(&text.ProgressNoPlace))}, true
	case strings.Contains(line, "Failed to set up SkyPilot runtime"):
		return Event{Said: say(text.New(&text.ProgressNoRuntime))}, true
	}
	words, ok := refusal(line)
	if !ok || words == p.refused {
		return Event{}, false
	}
	p.refused = words
	return Event{Said: say(text.New(&text.ProgressRefused, text.Args{"cloud": cloudName(p.cloud), "where": inRegions(p.region), "said": words}))}, true
}

// say returns one thing that is said.
func say(t text.Text) []text.Text { return []text.Text{t} }
