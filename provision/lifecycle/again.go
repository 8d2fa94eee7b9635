package lifecycle

import (
	"reflect"
	"slices"

	"carapace/schema"
	"carapace/schema/text"
)

// Launched returns what was launched last under a name, nil if that is not known any more. Its secrets
// are empty.
func (s *State) Launched(name string) *schema.Spec {
	if rec := s.Clusters[name]; rec != nil && rec.Spec != nil {
		return rec.Spec
	}
	for _, op := range slices.Backward(s.Operations) {
		if op.Cluster == name && op.Kind == schema.OperationLaunch && op.Spec != nil {
			return op.Spec
		}
	}
	return nil
}

// Again returns the spec of a launch that is to be made again, with the vaults of the first time.
// asked is the request's spec, whose name is given; with anyRegion the region and the zone are left to SkyPilot. The error is why it
// can't be made again.
func (s *State) Again(asked schema.Spec, anyRegion bool) (schema.Spec, *schema.Error) {
	alone := schema.Spec{Name: asked.Name, RetryUntilUp: asked.RetryUntilUp}
	last := s.Launched(asked.Name)
	switch {
	case !reflect.DeepEqual(asked, alone):
		return asked, schema.Fail(schema.KindInvalidParams, &text.ParamsAgain).WithField("again")
	case last == nil:
		return asked, schema.Fail(schema.KindClusterNotFound, &text.LaunchAgainUnknown, text.Args{"name": asked.Name})
	case len(last.Secrets) > 0:
		return asked, schema.Fail(schema.KindUnsupported, &text.LaunchAgainSecrets, text.Args{"name": asked.Name})
	}
	spec := *last
	spec.RetryUntilUp = spec.RetryUntilUp || asked.RetryUntilUp
	if anyRegion {
		spec.Region, spec.Zone = "", ""
	}
	if rec := s.Clusters[asked.Name]; rec != nil && rec.Vaults != nil {
		spec.Vaults = rec.Vaults
	}
	return spec, nil
}
