package operation

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
)

// InstallDir is the folder under a state folder into which skypilot.install puts SkyPilot.
// sky is looked for there first.
func InstallDir(stateDir string) string { return filepath.Join(stateDir, "skypilot") }

// install makes a virtual environment with uv, which needs no administrator's rights and
// leaves the user's Python as it is. It also installs the clouds' packages, without which
// SkyPilot can launch nowhere.
func (d *driver) install() lifecycle.Outcome {
	dir := InstallDir(d.store.Dir())
	python := filepath.Join(dir, "bin", "python")
	for _, step := range []struct {
		say  string
		args []string
	}{
		{"Making a Python environment for SkyPilot.", []string{"venv", "--seed", "--clear", "--python", ">=3.9,<3.14", dir}},
		{"Installing SkyPilot; this takes a few minutes.", []string{"pip", "install", "--python", python, "skypilot[aws,gcp,azure]==" + d.operation().Version}},
	} {
		if failure := d.uv(step.say, step.args); failure != nil {
			_ = os.RemoveAll(dir)
			return lifecycle.Outcome{Err: failure}
		}
	}
	_, mustCtx := d.contexts()
	if _, refusal := d.backend.Locate(mustCtx); refusal != nil {
		return lifecycle.Outcome{Err: refusal}
	}
	return lifecycle.Outcome{Message: "SkyPilot is installed."}
}

func (d *driver) uv(say string, args []string) *schema.Error {
	d.reportProgress(schema.PhaseInstalling, say)
	outer, _ := d.contexts() // a later process can install again
	ctx, cancel := context.WithTimeout(outer, d.timing.Setup)
	defer cancel()
	result, err := d.backend.Run(ctx, sky.Call{Program: "uv", Args: args, Line: func(_ schema.Stream, line string) {
		d.reportProgress(schema.PhaseInstalling, line)
	}})
	switch {
	case ctx.Err() != nil:
		return d.tookTooLong(ctx, d.timing.Setup)
	case err != nil:
		return schema.NewError(schema.KindSkyPilotNotFound, "SkyPilot can't be installed, because uv, which installs it, is not on this computer.",
			"Install uv from https://docs.astral.sh/uv, then try again; it needs no administrator's rights.").WithDetail(err.Error())
	case strings.Contains(result.Stderr, "No space left on device"):
		return d.backend.Clean(schema.NewError(schema.KindDiskFull, "There is no space left on this computer's disk for SkyPilot.", "Free some space, then try again.").WithDetail(result.Stderr))
	case result.Code != 0:
		return d.backend.Clean(schema.NewError(schema.KindInternal, lifecycle.Sentence(strings.TrimSuffix("uv could not install SkyPilot: "+lastLine(result.Stderr), ": ")),
			"Check the network and the free space on the disk, then try again.").WithDetail(result.Stderr)) // a package index's address may hold a password
	}
	return nil
}
