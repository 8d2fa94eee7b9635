package preflight

import (
	"context"
	"fmt"
	"strings"

	"carapace/provision/cloud"
	"carapace/provision/store"
	"carapace/provision/vault"
	"carapace/schema"
)

// Doctor checks all that a launch needs on this machine. It takes a few seconds,
// because it runs `sky --version`; it changes nothing.
func (pre *Preflight) Doctor(ctx context.Context, _ schema.Empty) (schema.DoctorResult, error) {
	result := schema.DoctorResult{OK: true}
	for _, check := range []func(context.Context) schema.Check{
		pre.checkSky, pre.checkServer, pre.checkTools, pre.checkCredentials, pre.checkVaults, pre.checkState,
	} {
		c := check(ctx)
		result.OK = result.OK && c.Status != schema.CheckFail
		result.Checks = append(result.Checks, c)
	}
	return result, nil
}

func passed(id, title, message string) schema.Check {
	return schema.Check{ID: id, Title: title, Status: schema.CheckOK, Message: message}
}

func failed(id, title string, e *schema.Error) schema.Check {
	return schema.Check{ID: id, Title: title, Status: schema.CheckFail, Message: e.Message, Fix: e.Hint}
}

func (pre *Preflight) checkSky(ctx context.Context) schema.Check {
	const id, title = "skypilot", "SkyPilot is installed"
	if refusal := pre.backend.Supported(ctx); refusal != nil {
		return failed(id, title, refusal)
	}
	path, _ := pre.backend.Locate(ctx)
	return passed(id, title, "SkyPilot is at "+path+".")
}

func (pre *Preflight) checkServer(ctx context.Context) schema.Check {
	const id, title = "api_server", "SkyPilot's API server answers"
	switch up, refusal := pre.backend.APIServerUp(ctx); {
	case refusal != nil:
		return failed(id, title, refusal)
	case up:
		return passed(id, title, "It answers at "+pre.backend.Endpoint().URL+".")
	case pre.backend.Local():
		return passed(id, title, "It is not running; the first launch starts it.")
	}
	return schema.Check{
		ID: id, Title: title, Status: schema.CheckFail,
		Message: "The API server at " + pre.backend.Endpoint().URL + " does not answer.",
		Fix:     "Check the network, or ask whoever runs that server.",
	}
}

func (pre *Preflight) checkTools(context.Context) schema.Check {
	const id, title = "tools", "ssh and rsync are installed"
	var missing []string
	for _, tool := range []string{"ssh", "rsync"} {
		if !pre.opt.Simulated && !pre.opt.Environment.LookPath(tool) {
			missing = append(missing, tool)
		}
	}
	if len(missing) > 0 {
		return schema.Check{
			ID: id, Title: title, Status: schema.CheckFail, Message: strings.Join(missing, " and ") + " not found.",
			Fix: "Install " + strings.Join(missing, " and ") + " with your system's package manager.",
		}
	}
	return passed(id, title, "Both were found.")
}

func (pre *Preflight) checkCredentials(context.Context) schema.Check {
	const id, title = "credentials", "There are credentials for a cloud"
	var present []string
	for _, c := range cloud.All() {
		if p := pre.provider(c, ""); p.Credentials.Present {
			present = append(present, p.Name)
		}
	}
	switch {
	case !pre.backend.Local():
		return passed(id, title, "The remote API server's own credentials count.")
	case len(present) == 0:
		return schema.Check{
			ID: id, Title: title, Status: schema.CheckFail, Message: "None were found for any cloud.",
			Fix: "Choose a cloud; provider.list says for each how to get credentials.",
		}
	}
	return passed(id, title, "Found for "+strings.Join(present, ", ")+".")
}

func (pre *Preflight) checkVaults(ctx context.Context) schema.Check {
	const id, title = "vaults", "The vault folders can be read"
	paths, refusal := vault.Resolve(nil, pre.opt.Environment.Getenv, pre.opt.ProjectDir)
	if refusal == nil {
		refusal = paths.Clear(pre.opt.Reserved)
	}
	if refusal != nil {
		return schema.Check{ID: id, Title: title, Status: schema.CheckWarn, Message: refusal.Message, Fix: refusal.Hint}
	}
	upload, problems := vault.Scan(ctx, paths)
	if len(problems) > 0 {
		return schema.Check{ID: id, Title: title, Status: schema.CheckWarn, Message: problems[0].Message, Fix: problems[0].Hint}
	}
	return passed(id, title, fmt.Sprintf("They hold %d files, %d bytes.", upload.Files, upload.Bytes))
}

func (pre *Preflight) checkState(ctx context.Context) schema.Check {
	const id, title = "state", "The state folder can be written"
	if err := pre.store.Probe(ctx); err != nil {
		return failed(id, title, store.Error(err))
	}
	return passed(id, title, "It is "+pre.store.Dir()+".")
}
