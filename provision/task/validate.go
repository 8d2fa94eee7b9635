package task

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
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

func (v *validator) refuse(field, hint, format string, args ...any) {
	v.problems = append(v.problems, schema.NewError(schema.KindInvalidSpec, fmt.Sprintf(format, args...), hint).WithField(field))
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
		v.refuse(field, "Use a letter, then letters, digits, '.', '_' or '-', at most 63 in all; for example carapace-node.",
			"%q can't be a server's name.", shown(name))
		return
	}
	for _, prefix := range []string{"sky-jobs-controller-", "sky-serve-controller-"} {
		if strings.HasPrefix(name, prefix) {
			v.refuse(field, "Choose another name.", "Names that begin with %q belong to SkyPilot itself.", prefix)
		}
	}
	for _, suffix := range []string{".yaml", ".yml", ".json"} {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			v.refuse(field, "Choose a name that does not look like a file's.", "A server's name can't end in %q.", suffix)
		}
	}
}

func (v *validator) place() {
	s := v.spec
	if s.Cloud != "" {
		v.cloud, v.named = cloud.Find(s.Cloud)
		if !v.named {
			v.refuse("spec.cloud", "Use one of: "+ids()+".", "%q is no cloud that SkyPilot knows.", shown(s.Cloud))
		}
	}
	v.placePart("region", s.Region, "cloud", s.Cloud)
	v.placePart("zone", s.Zone, "cloud", s.Cloud) // SkyPilot finds the zone's region
	if s.Zone != "" && v.isOwnCluster() {
		v.refuse("spec.zone", "Leave the zone out.", "%s has no zones.", v.cloud.Name)
	}
}

// placePart checks a region or a zone. A region of Kubernetes is a context, whose
// name may hold more (EKS: arn:aws:eks:us-east-1:1:cluster/x). The names of some
// clouds' regions are for people: "East Coast (NY2)" of Paperspace, "Germany, DE, EU"
// of Vast (SkyPilot's catalogs).
func (v *validator) placePart(what, value, container, in string) {
	if value == "" {
		return
	}
	field, more := "spec."+what, "-_."
	switch {
	case v.isOwnCluster():
		more += ":/@"
	case what == "region":
		more += " ,()"
	}
	if !word(value, more, 253) {
		v.refuse(field, "Write it as the cloud does; for example us-east-1.", "%q can't be a %s.", shown(value), what)
	}
	if in == "" {
		v.refuse(field, fmt.Sprintf("Name the %s too, or leave the %s out.", container, what),
			"A %s means nothing without its %s.", what, container)
	}
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
		v.refuse("spec.profile", "Leave the profile out.", "Profiles are for Amazon Web Services; %s has none.", v.cloud.Name)
	}
	if !word(profile, "-_.@+:/ ", 128) {
		v.refuse("spec.profile", "Use the name of a profile in ~/.aws/config or ~/.aws/credentials.", "%q can't be a profile's name.", shown(profile))
	}
}

func (v *validator) script(field, script string) {
	if len(script) > maxScript {
		v.refuse(field, "Put the script into a file, bring it with spec.mounts and call it here.",
			"The script is %d KiB long; %d KiB is the most that is sent.", len(script)>>10, maxScript>>10)
	}
	v.clean(field, script)
}

// clean refuses what can't be brought to the server as it is.
func (v *validator) clean(field, value string) bool {
	switch {
	case strings.ContainsRune(value, 0):
		v.refuse(field, "Remove the NUL character.", "A NUL character can't be brought to the server.")
	case !utf8.ValidString(value):
		v.refuse(field, "Write it in UTF-8.", "The text is not valid UTF-8.")
	default:
		return true
	}
	return false
}

// shown is a value as a message may repeat it: not at any length.
func shown(value string) string {
	if len(value) <= 80 {
		return value
	}
	return strings.ToValidUTF8(value[:77], "") + "…"
}

func ids() string {
	var ids []string
	for _, c := range cloud.All() {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, ", ")
}
