package backend

import (
	"context"
	"slices"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// Status asks SkyPilot for a cluster's record; refresh asks the cloud too. What it
// says in words is cleaned, and the machine's address is in it, from the SSH
// configuration that SkyPilot writes with the answer.
func (s *SkyPilot) Status(ctx context.Context, client *sky.Client, refresh bool, cluster string) (sky.StatusReport, error) {
	report, err := client.Status(ctx, refresh, cluster)
	for i := range report.Clusters {
		c := &report.Clusters[i]
		c.InitReason, c.LastEvent = LastBytes(s.Text(c.InitReason), maxDetail), s.Text(c.LastEvent)
		if reach, err := s.SSHHost(c.Name); err == nil {
			c.IP = reach.HostName
		}
	}
	return report, err
}

// Look asks SkyPilot about a cluster, and the cloud through it. An error says that
// nothing is known.
func (s *SkyPilot) Look(ctx context.Context, cluster string) (lifecycle.Answer, *schema.Error) {
	report, err := s.Status(ctx, s.Client(cluster), true, cluster)
	if err != nil {
		return lifecycle.Answer{}, s.Explain(cluster, err)
	}
	work, unknown := s.foreignWork(ctx, cluster, report)
	if unknown != nil {
		return lifecycle.Answer{}, unknown
	}
	switch failure := report.Failures[cluster]; {
	case failure == "" || work != nil:
		return lifecycle.Answer{Report: report, Work: work}, s.ConfirmTerminated(ctx, cluster, report)
	case failure == sky.NotRefreshed:
		return lifecycle.Answer{}, cloudSilent()
	default:
		return lifecycle.Answer{}, s.Clean(sky.Explain(sky.Failure{Cluster: cluster, Stdout: failure}))
	}
}

// cloudSilent is why a record was not refreshed although nobody works on the
// cluster: another look of SkyPilot's own waits for the cloud, which one that
// refuses calls looks like too, for minutes (transcript status-throttled).
func cloudSilent() *schema.Error {
	return schema.NewError(schema.KindNetwork, "The cloud does not answer SkyPilot.",
		"This machine's connection may be down, or the cloud may be, or it refuses calls because there were too many (a rate limit). It is asked again all the time.").
		WithDetail(sky.NotRefreshed)
}

// foreignWork asks SkyPilot what it is doing to a cluster, where a look leaves that
// open; nil: nothing. It costs a call, so it is not made at every look.
func (s *SkyPilot) foreignWork(ctx context.Context, cluster string, report sky.StatusReport) (*lifecycle.ForeignWork, *schema.Error) {
	shown, rec := s.opt.Store.Cluster(cluster)
	if !lifecycle.Unclear(cluster, report, rec, shown) {
		return nil, nil
	}
	requests, err := s.Client(cluster).Requests(ctx, cluster)
	if err != nil {
		return nil, s.Explain(cluster, err)
	}
	list := append(lifecycle.ForeignWorkOn(requests, cluster), nil)
	return list[0], nil
}

// ConfirmTerminated asks SkyPilot, where it has no record of a cluster that we know,
// whether it remembers the cluster as terminated. SkyPilot removes a record when the
// cloud has let go of the machine; but a SkyPilot that was reinstalled, or an API
// server other than before, has none either, and the machine goes on costing money.
// nil: it does, or it said so in the report, or there is a record. It costs a call
// only when a cluster has vanished.
func (s *SkyPilot) ConfirmTerminated(ctx context.Context, cluster string, report sky.StatusReport) *schema.Error {
	_, rec := s.opt.Store.Cluster(cluster)
	_, there := report.Find(cluster)
	if there || rec == nil || rec.Hash == "" || report.Gone[cluster] != "" {
		return nil
	}
	rows, err := s.Client(cluster).History(ctx)
	if err != nil {
		failure := s.Explain(cluster, err)
		if failure.Kind == schema.KindSkyPilotUnsupported { // before 0.13.0 it can't be asked
			return nil
		}
		return failure
	}
	if slices.ContainsFunc(rows, func(r sky.CostRow) bool { return r.Hash == rec.Hash && r.Status == "TERMINATED" }) {
		return nil
	}
	return schema.NewError(schema.KindAPIServer,
		"SkyPilot does not know the server any more, nor that it was ever removed: the machine may be running and costing money.",
		"If SkyPilot was reinstalled or uses another API server now, undo that. Otherwise remove the machine in the cloud's console, then destroy the server here with purge.")
}

// SSHHost reads what SkyPilot wrote about how to reach a cluster's machine.
func (s *SkyPilot) SSHHost(cluster string) (sky.SSHHost, error) {
	return host.ReadSSHHost(s.opt.Environment.Home, cluster)
}

// SSHOptions name SkyPilot's files by their paths: ssh takes "~" for the home
// folder of the password file, SkyPilot for that of $HOME, and a user's own
// ~/.ssh/config may not include SkyPilot's.
func (s *SkyPilot) SSHOptions(cluster string) []string {
	options := []string{"-F", sky.SSHConfigPath(s.opt.Environment.Home, cluster)}
	if reach, err := s.SSHHost(cluster); err == nil && reach.IdentityFile != "" {
		options = append(options, "-i", reach.IdentityFile)
	}
	return options
}

// Reachable reports, without Python, whether SkyPilot can be asked right now: it is
// installed, and its API server is up.
func (s *SkyPilot) Reachable(ctx context.Context) bool {
	if up, _ := s.APIServerUp(ctx); !up {
		return false
	}
	_, refusal := s.Locate(ctx)
	return refusal == nil
}
