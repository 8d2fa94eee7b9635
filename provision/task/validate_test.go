package task

import (
	"math"
	"strings"
	"testing"

	"carapace/schema"
)

func TestTheDefaultsAreValid(t *testing.T) {
	for _, problem := range Validate(schema.Spec{}.WithDefaults()) {
		t.Errorf("%s: %s", problem.Field, problem)
	}
}

func TestValidateAccepts(t *testing.T) {
	for name, spec := range map[string]schema.Spec{
		"everything": {
			Cloud: "aws", Region: "us-east-1", Zone: "us-east-1a", InstanceType: "m6i.xlarge", DiskTier: "best", UseSpot: true, Ports: []string{"443", "8000-8010"},
			ImageID: "ami-0a", Labels: map[string]string{"team": "a-b"}, Autostop: &schema.Autostop{IdleMinutes: 30, Down: true}, Profile: "my work",
			Envs: hostile(), Secrets: map[string]string{"S": "x"}, Mounts: map[string]string{"/opt/carapace/compose.yaml": "./compose.yaml", "~/a": "b"}, MaxHourlyCost: 1,
		},
		"region for people": {Cloud: "paperspace", Region: "East Coast (NY2)"},
		"regions of vast":   {Cloud: "vast", Region: "Germany, DE, EU"},
		"alias":             {Cloud: "k8s", Region: "arn:aws:eks:eu:1:cluster/x"},
		"half a cpu":        {CPUs: "0.5", Memory: "1.5+"},
		"spot stop on gcp":  {Cloud: "gcp", UseSpot: true, Autostop: &schema.Autostop{IdleMinutes: 5}, Labels: map[string]string{"a": ""}},
		"autostop anywhere": {Autostop: &schema.Autostop{IdleMinutes: 5}},
		"down on lambda":    {Cloud: "lambda", Autostop: &schema.Autostop{IdleMinutes: 5, Down: true}},
		"best on lambda":    {Cloud: "lambda", DiskTier: "best"},
		"container image":   {Cloud: "runpod", ImageID: "docker:ubuntu:24.04", Docker: off()},
		"docker login":      {Envs: map[string]string{"SKYPILOT_DOCKER_USERNAME": "u"}},
		"azure image":       {Cloud: "azure", ImageID: "publisher:offer:sku:latest"},
		"name":              {Name: "A.b_c-1"},
		"one letter":        {Name: "a"},
	} {
		for _, problem := range Validate(spec.WithDefaults()) {
			t.Errorf("%s: %s: %s", name, problem.Field, problem)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	long := strings.Repeat("a", 64)
	autostop := func(minutes int, down bool) *schema.Autostop {
		return &schema.Autostop{IdleMinutes: minutes, Down: down}
	}
	mount := func(remote, local string) schema.Spec { return schema.Spec{Mounts: map[string]string{remote: local}} }
	env := func(name, value string) schema.Spec { return schema.Spec{Envs: map[string]string{name: value}} }
	for field, specs := range map[string][]schema.Spec{
		"spec.name": {
			{Name: "Bad_Name!"},
			{Name: "-y"},
			{Name: "1a"},
			{Name: "a-"},
			{Name: "a b"},
			{Name: "ä"},
			{Name: long},
			{Name: "task.yaml"},
			{Name: "x.JSON"},
			{Name: "sky-serve-controller-x"},
			{Name: "a\n"},
			{Name: "a/../b"},
		},
		"spec.cloud":        {{Cloud: "nocloud"}, {Cloud: "--help"}, {Cloud: "aws/us-east-1"}},
		"spec.region":       {{Region: "us-east-1"}, {Cloud: "aws", Region: "a/b"}, {Cloud: "aws", Region: "--x"}, {Cloud: "aws", Region: "*"}},
		"spec.zone":         {{Zone: "a"}, {Cloud: "aws", Zone: "-z"}, {Cloud: "aws", Region: "r", Zone: "-z"}, {Cloud: "kubernetes", Region: "c", Zone: "z"}, {Cloud: "lambda", Zone: "a"}},
		"spec.instanceType": {{InstanceType: "-t"}, {InstanceType: "a b"}, {InstanceType: "a;b"}},
		"spec.cpus":         {{CPUs: "lots"}, {CPUs: "0"}, {CPUs: "-1"}, {CPUs: "4++"}, {CPUs: "+4"}, {CPUs: "1e3"}, {CPUs: "NaN"}, {CPUs: "4 "}, {CPUs: "."}, {CPUs: "+"}, {CPUs: "99999"}, {CPUs: "0x4"}, {CPUs: "1_0"}},
		"spec.memory":       {{Memory: "16GB"}, {Memory: "3x"}, {Memory: "0+"}},
		"spec.diskSize":     {{DiskSize: 1}, {DiskSize: -5}, {DiskSize: 1 << 30}},
		"spec.diskTier":     {{DiskTier: "fast"}, {Cloud: "lambda", DiskTier: "high"}, {Cloud: "azure", DiskTier: "ultra"}, {Cloud: "slurm", DiskTier: "low"}},
		"spec.useSpot":      {{Cloud: "lambda", UseSpot: true}},
		"spec.ports":        {{Cloud: "ibm", Ports: []string{"443"}}},
		"spec.health.port":  {{Health: &schema.Health{}}, {Health: &schema.Health{Port: -1}}, {Health: &schema.Health{Port: 65536}}},
		"spec.health.path": {
			{Health: &schema.Health{Port: 1, Path: "healthz"}},
			{Health: &schema.Health{Port: 1, Path: "/a b"}},
			{Health: &schema.Health{Port: 1, Path: "/\r\nX-Evil: 1"}},
			{Health: &schema.Health{Port: 1, Path: "/ä"}},
			{Health: &schema.Health{Port: 1, Path: "/" + strings.Repeat("x", 256)}},
			{Health: &schema.Health{Port: 1, Path: "/\x7f"}},
		},
		"spec.ports[1]":                              {{Ports: []string{"1", "0"}}, {Ports: []string{"1", "65536"}}, {Ports: []string{"1", "9-8"}}, {Ports: []string{"1", "a"}}, {Ports: []string{"1", "+4"}}, {Ports: []string{"1", "1-2-3"}}, {Ports: []string{"1", ""}}},
		"spec.imageId":                               {{ImageID: "-x"}, {ImageID: "a b"}, {ImageID: "docker:x"}, {Cloud: "lambda", ImageID: "img"}, {Cloud: "oci", ImageID: "docker:x", Docker: off()}},
		`spec.labels["k"]`:                           {{Labels: map[string]string{"k": "a b"}}, {Labels: map[string]string{"k": long}}, {Cloud: "gcp", Labels: map[string]string{"k": "Upper"}}},
		`spec.labels["aws:x"]`:                       {{Labels: map[string]string{"aws:x": "y"}}},
		`spec.labels["-k"]`:                          {{Labels: map[string]string{"-k": "y"}}},
		"spec.autostop.idleMinutes":                  {{Autostop: autostop(0, false)}, {Autostop: autostop(-1, true)}, {Autostop: autostop(1<<30, true)}},
		"spec.autostop.down":                         {{Cloud: "lambda", Autostop: autostop(5, false)}, {Cloud: "runpod", Autostop: autostop(5, false)}, {Cloud: "aws", UseSpot: true, Autostop: autostop(5, false)}, {UseSpot: true, Autostop: autostop(5, false)}},
		"spec.autostop":                              {{Cloud: "hyperbolic", Autostop: autostop(5, true)}, {Cloud: "yotta", Autostop: autostop(5, false)}},
		"spec.profile":                               {{Profile: "-p"}, {Profile: "a\nb"}, {Cloud: "gcp", Profile: "work"}},
		`spec.envs["1A"]`:                            {env("1A", "x")},
		`spec.envs[""]`:                              {env("", "x")},
		`spec.envs["A-B"]`:                           {env("A-B", "x")},
		`spec.envs["UID"]`:                           {env("UID", "x")},
		`spec.envs["SKYPILOT_X"]`:                    {env("SKYPILOT_X", "x")},
		`spec.envs["A"]`:                             {env("A", "a\x00b"), env("A", "\xff"), env("A", strings.Repeat("x", maxVariable+1))},
		"spec.envs":                                  {{Envs: map[string]string{"A": strings.Repeat("x", maxVariable), "B": strings.Repeat("x", maxVariable), "C": strings.Repeat("x", maxVariable), "D": strings.Repeat("x", maxVariable), "E": strings.Repeat("x", maxVariable), "F": strings.Repeat("x", maxVariable)}}},
		`spec.secrets["A"]`:                          {{Envs: map[string]string{"A": "1"}, Secrets: map[string]string{"A": "2"}}},
		"spec.setup":                                 {{Setup: "a\x00"}, {Setup: strings.Repeat("x", maxScript+1)}},
		"spec.run":                                   {{Run: "\xff"}},
		`spec.mounts["/etc/x"]`:                      {mount("/etc/x", "y")},
		`spec.mounts["/home/ubuntu/x"]`:              {mount("/home/ubuntu/x", "y")},
		`spec.mounts["~/.ssh"]`:                      {mount("~/.ssh", "y")},
		`spec.mounts["/"]`:                           {mount("/", "y")},
		`spec.mounts["x"]`:                           {mount("x", "y")},
		`spec.mounts["/a/../b"]`:                     {mount("/a/../b", "y")},
		`spec.mounts["/a/"]`:                         {mount("/a/", "y")},
		`spec.mounts["/a b"]`:                        {mount("/a b", "y")},
		`spec.mounts["/a$HOME"]`:                     {mount("/a$HOME", "y")},
		`spec.mounts["/data/x"]`:                     {mount("/data/x", ""), mount("/data/x", "a\x00"), {Mounts: map[string]string{"/data": "a", "/data/x": "b"}}},
		`spec.mounts["/opt/carapace"]`:               {mount("/opt/carapace", "y")},
		`spec.mounts["/opt/carapace/data/public/x"]`: {mount("/opt/carapace/data/public/x", "y")},
		"spec.maxHourlyCost":                         {{MaxHourlyCost: -1}, {MaxHourlyCost: math.NaN()}, {MaxHourlyCost: math.Inf(1)}},
	} {
		for i, spec := range specs {
			problems := Validate(spec.WithDefaults())
			if len(problems) != 1 || problems[0].Field != field {
				t.Errorf("%s, case %d: %d problems", field, i, len(problems))
				for _, p := range problems {
					t.Errorf("  %s: %s", p.Field, p)
				}
				continue
			}
			if p := problems[0]; p.Kind != schema.KindInvalidSpec || p.Hint == "" || len(p.Message) > 400 || strings.ContainsAny(p.Message, "\x00\x1b") {
				t.Errorf("%s, case %d: %+v", field, i, p)
			}
		}
	}
}

func TestEveryProblemIsFound(t *testing.T) {
	problems := Validate(schema.Spec{Name: "!", CPUs: "x", Memory: "y", DiskSize: 1, Ports: []string{"z"}})
	if len(problems) != 5 {
		t.Fatalf("%d problems, want 5: %v", len(problems), problems)
	}
}

func FuzzValidate(f *testing.F) {
	f.Add("carapace-node", "4+", "443", "/opt/x", "A")
	f.Add("-y", "NaN", "1-2-3", "~/../x", "SKYPILOT_")
	f.Add("", ".", "-", "~", "")
	f.Fuzz(func(t *testing.T, name, cpus, port, remote, variable string) {
		spec := schema.Spec{
			Name: name, CPUs: cpus, Ports: []string{port}, Mounts: map[string]string{remote: "x"}, Envs: map[string]string{variable: "v"},
			Labels: map[string]string{variable: name}, ImageID: port, InstanceType: cpus, Region: name, Cloud: "gcp", Profile: remote,
		}
		for _, p := range Validate(spec) {
			if p.Field == "" || p.Hint == "" || p.Message == "" {
				t.Fatalf("%+v", p)
			}
		}
		if problems := Validate(schema.Spec{Name: name}); len(problems) == 0 && (strings.HasPrefix(name, "-") || strings.ContainsAny(name, "/ \n$'")) {
			t.Fatalf("%q is taken for a name", name)
		}
	})
}
