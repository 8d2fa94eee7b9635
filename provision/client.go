package provision

import (
	"context"
	"errors"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// client is SkyPilot with the credentials that a server was launched with: they
// are sent with each request, not kept by the API server (contract.md 4, "Which
// process's credentials?").
func (s *Service) client(name string) *sky.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.state.Clusters[name]
	if rec == nil {
		return s.sky
	}
	return s.withProfile(profile(rec.Spec))
}

// withProfile is SkyPilot with the credentials of a spec's profile; empty: the
// usual ones.
func (s *Service) withProfile(profile string) *sky.Client {
	if profile == "" {
		return s.sky
	}
	return sky.NewClient(withEnv{s.cfg.Runner, profileEnv(profile)}, s.cfg.Endpoint.Local)
}

// profileEnv makes a profile count. boto reads AWS_DEFAULT_PROFILE first
// (botocore/configprovider.py), and keys in the environment would win over both,
// so they are emptied, which it takes for unset.
func profileEnv(profile string) []string {
	return []string{"AWS_DEFAULT_PROFILE=" + profile, "AWS_PROFILE=" + profile, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN="}
}

// withEnv is a Runner that adds to the environment of every call.
type withEnv struct {
	sky.Runner
	env []string
}

func (w withEnv) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	call.Env = append(call.Env, w.env...)
	return w.Runner.Run(ctx, call)
}

func (w withEnv) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	call.Env = append(call.Env, w.env...)
	return w.Runner.Submit(ctx, call, output)
}

// sshHost reads what SkyPilot wrote about how to reach a server.
func (s *Service) sshHost(name string) (sky.SSHHost, error) {
	return host.ReadSSHHost(s.cfg.Environment.Home, name)
}

// sshOptions name SkyPilot's files by their paths: ssh takes "~" for the home
// folder of the password file, SkyPilot for that of $HOME, and a user's own
// ~/.ssh/config may not include SkyPilot's.
func (s *Service) sshOptions(name string) []string {
	options := []string{"-F", sky.SSHConfigPath(s.cfg.Environment.Home, name)}
	if host, err := s.sshHost(name); err == nil && host.IdentityFile != "" {
		options = append(options, "-i", host.IdentityFile)
	}
	return options
}

// explain turns an error of a sky.Client into one for the host.
func (s *Service) explain(cluster string, err error) *schema.Error {
	var known *schema.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, sky.ErrNoCluster):
		known = notFound(cluster)
	case errors.Is(err, context.DeadlineExceeded):
		known = schema.NewError(schema.KindTimeout, "SkyPilot did not answer in time.", "Try again in a minute.")
	default:
		known = schema.NewError(schema.KindInternal, "SkyPilot could not be asked: "+err.Error()+".", "Try again in a minute.")
	}
	return s.clean(known)
}

// clean takes secrets out of an error, and bounds its detail.
func (s *Service) clean(e *schema.Error) *schema.Error {
	c := *e
	c.Message, c.Hint, c.Detail = s.cfg.Redactor.String(c.Message), s.cfg.Redactor.String(c.Hint), s.cfg.Redactor.String(c.Detail)
	c.Detail = lastBytes(c.Detail, maxDetail)
	return &c
}
