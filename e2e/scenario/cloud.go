package scenario

import (
	"slices"

	"carapace/schema"
)

// Cloud is a cloud as the stories need it: what a launch on it names, and what can be
// asked of it. Which stories are played follows from that.
type Cloud struct {
	ID   string // SkyPilot's
	Name string // how a person knows it
	// Region is where the suite's servers are, unless a story lets SkyPilot choose.
	Region string
	// FirstRegion is the one that SkyPilot tries first when it may choose.
	FirstRegion string
	// InstanceType is the smallest machine that serves.
	InstanceType string
	// Stop: a server can be stopped with its disk kept, and started again.
	Stop bool
	// Spot: there are machines that the provider may take back.
	Spot bool
	// StopSpot: such a machine can be stopped and started, too.
	StopSpot bool
	// Mute: of what the provider says in a refusal SkyPilot passes on the HTTP status alone.
	Mute bool
	// Unplaced: in which region the machine is to be does not reach the provider.
	Unplaced bool
	// OwnJobs: a server is a job of the user's, on machines that are there anyway. Nobody refuses its end, and nobody bills it.
	OwnJobs bool
}

// clouds are those that the lab has, the one that every story can be played on first.
var clouds = []Cloud{
	{ID: "aws", Name: "Amazon Web Services", Region: Region, FirstRegion: FirstRegion, InstanceType: "m6i.large", Stop: true, Spot: true},
	{ID: "lambda", Name: "Lambda", Region: "us-west-1", FirstRegion: "us-east-1", InstanceType: "cpu_4x_general"},
	{ID: "do", Name: "DigitalOcean", Region: "sfo3", FirstRegion: "nyc3", InstanceType: "s-2vcpu-4gb", Stop: true},
	{ID: "paperspace", Name: "Paperspace", Region: "West Coast (CA1)", FirstRegion: "East Coast (NY2)", InstanceType: "C5", Stop: true},
	{ID: "runpod", Name: "RunPod", Region: "CA", FirstRegion: "US", InstanceType: "cpu3g-4-16", Spot: true},
	{
		ID: "vast", Name: "Vast.ai", Region: "Germany, DE, EU", FirstRegion: "Germany, DE, EU", InstanceType: "1x-RTX_4090-32-65536",
		Stop: true, Spot: true, StopSpot: true, Mute: true, Unplaced: true,
	},
	{ID: "slurm", Name: "Slurm", Region: "lab", FirstRegion: "lab", InstanceType: "2CPU--4GB", Unplaced: true, OwnJobs: true},
}

// Clouds lists the clouds that the suite can be played on, AWS first. The slice is
// the caller's own.
func Clouds() []Cloud { return slices.Clone(clouds) }

// CloudOf returns the cloud of an id of SkyPilot's; ok is false where the suite does
// not know it.
func CloudOf(id string) (c Cloud, ok bool) {
	i := slices.IndexFunc(clouds, func(c Cloud) bool { return c.ID == id })
	if i < 0 {
		return Cloud{}, false
	}
	return clouds[i], true
}

// AWS is the cloud that the suite can be played on in full.
func AWS() Cloud { return clouds[0] }

// Small is the suite's launch on a cloud: the smallest machine that serves, in one
// region, and no Docker, whose installation has tests of its own.
func (c Cloud) Small(changes ...func(*schema.Spec)) schema.Spec {
	docker := false
	s := schema.Spec{
		Name: ClusterName, Cloud: c.ID, Region: c.Region, InstanceType: c.InstanceType, DiskSize: 64,
		Docker: &docker, Setup: "echo setup was here", Run: "echo run was here",
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

// Small is the suite's launch on AWS.
func Small(changes ...func(*schema.Spec)) schema.Spec { return AWS().Small(changes...) }
