package provision

import (
	"context"
	"errors"
	"runtime"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/wsl"
	"carapace/schema"
	"carapace/schema/text"
)

// maxTail keeps an answer small: whoever wants all of a log follows it.
const maxTail = 2000

// Logs is the end of one of a server's logs. With follow it blocks, and sends
// what comes as notifications, until the request is canceled or the log ends.
func (s *Service) Logs(ctx context.Context, p schema.LogsParams) (schema.LogsResult, error) {
	name := s.store.NameOf(p.Name)
	p = p.WithDefaults()
	if p.Tail < 0 || p.Tail > maxTail {
		return schema.LogsResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsTail, text.Args{"most": maxTail}).WithField("tail")
	}
	if refusal := checkID("subscription", p.Subscription); refusal != nil {
		return schema.LogsResult{}, refusal
	}
	job, refusal := s.logJob(name, p.Source)
	if refusal != nil {
		return schema.LogsResult{}, refusal
	}
	if !p.Follow {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cfg.Timing.Short)
		defer cancel()
	}
	keep := ring{limit: p.Tail}
	line := func(stream schema.Stream, printed string) {
		source, printed := logLine(p.Source, printed)
		if source != p.Source {
			return
		}
		printed = s.backend.Line(printed)
		keep.add(printed)
		if p.Follow {
			s.store.Log(schema.LogLine{Cluster: name, Source: source, Line: printed, Stream: stream, Subscription: p.Subscription})
		}
	}
	result, err := s.readLog(ctx, name, p, job, line)
	unread := result.Code == 1 && p.Source != schema.LogProvision // the lines are SkyPilot's reason (docs/skypilot.md, "Logs of a job")
	if ctx.Err() == nil && err == nil && (unread || result.Code != 0 && len(keep.lines) == 0) {
		err = sky.Explain(sky.Failure{Cluster: name, Stdout: result.Stdout, Stderr: result.Stderr})
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return schema.LogsResult{}, ctx.Err() // the request was canceled, or the host has gone
	}
	if err = errors.Join(err, ctx.Err()); err != nil {
		return schema.LogsResult{}, s.backend.Explain(name, err)
	}
	return schema.LogsResult{Lines: lastLines(keep.all())}, nil
}

func (s *Service) readLog(ctx context.Context, name string, p schema.LogsParams, job int, line func(schema.Stream, string)) (sky.FollowResult, error) {
	if p.Source == schema.LogProvision {
		return s.backend.Client(name).ProvisionLogs(ctx, name, line)
	}
	return s.backend.Client(name).JobLogs(ctx, name, job, p.Follow, 0, line)
}

// logJob is the job whose log holds a source.
func (s *Service) logJob(name string, source schema.LogSource) (int, *schema.Error) {
	known, logs := false, []string{}
	for _, l := range schema.LogSources {
		known, logs = known || l == source, append(logs, string(l))
	}
	if !known {
		return 0, schema.Fail(schema.KindInvalidParams, &text.ParamsSource, text.Args{"logs": logs}).WithField("source")
	}
	_, rec := s.store.Cluster(name)
	if rec == nil || !rec.MayExist() && rec.View.Status != schema.StatusError { // SkyPilot keeps the log of a launch that left nothing
		return 0, lifecycle.NotFound(name)
	}
	job := map[schema.LogSource]int{schema.LogSetup: rec.SetupJob, schema.LogRun: rec.RunJob}[source]
	if source != schema.LogProvision && job == 0 {
		return 0, schema.Fail(schema.KindUnsupported, &text.LogsNone, text.Args{"name": name, "log": source})
	}
	return job, nil
}

// logLine sorts a line of a job's log; the provision log has one source.
func logLine(asked schema.LogSource, printed string) (schema.LogSource, string) {
	if asked == schema.LogProvision {
		return asked, printed
	}
	return sky.JobLine(printed)
}

// ring keeps the last lines.
type ring struct {
	limit int
	lines []string
}

func (r *ring) add(line string) {
	if len(r.lines) >= 2*r.limit {
		r.lines = append(r.lines[:0], r.lines[len(r.lines)-r.limit:]...)
	}
	r.lines = append(r.lines, line)
}

func (r *ring) all() []string {
	if len(r.lines) > r.limit {
		return r.lines[len(r.lines)-r.limit:]
	}
	if r.lines == nil {
		return []string{}
	}
	return r.lines
}

// Connection says how to reach a running server, or one in an error whose machine
// has an address, from the SSH configuration that SkyPilot wrote on this machine. No
// subprocess, but where the cloud maps ports, or that configuration is missing.
func (s *Service) Connection(ctx context.Context, p schema.NameParams) (schema.ConnectionResult, error) {
	name := s.store.NameOf(p.Name)
	c, rec := s.store.Cluster(name)
	if refusal := lifecycle.AdmitConnection(c); refusal != nil {
		return schema.ConnectionResult{}, refusal
	}
	host, err := s.backend.EnsureSSHHost(ctx, name)
	if err != nil {
		return schema.ConnectionResult{}, schema.Fail(schema.KindInternal, &text.ConnectNotConfigured).WithDetail(err.Error())
	}
	options := s.backend.SSHOptions(name)
	if rec != nil && rec.Identity.Hash != "" {
		pinned, refusal := s.hostKeys.Options(rec.Identity.Hash)
		if refusal != nil {
			return schema.ConnectionResult{}, refusal
		}
		options = append(options, pinned...)
	}
	getenv := s.cfg.Environment.Getenv
	here := desktop{runtime.GOOS, getenv("WSL_DISTRO_NAME"), getenv(wsl.Variable) != "", s.cfg.Environment.LookPath}
	argv := append(append([]string{"ssh"}, options...), name)
	result := schema.ConnectionResult{
		IP: host.HostName, User: host.User, SSHPort: host.Port, IdentityFile: host.IdentityFile,
		SSHHost: name, SSHCommand: shellLine(argv), Terminal: here.terminal(argv), Ports: []string{},
		Endpoints: s.endpoints(ctx, name, host.HostName, rec),
	}
	if rec != nil && rec.Spec != nil && rec.Spec.Ports != nil {
		result.Ports = rec.Spec.Ports
	}
	return result, nil
}
