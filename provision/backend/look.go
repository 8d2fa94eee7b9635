package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/lifecycle"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// Status asks SkyPilot for a cluster's record; with refresh SkyPilot asks the cloud too. It removes
// secrets from the texts, and adds the machine's address from the SSH configuration that SkyPilot
// writes.
func (s *SkyPilot) Status(ctx context.Context, client *sky.Client, refresh bool, cluster string) (sky.StatusReport, error) {
	report, err := client.Status(ctx, refresh, cluster)
	for i := range report.Clusters {
		c := &report.Clusters[i]
		c.InitReason, c.LastEvent = redact.Tail(s.Text(c.InitReason), maxDetail), s.Text(c.LastEvent)
		if reach, err := s.SSHHost(c.Name); err == nil {
			c.IP = reach.HostName
		}
	}
	return report, err
}

// Look asks SkyPilot, and through it the cloud, about a cluster. An error means that nothing is known.
// It takes at most [Timing.Look].
func (s *SkyPilot) Look(ctx context.Context, cluster string) (lifecycle.Answer, *schema.Error) {
	report, work, unknown := s.recordAndWork(ctx, cluster)
	if shown, rec := s.opt.Store.Cluster(cluster); unknown == nil && work == nil && lifecycle.Outdated(cluster, report, rec, shown) {
		report, work, unknown = s.recordAndWork(ctx, cluster)
	}
	if unknown != nil {
		return lifecycle.Answer{}, unknown
	}
	switch failure := report.Failures[cluster]; {
	case failure == "" || work != nil:
	case failure == sky.NotRefreshed:
		return lifecycle.Answer{}, cloudUnresponsive()
	case failure == sky.NotValidated:
		return lifecycle.Answer{}, NotValidated()
	default:
		return lifecycle.Answer{}, s.Clean(sky.Explain(sky.Failure{Cluster: cluster, Stdout: failure}))
	}
	absence, unknown := s.Absence(ctx, cluster, report)
	return lifecycle.Answer{Report: report, Work: work, Absence: absence, Account: s.Account(cluster), Known: s.Known()}, unknown
}

// recordAndWork asks SkyPilot, and through it the cloud, for a cluster's record, and then which request
// works on the cluster, if the record leaves that open.
func (s *SkyPilot) recordAndWork(ctx context.Context, cluster string) (sky.StatusReport, *lifecycle.ForeignWork, *schema.Error) {
	refresh, cancel := context.WithTimeout(ctx, s.opt.Timing.Refresh)
	defer cancel()
	report, err := s.Status(refresh, s.Client(cluster), true, cluster)
	if err != nil {
		return report, nil, s.Explain(cluster, err)
	}
	work, unknown := s.foreignWork(ctx, cluster, report)
	return report, work, unknown
}

// RunJob asks SkyPilot's queue for a job of a cluster; the zero Job where it is not in it, or there was
// no answer. It blocks for a `sky`.
func (s *SkyPilot) RunJob(ctx context.Context, cluster string, id int) sky.Job {
	ctx, cancel := s.short(ctx)
	defer cancel()
	jobs, err := s.Client(cluster).Queue(ctx, cluster)
	if err != nil {
		s.opt.Log.Debug("the job queue could not be read", "cluster", cluster, "error", err)
	}
	if i := slices.IndexFunc(jobs, func(j sky.Job) bool { return j.ID == id }); i >= 0 {
		return jobs[i]
	}
	return sky.Job{}
}

// NoOtherClusters reports whether SkyPilot, asked just now, has no cluster but this state folder's. It blocks for a `sky`.
func (s *SkyPilot) NoOtherClusters(ctx context.Context) (none bool) {
	ctx, cancel := s.short(ctx)
	defer cancel()
	report, err := s.usual.Status(ctx, false)
	s.opt.Store.Read(func(st *lifecycle.State) { none = err == nil && st.HasAll(report.Clusters) })
	return none
}

// NotValidated is the error for a record that SkyPilot has but leaves out of its answer.
func NotValidated() *schema.Error {
	return schema.Fail(schema.KindAPIServer, &text.LookNotShown).WithDetail(sky.NotValidated)
}

// cloudUnresponsive is the error for a record that was not refreshed although no request works on the
// cluster: another refresh of SkyPilot's waits for the cloud. A cloud that throttles calls has the same
// effect for minutes (transcript status-throttled).
func cloudUnresponsive() *schema.Error {
	return schema.Fail(schema.KindNetwork, &text.LookCloudSilent).WithDetail(sky.NotRefreshed)
}

// foreignWork asks SkyPilot which request it carries out on a cluster, if the report leaves that open;
// nil: none. It costs a call, so not every look makes it.
func (s *SkyPilot) foreignWork(ctx context.Context, cluster string, report sky.StatusReport) (*lifecycle.ForeignWork, *schema.Error) {
	shown, rec := s.opt.Store.Cluster(cluster)
	if !lifecycle.Unclear(cluster, report, rec, shown) {
		return nil, nil
	}
	ctx, cancel := s.short(ctx)
	defer cancel()
	requests, err := s.Client(cluster).Requests(ctx, cluster)
	if err != nil {
		return nil, s.Explain(cluster, err)
	}
	list := append(lifecycle.ForeignWorkOn(requests, cluster), nil)
	return list[0], nil
}

// Absence finds out what it means that our cluster is not in a report: from the report, from SkyPilot's
// history, and from the request that removed the cluster. It returns "" if the cluster is in the report
// or no machine of ours may exist. It makes calls only if the cluster is missing. An error means that
// nothing is known.
func (s *SkyPilot) Absence(ctx context.Context, cluster string, report sky.StatusReport) (lifecycle.Evidence, *schema.Error) {
	rec := s.opt.Store.Remembered(cluster)
	found, there := report.Find(cluster)
	if !rec.MayExist() || there && (rec.Identity.Hash == "" || found.Hash == rec.Identity.Hash) {
		return "", nil
	}
	evidence, unknown := s.absence(ctx, cluster, rec, report)
	if there && (evidence == lifecycle.EvidenceNoRecord || evidence == lifecycle.EvidenceEnded) {
		evidence = lifecycle.EvidenceReplaced
	}
	return evidence, unknown
}

func (s *SkyPilot) absence(ctx context.Context, cluster string, rec lifecycle.Cluster, report sky.StatusReport) (lifecycle.Evidence, *schema.Error) {
	var history []sky.CostRow
	if (report.Gone[cluster] == "" || rec.Occupant != nil) && rec.Identity.Hash != "" {
		short, cancel := s.short(ctx)
		rows, err := s.Client(cluster).History(short)
		cancel()
		if err != nil {
			failure := s.Explain(cluster, err)
			if failure.Kind == schema.KindSkyPilotUnsupported { // before 0.13.0 there is no history
				return lifecycle.EvidenceNoRecord, nil
			}
			return "", failure
		}
		history = rows
	}
	if evidence := lifecycle.Absent(cluster, rec, report, history); evidence != lifecycle.EvidenceEnded {
		return evidence, nil
	}
	removal, found, unknown := s.lastRemoval(ctx, cluster, lifecycle.Past(rec.Identity, history))
	switch {
	case unknown != nil:
		return "", unknown
	case !found:
		return lifecycle.EvidenceEnded, nil
	}
	ctx, cancel := s.short(ctx)
	defer cancel()
	purged, err := s.Client(cluster).Purges(ctx, removal.ID)
	switch {
	case errors.Is(err, sky.ErrRequestGone):
		return lifecycle.EvidenceEnded, nil
	case err != nil:
		return "", s.Explain(cluster, err)
	}
	return lifecycle.RemovedBy(purged), nil
}

// manyRemovals is how many removals NotMade asks about at most, each with a call.
const manyRemovals = 4

// NotMade finds out what it means that there is no record of a cluster that no look has shown: no
// machine was made, unless somebody purged it since its launch. An error means that nothing is known.
// It costs a call, and one for each removal.
func (s *SkyPilot) NotMade(ctx context.Context, cluster string) (lifecycle.Evidence, *schema.Error) {
	short, cancel := s.short(ctx)
	requests, err := s.Client(cluster).Requests(short, cluster)
	cancel()
	if err != nil {
		return "", s.Explain(cluster, err)
	}
	since := s.opt.Store.Remembered(cluster).View.CreatedAt
	if !s.Local() && !since.IsZero() {
		since = since.Add(-5 * time.Second) // the API server's clock may be behind
	}
	removals := lifecycle.Removals(requests, cluster, since)
	if len(removals) > manyRemovals {
		return lifecycle.EvidenceEnded, nil
	}
	for _, removal := range removals {
		short, cancel := s.short(ctx)
		purged, err := s.Client(cluster).Purges(short, removal.ID)
		cancel()
		switch {
		case errors.Is(err, sky.ErrRequestGone):
			return lifecycle.EvidenceEnded, nil
		case err != nil:
			return "", s.Explain(cluster, err)
		case purged:
			return lifecycle.EvidencePurged, nil
		}
	}
	return lifecycle.EvidenceNotMade, nil
}

// lastRemoval returns the request that removed a cluster; past is the cluster's row of SkyPilot's
// history. A removal ends a moment after the record is gone, so lastRemoval waits for one in progress.
func (s *SkyPilot) lastRemoval(ctx context.Context, cluster string, past sky.CostRow) (removal sky.Request, found bool, unknown *schema.Error) {
	ctx, cancel := s.short(ctx)
	defer cancel()
	for {
		requests, err := s.Client(cluster).Requests(ctx, cluster)
		if err != nil {
			return sky.Request{}, false, s.Explain(cluster, err)
		}
		last, found, removing := lifecycle.LastRemoval(requests, cluster, past)
		if !removing {
			return last, found, nil
		}
		if !supervisor.Sleep(ctx, removalEnds) {
			return sky.Request{}, false, s.Explain(cluster, ctx.Err())
		}
	}
}

// short returns a context for a further call of a look. Each call has its own deadline: on a busy
// computer one takes ten seconds, and the five of them together more than one deadline.
func (s *SkyPilot) short(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.opt.Timing.Short)
}

// removalEnds is how long lastRemoval waits before it asks again whether a removal has ended.
const removalEnds = time.Second

// Account returns a fingerprint of the cloud account with which a cluster is looked at; "": not known.
func (s *SkyPilot) Account(cluster string) string {
	rec := s.opt.Store.Remembered(cluster)
	return s.AccountOf(rec.View.Cloud, lifecycle.Profile(rec.Spec))
}

// AccountOf returns a fingerprint of the account with which a cloud is used; "": not known.
func (s *SkyPilot) AccountOf(id, profile string) string {
	if !s.opt.Endpoint.Local {
		return "that of " + s.opt.Endpoint.URL // a remote API server uses its own credentials
	}
	if c, known := cloud.Find(id); known {
		return s.opt.Account(c, profile)
	}
	return ""
}

// Known returns what this machine knows about the owners of SkyPilot's clusters. The user_hash is known
// only for an API server on this machine: SkyPilot takes it from SKYPILOT_USER_ID, or else from a file
// (utils/common_utils.py). It blocks for reading small files.
func (s *SkyPilot) Known() lifecycle.Known {
	known := s.opt.Store.Launched()
	known.Endpoint = s.opt.Endpoint.URL
	if !s.opt.Endpoint.Local {
		return known
	}
	env := s.opt.Environment
	if known.User = env.Getenv("SKYPILOT_USER_ID"); known.User == "" {
		if data, err := env.ReadFile(filepath.Join(env.Home, ".sky", "user_hash")); err == nil {
			known.User = strings.TrimSpace(string(data))
		}
	}
	return known
}

// Found returns a record of SkyPilot's with its API server, for outcomes.
func (s *SkyPilot) Found(c sky.Cluster) lifecycle.Found {
	return lifecycle.Found{Cluster: c, Endpoint: s.opt.Endpoint.URL}
}

// SSHHost reads what SkyPilot wrote about how to reach a cluster's machine.
func (s *SkyPilot) SSHHost(cluster string) (sky.SSHHost, error) {
	return host.ReadSSHHost(s.opt.Environment.Home, cluster)
}

// EnsureSSHHost is SSHHost that has SkyPilot write the file where it is not there: a start
// that SkyPilot's API server lost half way leaves none, for SkyPilot removes it at a stop, and
// writes it when it is asked for the cluster (client/cli/command.py: _get_cluster_records_and_set_ssh_config).
func (s *SkyPilot) EnsureSSHHost(ctx context.Context, cluster string) (sky.SSHHost, error) {
	reach, err := s.SSHHost(cluster)
	if !errors.Is(err, os.ErrNotExist) {
		return reach, err
	}
	ctx, cancel := s.short(ctx)
	defer cancel()
	if _, err := s.Client(cluster).Status(ctx, false, cluster); err != nil {
		return sky.SSHHost{}, err
	}
	return s.SSHHost(cluster)
}

// SSHOptions returns ssh options with the full paths of SkyPilot's files: ssh takes "~" for the home
// folder in the password file and SkyPilot for $HOME, and the user's ~/.ssh/config may not include
// SkyPilot's. A connection that a program makes (Kubernetes, Slurm) has the time that this one takes to start: on Slurm
// a Python, an SSH to the login node and a step of the job took 22 s on a busy machine.
func (s *SkyPilot) SSHOptions(cluster string) []string {
	options := []string{"-F", sky.SSHConfigPath(s.opt.Environment.Home, cluster)}
	reach, _ := s.SSHHost(cluster) // without the file ssh says that there is no such host
	if reach.IdentityFile != "" {
		options = append(options, "-i", reach.IdentityFile)
	}
	if reach.ProxyCommand != "" {
		options = append(options, "-o", "ConnectTimeout=60")
	}
	return options
}

// Reachable reports, without Python, whether SkyPilot is installed and its API server is up.
func (s *SkyPilot) Reachable(ctx context.Context) bool {
	if up, _ := s.APIServerUp(ctx); !up {
		return false
	}
	_, refusal := s.Locate(ctx)
	return refusal == nil
}
