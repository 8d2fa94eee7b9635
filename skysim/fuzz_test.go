package skysim

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

func FuzzOptions(f *testing.F) {
	for _, seed := range []string{"-y -c name task.yaml", "--output=json -v", "-yd x", "-cname", "--", "-- -x", "-", "-é", "--infra"} {
		f.Add(seed)
	}
	launch := command{name: "launch", options: "-y,--yes -d,--detach-run -c,--cluster= --infra= " + outputOption}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		o, err := launch.parse(args)
		if err != nil {
			return
		}
		if len(o.args) > len(args) {
			t.Errorf("%d positional arguments out of %d", len(o.args), len(args))
		}
	})
}

func FuzzTask(f *testing.F) {
	for _, seed := range []string{
		taskYAML, "resources: {autostop: {idle_minutes: 3, down: true}}", "resources:\n  autostop: 10m\n  ports: [80, 443-445]",
		"resources: {autostop: true, infra: k8s}", "envs: {A: null}", "file_mounts: {/a/: /b}", "run: |\n  echo", "a: &a [*a]", "resources: {cpus: lots}", "resources: {max_hourly_cost: 0.05}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		var top yaml.Node
		if yaml.Unmarshal([]byte(source), &top) != nil || len(top.Content) != 1 || top.Content[0].Kind != yaml.MappingNode {
			return
		}
		parsed, err := parseTask(top.Content[0], source)
		if err != nil {
			return
		}
		parsed.wishes()
		_ = parsed.requested("aws", true)
	})
}

func FuzzScript(f *testing.F) {
	for _, seed := range []string{"echo a; sleep 3\nexit 7", "  echo indented", "false", "exit", "echo $(x)", "docker --version || echo no", "sleep x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		for _, line := range readScript(script).lines {
			if strings.Contains(line, "\n") {
				t.Errorf("a line of output holds a newline: %q", line)
			}
		}
	})
}

func FuzzIgnoreRule(f *testing.F) {
	for _, seed := range []string{"*.log", "/build/", "!keep", "# comment", "**/x", "a/b", "[", "", " "} {
		f.Add(seed, "a/b/run.log")
	}
	f.Fuzz(func(t *testing.T, line, file string) {
		r, ok := parseRule("/base", line)
		if !ok {
			return
		}
		full := filepath.Join("/base", file)
		if r.negated && (ruleSet{rules: []rule{r}}).ignored(full, false) {
			t.Errorf("a rule that keeps files ignores %q: %q", file, line)
		}
	})
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"\x1b[0m\x1b[32m✓ done\x1b[0m", "a\rb", "\x1b", "\x1b[", "\x1b[31", "🎉"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := plain(line)
		if strings.Contains(got, "\r") || len(got) > len(line) {
			t.Errorf("%q became %q", line, got)
		}
		if utf8.ValidString(line) && !utf8.ValidString(got) {
			t.Errorf("%q became invalid: %q", line, got)
		}
	})
}
