package preflight

import (
	"context"
	"strings"

	"carapace/provision/cloud"
	"carapace/provision/sky/host"
	"carapace/schema"
	"carapace/schema/text"
)

// Providers lists the clouds. It uses no network, and starts nothing but the login
// shell, once, where a desktop started this process.
func (pre *Preflight) Providers(ctx context.Context, _ schema.Empty) (schema.ProviderListResult, error) {
	return schema.ProviderListResult{Providers: pre.providers(ctx)}, nil
}

func (pre *Preflight) providers(ctx context.Context) (list []schema.Provider) {
	extras := pre.extras(ctx)
	for _, c := range cloud.All() {
		list = append(list, pre.provider(c, "", extras))
	}
	return list
}

// extras says which of SkyPilot's extras are installed here; nil where that can't be
// told, or another machine's count.
func (pre *Preflight) extras(ctx context.Context) map[string]bool {
	at := pre.found(ctx)
	if at.Path == "" || !pre.backend.Local() {
		return nil
	}
	installed, _ := host.Extras(at.Path)
	return installed
}

func (pre *Preflight) provider(c cloud.Cloud, profile string, extras map[string]bool) schema.Provider {
	found, _ := pre.opt.Credentials(c, profile)
	p := c.Provider(found)
	if installed, known := extras[p.Extra]; known {
		p.ExtraInstalled = &installed
	}
	return p
}

// CheckProvider asks SkyPilot whether a cloud is enabled, and why not. It takes
// up to a minute, more where it starts SkyPilot's API server; an earlier answer is given again unless refresh is set.
func (pre *Preflight) CheckProvider(ctx context.Context, p schema.ProviderCheckParams) (schema.ProviderCheckResult, error) {
	c, known := cloud.Find(p.Cloud)
	if !known {
		return schema.ProviderCheckResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsUnknownCloud, text.Args{"given": p.Cloud}).WithField("cloud")
	}
	profile := strings.TrimSpace(p.Profile)
	pre.mu.Lock()
	earlier, asked := pre.checked[checkKey{c.ID, profile}]
	pre.mu.Unlock()
	if asked && !p.Refresh {
		earlier.Provider = pre.provider(c, profile, pre.extras(ctx))
		return earlier, nil
	}
	ctx, cancel := context.WithTimeout(ctx, pre.opt.Timing.Server+pre.opt.Timing.Refresh) // the first one starts the server (transcript check-aws-first)
	defer cancel()
	report, err := pre.backend.WithProfile(profile).Check(ctx, c.ID)
	if err != nil {
		return schema.ProviderCheckResult{}, pre.backend.Explain("", err)
	}
	result := schema.ProviderCheckResult{Provider: pre.provider(c, profile, pre.extras(ctx)), CheckedAt: schema.Now()}
	said, _ := report.Find(c.ID)
	result.Enabled = said.Enabled
	if !said.Enabled {
		why := said.Explain()
		if why != nil {
			why = pre.backend.Clean(why)
		}
		result.Texts, result.Fixes = notEnabled(result.Provider, why)
		result.Reason, result.Fix = text.Join(result.Texts...), text.JoinHints(result.Fixes...)
	}
	pre.mu.Lock()
	defer pre.mu.Unlock()
	if len(pre.checked) >= maxOffers {
		clear(pre.checked)
	}
	pre.checked[checkKey{c.ID, profile}] = result
	return result, nil
}

// notEnabled is why SkyPilot can't launch on a cloud, by what it says itself (nil: nothing), and what to do. That it was
// installed without what the cloud needs comes first, and is what to mend: the packages that SkyPilot then tells to
// install with pip would not get into its own environment.
func notEnabled(p schema.Provider, said *schema.Error) (why, fixes []text.Text) {
	if said != nil {
		why, fixes = said.Texts(), said.HintTexts()
	}
	if p.ExtraInstalled != nil && !*p.ExtraInstalled {
		without := text.New(&text.FoundWithoutExtra, text.Args{"cloud": p.Name, "extra": p.Extra})
		why, fixes = append([]text.Text{without}, why...), []text.Text{without}
	}
	return why, fixes
}

// checkKey is what an answer of `sky check` is about.
type checkKey struct{ cloud, profile string }
