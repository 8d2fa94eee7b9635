package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// TestRefusedBeforeAnythingStarts asks the real sidecar, not the simulated one,
// for launches that must be refused at once: `sky` is a stub that notes how it is
// called, and it must not be called for anything but its version.
func TestRefusedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stub is a shell script")
	}
	public := func(path string) func(*desk) {
		return func(d *desk) { d.spec.Vaults = &schema.Vaults{Public: path, Private: d.path("private")} }
	}
	for _, c := range []struct {
		name  string
		spoil func(d *desk)
		kind  schema.Kind
		field string // what the refusal must name
		words string // and say, in message or hint
	}{
		{"no sky", func(d *desk) { d.remove("bin/sky") }, schema.KindSkyPilotNotFound, "", "install"},
		{"no credentials", func(d *desk) { d.remove("home/.aws/credentials") }, schema.KindCredentialsMissing, "", "AWS"},
		{"malformed credentials", func(d *desk) { d.write("home/.aws/credentials", "[default]\naws_access_key_id = AKIA not a key\n") }, schema.KindCredentialsInvalid, "", "credentials"},
		{"no public vault", func(d *desk) { d.remove("project/data/public") }, schema.KindVaultMissing, "", "data/public"},
		{"a private vault that is a file", func(d *desk) { d.remove("project/data/private"); d.write("project/data/private", "") }, schema.KindVaultMissing, "", "data/private"},
		{"the same folder twice", func(d *desk) { public(d.path("private"))(d) }, schema.KindInvalidSpec, "spec.vaults", ""},
		{"one vault inside the other", func(d *desk) { public(d.path("private/inner"))(d) }, schema.KindInvalidSpec, "spec.vaults", ""},
		{"a bad name", func(d *desk) { d.spec.Name = "Bad_Name!" }, schema.KindInvalidSpec, "spec.name", ""},
		{"a name that looks like a flag", func(d *desk) { d.spec.Name = "--purge" }, schema.KindInvalidSpec, "spec.name", ""},
		{"lots of CPUs", func(d *desk) { d.spec.CPUs = "lots"; d.spec.InstanceType = "" }, schema.KindInvalidSpec, "spec.cpus", ""},
		{"a cloud that there is not", func(d *desk) { d.spec.Cloud = "mycloud" }, schema.KindInvalidSpec, "spec.cloud", "mycloud"},
		{"a bad variable", func(d *desk) { d.spec.Envs = map[string]string{"NOT A NAME": "x"} }, schema.KindInvalidSpec, "spec.envs", ""},
		{"a mount that is not there", func(d *desk) { d.spec.Mounts = map[string]string{"/opt/x": d.path("nothing")} }, schema.KindMountFailed, "spec.mounts", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.spoil(d)
			p := d.start()
			e := Refused(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: d.spec}, c.kind)
			if !strings.HasPrefix(e.Field, c.field) {
				t.Errorf("the field is %q, not %s", e.Field, c.field)
			}
			if said := e.Message + " " + e.Hint; !strings.Contains(strings.ToLower(said), strings.ToLower(c.words)) {
				t.Errorf("%q is not in %q", c.words, said)
			}
			d.nothingStarted(p)
			p.End(t, 10*time.Second)
		})
	}
}

// TestMistypedParamsAreNamed: a typo must not launch the wrong machine.
func TestMistypedParamsAreNamed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stub is a shell script")
	}
	d := newDesk(t)
	p := d.start()
	for params, field := range map[string]string{
		`{"spec":{"regoin":"us-west-2"}}`:           "regoin",
		`{"spec":{"diskSize":"100"}}`:               "diskSize",
		`{"spec":{"vaults":{"publik":"/tmp"}}}`:     "publik",
		`{"spec":{"autostop":{"idleMinutes":"5"}}}`: "idleMinutes",
		`{"dryrun":true}`:                           "dryrun",
		`[]`:                                        "",
	} {
		_, e := Answer(t, p, schema.ClusterLaunch, p.Send(t, schema.ClusterLaunch.Name, rawParams(params)))
		switch {
		case e == nil:
			t.Errorf("%s was accepted", params)
		case e.Kind != schema.KindInvalidParams || !strings.Contains(e.Message, field):
			t.Errorf("%s: %s: %s", params, e.Kind, e.Message)
		}
	}
	d.nothingStarted(p)
}

type rawParams string

func (r rawParams) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// desk is a user's machine on which all is well until a test spoils something.
type desk struct {
	t    *testing.T
	root string
	spec schema.Spec
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, root: t.TempDir(), spec: Small()}
	d.write("home/.aws/credentials", "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
	d.write("project/data/public/a.txt", "a")
	d.write("project/data/private/b.txt", "b")
	d.write("private/inner/c.txt", "c")
	d.write("bin/sky", fmt.Sprintf("#!/bin/sh\necho \"$*\" >> '%s'\n[ \"$1\" = --version ] && echo 'skypilot, version 0.14.1'\n", d.path("calls")))
	if err := os.Chmod(d.path("bin/sky"), 0o755); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.root, name) }

func (d *desk) write(name, content string) {
	d.t.Helper()
	write(d.t, d.root, map[string]string{name: content})
}

func (d *desk) remove(name string) {
	d.t.Helper()
	if err := os.RemoveAll(d.path(name)); err != nil {
		d.t.Fatal(err)
	}
}

// start starts a sidecar at the desk; change, if there is one, alters how.
func (d *desk) start(change ...func(*Command)) *Peer {
	d.t.Helper()
	c := Command{
		Path: sidecar(d.t),
		Args: []string{"--state-dir", d.path("state"), "--project", d.path("project"), "--log-level", "debug"},
		Env:  []string{"HOME=" + d.path("home"), "PATH=" + d.path("bin") + ":/usr/bin:/bin", noServer, "TMPDIR=" + os.TempDir()},
		Dir:  d.root,
	}
	for _, alter := range change {
		alter(&c)
	}
	return Start(d.t, c)
}

// calls are the lines that the stubs noted.
func (d *desk) calls(file string) []string {
	d.t.Helper()
	noted, err := os.ReadFile(d.path(file))
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(noted)), "\n")
}

// nothingStarted: no operation, no notification, no call of sky but for its version.
func (d *desk) nothingStarted(p *Peer) {
	d.t.Helper()
	if ops := Call(d.t, p, schema.OperationList, schema.OperationListParams{}).Operations; len(ops) > 0 {
		d.t.Errorf("operations were begun: %+v", ops)
	}
	if c := Call(d.t, p, schema.ClusterStatus, schema.StatusParams{}); c.Status != schema.StatusNoServer {
		d.t.Errorf("the status is %s: %s", c.Status, c.Description)
	}
	for _, call := range d.calls("calls") {
		if call != "" && call != "--version" {
			d.t.Errorf("sky was called: %s", call)
		}
	}
}

// noServer keeps the sidecar from finding a SkyPilot API server that somebody on
// this machine has up: it would ask that for servers, as it should.
const noServer = "SKYPILOT_API_SERVER_LOCAL_PORT=1"
