package backend

import (
	"context"
	"fmt"
	"path/filepath"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// StartServer starts SkyPilot's API server on this machine; of one elsewhere it says
// that it does not answer.
func (s *SkyPilot) StartServer(ctx context.Context) *schema.Error {
	if !s.opt.Endpoint.Local {
		return schema.NewError(schema.KindAPIServer,
			fmt.Sprintf("SkyPilot's API server at %s does not answer.", s.opt.Endpoint.URL),
			"Check the network, or ask whoever runs that server.")
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timing.Server)
	defer cancel()
	if err := s.usual.StartServer(ctx, s.serverLog); err != nil {
		return s.Explain("", err)
	}
	return nil
}

// serverLog is where SkyPilot's local API server says why it did not start
// (sky/server/common.py writes it anew with each start).
func (s *SkyPilot) serverLog() string {
	env := s.opt.Environment
	data, err := env.ReadFile(filepath.Join(env.Home, ".sky", "api_server", "server.log"))
	if err != nil {
		s.opt.Log.Debug("the API server's log could not be read", "error", err)
	}
	return string(data)
}

// Supported refuses a SkyPilot that is missing or too old. `sky --version` takes
// two seconds and more, so its answer is kept for as long as the program's file and
// the packages beside it stay the same.
func (s *SkyPilot) Supported(ctx context.Context) *schema.Error {
	path, refusal := s.opt.Locate(ctx)
	if refusal != nil {
		return refusal
	}
	version, err := s.Version(ctx, path)
	if err != nil {
		return s.Explain("", err)
	}
	if !version.Supported() {
		return schema.NewError(schema.KindSkyPilotUnsupported,
			fmt.Sprintf("SkyPilot %s is too old: %s or later is needed.", version, sky.Minimum),
			"Update it: uv tool upgrade skypilot, or let Carapace install it.")
	}
	return nil
}

// knownVersion is the version that a program's file printed.
type knownVersion struct {
	path    string
	stamp   host.Stamp
	version sky.Version
}

// Version is what the sky program at path says of itself. It blocks for seconds the
// first time.
func (s *SkyPilot) Version(ctx context.Context, path string) (sky.Version, error) {
	stamp := host.StampOf(path)
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known.path == path && known.stamp == stamp && !s.opt.Simulated {
		return known.version, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timing.Short)
	defer cancel()
	version, err := s.usual.Version(ctx)
	if err == nil {
		s.mu.Lock()
		s.known = knownVersion{path, stamp, version}
		s.mu.Unlock()
	}
	return version, err
}
