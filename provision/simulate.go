package provision

import (
	"context"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// Inject makes the simulated cloud fail in a given way, from now on.
func (s *Service) Inject(_ context.Context, p schema.InjectParams) (schema.SimulateResult, error) {
	if err := s.cfg.Simulator.Inject(p.Fault, p.At); err != nil {
		return schema.SimulateResult{}, badSimulation(err, "fault")
	}
	return s.faults()
}

// ClearFaults takes all injected faults away.
func (s *Service) ClearFaults(context.Context, schema.Empty) (schema.SimulateResult, error) {
	if err := s.cfg.Simulator.Clear(); err != nil {
		return schema.SimulateResult{}, badSimulation(err, "")
	}
	return s.faults()
}

// Outside changes the simulated server behind SkyPilot's back.
func (s *Service) Outside(_ context.Context, p schema.OutsideParams) (schema.SimulateResult, error) {
	if err := s.cfg.Simulator.Outside(p.Action); err != nil {
		return schema.SimulateResult{}, badSimulation(err, "action")
	}
	return s.faults()
}

func (s *Service) faults() (schema.SimulateResult, error) {
	faults, err := s.cfg.Simulator.Faults()
	if err != nil {
		return schema.SimulateResult{}, badSimulation(err, "")
	}
	if faults == nil {
		faults = []string{}
	}
	return schema.SimulateResult{Faults: faults}, nil
}

func badSimulation(err error, field string) *schema.Error {
	return schema.Fail(schema.KindInvalidParams, &text.ParamsSimulation, text.Args{"words": strings.ToUpper(err.Error()[:1]) + err.Error()[1:]}).
		WithField(field)
}
