package provision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"carapace/provision/sky"
	"carapace/schema"
)

// CheckSkyPilot says whether SkyPilot is installed and new enough. It runs `sky
// --version`, which takes a second or two, and starts no API server.
func (s *Service) CheckSkyPilot(ctx context.Context, _ schema.Empty) (schema.SkyPilotCheckResult, error) {
	result := schema.SkyPilotCheckResult{Minimum: sky.Minimum, Install: installSteps()}
	if up, _ := s.cfg.APIServerUp(ctx); up {
		result.APIServer = &schema.APIServer{URL: s.cfg.Endpoint.URL, Healthy: true, Local: s.cfg.Endpoint.Local}
	}
	path, refusal := s.cfg.Locate(ctx)
	if refusal != nil {
		return result, nil //nolint:nilerr // that it is not there is the answer
	}
	result.Installed, result.Path = true, path
	version, err := s.version(ctx, path)
	if err != nil {
		return schema.SkyPilotCheckResult{}, s.explain("", err)
	}
	result.Version, result.Supported = version.String(), version.Supported()
	return result, nil
}

// installSteps are for a person; `pip` beside it is what SkyPilot builds its own
// wheel with at the first launch (contract.md 2, "Failure texts").
func installSteps() []schema.InstallStep {
	return []schema.InstallStep{
		{Title: "With uv", Command: fmt.Sprintf(`uv tool install --with pip "skypilot[aws]==%s"`, sky.Tested)},
		{Title: "With pipx", Command: fmt.Sprintf(`pipx install "skypilot[aws]==%s"`, sky.Tested)},
	}
}

// InstallSkyPilot begins to install SkyPilot in a folder of ours.
func (s *Service) InstallSkyPilot(ctx context.Context, p schema.SkyPilotInstallParams) (schema.InstallResult, error) {
	if s.simulated() {
		return schema.InstallResult{}, schema.NewError(schema.KindUnsupported, "There is nothing to install: this SkyPilot is simulated and built in.",
			"Start the sidecar without --simulate to install the real one.")
	}
	version := p.Version
	if version == "" {
		version = sky.Tested
	}
	if v, ok := sky.ParseVersion(version); !ok || !v.Supported() {
		return schema.InstallResult{}, schema.NewError(schema.KindInvalidParams,
			fmt.Sprintf("%q is no version of SkyPilot that works; %s or later does.", version, sky.Minimum),
			"Leave version out for the one that Carapace was tested with.").WithField("version")
	}
	result, err := s.accept(ctx, request{kind: schema.OperationInstall, version: version})
	return schema.InstallResult{Operation: result.Operation}, err
}

// InstallDir is where skypilot.install puts SkyPilot under a state folder; what
// finds sky looks there first.
func InstallDir(stateDir string) string { return filepath.Join(stateDir, "skypilot") }

// install makes a virtual environment of its own with uv: no administrator's
// rights, and nothing of the user's Python is touched. The clouds' own packages
// come with it, or SkyPilot could launch nowhere.
func (d *driver) install() outcome {
	dir := InstallDir(d.s.journal.Dir())
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
			return outcome{err: failure}
		}
	}
	_, own := d.contexts()
	if _, refusal := d.s.cfg.Locate(own); refusal != nil {
		return outcome{err: refusal}
	}
	return outcome{message: "SkyPilot is installed."}
}

func (d *driver) uv(say string, args []string) *schema.Error {
	d.say(schema.PhaseInstalling, say)
	outer, _ := d.contexts() // not SkyPilot's: a successor does it again
	ctx, cancel := context.WithTimeout(outer, d.s.cfg.Timing.Setup)
	defer cancel()
	result, err := d.s.cfg.Runner.Run(ctx, sky.Call{Program: "uv", Args: args, Line: func(_ schema.Stream, line string) {
		d.say(schema.PhaseInstalling, line)
	}})
	switch {
	case ctx.Err() != nil:
		return d.tookTooLong(ctx, d.s.cfg.Timing.Setup)
	case err != nil:
		return schema.NewError(schema.KindSkyPilotNotFound, "SkyPilot can't be installed, because uv, which installs it, is not on this computer.",
			"Install uv from https://docs.astral.sh/uv, then try again; it needs no administrator's rights.").WithDetail(err.Error())
	case strings.Contains(result.Stderr, "No space left on device"):
		return d.s.clean(schema.NewError(schema.KindDiskFull, "There is no space left on this computer's disk for SkyPilot.", "Free some space, then try again.").WithDetail(result.Stderr))
	case result.Code != 0:
		return d.s.clean(schema.NewError(schema.KindInternal, sentence(strings.TrimSuffix("uv could not install SkyPilot: "+lastLine(result.Stderr), ": ")),
			"Check the network and the free space on the disk, then try again.").WithDetail(result.Stderr)) // an index's address may hold a password
	}
	return nil
}
