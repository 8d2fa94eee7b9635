//go:build unix

package scenario

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// noting is a stub that notes its name, where it runs and what it is given.
func (d *desk) noting(path string) {
	d.t.Helper()
	d.write(path, fmt.Sprintf("#!/bin/sh\necho \"%s in $(pwd): $*\" >> '%s'\nenv >> '%s'\n[ \"$1\" = --version ] && echo 'skypilot, version 0.14.1'\nexit 0\n",
		path, d.path("noted"), d.path("environ")))
	if err := os.Chmod(d.path(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
}

func env(change ...string) func(*Command) {
	return func(c *Command) {
		for _, entry := range change {
			name, _, set := strings.Cut(entry, "=")
			c.Env = slices.DeleteFunc(c.Env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
			if set {
				c.Env = append(c.Env, entry)
			}
		}
	}
}

// TestProgramsOfTheWorkingFolderAreNotRun: whoever can put a file into the folder
// that an app happens to be started from must not run a program as its user.
func TestProgramsOfTheWorkingFolderAreNotRun(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"no sky but there":   ".:/usr/bin:/bin",
		"an empty entry":     ":/usr/bin:/bin:",
		"a relative entry":   "project/bin:./bin:/usr/bin:/bin",
		"a sky behind it":    ".:BIN:/usr/bin:/bin",
		"no PATH to mention": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if !strings.Contains(path, "BIN") {
				d.remove("bin/sky")
			}
			for _, planted := range []string{"sky", "rsync", "ssh", "uv", "bin/sky.bak", "project/sky", "project/bin/sky"} {
				d.noting(planted)
			}
			p := d.start(env("PATH="+strings.ReplaceAll(path, "BIN", d.path("bin")), "SHELL=/bin/sh"))
			_, e := Try(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: d.spec, DryRun: true})
			if found := strings.Contains(path, "BIN"); found != (e == nil) || !found && e.Kind != schema.KindSkyPilotNotFound {
				t.Errorf("the launch was answered with %+v", e)
			}
			Call(t, p, schema.SkyPilotCheck, schema.Empty{})
			Call(t, p, schema.Doctor, schema.Empty{})
			p.End(t, 10*time.Second)
			if noted := d.calls("noted"); noted[0] != "" {
				t.Errorf("programs of the working folder were run:\n%s", strings.Join(noted, "\n"))
			}
		})
	}
}

// TestFoldersThatAreNotOurs: what is remembered, and what keeps two sidecars apart,
// is never read from a folder that somebody else may write.
func TestFoldersThatAreNotOurs(t *testing.T) {
	t.Parallel()
	const nobody = 65534
	link := func(name string) func(*desk) error {
		return func(d *desk) error {
			mkdir(t, d.path("elsewhere"))
			return errors.Join(os.MkdirAll(filepath.Dir(d.path(name)), 0o700), os.Symlink(d.path("elsewhere"), d.path(name)))
		}
	}
	foreign := func(name string) func(*desk) error {
		return func(d *desk) error {
			return errors.Join(os.MkdirAll(d.path(name), 0o700), os.Chown(d.path(name), nobody, nobody))
		}
	}
	for what, c := range map[string]struct {
		make func(*desk) error
		root bool // only root can make it so
	}{
		"the state folder is a link":                {link("state"), false},
		"the state folder is another's":             {foreign("state"), true},
		"the lease folder is a link":                {link("home/.carapace/locks"), false},
		"the lease folder is another's":             {foreign("home/.carapace/locks"), true},
		"the folder that sky runs in is a link":     {link("home/.carapace/run"), false},
		"the folder that sky runs in is another's":  {foreign("home/.carapace/run"), true},
		"the folder of all sidecars is another's":   {foreign("home/.carapace"), true},
		"the folder of all sidecars is a dead link": {func(d *desk) error { return os.Symlink(d.path("none"), d.path("home/.carapace")) }, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			if c.root && os.Geteuid() != 0 {
				t.Skip("only root can give a folder away")
			}
			d := newDesk(t)
			if err := c.make(d); err != nil {
				t.Fatal(err)
			}
			p := d.start()
			e := Refused(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: d.spec}, schema.KindStateUnwritable)
			if e.Hint == "" {
				t.Errorf("no hint: %+v", e)
			}
			p.End(t, 10*time.Second)
			if calls := d.calls("calls"); calls[0] != "" && calls[0] != "--version" {
				t.Errorf("sky was called: %v", calls)
			}
			if left, _ := os.ReadDir(d.path("elsewhere")); len(left) > 0 {
				t.Errorf("it was written through the link: %v", left)
			}
		})
	}
}

// TestNoHome: without a home folder, or with one that means something else in each
// working folder, the state has to be named.
func TestNoHome(t *testing.T) {
	t.Parallel()
	for _, home := range []string{"HOME", "HOME=", "HOME=home", "HOME=../home"} {
		t.Run(home, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			var c Command
			p := d.start(env(home), func(made *Command) { c = *made })
			if c := Call(t, p, schema.ClusterStatus, schema.StatusParams{}); c.Status != schema.StatusNoServer {
				t.Errorf("the status is %s: %s", c.Status, c.Description)
			}
			p.End(t, 10*time.Second)
			cmd := exec.Command(c.Path)
			cmd.Env, cmd.Dir = c.Env, c.Dir
			out, err := cmd.CombinedOutput()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || !strings.Contains(string(out), "--state-dir") {
				t.Errorf("without --state-dir: %v\n%s", err, out)
			}
			for _, dir := range []string{"home/.carapace", "../home/.carapace", ".carapace"} {
				if _, err := os.Lstat(d.path(dir)); err == nil {
					t.Errorf("%s was made", dir)
				}
			}
		})
	}
}

// TestNamesThatLookLikeFlags: `sky down --all` would take every server there is.
func TestNamesThatLookLikeFlags(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.start()
	for _, name := range []string{"--all", "-a", "-", "*", "a b", "a;b", "../x", "a\n--all"} {
		params := schema.NameParams{Name: name}
		for what, e := range map[string]*schema.Error{
			"start":   second(Try(t, p, schema.ClusterStart, schema.StartParams{Name: name})),
			"stop":    second(Try(t, p, schema.ClusterStop, schema.ChangeParams{Name: name})),
			"sync":    second(Try(t, p, schema.ClusterSync, schema.SyncParams{Name: name})),
			"cancel":  second(Try(t, p, schema.ClusterCancel, params)),
			"destroy": second(Try(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: name, Purge: true})),
			"logs":    second(Try(t, p, schema.ClusterLogs, schema.LogsParams{Name: name, Source: schema.LogProvision})),
			"cost":    second(Try(t, p, schema.ClusterCost, params)),
		} {
			if e == nil || e.Hint == "" {
				t.Errorf("%s of %q was answered with %+v", what, name, e)
			}
		}
	}
	d.nothingStarted(p)
	p.End(t, 10*time.Second)

	out, err := exec.Command(sidecar(t), "--state-dir", d.path("state"), "--name=--all").CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), `"--all" can't be a server's name`) {
		t.Errorf("a sidecar for --all: %v\n%s", err, out)
	}
}

func second[A, B any](_ A, b B) B { return b }

// TestWhereSkyRuns: a .sky.yaml in the working folder is SkyPilot's configuration,
// and a variable for the server is none for the programs here.
func TestWhereSkyRuns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.noting("bin/sky")
	for _, dir := range []string{"", "project/", "project/data/public/"} {
		d.write(dir+".sky.yaml", "aws: {use_internal_ips: true}\n")
	}
	d.write("project/-vault/a.txt", "a")
	d.spec.Vaults = &schema.Vaults{Public: "-vault", Private: d.path("private")}
	d.spec.Envs = map[string]string{"LD_PRELOAD": "/tmp/evil.so", "PYTHONSTARTUP": "/tmp/evil.py", "PATH": "/tmp/evil"}
	p := d.start()
	preview := Call(t, p, schema.ClusterPreview, schema.SpecParams{Spec: d.spec})
	if strings.Contains(preview.YAML, ": -vault") || strings.Contains(preview.YAML, "\"-vault") {
		t.Errorf("a path that looks like a flag is in the task:\n%s", preview.YAML)
	}
	got, e := Try(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: d.spec})
	if e == nil {
		Await(t, p, schema.OperationFinished, "the end of the launch", time.Minute, func(f schema.Finished) bool { return f.Operation.ID == got.Operation.ID })
	}
	p.End(t, 10*time.Second)
	noted := d.calls("noted")
	if e == nil && len(noted) < 2 {
		t.Errorf("sky was called %d times", len(noted))
	}
	for _, call := range noted {
		if !strings.HasPrefix(call, "bin/sky in "+d.path("home/.carapace/run")+":") && !strings.HasPrefix(call, "bin/sky in "+d.path("state/operations")) {
			t.Errorf("sky ran elsewhere: %s", call)
		}
	}
	for _, entry := range d.calls("environ") {
		if strings.Contains(entry, "evil") {
			t.Errorf("sky was given %s", entry)
		}
	}
}
