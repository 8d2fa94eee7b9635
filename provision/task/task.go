// Package task turns a schema.Spec into a SkyPilot task: YAML built from values,
// never from text, so that no value of the user can become a key or a command.
package task

import (
	"bytes"
	"maps"
	"strings"

	"gopkg.in/yaml.v3"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Where the vaults are on the server. The Gatekeeper's containers expect them
// there.
const (
	RemotePublic  = "/opt/carapace/data/public"
	RemotePrivate = "/opt/carapace/data/private"
)

// FileName is the name of a task's file in its operation's folder.
const FileName = "task.yaml"

// Input is what a task is made of. Its zero value renders a machine with nothing
// on it.
type Input struct {
	// Spec has its defaults filled in and Validate found nothing in it.
	Spec schema.Spec
	// Public and Private are the local paths that SkyPilot is to read the
	// vaults from (vault.Link): absolute and harmless to a shell. Empty: that
	// vault is not mounted.
	Public, Private string
	// Mounts are Spec.Mounts as local paths that are absolute and harmless
	// (vault.ResolveMounts), by remote path.
	Mounts map[string]string
}

// Render returns the task for `sky launch`. The same input gives the same bytes. It
// does not block and is safe for concurrent use.
func Render(in Input) ([]byte, error) {
	var task mapping
	task.add("resources", resourcesNode(in.Spec))
	task.addMap("file_mounts", in.mounts())
	task.addMap("envs", in.Spec.Envs)
	task.addMap("secrets", in.Spec.Secrets)
	task.addScript("setup", setupScript(in.Spec))
	task.addScript("run", runScript(in.Spec))
	return encode(task.node())
}

// RenderRun returns the small task for `sky exec` that runs Spec.Run again after
// a start: no resources, no mounts, no setup.
func RenderRun(in Input) ([]byte, error) {
	var task mapping
	task.addMap("envs", in.Spec.Envs)
	task.addMap("secrets", in.Spec.Secrets)
	task.addScript("run", runScript(in.Spec))
	return encode(task.node())
}

// Redacted returns a copy of spec for a preview: each secret's value is replaced.
// Rendering it shows all but the secrets.
func Redacted(spec schema.Spec) schema.Spec {
	spec.Secrets = maps.Clone(spec.Secrets)
	for name := range spec.Secrets {
		spec.Secrets[name] = "********"
	}
	return spec
}

// Secrets reads the secrets out of a task that Render made; none where it can't be
// read.
func Secrets(rendered []byte) map[string]string {
	var task struct {
		Secrets map[string]string `yaml:"secrets"`
	}
	if err := yaml.Unmarshal(rendered, &task); err != nil {
		return nil
	}
	return task.Secrets
}

// mounts is every local path by its remote one.
func (in Input) mounts() map[string]string {
	mounts := maps.Clone(in.Mounts)
	if mounts == nil {
		mounts = map[string]string{}
	}
	for remote, local := range map[string]string{RemotePublic: in.Public, RemotePrivate: in.Private} {
		if local != "" {
			mounts[remote] = local
		}
	}
	return mounts
}

// resourcesNode is the machine that is asked for.
func resourcesNode(spec schema.Spec) *yaml.Node {
	var r mapping
	r.addString("infra", infra(spec))
	r.addString("instance_type", spec.InstanceType)
	r.addString("cpus", spec.CPUs)
	r.addString("memory", spec.Memory)
	if spec.DiskSize != 0 {
		r.add("disk_size", plain(spec.DiskSize))
	}
	r.addString("disk_tier", spec.DiskTier)
	if spec.UseSpot {
		r.add("use_spot", plain(true))
	}
	r.addList("ports", spec.Ports)
	r.addString("image_id", spec.ImageID)
	r.addMap("labels", spec.Labels)
	if spec.Autostop != nil {
		r.add("autostop", autostopNode(*spec.Autostop))
	}
	if spec.MaxHourlyCost != 0 {
		r.add("max_hourly_cost", plain(spec.MaxHourlyCost))
	}
	return r.node()
}

// infra is SkyPilot's cloud/region/zone, "" where it is to choose, and "*" for the region
// of a zone that stands alone (utils/infra_utils.py: from_str). The cloud goes by its id:
// SkyPilot's schema refuses "digitalocean", a name that it takes elsewhere.
func infra(spec schema.Spec) string {
	name := spec.Cloud
	if c, ok := cloud.Find(name); ok {
		name = c.ID
	}
	region := spec.Region
	if region == "" && spec.Zone != "" {
		region = "*"
	}
	return strings.TrimRight(strings.Join([]string{name, region, spec.Zone}, "/"), "/")
}

func autostopNode(a schema.Autostop) *yaml.Node {
	var m mapping
	m.add("idle_minutes", plain(a.IdleMinutes))
	m.add("down", plain(a.Down))
	return m.node()
}

// costLimitSince is the first SkyPilot that knows resources.max_hourly_cost.
const costLimitSince = "0.12.1"

// TooOld refuses a spec that asks for something which a version of SkyPilot does not
// know, or returns nil. The limit of the cost is not left out instead, because it guards
// money. Pure.
func TooOld(spec schema.Spec, version sky.Version) *schema.Error {
	since, _ := sky.ParseVersion(costLimitSince)
	if spec.MaxHourlyCost == 0 || version.Compare(since) >= 0 {
		return nil
	}
	return schema.Fail(schema.KindUnsupported, &text.TaskCostLimit, text.Args{"version": version.String(), "minimum": costLimitSince}).WithField("spec.maxHourlyCost")
}

func encode(node *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Priced is what of a spec decides the machine and its price: an estimate needs
// nothing else of the user's, and a secret that is not written can't leak.
func Priced(spec schema.Spec) schema.Spec {
	spec.Secrets, spec.Envs, spec.Mounts, spec.Setup, spec.Run = nil, nil, nil, "", ""
	return spec
}
