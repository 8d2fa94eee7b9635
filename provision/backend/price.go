package backend

import (
	"context"
	"os"
	"path/filepath"

	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/schema"
)

// Estimate asks a client's SkyPilot which machines fit a spec and what they cost. It
// takes some seconds of Python and starts nothing at the cloud. The task stands in a
// temporary file meanwhile, with what decides the price alone. The error is the
// disk's or SkyPilot's, as of [sky.Client.Estimate].
func (s *SkyPilot) Estimate(ctx context.Context, client *sky.Client, spec schema.Spec) ([]schema.Offer, error) {
	yaml, err := task.Render(task.Input{Spec: task.Priced(spec)})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "carapace-estimate-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, task.FileName)
	if err := os.WriteFile(file, yaml, 0o600); err != nil {
		return nil, err
	}
	return client.Estimate(ctx, file)
}
