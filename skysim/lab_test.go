package skysim

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// name is the cluster of the recordings.
const name = "carapace-node"

// lab is a simulated world in which only AWS is enabled, as in the lab that the
// recordings come from, with the files of the recorded task in the working
// directory.
type lab struct {
	t    testing.TB
	home string
	env  Env
}

// answer is what one run of a program left.
type answer struct {
	stdout, stderr string
	code           int
}

const taskYAML = `name: carapace-node
resources:
  infra: aws/us-east-1
  cpus: 4+
  memory: 16+
  disk_size: 100
file_mounts:
  /opt/carapace/data/public: HOME/data/public
  /opt/carapace/data/private: HOME/data/private
envs:
  FOO: bar
setup: |
  echo "setup here"; docker --version || echo nodocker
run: |
  echo run
`

func newLab(t testing.TB) *lab {
	t.Helper()
	home := t.TempDir()
	l := &lab{t: t, home: home, env: Env{Dir: filepath.Join(home, "state"), Scale: 1}}
	l.write("data/public/page.txt", "public")
	l.write("data/private/key.txt", "private")
	l.task("task.yaml", "", "")
	l.task("task2.yaml", "HOME/data/", "HOME/")
	l.task("task-missing.yaml", "data/public", "missing")
	l.task("task-badsetup.yaml", `echo "setup here"; docker --version || echo nodocker`,
		"echo setup begins\n  echo \"E: Unable to locate package docker-ce\"\n  exit 7")
	l.write("public/page.txt", "public")
	l.write("private/key.txt", "private")
	for _, v := range vendors() {
		if v.id != "aws" {
			l.inject(faultCredentialsMissing, v.id)
		}
	}
	return l
}

func (l *lab) write(file, content string) {
	l.t.Helper()
	full := filepath.Join(l.home, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// task writes the recorded task with one text in it changed.
func (l *lab) task(file, from, to string) {
	yaml := taskYAML
	if from != "" {
		yaml = strings.ReplaceAll(yaml, from, to)
	}
	l.write(file, strings.ReplaceAll(yaml, "HOME", l.home))
}

func (l *lab) control() Control { return Control{Dir: l.env.Dir, Scale: l.env.Scale} }

func (l *lab) inject(fault, at string) {
	l.t.Helper()
	if err := l.control().Inject(fault, at); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) heal(fault string) {
	l.t.Helper()
	if err := l.control().world().update(func(w *world) error { w.heal(fault); return nil }); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) outside(action string) {
	l.t.Helper()
	if err := l.control().Outside(action); err != nil {
		l.t.Fatal(err)
	}
}

// run runs one program to its end.
func (l *lab) run(ctx context.Context, program string, args ...string) answer {
	l.t.Helper()
	var stdout, stderr bytes.Buffer
	code := Main(ctx, l.env, program, args, strings.NewReader(""), &stdout, &stderr)
	return answer{stdout.String(), stderr.String(), code}
}

// sky runs a command line of sky, split at spaces.
func (l *lab) sky(line string) answer {
	l.t.Helper()
	return l.run(l.t.Context(), "sky", strings.Fields(line)...)
}

// ok runs a command line that has to succeed.
func (l *lab) ok(line string) answer {
	l.t.Helper()
	a := l.sky(line)
	if a.code != 0 {
		l.t.Fatalf("sky %s: exit %d\n%s\n%s", line, a.code, a.stdout, a.stderr)
	}
	return a
}

// killed runs a command line that somebody ends after a time.
func (l *lab) killed(after time.Duration, line string) answer {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), after)
	defer cancel()
	return l.run(ctx, "sky", strings.Fields(line)...)
}

// up brings the recorded cluster up.
func (l *lab) up() {
	l.t.Helper()
	l.ok("api start")
	l.ok("launch -y -c " + name + " -d task.yaml")
}

// submit runs an asynchronous command and returns its request's id.
func (l *lab) submit(line string) string {
	l.t.Helper()
	a := l.ok(line)
	_, rest, found := strings.Cut(a.stdout, " request: ")
	if !found {
		l.t.Fatalf("sky %s submitted nothing:\n%s", line, a.stdout)
	}
	id, _, _ := strings.Cut(rest, "\n")
	return id
}

// status is the cluster's state, "" when there is no record.
func (l *lab) status() string {
	l.t.Helper()
	state := ""
	if err := l.control().world().update(func(w *world) error {
		if c := w.cluster(name); c != nil {
			state = c.Status
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	return state
}

// alive counts the machines that run.
func (l *lab) alive() int {
	l.t.Helper()
	machines, err := l.control().Machines()
	if err != nil {
		l.t.Fatal(err)
	}
	n := 0
	for _, m := range machines {
		if m.State == machineRunning {
			n++
		}
	}
	return n
}

// normal takes out of a text what differs between two runs of the same thing:
// ids, times, process numbers, addresses, paths and users.
func (l *lab) normal(s string) string {
	s = strings.ReplaceAll(s, l.home, "/home/me/carapace")
	for _, r := range []struct{ pattern, with string }{
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "ID"},
		{`(sky api (?:logs|cancel)) [0-9a-f]{8}\b`, "$1 ID"},
		{`\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`, "TIME"},
		{`(?i)\bpid=\d+`, "pid=N"},
		{`sky-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\d{6}`, "LOG"},
		{`("(?:launched_at|status_updated_at|created_at|finished_at|submitted_at|start_at|end_at)"): [1-9][\d.]+`, "$1: TIME"},
		{`("config_hash"): "[0-9a-f]+"`, "$1: HASH"},
		{`("request_body"): "\{.*\}"`, "$1: BODY"},
		{`127\.0\.1\.\d+`, "IP"},
		{`a few secs ago|\d+ \w+ ago`, "AGO"},
		{`"(user_?name)": "root"`, `"$1": "me"`},
		{`by user root`, `by user me`},
		// SkyPilot's branch here says whether a container follows; the recordings have both
		{`[├└](── \x1b\[0m\x1b\[2mInstance is up)`, "└$1"},
	} {
		s = regexp.MustCompile(r.pattern).ReplaceAllString(s, r.with)
	}
	return s
}
