package preflight

import (
	"context"
	"fmt"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// CheckSkyPilot says whether SkyPilot is installed and new enough. It runs `sky
// --version`, which takes a second or two, and starts no API server.
func (pre *Preflight) CheckSkyPilot(ctx context.Context, _ schema.Empty) (schema.SkyPilotCheckResult, error) {
	result := schema.SkyPilotCheckResult{Minimum: sky.Minimum, Install: installSteps()}
	if up, _ := pre.backend.APIServerUp(ctx); up {
		server := &schema.APIServer{URL: pre.backend.Endpoint().URL, Healthy: true, Local: pre.backend.Local()}
		if megabytes, takes, known := pre.serverTakes(); known {
			server.MemoryMB, server.Message, server.MessageText = megabytes, takes.Message(), takes
		}
		result.APIServer = server
	}
	pre.renew(ctx)
	path, refusal := pre.backend.Locate(ctx)
	if refusal != nil {
		result.Problem = pre.backend.Clean(refusal)
		return result, nil // that it is not there is the answer
	}
	result.Installed, result.Path, result.SourceText = true, path, pre.found(ctx).Source
	result.Source = result.SourceText.Message()
	version, err := pre.backend.Version(ctx, path)
	if err != nil {
		return schema.SkyPilotCheckResult{}, pre.backend.Explain("", err)
	}
	result.Version, result.Supported = version.String(), version.Supported()
	if !result.Supported {
		if refusal := pre.backend.Supported(ctx); refusal != nil {
			result.Problem = pre.withUpdate(ctx, refusal)
		}
	}
	return result, nil
}

// installSteps are for a person; `pip` beside it is what SkyPilot builds its own
// wheel with at the first launch (docs/skypilot.md, "Launch").
func installSteps() []schema.InstallStep {
	uv, pipx := text.New(&text.InstallWith, text.Args{"tool": "uv"}), text.New(&text.InstallWith, text.Args{"tool": "pipx"})
	return []schema.InstallStep{
		{Title: uv.Message(), TitleText: uv, Command: fmt.Sprintf(`uv tool install --with pip "skypilot[aws]==%s"`, sky.Tested)},
		{Title: pipx.Message(), TitleText: pipx, Command: fmt.Sprintf(`pipx install "skypilot[aws]==%s"`, sky.Tested)},
	}
}
