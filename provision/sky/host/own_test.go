//go:build unix

package host

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// The sky that we installed is used from the next call on, by every sidecar of the folder.
func TestANewInstallationIsUsedAtOnce(t *testing.T) {
	home := machine(t, "usual/sky", "one/bin/sky", "two/bin/sky")
	var own []string
	f := NewFinder(Host{GOOS: "linux", Home: home, Environ: []string{"PATH=" + home + "/usual"}, OwnDirs: func() []string { return own }})
	for _, step := range []struct{ own, want string }{{"", "usual"}, {"one/bin", "one/bin"}, {"two/bin", "two/bin"}, {"", "usual"}} {
		if own = nil; step.own != "" {
			own = []string{filepath.Join(home, step.own)}
		}
		got, err := f.Locate(context.Background())
		if err != nil || got.Path != filepath.Join(home, step.want, "sky") || !strings.HasPrefix(lookupEnv(got.Environ, "PATH"), filepath.Join(home, step.want)+":") {
			t.Errorf("own %q: %s, %v", step.own, got.Path, err)
		}
	}
}

// uv and Python are run where there is no sky yet: they install it.
func TestOtherProgramsRunWithoutSky(t *testing.T) {
	home := machine(t)
	writeProgram(t, filepath.Join(home, "tools/uv"), `echo "uv in $HOME"`)
	f := NewFinder(Host{GOOS: "linux", Home: home, Environ: []string{"PATH=" + home + "/tools", "HOME=" + home}})
	r := NewExecRunner(ExecOptions{Locate: f.Locate, Dir: home})
	for _, program := range []string{"uv", filepath.Join(home, "tools", "uv")} {
		result, err := r.Run(context.Background(), sky.Call{Program: program})
		if err != nil || result.Stdout != "uv in "+home+"\n" {
			t.Errorf("%s: %+v, %v", program, result, err)
		}
	}
	_, err := r.Run(context.Background(), sky.Call{Program: "sky"})
	checkKind(t, err, schema.KindSkyPilotNotFound)
	if _, err := r.Run(context.Background(), sky.Call{Program: "no-such-program"}); err == nil {
		t.Error("a program that is not there was run")
	}
}
