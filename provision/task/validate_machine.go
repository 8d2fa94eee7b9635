package task

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// Bounds of a machine. No cloud has more; less than 10 GB of disk holds no image
// with SkyPilot's runtime on it.
const (
	maxCPUs     = 4096
	maxMemoryGB = 65536
	minDiskGB   = 10
	maxDiskGB   = 65536
	maxIdle     = 60 * 24 * 365 // minutes
)

func (v *validator) machine() {
	s := v.spec
	if s.InstanceType != "" && !word(s.InstanceType, "-_.:/+$", 128) { // OCI's are VM.Standard.E4.Flex$_8_32 in SkyPilot's catalog
		v.refuse("spec.instanceType", text.New(&text.SpecInstanceType, text.Args{"value": shown(s.InstanceType)}))
	}
	switch asked, ok := ParseAmount(s.CPUs); {
	case s.CPUs == "":
	case !ok:
		v.refuse("spec.cpus", text.New(&text.SpecCPUs, text.Args{"value": shown(s.CPUs)}))
	case asked.Number <= 0 || asked.Number > maxCPUs:
		v.refuse("spec.cpus", text.New(&text.SpecCPUsRange, text.Args{"amount": shown(strings.TrimSuffix(s.CPUs, "+")), "most": maxCPUs}))
	}
	switch asked, ok := ParseAmount(s.Memory); {
	case s.Memory == "":
	case !ok:
		v.refuse("spec.memory", text.New(&text.SpecMemory, text.Args{"value": shown(s.Memory)}))
	case asked.Number <= 0 || asked.Number > maxMemoryGB:
		v.refuse("spec.memory", text.New(&text.SpecMemoryRange, text.Args{"amount": shown(strings.TrimSuffix(s.Memory, "+")), "most": maxMemoryGB}))
	}
	if s.DiskSize != 0 && (s.DiskSize < minDiskGB || s.DiskSize > maxDiskGB) {
		v.refuse("spec.diskSize", text.New(&text.SpecDiskSize, text.Args{"disk": s.DiskSize, "least": minDiskGB, "most": maxDiskGB}))
	}
	v.diskTier()
	if s.UseSpot && v.named && !v.cloud.Spot {
		v.refuse("spec.useSpot", text.New(&text.SpecSpot, text.Args{"cloud": v.cloud.Name}))
	}
	if cost := s.MaxHourlyCost; cost < 0 || math.IsNaN(cost) || math.IsInf(cost, 0) {
		v.refuse("spec.maxHourlyCost", text.New(&text.MoneyNoLimit, text.Args{"amount": fmt.Sprint(cost)}))
	}
}

// Amount is how much of something a machine is to have: 4, or 4+ for at least that much.
type Amount struct {
	Number float64
	OrMore bool
}

// ParseAmount reads "4", "4+" and "0.5"; ok says that it is one. It is the one reader of them: what a list of
// machines takes, a launch takes too.
func ParseAmount(value string) (amount Amount, ok bool) {
	digits, more := strings.CutSuffix(value, "+")
	number, err := strconv.ParseFloat(digits, 64)
	other := strings.ContainsFunc(digits, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if err != nil || other || !isDigit(digits[0]) || !isDigit(digits[len(digits)-1]) {
		return Amount{}, false
	}
	return Amount{number, more}, true
}

// Fits reports whether a machine that has so much has what is asked for.
func (a Amount) Fits(has float64) bool { return has == a.Number || a.OrMore && has > a.Number }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (v *validator) diskTier() {
	tier := v.spec.DiskTier
	if tier == "" {
		return
	}
	if tiers := []string{"low", "medium", "high", "ultra", "best"}; !slices.Contains(tiers, tier) {
		v.refuse("spec.diskTier", text.New(&text.SpecDiskTier, text.Args{"value": shown(tier), "options": tiers}))
	} else if v.named && tier != "best" && len(v.cloud.DiskTiers) == 0 {
		v.refuse("spec.diskTier", text.New(&text.SpecNoDiskTiers, text.Args{"cloud": v.cloud.Name}))
	} else if v.named && tier != "best" && !slices.Contains(v.cloud.DiskTiers, tier) {
		v.refuse("spec.diskTier", text.New(&text.SpecDiskTierOf, text.Args{"cloud": v.cloud.Name, "value": shown(tier), "options": append(v.cloud.DiskTiers[:len(v.cloud.DiskTiers):len(v.cloud.DiskTiers)], "best")}))
	}
}

func (v *validator) ports() {
	if len(v.spec.Ports) > 0 && v.named && !v.cloud.Ports {
		v.refuse("spec.ports", text.New(&text.SpecNoPorts, text.Args{"cloud": v.cloud.Name}))
	}
	for i, port := range v.spec.Ports {
		if _, _, ok := schema.ParsePorts(port); !ok {
			v.refuse(fmt.Sprintf("spec.ports[%d]", i), text.New(&text.SpecPort, text.Args{"value": shown(port)}))
		}
	}
}

// maxPath is how long the path of a health question may be.
const maxPath = 256

// health checks what a question is made of: nothing in it may begin another line of the request.
func (v *validator) health() {
	h := v.spec.Health
	if h == nil {
		return
	}
	if h.Port < 1 || h.Port > 65535 {
		v.refuse("spec.health.port", text.New(&text.TunnelPort, text.Args{"field": "spec.health.port"}))
	}
	if path := h.Path; path != "" && (path[0] != '/' || len(path) > maxPath || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' })) {
		v.refuse("spec.health.path", text.New(&text.SpecHealthPath, text.Args{"value": shown(path), "most": maxPath}))
	}
}

// image checks Spec.ImageID. A container image is the machine's world for setup
// and run: Docker Engine can't be installed in there.
func (v *validator) image() {
	const field = "spec.imageId"
	image := v.spec.ImageID
	if image == "" {
		return
	}
	container := strings.HasPrefix(image, "docker:")
	switch {
	case len(image) > 512 || strings.HasPrefix(image, "-") || strings.ContainsFunc(image, func(r rune) bool { return r <= ' ' || r > '~' }):
		v.refuse(field, text.New(&text.SpecImage, text.Args{"value": shown(image)}))
	case container && v.named && !v.cloud.DockerImage:
		v.refuse(field, text.New(&text.SpecNoContainer, text.Args{"cloud": v.cloud.Name}))
	case !container && v.named && !v.cloud.ImageID:
		v.refuse(field, text.New(&text.SpecNoImage, text.Args{"cloud": v.cloud.Name}))
	case container && (v.spec.Docker == nil || *v.spec.Docker):
		v.refuse(field, text.New(&text.SpecDockerInContainer))
	}
}

// labels checks what the clouds have in common; Google's own rule is the
// narrowest (SkyPilot 0.14.1, clouds/*.py: is_label_valid).
func (v *validator) labels() {
	for _, key := range slices.Sorted(maps.Keys(v.spec.Labels)) {
		field, value := fmt.Sprintf("spec.labels[%q]", shown(key)), v.spec.Labels[key]
		switch {
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			v.refuse(field, text.New(&text.SpecLabelAmazon))
		case !word(key, "-_./:", 63):
			v.refuse(field, text.New(&text.SpecLabelName, text.Args{"value": shown(key)}))
		case len(value) > 63 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
			v.refuse(field, text.New(&text.SpecLabelValue, text.Args{"value": shown(value)}))
		case v.cloud.ID == "gcp" && (!isGoogleLabel(key) || value != "" && !isGoogleLabel("a"+value)):
			v.refuse(field, text.New(&text.SpecLabelGoogle, text.Args{"other": shown(key), "value": shown(value)}))
		}
	}
}

func isGoogleLabel(label string) bool {
	return label[0] >= 'a' && label[0] <= 'z' && !strings.ContainsFunc(label, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// autostop refuses what SkyPilot accepts and then never does: on a cloud that
// can't stop, and for spot machines that can't be stopped, an idle machine would
// go on costing money for ever.
func (v *validator) autostop() {
	a := v.spec.Autostop
	if a == nil {
		return
	}
	if a.IdleMinutes < 1 || a.IdleMinutes > maxIdle {
		v.refuse("spec.autostop.idleMinutes", text.New(&text.SpecIdleMinutes, text.Args{"minutes": a.IdleMinutes, "most": maxIdle}))
	}
	const field = "spec.autostop.down"
	spot := v.spec.UseSpot
	switch {
	case !v.named && spot && !a.Down && v.spec.Cloud == "":
		v.refuse(field, text.New(&text.SpecSpotStops))
	case !v.named || v.cloud.CanAutostop(spot, a.Down):
	case !v.cloud.Autodown:
		v.refuse("spec.autostop", text.New(&text.SpecNoAutostop, text.Args{"cloud": v.cloud.Name}))
	case spot && v.cloud.Stop:
		v.refuse(field, text.New(&text.SpecSpotNoStop, text.Args{"cloud": v.cloud.Name}))
	default:
		v.refuse(field, text.New(&text.SpecNoStop, text.Args{"cloud": v.cloud.Name}))
	}
}
