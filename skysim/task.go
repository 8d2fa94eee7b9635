package skysim

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// task is what a task YAML and the options of `sky launch` ask for.
type task struct {
	Name                string
	Source              string // the YAML's text
	Cloud, Region, Zone string
	Type                string
	CPUs, Memory        string
	Disk                int
	MaxCost             string // USD an hour as SkyPilot writes it, "": no limit
	Spot                bool
	Ports               []string
	Labels              map[string]string
	Mounts              []mount
	Setup, Run          string
	Idle                int // minutes, -1: none
	IdleDown            bool
}

// mount is one local path that is copied to the machine.
type mount struct{ Local, Remote string }

// defaultDisk is SkyPilot's size of a disk that nobody asked for, in GB.
const defaultDisk = 256

// defaultIdle is the minutes of an autostop that says no number.
const defaultIdle = 5

// taskKeys are the fields that SkyPilot 0.14.1 accepts at the top of a task.
const taskKeys = "name workdir num_nodes resources file_mounts setup run envs secrets managed_secrets volumes volume_mounts " +
	"config service pool event_callback inputs outputs api_server_access file_mounts_mapping _metadata"

func (p *process) path(name string) string {
	if p.env.Cwd == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.env.Cwd, name)
}

// readTask makes a task out of the argument of `sky launch`: a YAML file, or
// else a command, whatever it looks like (transcript launch-not-yaml).
func (p *process) readTask(entry string) (task, error) {
	data, err := os.ReadFile(p.path(entry))
	var top yaml.Node
	if err == nil && yaml.Unmarshal(data, &top) == nil {
		if top.Content == nil { // an empty file is a task that asks for nothing in particular (client/cli/command.py: _check_yaml_only)
			top.Content = []*yaml.Node{{Kind: yaml.MappingNode}}
		}
		if len(top.Content) == 1 && top.Content[0].Kind == yaml.MappingNode {
			p.say("YAML to run: " + entry)
			return parseTask(top.Content[0], string(data))
		}
	}
	if strings.HasSuffix(entry, ".yaml") || strings.HasSuffix(entry, ".yml") {
		p.say(fmt.Sprintf("'%s' looks like a yaml path but it is not a valid YAML file. It will be treated as a command to be run remotely. Continue? [y/N]: ", entry))
		return task{}, fail("Aborted!")
	}
	p.say("Command to run: " + entry)
	return task{Run: entry, Disk: defaultDisk, Idle: -1, Name: "sky-cmd"}, nil
}

func parseTask(top *yaml.Node, source string) (task, error) {
	t := task{Source: source, Disk: defaultDisk, Idle: -1}
	var file struct {
		Name       string
		Resources  resources
		Setup, Run string
		FileMounts yaml.Node `yaml:"file_mounts"`
		Envs       map[string]*string
	}
	for i := 0; i < len(top.Content); i += 2 {
		if key := top.Content[i].Value; !slices.Contains(strings.Fields(taskKeys), key) {
			return t, fail("sky.exceptions.InvalidSkyPilotConfigError: Invalid task YAML: Found unsupported field '" + key + "'.")
		}
	}
	if err := top.Decode(&file); err != nil {
		return t, fail("sky.exceptions.InvalidSkyPilotConfigError: Invalid task YAML: " + strings.ReplaceAll(err.Error(), "\n", " "))
	}
	t.Name, t.Setup, t.Run = file.Name, file.Setup, file.Run
	if err := t.hide(top); err != nil {
		return t, err
	}
	for name, value := range file.Envs {
		if value == nil {
			return t, fail("ValueError: Environment variable '" + name + "' is None. Please set a value for it in task YAML or with --env flag.")
		}
	}
	if err := file.Resources.into(&t); err != nil {
		return t, err
	}
	return t, t.readMounts(&file.FileMounts)
}

// hide takes the secrets' values out of the text that is kept, as SkyPilot does with the text that it shows. SkyPilot itself
// keeps them until the launch has ended; nobody runs anything here that could need them.
func (t *task) hide(top *yaml.Node) error {
	for i := 0; i < len(top.Content); i += 2 {
		if secrets := top.Content[i+1]; top.Content[i].Value == "secrets" && secrets.Kind == yaml.MappingNode {
			for j := 1; j < len(secrets.Content); j += 2 {
				secrets.Content[j].SetString("<redacted>")
			}
			text, err := yaml.Marshal(top)
			t.Source = string(text)
			return err
		}
	}
	return nil
}

// resources is the part of a task that says on what to run it.
type resources struct {
	Infra        string
	Cloud        string
	Region       string
	Zone         string
	InstanceType string `yaml:"instance_type"`
	CPUs         string `yaml:"cpus"`
	Memory       string
	DiskSize     int  `yaml:"disk_size"`
	UseSpot      bool `yaml:"use_spot"`
	Ports        yaml.Node
	Labels       map[string]string
	Autostop     yaml.Node
	MaxHourly    yaml.Node `yaml:"max_hourly_cost"`
}

func (r resources) into(t *task) error {
	t.Cloud, t.Region, t.Zone = r.Cloud, r.Region, r.Zone
	t.Type, t.CPUs, t.Memory, t.Spot, t.Labels = r.InstanceType, r.CPUs, r.Memory, r.UseSpot, r.Labels
	if r.DiskSize > 0 {
		t.Disk = r.DiskSize
	}
	if r.Ports.Kind == yaml.ScalarNode && r.Ports.Tag != "!!null" {
		t.Ports = []string{r.Ports.Value}
	}
	for _, port := range r.Ports.Content {
		t.Ports = append(t.Ports, port.Value)
	}
	t.readAutostop(&r.Autostop)
	if err := t.readMaxCost(&r.MaxHourly); err != nil {
		return err
	}
	return t.setInfra(r.Infra)
}

// readMaxCost takes max_hourly_cost in, a number above 0 (utils/schemas.py).
func (t *task) readMaxCost(node *yaml.Node) error {
	var limit float64
	problem := ""
	switch err := node.Decode(&limit); {
	case node.IsZero() || node.Tag == "!!null":
		return nil
	case err != nil:
		problem = "'" + node.Value + "' is not of type 'number'"
	case limit <= 0:
		problem = node.Value + " is less than or equal to the minimum of 0"
	case node.Tag == "!!int":
		t.MaxCost = node.Value
		return nil
	default:
		t.MaxCost = decimal(limit)
		return nil
	}
	return fail("sky.exceptions.InvalidSkyPilotConfigError: Invalid resources YAML: " + problem + ". Check problematic field(s): $.max_hourly_cost")
}

// readAutostop understands the forms of autostop: a number, "30m", or an object.
func (t *task) readAutostop(node *yaml.Node) {
	full := struct {
		IdleMinutes int `yaml:"idle_minutes"`
		Down        bool
	}{IdleMinutes: defaultIdle}
	switch minutes, err := strconv.Atoi(strings.TrimSuffix(node.Value, "m")); {
	case err == nil:
		t.Idle = minutes
	case node.Value == "true":
		t.Idle = defaultIdle
	case node.Kind == yaml.MappingNode && node.Decode(&full) == nil:
		t.Idle, t.IdleDown = full.IdleMinutes, full.Down
	}
}

// setInfra takes cloud[/region[/zone]] in; names that are not known are refused
// by the CLI itself.
func (t *task) setInfra(infra string) error {
	parts := strings.Split(infra, "/")
	for i, field := range []*string{&t.Cloud, &t.Region, &t.Zone} {
		if i < len(parts) && parts[i] != "" && parts[i] != "*" {
			*field = parts[i]
		}
	}
	if t.Cloud == "" {
		return nil
	}
	v, ok := vendorOf(t.Cloud)
	if !ok {
		return fail("ValueError: Cloud '" + t.Cloud + "' is not a valid cloud among [" + cloudOrder + "].")
	}
	t.Cloud = v.id
	if t.Region != "" && !slices.Contains(v.regions, t.Region) {
		return fail("ValueError: Invalid region '" + t.Region + "'\nList of supported " + v.id + " regions: '" + strings.Join(v.regions, ", ") + "'")
	}
	if err := t.checkZone(v); err != nil {
		return err
	}
	return t.checkType(v)
}

// checkZone takes the region of a zone that stands alone (catalog/common.py:
// validate_region_zone_impl).
func (t *task) checkZone(v vendor) error {
	if t.Zone == "" {
		return nil
	}
	of := v.regionOf(t.Zone)
	if of == "" || t.Region != "" && t.Region != of {
		return fail("ValueError: Invalid zone '" + t.Zone + "'")
	}
	t.Region = of
	return nil
}

func (t *task) checkType(v vendor) error {
	if t.Type == "" || slices.ContainsFunc(v.sizes, func(s size) bool { return s.name == t.Type }) {
		return nil
	}
	return fail("ValueError: Invalid instance type '" + t.Type + "' for cloud " + v.repr + ".")
}

// readMounts keeps the order of the file; sources must exist before anything is
// asked of anybody (transcript launch-mount-missing).
func (t *task) readMounts(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		m := mount{Remote: node.Content[i].Value, Local: node.Content[i+1].Value}
		if strings.HasSuffix(m.Remote, "/") || strings.HasSuffix(m.Local, "/") {
			return fail("ValueError: Mount paths cannot end with a slash Found: " + m.Remote + " -> " + m.Local + ".")
		}
		if strings.HasPrefix(m.Local, "~/") {
			home, _ := os.UserHomeDir() // without one the path stays as it is, and does not exist
			m.Local = filepath.Join(home, m.Local[2:])
		}
		if abs, err := filepath.Abs(m.Local); err == nil {
			m.Local = abs
		}
		if _, err := os.Stat(m.Local); err != nil {
			return fail("ValueError: File mount source '" + m.Local + "' does not exist locally. To fix: check if it exists, and correct the path.")
		}
		t.Mounts = append(t.Mounts, m)
	}
	return nil
}

// override lets the options of the command line win over the file.
func (t *task) override(o *options) error {
	for flag, field := range map[string]*string{"--name": &t.Name, "--instance-type": &t.Type, "--cpus": &t.CPUs, "--memory": &t.Memory} {
		if v := o.values[flag]; v != "" {
			*field = v
		}
	}
	if v, err := strconv.Atoi(o.values["--disk-size"]); err == nil {
		t.Disk = v
	}
	if v, err := strconv.Atoi(o.values["--idle-minutes-to-autostop"]); err == nil {
		t.Idle = v
	}
	t.Spot = t.Spot || o.set["--use-spot"]
	t.IdleDown = t.IdleDown || o.set["--down"]
	infra := o.values["--infra"]
	if infra != "" { // it stands for all three (transcript launch-cloud-disabled)
		t.Cloud, t.Region, t.Zone = "", "", ""
	}
	return t.setInfra(infra)
}
