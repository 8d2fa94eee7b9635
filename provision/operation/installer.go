package operation

import (
	"context"
	"os"
	"slices"
	"strings"

	"carapace/provision/install"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// installer runs the programs that fill the folder of one installation.
type installer struct {
	*driver
	ctx     context.Context // ends after the deadline, and when a later process may begin anew
	folder  string
	version string
	uv      string   // its name or path
	env     []string // for uv
}

// fill makes the environment, installs SkyPilot into it, and sees it run.
func (d *driver) fill(next install.Installed) *schema.Error {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Setup)
	defer cancel()
	in := &installer{driver: d, ctx: ctx, folder: next.Folder, version: d.operation().Version}
	for _, step := range []func() *schema.Error{
		in.makeEnvironment,
		func() *schema.Error { return in.addSkyPilot(next.Clouds) },
		in.verify,
	} {
		failure := step()
		if ctx.Err() != nil {
			return d.tookTooLong(ctx, d.timing.Setup)
		}
		if failure != nil {
			return failure
		}
	}
	return nil
}

// makeEnvironment makes a Python environment: with the uv in PATH, or else with a Python, whose
// pip then gets a uv for the rest.
func (in *installer) makeEnvironment() *schema.Error {
	in.reportPercent(install.PercentBegun, schema.PhaseInstalling, text.New(&text.ProgressEnvironment))
	in.uv, in.env = "uv", []string{install.Anew}
	if result, err := in.run("uv", []string{"--version"}, nil); err == nil && result.Code == 0 {
		return in.runUV(install.MakeWithUV(in.folder), nil)
	}
	python, refusal := in.findPython()
	if refusal != nil {
		return refusal
	}
	if failure := in.runOne(python, install.MakeWithPython(in.folder)); failure != nil {
		return failure
	}
	in.reportPercent(install.PercentFetching, schema.PhaseInstalling, text.New(&text.ProgressGettingUV))
	in.uv, in.env = install.UV(in.folder), install.UVEnvironment(in.folder)
	return in.runOne(install.Python(in.folder), install.GetUV(in.folder))
}

// findPython returns the name of a Python that SkyPilot runs on, or says what is missing.
func (in *installer) findPython() (name string, refusal *schema.Error) {
	refusal = install.NoPython()
	for _, name := range install.PythonNames {
		result, err := in.run(name, install.ProbePython(), nil)
		version := strings.TrimSpace(result.Stdout)
		switch {
		case in.ctx.Err() != nil:
			return "", refusal // the caller sees why
		case err != nil || version == "":
			continue // on macOS python3 may only offer to install one
		case !install.PythonFits(version):
			refusal = install.WrongPython(version)
		case result.Code != 0:
			refusal = install.NoVenv(version)
		default:
			return name, nil
		}
	}
	return "", refusal
}

// addSkyPilot installs SkyPilot with the packages that the clouds need.
func (in *installer) addSkyPilot(clouds []string) *schema.Error {
	in.reportPercent(install.PercentChoosing, schema.PhaseInstalling, text.New(&text.ProgressPackages, text.Args{"clouds": clouds}))
	var output install.Output
	failure := in.runUV(install.AddSkyPilot(in.folder, in.version, clouds), func(_ schema.Stream, line string) {
		if percent, says, news := output.Line(line); news {
			in.reportPercent(percent, schema.PhaseInstalling, says)
		}
	})
	_ = os.RemoveAll(install.Workshop(in.folder)) // it would only take space
	return failure
}

// verify sees that what was installed runs.
func (in *installer) verify() *schema.Error {
	in.reportPercent(install.PercentVerifying, schema.PhaseVerifying, text.New(&text.ProgressFirstRun))
	result, err := in.run(install.Sky(in.folder), []string{"--version"}, nil)
	if v, ok := sky.ParseVersionOutput(result.Stdout); err != nil || !ok || !v.Supported() {
		detail := result.Stdout + result.Stderr
		if err != nil {
			detail = err.Error()
		}
		if e := install.Explain(detail, in.version); e.Kind == schema.KindDiskFull {
			return e.WithDetail(detail)
		}
		return schema.Fail(schema.KindInternal, &text.InstallDoesNotRun).WithDetail(detail)
	}
	return nil
}

// runUV runs uv. Where it does not trust a certificate it is run again, and from then on, with
// those that the system trusts.
func (in *installer) runUV(args []string, line func(schema.Stream, string)) *schema.Error {
	result, err := in.run(in.uv, args, line)
	if err == nil && result.Code != 0 && install.UntrustedCertificate(result.Stderr) {
		in.env = slices.Concat(in.env, install.SystemCertificates())
		result, err = in.run(in.uv, args, line)
	}
	return in.explain(result, err)
}

func (in *installer) runOne(program string, args []string) *schema.Error {
	return in.explain(in.run(program, args, nil))
}

func (in *installer) run(program string, args []string, line func(schema.Stream, string)) (sky.Result, error) {
	call := sky.Call{Program: program, Args: args, Line: line}
	if program == in.uv {
		call.Env = in.env
	}
	return in.backend.Run(in.ctx, call)
}

// explain returns what went wrong, nil if nothing did.
func (in *installer) explain(result sky.Result, err error) *schema.Error {
	switch {
	case err != nil:
		return schema.Fail(schema.KindInternal, &text.InstallProgramFailed).WithDetail(err.Error())
	case result.Code != 0:
		printed := result.Stdout + result.Stderr
		return install.Explain(printed, in.version).WithDetail(printed)
	}
	return nil
}
