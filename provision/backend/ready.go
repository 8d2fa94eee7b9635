package backend

import (
	"context"
	"path/filepath"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// StartAPIServer starts SkyPilot's API server on this machine. For a remote one it returns the error
// that the server does not answer.
func (s *SkyPilot) StartAPIServer(ctx context.Context) *schema.Error {
	if !s.opt.Endpoint.Local {
		return schema.Fail(schema.KindAPIServer, &text.SkyPilotServerSilent, text.Args{"url": s.opt.Endpoint.URL})
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

// Supported refuses a SkyPilot that is missing or too old. It blocks as InstalledVersion does.
func (s *SkyPilot) Supported(ctx context.Context) *schema.Error {
	path, refusal := s.opt.Locate(ctx)
	if refusal != nil {
		return refusal
	}
	version, err := s.InstalledVersion(ctx, path)
	if err != nil {
		return s.Explain("", err)
	}
	if !version.Supported() {
		return schema.Fail(schema.KindSkyPilotUnsupported, &text.SkyPilotTooOld, text.Args{"version": version.String(), "minimum": sky.Minimum}).
			AndHint(text.New(&text.HintUpdateSkyPilot))
	}
	return nil
}
