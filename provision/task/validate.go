package task

import (
	"strings"
	"unicode/utf8"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// maxScript bounds Spec.Setup and Spec.Run, in bytes: SkyPilot sends them whole
// with each request.
const maxScript = 256 << 10

// Validate returns everything that a spec, its defaults filled in, asks for and
// that can't be, in the order of the spec's fields; nil where nothing is wrong.
// Each error is of kind invalid_spec and names its field (spec.autostop.down). It
// looks at the spec alone: no file, no network, no credentials.
func Validate(s schema.Spec) []*schema.Error {
	v := &validator{spec: s}
	v.name()
	v.place()
	v.machine()
	v.ports()
	v.health()
	v.image()
	v.labels()
	v.autostop()
	v.profile()
	v.variables("spec.envs", s.Envs)
	v.variables("spec.secrets", s.Secrets)
	v.twice()
	v.mounts()
	v.script("spec.setup", s.Setup)
	v.script("spec.run", s.Run)
	return v.problems
}

type validator struct {
	spec     schema.Spec
	cloud    cloud.Cloud // the zero value where none is named, or none such
	named    bool        // cloud is one that there is
	problems []*schema.Error
}

func (v *validator) refuse(field string, because text.Text) {
	v.problems = append(v.problems, schema.Saying(schema.KindInvalidSpec, because).WithField(field))
}

// word is what a value that ends up in SkyPilot's arguments, paths or YAML may
// be made of: letters, digits and some more, a letter or digit first, so that
// none can be taken for a flag or a path upwards.
func word(value, more string, max int) bool {
	if value == "" || len(value) > max || !isAlnum(rune(value[0])) {
		return false
	}
	return !strings.ContainsFunc(value, func(r rune) bool { return !isAlnum(r) && !strings.ContainsRune(more, r) })
}

func isAlnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// longestName is how long a server's name may be.
const longestName = 63

// name applies SkyPilot's rule, which SkyPilot's server applies only after some seconds
// (transcript launch-bad-name). It also refuses names that look like files: `sky` takes a
// file that it finds for a task.
func (v *validator) name() {
	const field = "spec.name"
	name := v.spec.Name
	if len(name) > longestName || !sky.ValidClusterName(name) {
		v.refuse(field, text.New(&text.SpecName, text.Args{"value": shown(name)}))
		return
	}
	for _, prefix := range []string{"sky-jobs-controller-", "sky-serve-controller-"} {
		if strings.HasPrefix(name, prefix) {
			v.refuse(field, text.New(&text.SpecNameReserved, text.Args{"value": prefix}))
		}
	}
	for _, suffix := range []string{".yaml", ".yml", ".json"} {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			v.refuse(field, text.New(&text.SpecNameOfFile, text.Args{"value": suffix}))
		}
	}
}

func (v *validator) place() {
	s := v.spec
	if s.Cloud != "" {
		v.cloud, v.named = cloud.Find(s.Cloud)
		if !v.named {
			v.refuse("spec.cloud", text.New(&text.SpecCloud, text.Args{"value": shown(s.Cloud), "clouds": ids()}))
		}
	}
	if s.Region != "" {
		if !v.isPlace(s.Region, " ,()") {
			v.refuse("spec.region", text.New(&text.SpecRegion, text.Args{"value": shown(s.Region)}))
		}
		if s.Cloud == "" {
			v.refuse("spec.region", text.New(&text.SpecRegionAlone))
		}
	}
	if s.Zone != "" { // SkyPilot finds the zone's region
		if !v.isPlace(s.Zone, "") {
			v.refuse("spec.zone", text.New(&text.SpecZone, text.Args{"value": shown(s.Zone)}))
		}
		if s.Cloud == "" {
			v.refuse("spec.zone", text.New(&text.SpecZoneAlone))
		}
	}
	if s.Zone != "" && v.named && (!v.cloud.Zones || v.isOwnCluster()) {
		v.refuse("spec.zone", text.New(&text.SpecNoZones, text.Args{"cloud": v.cloud.Name}))
	}
}

// isPlace reports whether a value can be a region or a zone; more are the further characters that it
// may have. A region of Kubernetes is a context, whose name may hold more (EKS:
// arn:aws:eks:us-east-1:1:cluster/x). The names of some clouds' regions are for people: "East Coast
// (NY2)" of Paperspace, "Germany, DE, EU" of Vast (SkyPilot's catalogs).
func (v *validator) isPlace(value, more string) bool {
	if v.isOwnCluster() {
		more = ":/@"
	}
	return word(value, "-_."+more, 253)
}

// isOwnCluster reports whether the cloud is machines of the user's own, whose
// region is a context or a pool.
func (v *validator) isOwnCluster() bool {
	return v.cloud.OwnMachines()
}

func (v *validator) profile() {
	profile := v.spec.Profile
	if profile == "" {
		return
	}
	if v.named && v.cloud.ID != "aws" {
		v.refuse("spec.profile", text.New(&text.SpecProfileElsewhere, text.Args{"cloud": v.cloud.Name}))
	}
	if !word(profile, "-_.@+:/ ", 128) {
		v.refuse("spec.profile", text.New(&text.SpecProfile, text.Args{"value": shown(profile)}))
	}
}

func (v *validator) script(field, script string) {
	if len(script) > maxScript {
		v.refuse(field, text.New(&text.SpecScript, text.Args{"amount": len(script) >> 10, "most": maxScript >> 10}))
	}
	v.clean(field, script)
}

// clean refuses what can't be brought to the server as it is.
func (v *validator) clean(field, value string) bool {
	switch {
	case strings.ContainsRune(value, 0):
		v.refuse(field, text.New(&text.SpecNUL))
	case !utf8.ValidString(value):
		v.refuse(field, text.New(&text.SpecUTF8))
	default:
		return true
	}
	return false
}

// shown is a value as a message may repeat it: not at any length.
func shown(value string) string { return text.Shorten(value, 80) }

func ids() (ids []string) {
	for _, c := range cloud.All() {
		ids = append(ids, c.ID)
	}
	return ids
}
