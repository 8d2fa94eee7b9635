package main

import (
	"context"
	"io"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
	"carapace/skysim"
)

// simulator is the simulated cloud as the service's simulate.* methods see it.
type simulator struct{ skysim.Control }

// Faults names the faults in force, with their place: "capacity@us-east-1".
func (s simulator) Faults() ([]string, error) {
	faults, err := s.Control.Faults()
	var names []string
	for _, f := range faults {
		name := f.Name
		if f.At != "" {
			name += "@" + f.At
		}
		names = append(names, name)
	}
	return names, err
}

// faultCredentialsMissing is skysim's name of the fault that is noticed before
// SkyPilot is asked.
const faultCredentialsMissing = "credentials_missing"

// credentials are there for every cloud, unless a fault says otherwise.
func (s simulator) credentials(c cloud.Cloud, _ string) (schema.Credentials, *schema.Error) {
	result := schema.Credentials{Present: true, Source: text.PlaceSimulated.Message, Sources: []text.Text{text.New(&text.PlaceSimulated)}, Hint: text.HintSimulated.Message, HintText: text.New(&text.HintSimulated)}
	faults, err := s.Control.Faults()
	if err != nil {
		return result, nil //nolint:nilerr // the launch itself will say what is wrong
	}
	for _, f := range faults {
		if f.Name == faultCredentialsMissing {
			result.Present, result.Source, result.Sources = false, "", nil
			return result, schema.Fail(schema.KindCredentialsMissing, &text.SimulatedNoKey, text.Args{"cloud": c.Name}).WithProvider(c.ID)
		}
	}
	return result, nil
}

// selfRunner runs every program as this very binary, which acts as the one that its
// first argument names.
type selfRunner struct{ sky.Runner }

func (r *selfRunner) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	return r.Runner.Run(ctx, asSelf(call))
}

func (r *selfRunner) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	return r.Runner.Submit(ctx, asSelf(call), output)
}

// Close ends what the runner has started, as the real one's does.
func (r *selfRunner) Close() error {
	if c, ok := r.Runner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// asSelf is the call of this binary that stands for a call of a program: skysim.Main
// reads the program from the first argument.
func asSelf(call sky.Call) sky.Call {
	call.Args = append([]string{call.Program}, call.Args...)
	call.Program = "sky"
	return call
}
