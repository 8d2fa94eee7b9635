package sky

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// statusArgs is the argv of a look at clusters. The last three switch off the
// requests about managed jobs, services and pools that it makes otherwise, even
// in JSON mode (docs/skypilot.md, "Status").
func statusArgs(refresh bool, names ...string) []string {
	args := []string{"status", "-o", "json", "--no-show-managed-jobs", "--no-show-services", "--no-show-pools"}
	if refresh {
		args = append(args, "--refresh")
	}
	if len(names) == 0 {
		args = append(args, "--all-users")
	}
	return append(args, names...)
}

// Status looks at the named clusters; without a name at those of all of SkyPilot's users, and those that
// its controllers of managed jobs and of services run on. With refresh SkyPilot asks the
// cloud, which takes seconds, minutes when the cloud throttles (transcript
// status-throttled), and has no end when it does not answer (transcript
// status-cloud-unreachable): give ctx a deadline. A name that SkyPilot does not
// know is missing from the report; read its Failures before its Clusters.
func (c *Client) Status(ctx context.Context, refresh bool, names ...string) (StatusReport, error) {
	for _, name := range names {
		if err := checkCluster(name); err != nil {
			return StatusReport{}, err
		}
	}
	begun := time.Now()
	var found []clusterRow
	res, err := c.ask(ctx, statusArgs(refresh, names...), rows(&found), Failure{})
	if err != nil {
		return StatusReport{}, err
	}
	report, ok := statusOf(found, res.Stdout)
	if !ok {
		return StatusReport{}, schema.Fail(schema.KindAPIServer, &text.SkyPilotBadServer)
	}
	if refresh {
		report.doubtOldRecords(c.oldest(begun))
	}
	report.doubtLeftOut(names)
	return report, nil
}

// NotValidated is what Failures says of a cluster that SkyPilot left out of its
// answer without saying that it has no record of it: it can't show the record that
// it has (core.py, status: "Failed to validate status responses").
const NotValidated = "no record that can be shown"

// doubtLeftOut takes a record that is missing without a word for a look that failed.
func (r *StatusReport) doubtLeftOut(names []string) {
	for _, name := range names {
		_, there := r.Find(name)
		if !there && !r.NotFound[name] && r.Gone[name] == "" && r.Failures[name] == "" {
			r.Failures[name] = NotValidated
		}
	}
}

// NotRefreshed is what Failures says of a cluster that was not looked at although
// that was asked: the refresh had waited 20 s in vain for SkyPilot's lock on the
// cluster (backends/backend_utils.py, refresh_cluster_record). Its holder is a
// request that works on the cluster, or an earlier look that hangs because the
// cloud does not answer.
const NotRefreshed = "waited in vain for the lock"

// doubtOldRecords takes a record that a refresh has left as it was for a look that
// failed. SkyPilot prints it as if it were new, without a word of that; but every
// look that was made leaves the time in status_updated_at (measured with 0.14.1;
// in transcript status-throttled it is 0). A cluster that is INIT is not doubted:
// one that is being launched keeps its lock, and is not called safe or gone by
// that.
func (r *StatusReport) doubtOldRecords(oldest time.Time) {
	for _, c := range r.Clusters {
		old := c.lookSaid && c.looked.Before(oldest)
		if old && c.State != StateInit && c.State != StatePending && r.Failures[c.Name] == "" {
			r.Failures[c.Name] = NotRefreshed
		}
	}
}

// oldest is the time before which no record of a look that began then can have
// been made. SkyPilot keeps whole seconds. The clock of a server elsewhere is not
// ours: of that only a record is known for old that has no time at all.
func (c *Client) oldest(begun time.Time) time.Time {
	if !c.local {
		return time.Unix(1, 0)
	}
	return begun.Add(-2 * time.Second)
}

// LockPatience is how long a refresh waits for SkyPilot's lock on a cluster before it prints the
// record as it is (CLUSTER_STATUS_LOCK_TIMEOUT_SECONDS of backends/backend_utils.py).
const LockPatience = 20 * time.Second

// LookedSince reports whether the record says that SkyPilot asked the cloud at a time or after it.
// SkyPilot keeps whole seconds, of the clock of its API server.
func (c Cluster) LookedSince(at time.Time) bool {
	return c.lookSaid && !c.looked.Before(at.Truncate(time.Second))
}

// clusterRow is a record as it is printed. Every field may be missing: each
// version has its own (docs/skypilot.md, "Status").
type clusterRow struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Name       words   `json:"name"`
	State      words   `json:"status"`
	Hash       words   `json:"cluster_hash"`
	InitKind   words   `json:"init_kind"`
	InitReason words   `json:"init_status_reason"`
	Launch0123 words   `json:"launch_status_reason"` // what 0.12.3 called init_status_reason
	LastEvent  words   `json:"last_event"`
	LaunchedAt number  `json:"launched_at"`
	Cloud      words   `json:"cloud"`
	Region     words   `json:"region"`
	CPUs       number  `json:"cpus"`
	Memory     number  `json:"memory"`
	Resources  words   `json:"resources_str_full"`
	Autostop   *number `json:"autostop"`
	ToDown     flag    `json:"to_down"`
	Updated    *number `json:"status_updated_at"`
	UserHash   words   `json:"user_hash"`
	UserName   words   `json:"user_name"`
}

func (r clusterRow) cluster() Cluster {
	c := Cluster{
		Name: string(r.Name), State: ClusterState(r.State), Hash: string(r.Hash),
		InitKind: string(r.InitKind), InitReason: cmp.Or(string(r.InitReason), string(r.Launch0123)), LastEvent: string(r.LastEvent),
		LaunchedAt: epoch(r.LaunchedAt), Cloud: strings.ToLower(string(r.Cloud)), Region: string(r.Region),
		CPUs: float64(r.CPUs), MemoryGB: float64(r.Memory),
		AutostopMinutes: -1, AutostopDown: bool(r.ToDown),
		UserHash: string(r.UserHash), UserName: string(r.UserName),
	}
	if r.Autostop != nil && *r.Autostop >= 0 {
		c.AutostopMinutes = int(*r.Autostop)
	}
	if r.Updated != nil {
		c.lookSaid, c.looked = true, time.Unix(int64(*r.Updated), 0)
	}
	c.readResources(string(r.Resources))
	return c
}

// readResources reads "1x(cpus=4, mem=16, m6i.xlarge, disk=100)", of a spot
// machine "1x[spot](…)": the only place where the instance type is (docs/skypilot.md, "Status"). What was asked for can differ from
// what it says, so it wins.
func (c *Cluster) readResources(full string) {
	nodes, inner, ok := strings.Cut(full, "(")
	if !ok {
		return
	}
	inner, _, _ = strings.Cut(inner, ")")
	c.Spot = strings.Contains(strings.ToLower(nodes), "[spot]")
	for part := range strings.SplitSeq(inner, ",") {
		c.readResource(strings.TrimSpace(part))
	}
}

func (c *Cluster) readResource(part string) {
	key, value, pair := strings.Cut(part, "=")
	switch {
	case !pair && c.InstanceType == "" && part != "..." && part != "":
		c.InstanceType = part
	case key == "cpus" && parseFloat(value) > 0:
		c.CPUs = parseFloat(value)
	case key == "mem" && parseFloat(value) > 0:
		c.MemoryGB = parseFloat(value)
	case key == "disk":
		c.DiskGB = int(parseFloat(value))
	}
}

// statusOf reads what `sky status -o json` printed. It is false where a record does
// not say whose it is or how it stands: the look failed. To pass over that record
// would be to call a server gone that costs money.
func statusOf(found []clusterRow, prose string) (StatusReport, bool) {
	report := StatusReport{Clusters: make([]Cluster, 0, len(found)), Failures: map[string]string{}, NotFound: map[string]bool{}, Gone: map[string]string{}}
	for _, row := range found {
		if row.Name == "" || row.State == "" {
			return StatusReport{}, false
		}
		report.Clusters = append(report.Clusters, row.cluster())
	}
	report.readProse(prose)
	return report, true
}

// readProse finds what a refresh says before the JSON and nowhere else
// (transcripts status-throttled, status-terminated-outside).
func (r *StatusReport) readProse(text string) {
	failing := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "Failed to refresh status for "):
			failing = true
		case failing && strings.HasPrefix(line, "  "):
			if name, reason, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && ValidClusterName(name) {
				r.Failures[name] = reason
			}
		default:
			failing = false
			r.readGone(line)
			r.readNotFound(line)
		}
	}
}

func (r *StatusReport) readGone(line string) {
	if !strings.HasPrefix(line, "Autodowned cluster") && !strings.Contains(line, " terminated on the cloud: ") {
		return
	}
	what, names, _ := strings.Cut(line, ": ")
	for name := range strings.SplitSeq(names, ", ") {
		if name = strings.TrimSpace(name); ValidClusterName(name) {
			r.Gone[name] = what + ": " + name
		}
	}
}

// readNotFound reads "Cluster(s) not found: a, b." (transcript status-unknown).
func (r *StatusReport) readNotFound(line string) {
	names, found := strings.CutPrefix(line, "Cluster(s) not found: ")
	if !found {
		return
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(names, "."), ", ") {
		if name = strings.TrimSpace(name); ValidClusterName(name) {
			r.NotFound[name] = true
		}
	}
}

// parseFloat is the number that s begins with, 0 if there is none: "4+", "16.0".
func parseFloat(s string) float64 {
	end := 0
	for end < len(s) && (isDigit(s[end]) || s[end] == '.' || s[end] == 'e' && end > 0 || s[end] == '-' && (end == 0 || s[end-1] == 'e')) {
		end++
	}
	f, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0
	}
	return f
}
