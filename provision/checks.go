package provision

import (
	"context"

	"carapace/schema"
)

// Preview says what a launch would do and why it would be refused. It starts nothing.
func (s *Service) Preview(ctx context.Context, p schema.SpecParams) (schema.PreviewResult, error) {
	result, err := s.preflight.Preview(ctx, p)
	for i := range result.Problems {
		result.Problems[i] = *s.store.Remedied(&result.Problems[i], s.store.NameOf(p.Spec.Name))
	}
	return result, err
}

// Estimate asks SkyPilot for the machines that fit a spec and what they cost.
func (s *Service) Estimate(ctx context.Context, p schema.EstimateParams) (schema.EstimateResult, error) {
	return s.preflight.Estimate(ctx, p)
}

// Providers lists the clouds; no subprocess, no network.
func (s *Service) Providers(ctx context.Context, p schema.Empty) (schema.ProviderListResult, error) {
	return s.preflight.Providers(ctx, p)
}

// CheckProvider asks SkyPilot whether a cloud is enabled, and why not.
func (s *Service) CheckProvider(ctx context.Context, p schema.ProviderCheckParams) (schema.ProviderCheckResult, error) {
	return s.preflight.CheckProvider(ctx, p)
}

// Regions lists a cloud's regions.
func (s *Service) Regions(ctx context.Context, p schema.ProviderRegionsParams) (schema.ProviderRegionsResult, error) {
	return s.preflight.Regions(ctx, p)
}

// Sizes lists a cloud's machine types with their prices, as many as fit into a message.
func (s *Service) Sizes(ctx context.Context, p schema.ProviderSizesParams) (schema.ProviderSizesResult, error) {
	result, err := s.preflight.Sizes(ctx, p)
	size := 0
	for i, one := range result.Sizes {
		if size += sizeOf(one); size > maxList {
			result.Sizes, result.More = result.Sizes[:i], true
			break
		}
	}
	return result, err
}

// Doctor checks all that a launch needs on this machine.
func (s *Service) Doctor(ctx context.Context, p schema.Empty) (schema.DoctorResult, error) {
	return s.preflight.Doctor(ctx, p)
}

// CheckSkyPilot says whether SkyPilot is installed and new enough.
func (s *Service) CheckSkyPilot(ctx context.Context, p schema.Empty) (schema.SkyPilotCheckResult, error) {
	result, err := s.preflight.CheckSkyPilot(ctx, p)
	result.Problem = s.store.Remedied(result.Problem, "")
	return result, err
}
