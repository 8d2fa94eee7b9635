package task

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
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
		v.refuse("spec.instanceType", "Write it as the cloud does; for example m6i.xlarge.", "%q can't be an instance type.", shown(s.InstanceType))
	}
	v.amount("spec.cpus", s.CPUs, maxCPUs, "virtual CPUs")
	v.amount("spec.memory", s.Memory, maxMemoryGB, "gigabytes of memory")
	if s.DiskSize != 0 && (s.DiskSize < minDiskGB || s.DiskSize > maxDiskGB) {
		v.refuse("spec.diskSize", fmt.Sprintf("Use a number of gigabytes from %d to %d.", minDiskGB, maxDiskGB), "A disk of %d GB can't be.", s.DiskSize)
	}
	v.diskTier()
	if s.UseSpot && v.named && !v.cloud.Spot {
		v.refuse("spec.useSpot", "Leave useSpot out, or choose another cloud.", "%s has no spot machines.", v.cloud.Name)
	}
	if cost := s.MaxHourlyCost; cost < 0 || math.IsNaN(cost) || math.IsInf(cost, 0) {
		v.refuse("spec.maxHourlyCost", "Use a number of US dollars above 0, or leave it out.", "A machine can't cost %v dollars an hour.", cost)
	}
}

// amount checks "4", "4+" and "0.5".
func (v *validator) amount(field, value string, most float64, unit string) {
	if value == "" {
		return
	}
	number := strings.TrimSuffix(value, "+")
	n, err := strconv.ParseFloat(number, 64)
	digits := !strings.ContainsFunc(number, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if err != nil || !digits || !isDigit(number[0]) || !isDigit(number[len(number)-1]) {
		v.refuse(field, `Use a number, such as "4", or "4+" for at least so many.`, "%q is no number of %s.", shown(value), unit)
		return
	}
	if n <= 0 || n > most {
		v.refuse(field, fmt.Sprintf("Use more than 0 and at most %v.", most), "%s %s can't be.", shown(number), unit)
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (v *validator) diskTier() {
	tier := v.spec.DiskTier
	if tier == "" {
		return
	}
	if tiers := []string{"low", "medium", "high", "ultra", "best"}; !slices.Contains(tiers, tier) {
		v.refuse("spec.diskTier", "Use one of: "+strings.Join(tiers, ", ")+".", "%q is no disk tier.", shown(tier))
	} else if v.named && !v.cloud.DiskTier && tier != "best" {
		v.refuse("spec.diskTier", "Leave the disk tier out, or choose another cloud.", "%s has no disk tiers.", v.cloud.Name)
	}
}

func (v *validator) ports() {
	if len(v.spec.Ports) > 0 && v.named && !v.cloud.Ports {
		v.refuse("spec.ports", "Leave the ports out, or choose another cloud.", "SkyPilot can't open ports on %s.", v.cloud.Name)
	}
	for i, port := range v.spec.Ports {
		if first, last, ok := portRange(port); !ok || first > last {
			v.refuse(fmt.Sprintf("spec.ports[%d]", i), `Use a port from 1 to 65535, such as "443", or a range, such as "8000-8010".`, "%q is neither a port nor a range of ports.", shown(port))
		}
	}
}

func portRange(value string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(value, "-")
	if !isRange {
		to = from
	}
	first, firstOK := portNumber(from)
	last, lastOK := portNumber(to)
	return first, last, firstOK && lastOK
}

func portNumber(value string) (int, bool) {
	if value == "" || len(value) > 5 || !isDigit(value[0]) {
		return 0, false
	}
	n, err := strconv.Atoi(value)
	return n, err == nil && n >= 1 && n <= 65535
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
		v.refuse(field, "Write it as the cloud does, without spaces.", "%q can't be an image.", shown(image))
	case container && v.named && !v.cloud.DockerImage:
		v.refuse(field, "Leave the image out, or choose another cloud.", "SkyPilot can't run a container image on %s.", v.cloud.Name)
	case !container && v.named && !v.cloud.ImageID:
		v.refuse(field, "Leave the image out, or choose another cloud.", "SkyPilot can't choose a disk image on %s.", v.cloud.Name)
	case container && (v.spec.Docker == nil || *v.spec.Docker):
		v.refuse(field, "Set docker to false, or use a disk image.", "Docker can't be installed inside a container image.")
	}
}

// labels checks what the clouds have in common; Google's own rule is the
// narrowest (SkyPilot 0.14.1, clouds/*.py: is_label_valid).
func (v *validator) labels() {
	for _, key := range slices.Sorted(maps.Keys(v.spec.Labels)) {
		field, value := fmt.Sprintf("spec.labels[%q]", shown(key)), v.spec.Labels[key]
		switch {
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			v.refuse(field, "Choose another name for the label.", "Labels that begin with aws: belong to Amazon.")
		case !word(key, "-_./:", 63):
			v.refuse(field, "Use letters, digits, '-', '_', '.', '/' and ':', at most 63 of them.", "%q can't be a label's name.", shown(key))
		case len(value) > 63 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
			v.refuse(field, "Use at most 63 printable characters without spaces.", "A label can't have the value %q.", shown(value))
		case v.cloud.ID == "gcp" && (!isGoogleLabel(key) || value != "" && !isGoogleLabel("a"+value)):
			v.refuse(field, "Use lower-case letters, digits, '-' and '_', a letter first in the name.", "Google Cloud does not take the label %q with the value %q.", shown(key), shown(value))
		}
	}
}

func isGoogleLabel(text string) bool {
	return text[0] >= 'a' && text[0] <= 'z' && !strings.ContainsFunc(text, func(r rune) bool {
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
		v.refuse("spec.autostop.idleMinutes", fmt.Sprintf("Use a number of minutes from 1 to %d.", maxIdle), "A server can't end itself after %d idle minutes.", a.IdleMinutes)
	}
	const field = "spec.autostop.down"
	spot := v.spec.UseSpot
	switch {
	case !v.named && spot && !a.Down && v.spec.Cloud == "":
		v.refuse(field, "Set autostop.down to true, or name a cloud whose spot machines can stop (gcp, nebius).",
			"On most clouds a spot machine can't be stopped: an idle one would not end.")
	case !v.named || v.cloud.CanAutostop(spot, a.Down):
	case !v.cloud.Autodown:
		v.refuse("spec.autostop", "Leave autostop out and destroy the server yourself, or choose another cloud.", "On %s a server can't end itself.", v.cloud.Name)
	case spot && v.cloud.Stop:
		v.refuse(field, "Set autostop.down to true: the idle server is then destroyed.", "On %s a spot machine can't be stopped: an idle one would not end.", v.cloud.Name)
	default:
		v.refuse(field, "Set autostop.down to true: the idle server is then destroyed.", "On %s a server can't be stopped: an idle one would not end.", v.cloud.Name)
	}
}
