package skysim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// status is `sky status`.
func (p *process) status(o *options) error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	if err := p.server(); err != nil {
		return err
	}
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	fresh := freshNames{}
	if o.set["--refresh"] {
		var err error
		if fresh, err = p.refresh(p.choice(o)); err != nil {
			return err
		}
	}
	return p.world.readLocked(func(w *world) error { return p.showStatus(w, o, fresh) })
}

// freshNames are the clusters whose records come in the shape that a look gives them.
type freshNames map[string]bool

// refresh makes SkyPilot look at the cloud, and says what it found. A cloud that
// does not answer keeps it for ever (transcript status-cloud-unreachable); one
// that throttles, for minutes, and then the old record is printed as if it were
// new (transcript status-throttled). So it is after 20 s, in the same shape as a
// new one but for the time in it, where somebody has the cluster's lock: a request
// that works on it, or an earlier look that hangs (the lab's real sky).
func (p *process) refresh(of choice) (freshNames, error) {
	if locked, err := p.waitForLock(of); len(locked) > 0 || err != nil {
		return locked, err
	}
	for {
		var silent, known bool
		if err := p.read(func(w *world) { silent = w.fault(faultNetwork); known = w.LookHangs == silent }); err != nil {
			return nil, err
		}
		if !known {
			if err := p.world.update(func(w *world) error {
				silent = w.fault(faultNetwork)
				w.LookHangs = silent
				return nil
			}); err != nil {
				return nil, err
			}
		}
		if !silent {
			break
		}
		if err := p.pause(5 * time.Second); err != nil {
			return nil, err
		}
	}
	var throttled bool
	if err := p.read(func(w *world) { throttled = w.fault(faultThrottled) && len(w.Clusters) > 0 }); err != nil {
		return nil, err
	}
	if throttled {
		return nil, p.throttled(of)
	}
	if err := p.pause(2 * time.Second); err != nil {
		return nil, err
	}
	fresh := freshNames{}
	return fresh, p.world.update(func(w *world) error {
		p.look(w, of, fresh)
		return nil
	})
}

// look takes a look at each cluster and says what came of all of them, in
// SkyPilot's order (backends/backend_utils.py: get_clusters).
func (p *process) look(w *world, of choice, fresh freshNames) {
	var autodowned, gone, failed []string
	for _, c := range w.chosen(of) {
		found := w.look(c, time.Now())
		switch {
		case found.failed != "":
			failed = append(failed, "  "+strong(c.Name)+": "+found.failed)
			continue
		case found.gone && found.autodowned:
			autodowned = append(autodowned, c.Name)
		case found.gone:
			gone = append(gone, c.Name)
		case found.said != "":
			p.say("", found.said)
		}
		fresh[c.Name] = true
	}
	if len(fresh)+len(failed) > 0 {
		p.say("")
	}
	if len(autodowned) > 0 {
		p.say("Autodowned cluster" + plural(autodowned) + ": " + strong(strings.Join(autodowned, ", ")))
	}
	if len(gone) > 0 {
		p.say(yellow + "Cluster" + plural(gone) + " terminated on the cloud: " + reset + strong(strings.Join(gone, ", ")))
	}
	p.sayFailed(failed)
}

// sayFailed lists the clusters that SkyPilot could not look at.
func (p *process) sayFailed(failed []string) {
	if len(failed) > 0 {
		p.say(yellow + "Failed to refresh status for " + count(len(failed), "cluster") + ":" + reset)
		p.say(failed...)
	}
}

func plural(names []string) string {
	if len(names) == 1 {
		return ""
	}
	return "s"
}

// lockSeconds is SkyPilot's CLUSTER_STATUS_LOCK_TIMEOUT_SECONDS.
const lockSeconds = 20

// waitForLock waits until nobody has the lock of a cluster, and gives up after a
// time: then all that were to be looked at come as they are.
func (p *process) waitForLock(of choice) (freshNames, error) {
	var all freshNames
	for range lockSeconds {
		locked := false
		if err := p.read(func(w *world) {
			all = freshNames{}
			locked = w.LookHangs && w.fault(faultNetwork)
			for _, c := range w.chosen(of) {
				all[c.Name] = true
				locked = locked || w.active(c.Name) != nil
			}
		}); !locked || err != nil {
			return nil, err
		}
		if err := p.pause(time.Second); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p *process) throttled(of choice) error {
	const call = "An error occurred (RequestLimitExceeded) when calling the DescribeInstances operation (reached max retries: 12): Request limit exceeded."
	for range 2 {
		if err := p.pause(130 * time.Second); err != nil {
			return err
		}
		p.say("Caught " + call + ". Retrying.")
	}
	return p.read(func(w *world) {
		var failed []string
		for _, c := range w.chosen(of) {
			failed = append(failed, "  "+strong(c.Name)+": Failed to query "+c.Offer.repr()+" cluster '"+c.Name+"' status: [botocore.exceptions.ClientError] "+call)
		}
		p.say("")
		p.sayFailed(failed)
	})
}

func (p *process) showStatus(w *world, o *options, fresh freshNames) error {
	missing := w.missing(o.args)
	missing = slices.DeleteFunc(missing, func(name string) bool { return fresh[name] }) // the look said so already
	if len(missing) > 0 {
		p.say(notFound(missing...))
	}
	found := p.answered(w, p.choice(o))
	for _, c := range found {
		if err := w.writeSSHConfig(c); err != nil {
			return err
		}
	}
	switch {
	case o.json():
		return p.sayJSON(w.records(found, o.set["--verbose"], fresh))
	case o.set["--ip"]:
		return p.sayIP(w, o)
	case o.set["--endpoints"]:
		return p.sayEndpoints(w, o)
	}
	p.sayStatusTable(w, o, found)
	return nil
}

// sayJSON prints as Python's json.dumps(indent=2) does.
func (p *process) sayJSON(v any) error {
	text, err := pythonJSON(v)
	if err != nil {
		return err
	}
	p.say(text)
	return nil
}

func (p *process) sayIP(w *world, o *options) error {
	if len(o.args) != 1 || w.cluster(o.args[0]) == nil {
		return fail("ValueError: '" + strings.Join(o.args, " ") + "' cluster not found. Please specify a single cluster to show its IP address.\nUsage: `sky status --ip <cluster>`")
	}
	c := w.cluster(o.args[0])
	if c.Status != clusterUp {
		return fail("RuntimeError: Cluster '" + c.Name + "' is not in UP status.")
	}
	p.say(w.machine(c.Machine).IP)
	return nil
}

func (p *process) sayEndpoints(w *world, o *options) error {
	if len(o.args) != 1 || w.cluster(o.args[0]) == nil {
		return fail("ValueError: '" + strings.Join(o.args, " ") + "' cluster not found. Please specify a single cluster to show its endpoints.")
	}
	c := w.cluster(o.args[0])
	if len(c.Task.Ports) == 0 {
		p.say("Cluster '" + c.Name + "' does not have any ports to be exposed.")
		return fail("Aborted!")
	}
	for _, port := range c.Task.Ports {
		p.say(port + ": " + w.machine(c.Machine).IP + ":" + c.Offer.outside(port))
	}
	return nil
}

// outside is the port that the internet reaches a machine's port at (seen on RunPod in the
// lab: 443 at 20443, 22 at 10022).
func (o offer) outside(port string) string {
	v, _ := vendorOf(o.Cloud)
	n, err := strconv.Atoi(port)
	switch {
	case err != nil || !v.has("m"):
		return port
	case n == 22:
		return "10022"
	}
	return strconv.Itoa(20000 + n)
}

// record is one object of `sky status -o json`, its fields in SkyPilot's order.
type record struct {
	Name          string            `json:"name"`
	LaunchedAt    int64             `json:"launched_at"`
	LastUse       string            `json:"last_use"`
	Status        string            `json:"status"`
	Autostop      int               `json:"autostop"`
	ToDown        bool              `json:"to_down"`
	Owner         []string          `json:"owner"`
	Metadata      *struct{}         `json:"metadata"`
	Hash          string            `json:"cluster_hash"`
	EverUp        bool              `json:"cluster_ever_up"`
	UpdatedAt     int64             `json:"status_updated_at"`
	UserHash      string            `json:"user_hash"`
	UserName      string            `json:"user_name"`
	ConfigHash    *string           `json:"config_hash"`
	Workspace     string            `json:"workspace"`
	CreationYAML  *string           `json:"last_creation_yaml"`
	CreationCmd   *string           `json:"last_creation_command"`
	IsManaged     bool              `json:"is_managed"`
	LastEvent     *string           `json:"last_event"`
	InitKind      *string           `json:"init_kind"`
	InitReason    *string           `json:"init_status_reason"`
	Resources     string            `json:"resources_str"`
	ResourcesFull string            `json:"resources_str_full"`
	Nodes         int               `json:"nodes"`
	Cloud         string            `json:"cloud"`
	Region        string            `json:"region"`
	CPUs          string            `json:"cpus"`
	Memory        string            `json:"memory"`
	Accelerators  *string           `json:"accelerators"`
	Labels        map[string]string `json:"labels"`
	NameOnCloud   *string           `json:"cluster_name_on_cloud"`
	NodeNames     *string           `json:"node_names"`
	Priority      *int              `json:"priority"`
	PriorityClass *string           `json:"priority_class"`
	Links         map[string]string `json:"links"`
}

func (w *world) records(of []*cluster, verbose bool, fresh freshNames) []record {
	found := []record{}
	for _, c := range of {
		r := c.record()
		switch {
		case fresh[c.Name]:
			r.asRefreshed(c)
		default:
			r.asSummary(c)
		}
		if verbose {
			r.asVerbose(c, !fresh[c.Name])
		}
		found = append(found, r)
	}
	return found
}

func (c *cluster) record() record {
	r := record{
		Name: c.Name, LaunchedAt: c.Launched.Unix(), Status: c.Status, Autostop: c.Autostop, ToDown: c.AutoDown, Hash: c.Hash, EverUp: c.EverUp,
		UserHash: c.User.Hash, UserName: c.User.Name, Workspace: "default", Resources: c.Offer.short(), ResourcesFull: c.Offer.full(), Nodes: 1,
		Cloud: c.Offer.repr(), Region: c.Offer.Region, CPUs: decimal(c.Offer.CPUs), Memory: decimal(c.Offer.Memory), Labels: map[string]string{},
	}
	if len(c.Task.Labels) > 0 {
		r.Labels = c.Task.Labels
	}
	return r
}

// asRefreshed is the shape after a look at the cloud: other fields are empty
// (transcripts status-up-refresh, status-unreachable-refresh).
func (r *record) asRefreshed(c *cluster) {
	r.LastUse, r.UpdatedAt, r.Metadata = c.LastUse, c.Updated.Unix(), &struct{}{}
	r.Owner = identity(c.Offer.Cloud, c.Account)
	r.ConfigHash = text(strings.Repeat(strings.ReplaceAll(c.Hash, "-", ""), 2))
}

// asSummary is the shape from SkyPilot's own memory.
func (r *record) asSummary(c *cluster) {
	priority := 0
	r.Priority, r.NodeNames = &priority, text(c.node())
	if kind := c.initKind(); kind != "" {
		r.InitKind, r.InitReason = text(kind), text(c.LastEvent)
	}
}

// asVerbose adds what -v shows. Links come from SkyPilot's memory alone
// (`sky status -v --refresh` has none).
func (r *record) asVerbose(c *cluster, links bool) {
	r.asRefreshed(c)
	r.CreationYAML, r.CreationCmd, r.LastEvent = text(c.Task.Source), text(c.LastUse), text(c.LastEvent)
	r.NameOnCloud = text(c.Name + "-" + c.User.Hash)
	if links {
		r.Links = map[string]string{c.Offer.repr() + " Instances": "https://" + c.Offer.Region + ".console.aws.amazon.com/ec2/v2/home?region=" +
			c.Offer.Region + "#Instances:tag:ray-cluster-name=" + c.Name}
	}
}

// node is the name of a cluster's one machine.
func (c *cluster) node() string { return "sky-" + c.Name + "-" + c.User.Hash + "-head" }

func text(s string) *string { return &s }

// pythonJSON indents by two and writes what is not ASCII as \u escapes, as
// Python does (transcript cost-report).
func pythonJSON(v any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	var ascii strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		switch {
		case r < 0x80:
			ascii.WriteRune(r)
		case r < 0x10000:
			ascii.WriteString(`\u` + hex4(r))
		default:
			r -= 0x10000
			ascii.WriteString(`\u` + hex4(0xd800+r>>10) + `\u` + hex4(0xdc00+r&0x3ff))
		}
	}
	return ascii.String(), nil
}

func hex4(r rune) string {
	digits := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", 4-len(digits)) + digits
}
