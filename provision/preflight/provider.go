package preflight

import (
	"context"
	"fmt"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
)

// Providers lists the clouds; no subprocess, no network.
func (pre *Preflight) Providers(context.Context, schema.Empty) (schema.ProviderListResult, error) {
	result := schema.ProviderListResult{Providers: []schema.Provider{}}
	for _, c := range cloud.All() {
		result.Providers = append(result.Providers, pre.provider(c, ""))
	}
	return result, nil
}

func (pre *Preflight) provider(c cloud.Cloud, profile string) schema.Provider {
	found, _ := pre.opt.Credentials(c, profile)
	return c.Provider(found)
}

// CheckProvider asks SkyPilot whether a cloud is enabled, and why not. It takes
// up to a minute, more where it starts SkyPilot's API server; an earlier answer is given again unless refresh is set.
func (pre *Preflight) CheckProvider(ctx context.Context, p schema.ProviderCheckParams) (schema.ProviderCheckResult, error) {
	c, known := cloud.Find(p.Cloud)
	if !known {
		return schema.ProviderCheckResult{}, schema.NewError(schema.KindInvalidParams,
			fmt.Sprintf("There is no cloud called %q.", p.Cloud), "provider.list names them all.").WithField("cloud")
	}
	profile := strings.TrimSpace(p.Profile)
	pre.mu.Lock()
	earlier, asked := pre.checked[checkKey{c.ID, profile}]
	pre.mu.Unlock()
	if asked && !p.Refresh {
		earlier.Provider = pre.provider(c, profile)
		return earlier, nil
	}
	ctx, cancel := context.WithTimeout(ctx, pre.opt.Timing.Server+pre.opt.Timing.Refresh) // the first one starts the server (transcript check-aws-first)
	defer cancel()
	report, err := pre.backend.WithProfile(profile).Check(ctx, c.ID)
	if err != nil {
		return schema.ProviderCheckResult{}, pre.backend.Explain("", err)
	}
	result := schema.ProviderCheckResult{Provider: pre.provider(c, profile), CheckedAt: schema.Now()}
	said, _ := report.Find(c.ID)
	result.Enabled = said.Enabled
	if why := said.Explain(); !said.Enabled && why != nil {
		why = pre.backend.Clean(why)
		result.Reason, result.Fix = why.Message, why.Hint
	}
	pre.mu.Lock()
	defer pre.mu.Unlock()
	if len(pre.checked) >= maxOffers {
		clear(pre.checked)
	}
	pre.checked[checkKey{c.ID, profile}] = result
	return result, nil
}

// checkKey is what an answer of `sky check` is about.
type checkKey struct{ cloud, profile string }
