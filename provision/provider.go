package provision

import (
	"context"
	"fmt"

	"carapace/provision/cloud"
	"carapace/schema"
)

// Providers lists the clouds; no subprocess, no network.
func (s *Service) Providers(context.Context, schema.Empty) (schema.ProviderListResult, error) {
	result := schema.ProviderListResult{Providers: []schema.Provider{}}
	for _, c := range cloud.All() {
		result.Providers = append(result.Providers, s.provider(c))
	}
	return result, nil
}

func (s *Service) provider(c cloud.Cloud) schema.Provider {
	p := c.Provider(s.cfg.Environment)
	p.Credentials, _ = s.cfg.Credentials(c, "")
	return p
}

// CheckProvider asks SkyPilot whether a cloud is enabled, and why not. It takes
// up to a minute; an earlier answer is given again unless refresh is set.
func (s *Service) CheckProvider(ctx context.Context, p schema.ProviderCheckParams) (schema.ProviderCheckResult, error) {
	c, known := cloud.Find(p.Cloud)
	if !known {
		return schema.ProviderCheckResult{}, schema.NewError(schema.KindInvalidParams,
			fmt.Sprintf("There is no cloud called %q.", p.Cloud), "provider.list names them all.").WithField("cloud")
	}
	s.mu.Lock()
	earlier, asked := s.checked[c.ID]
	s.mu.Unlock()
	if asked && !p.Refresh {
		earlier.Provider = s.provider(c)
		return earlier, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Refresh)
	defer cancel()
	report, err := s.sky.Check(ctx, c.ID)
	if err != nil {
		return schema.ProviderCheckResult{}, s.explain("", err)
	}
	result := schema.ProviderCheckResult{Provider: s.provider(c), CheckedAt: now()}
	said, _ := report.Find(c.ID)
	result.Enabled = said.Enabled
	if why := said.Explain(); !said.Enabled && why != nil {
		why = s.clean(why)
		result.Reason, result.Fix = why.Message, why.Hint
	}
	s.mu.Lock()
	s.checked[c.ID] = result
	s.mu.Unlock()
	return result, nil
}
