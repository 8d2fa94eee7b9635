package backend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// StartAPIServer starts SkyPilot's API server on this machine. For a remote one it returns the error
// that the server does not answer.
func (s *SkyPilot) StartAPIServer(ctx context.Context) *schema.Error {
	if !s.opt.Endpoint.Local {
		return schema.NewError(schema.KindAPIServer,
			fmt.Sprintf("SkyPilot's API server at %s does not answer.", s.opt.Endpoint.URL),
			"Check the network, or ask whoever runs that server.")
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timing.APIServer)
	defer cancel()
	if err := s.usual.StartAPIServer(ctx, s.apiServerLog); err != nil {
		return s.Explain("", err)
	}
	return nil
}

// apiServerLog returns the log of SkyPilot's local API server, which says why it did not start
// (sky/server/common.py truncates it at each start).
func (s *SkyPilot) apiServerLog() string {
	env := s.opt.Environment
	data, err := env.ReadFile(filepath.Join(env.Home, ".sky", "api_server", "server.log"))
	if err != nil {
		s.opt.Log.Debug("the API server's log could not be read", "error", err)
	}
	return string(data)
}

// Supported refuses a SkyPilot that is missing or too old. It blocks as Version does.
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
	path     string
	modified time.Time
	version  sky.Version
}

// Version returns the version of the sky program at path. `sky --version` takes two seconds and more,
// so the answer is kept as long as the program's file does not change.
func (s *SkyPilot) Version(ctx context.Context, path string) (sky.Version, error) {
	if version, known := s.KnownVersion(path); known {
		return version, nil
	}
	modified := modifiedAt(path)
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timing.Short)
	defer cancel()
	version, err := s.usual.Version(ctx)
	if err == nil {
		s.mu.Lock()
		s.known = knownVersion{path, modified, version}
		s.mu.Unlock()
	}
	return version, err
}

// KnownVersion returns the version that the sky program at path has printed, without
// asking it: false if it was not asked yet, or if its file has changed since. In a
// simulated cloud no version is known. It blocks for a stat call.
func (s *SkyPilot) KnownVersion(path string) (version sky.Version, known bool) {
	modified := modifiedAt(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	known = s.known.path == path && s.known.modified.Equal(modified) && !s.opt.Simulated
	return s.known.version, known
}

// modifiedAt returns when a file was modified last; zero if that can't be found out.
func modifiedAt(path string) (at time.Time) {
	if info, err := os.Stat(path); err == nil {
		at = info.ModTime()
	}
	return at
}
