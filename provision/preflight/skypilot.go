package preflight

import (
	"context"
	"fmt"

	"carapace/provision/sky"
	"carapace/provision/task"
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
		return result, nil
	}
	for _, limit := range limits(version) {
		result.Limits, result.LimitTexts = append(result.Limits, limit.Message()), append(result.LimitTexts, limit)
	}
	return result, nil
}

// limits are what a supported version of SkyPilot lacks beside the tested one.
func limits(version sky.Version) (all []text.Text) {
	if refusal := task.TooOld(schema.Spec{MaxHourlyCost: 1}, version); refusal != nil {
		all = append(all, refusal.Texts()...)
	}
	if version.String() != sky.Tested { // whose API server alone is asked how far a request is: host.RequestEnd
		all = append(all, text.New(&text.SkyPilotAnother, text.Args{"version": sky.Tested}))
	}
	return all
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
