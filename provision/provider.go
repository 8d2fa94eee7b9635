package provision

import (
	"context"
	"fmt"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
)

// Providers lists the clouds; no subprocess, no network.
func (s *Service) Providers(context.Context, schema.Empty) (schema.ProviderListResult, error) {
	result := schema.ProviderListResult{Providers: []schema.Provider{}}
	for _, c := range cloud.All() {
		result.Providers = append(result.Providers, s.provider(c, ""))
	}
	return result, nil
}

func (s *Service) provider(c cloud.Cloud, profile string) schema.Provider {
	found, _ := s.cfg.Credentials(c, profile)
	return c.Provider(found)
}

// CheckProvider asks SkyPilot whether a cloud is enabled, and why not. It takes
// up to a minute, more where it starts SkyPilot's API server; an earlier answer is given again unless refresh is set.
func (s *Service) CheckProvider(ctx context.Context, p schema.ProviderCheckParams) (schema.ProviderCheckResult, error) {
	c, known := cloud.Find(p.Cloud)
	if !known {
		return schema.ProviderCheckResult{}, schema.NewError(schema.KindInvalidParams,
			fmt.Sprintf("There is no cloud called %q.", p.Cloud), "provider.list names them all.").WithField("cloud")
	}
	profile := strings.TrimSpace(p.Profile)
	s.mu.Lock()
	earlier, asked := s.checked[checkKey{c.ID, profile}]
	s.mu.Unlock()
	if asked && !p.Refresh {
		earlier.Provider = s.provider(c, profile)
		return earlier, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Server+s.cfg.Timing.Refresh) // the first one starts the server (transcript check-aws-first)
	defer cancel()
	report, err := s.withProfile(profile).Check(ctx, c.ID)
	if err != nil {
		return schema.ProviderCheckResult{}, s.explain("", err)
	}
	result := schema.ProviderCheckResult{Provider: s.provider(c, profile), CheckedAt: now()}
	said, _ := report.Find(c.ID)
	result.Enabled = said.Enabled
	if why := said.Explain(); !said.Enabled && why != nil {
		why = s.clean(why)
		result.Reason, result.Fix = why.Message, why.Hint
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.checked) >= maxOffers {
		clear(s.checked)
	}
	s.checked[checkKey{c.ID, profile}] = result
	return result, nil
}

// checkKey is what an answer of `sky check` is about.
type checkKey struct{ cloud, profile string }
