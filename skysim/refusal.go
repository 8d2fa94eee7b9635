package skysim

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// sshPatience is how long SkyPilot waits for a new machine to answer.
const sshPatience = 10 * time.Minute

const awsHowTo = `Run the following commands:
      $ aws configure
      $ aws configure list  # Ensure that this shows identity is set.
    For more info: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-quickstart.html
    Details: ` + "`aws sts get-caller-identity` failed with error: "

const (
	awsMissing = "AWS credentials are not set. " + awsHowTo + "[botocore.exceptions.NoCredentialsError] Unable to locate credentials."
	awsInvalid = "Failed to access AWS services with credentials. Make sure that the access and secret keys are correct. " + awsHowTo +
		"[botocore.exceptions.ClientError] An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: " +
		"The security token included in the request is invalid.."
	gcpMissing = `GCP tools are not installed. Run the following commands:
      $ pip install google-api-python-client
      $ conda install -c conda-forge google-cloud-sdk -y
     If gcloud was recently installed with wget, API server may need to be restarted with following commands:
      $ sky api stop; sky api start
    Credentials may also need to be set. Run the following commands:
      $ gcloud init
      $ gcloud auth application-default login
    For more info: https://docs.skypilot.co/en/latest/getting-started/installation.html#google-cloud-platform-gcp
    Details: [ImportError] cannot import name 'auth' from 'google' (unknown location)`
)

// disabledReason is what `sky check` says of a cloud that cannot be used.
func (w *world) disabledReason(v vendor) string {
	switch {
	case v.id == "aws" && w.fault(faultCredentialsInvalid, v.id):
		return awsInvalid
	case v.id == "aws":
		return awsMissing
	case v.id == "gcp":
		return gcpMissing
	}
	return v.repr + " credentials are not set or not accepted. For more info: https://docs.skypilot.co/en/latest/getting-started/installation.html"
}

// refused is the exception of a launch that no cloud account stands behind.
func (w *world) refused(t *task) string {
	usable := false
	for _, v := range vendors() {
		usable = usable || w.enabled(v.id)
	}
	switch {
	case !usable && w.fault(faultCredentialsMissing) && (t.Cloud == "" || t.Cloud == "aws"):
		return "sky.exceptions.CloudUserIdentityError: " + awsMissing
	case !usable:
		return "sky.exceptions.NoCloudAccessError: Cloud access is not set up. Run: " + strong("sky check")
	case t.Cloud != "" && !w.enabled(t.Cloud):
		name := ""
		if t.Name != "" {
			name = " '" + t.Name + "'"
		}
		return "sky.exceptions.ResourcesUnavailableError: Task" + name + " requires " + t.Cloud +
			" which is not enabled. To enable access, change the task cloud requirement or run: " + strong("sky check "+t.Cloud)
	}
	return ""
}

var nameRule = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$`)
})

func validName(name string) bool { return nameRule().MatchString(name) }

func badName(name string) string {
	return `sky.exceptions.InvalidClusterNameError: Cluster name "` + name +
		`" is invalid; ensure it is fully matched by regex (e.g., only contains letters, numbers and dash): [a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?`
}

// unsatisfied is the log of a request that no machine in the catalogue of these
// clouds fits.
func (t *task) unsatisfied(clouds []string) []string {
	on := "[" + strings.Join(clouds, ", ") + "]"
	if len(clouds) == 1 {
		on = clouds[0]
	}
	lines := []string{"No resource satisfying " + t.requested("", true) + " on " + on + "."}
	for _, wished := range []struct{ value, what string }{{t.CPUs, "CPU count"}, {t.Memory, "memory size"}} {
		if wished.value != "" {
			lines = append(lines, grey+"- Try specifying a different "+wished.what+`, or add "+" to the end of the `+wished.what+" to allow for larger instances."+reset)
		}
	}
	if t.MaxCost != "" {
		lines = append(lines, grey+"- Max hourly cost limit ($"+t.MaxCost+"/hr) may be too restrictive. Try increasing the limit or removing it to see available options."+reset)
	}
	return lines
}

func (t *task) infeasible() string {
	return "sky.exceptions.ResourcesUnavailableError: Catalog does not contain any instances satisfying the request: 1x " +
		t.requested("", true) + ".\nTo fix: relax or change the resource requirements.\n\nHint: " + strong("sky gpus list") +
		" to list available accelerators.\n      " + strong("sky check") + " to check the enabled clouds.\nHint: Check Per Resource Hint\n      "
}

// silent says whether the cloud's API keeps a call without an answer.
func (w *world) silent(c *cluster) bool {
	return w.fault(faultLaunchHangs, c.Name, c.Offer.Region, c.Offer.Cloud) || w.fault(faultNetwork, c.Offer.Cloud)
}

// throttlePatience is how long boto tries again inside the API server when the
// cloud throttles, without a word (transcript launch-ratelimited-silent).
const throttlePatience = 15 * time.Minute

// answerPatience is how long SkyPilot waits for an answer of the cloud's.
const answerPatience = 60 * time.Second

// unheard is a call for a machine whose answer does not come: the cloud makes the
// machine, and SkyPilot gives up without it (recording api-logs-cloud-hangs).
func (w *world) unheard(r *request, c *cluster, at time.Time) (string, time.Duration) {
	if at.Before(w.after(r.Plan.Asked, answerPatience)) {
		return stepCreate, hold
	}
	v, _ := vendorOf(c.Offer.Cloud)
	w.makeMachine(c, v.zonesOf(c.Offer.Region)[0], at)
	c.Machine = ""
	r.say(handler(c, `Read timeout on endpoint URL: "https://ec2.`+c.Offer.Region+`.amazonaws.com/"`))
	return w.failover(r, c, at)
}

// tagged is a machine that was made for a cluster of that name and user earlier and
// that SkyPilot does not know any more, or never did: it finds it by its tags, and
// takes it.
func (w *world) tagged(c *cluster) *machine {
	for _, m := range w.Machines {
		if m.Cluster == c.Name && m.User.Hash == c.User.Hash && w.within(m) &&
			m.Offer.Region == c.Offer.Region && m.State != machineTerminated {
			c.Machine, m.Hash = m.ID, c.Hash
			return m
		}
	}
	return nil
}

// cloudRefuses is the cloud's own answer to the call for a machine: the lines
// that SkyPilot prints of it.
func (w *world) cloudRefuses(c *cluster, m *machine, at time.Time) (lines []string, failed bool) {
	places := []string{c.Offer.Region, c.Offer.Cloud, c.Name}
	if m != nil && m.State == machineStopped {
		if w.fault(faultStartRefused, places...) {
			const text = "An error occurred (UnauthorizedOperation) when calling the StartInstances operation (reached max retries: 0): You are not authorized to perform this operation."
			return []string{logLine("W", at, "instance.py:144", "create_instances: Attempt failed with "+text), handler(c, text)}, true
		}
	} else if m != nil {
		return nil, false
	}
	if w.fault(faultRateLimited, places...) {
		return []string{handler(c, "Failed to call ec2 function <bound method ResourceFactory._create_action.<locals>.do_action of ec2.ServiceResource()> due to RequestLimitExceeded. Max attempts exceeded.")}, true
	}
	for _, name := range []string{faultStaleIdentity, faultPermission, faultQuota, faultCapacity, faultUnauthorized} {
		if w.fault(name, places...) {
			return refusal(name, c, at), true
		}
	}
	return nil, false
}

func handler(c *cluster, text string) string { return c.Offer.repr() + " handler error: " + text }

// refusal words one fault as the cluster's cloud would.
func refusal(name string, c *cluster, at time.Time) []string {
	switch {
	case name == faultPermission && c.Offer.Cloud == "aws":
		return []string{handler(c, "An error occurred (NoSuchEntity) when calling the AttachRolePolicy operation: "+
			"Policy arn:aws:iam::aws:policy/AmazonEC2FullAccess does not exist or is not attachable.")}
	case name == faultStaleIdentity:
		text := "SKYPILOT_ERROR_NO_NODES_LAUNCHED: No usable subnets matching availability zone ['use1-az1', 'use1-az2', 'use1-az6'] found. " +
			"Choose a different availability zone or try manually creating an instance in your specified region to populate the list of subnets " +
			"and trying this again. If you have set `use_internal_ips`, check that this zone has a subnet that (1) has the substring 'private' " +
			"in its name tag and (2) does not assign public IPs (`map_public_ip_on_launch` is False)."
		return []string{logLine("E", at, "config.py:54", text), handler(c, text)}
	case c.Offer.Cloud == "aws":
		text := awsWords(name, c)
		line := logLine("W", at, "instance.py:415", "create_instances: Attempt failed with An error occurred ("+text)
		return []string{line, line, line, handler(c, "Failed to launch instances. Max attempts exceeded.")}
	}
	return []string{handler(c, otherWords(name, c))}
}

func awsWords(name string, c *cluster) string {
	const call = ") when calling the RunInstances operation (reached max retries: 0): "
	switch name {
	case faultQuota:
		return "VcpuLimitExceeded" + call + "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance " +
			"bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
	case faultCapacity:
		return "InsufficientInstanceCapacity" + call + "We currently do not have sufficient " + c.Offer.Type +
			" capacity in the Availability Zone you requested (" + c.Offer.Region + "a)."
	}
	return "UnauthorizedOperation" + call + "You are not authorized to perform this operation."
}

// otherWords are the other clouds' codes for the same troubles (contract
// section 10: the texts that SkyPilot itself tests for).
func otherWords(name string, c *cluster) string {
	words := map[string]map[string]string{
		"gcp": {
			faultQuota:    fmt.Sprintf("Got return code 'QUOTA_EXCEEDED' in %s-a: \"Quota 'CPUS' exceeded.  Limit: 2.0 in region %s.\"", c.Offer.Region, c.Offer.Region),
			faultCapacity: fmt.Sprintf("Got return code 'ZONE_RESOURCE_POOL_EXHAUSTED' in %s-a: \"The zone does not have enough resources available to fulfill the request.\"", c.Offer.Region),
			"":            "IAM_PERMISSION_DENIED: Permission 'compute.instances.create' denied.",
		},
		"azure": {
			faultQuota:    "Failed to create instances: [azure.core.exceptions.HttpResponseError] (QuotaExceeded) Operation could not be completed as it results in exceeding approved Total Regional Cores quota.",
			faultCapacity: "Failed to create instances: [azure.core.exceptions.HttpResponseError] (SkuNotAvailable) The requested size for resource is currently not available in location '" + c.Offer.Region + "'.",
			"":            "Failed to create instances: [azure.core.exceptions.HttpResponseError] (AuthorizationFailed) The client does not have authorization to perform action 'Microsoft.Compute/virtualMachines/write'.",
		},
		"": {
			faultQuota:    "Quota exceeded: the account's limit of instances is reached.",
			faultCapacity: "Not enough capacity to launch " + c.Offer.Type + ". Regions with capacity available: none.",
			"":            "AuthorizationFailed: the key is not allowed to create instances.",
		},
	}
	own, ok := words[c.Offer.Cloud]
	if !ok {
		own = words[""]
	}
	return cmp.Or(own[name], own[""])
}

// failover notes that a place failed and tries the next, or gives up. A cluster
// that was up before is not moved to another place
// (recording api-logs-start-refused).
func (w *world) failover(r *request, c *cluster, at time.Time) (string, time.Duration) {
	if c.EverUp {
		c.Status = clusterStopped
		c.outOfUse(at)
		r.gaveUp(c)
		sentence := "Failed to launch cluster '" + c.Name + "' (previous status: STOPPED). To retry launching the cluster, run: sky start " + c.Name
		return r.fail(at, "sky.exceptions.ResourcesUnavailableError: "+sentence+retryHint+sentence)
	}
	t := &r.Plan.Task
	block := fmt.Sprintf("Failed to acquire resources in all zones in %s for {%s}.", c.Offer.Region, t.requested(c.Offer.Cloud, false))
	r.Plan.Tried = append(r.Plan.Tried, c.Offer.Cloud+"/"+c.Offer.Region)
	r.Plan.Failures = append(r.Plan.Failures, "✗ "+c.Offer.repr()+" ("+c.Offer.Region+") — "+strings.TrimPrefix(c.Offer.short(), "1x")+"\n  "+block+"\n")
	r.say("sky.exceptions.ResourcesUnavailableError: "+block+" ", "", reset+yellow+"↺"+reset+" Trying other potential resources.")
	if offers := w.optimize(t, r.Plan.Tried); len(offers) > 0 {
		r.say(considered(offers)...)
		c.Offer, c.Machine = offers[0], ""
		return stepPlace, time.Second
	}
	r.gaveUp(c)
	r.say("")
	reasons := fmt.Sprintf("Reasons for provision failures (for details, please check the log above):\nProvision failures (tried %d infra):\n\n%s",
		len(r.Plan.Failures), strings.Join(r.Plan.Failures, "\n"))
	c.event(at, "Provision failed: "+reasons)
	w.remove(c, at)
	return r.fail(at, "sky.exceptions.ResourcesUnavailableError: "+red+"Failed to provision all possible launchable resources."+reset+
		" Relax the task's resource requirements: 1x "+t.requested(c.Offer.Cloud, false)+retryHint+reasons)
}

const retryHint = "\nTo keep retrying until the cluster is up, use the `--retry-until-up` flag.\n"

// gaveUp is the last line of a launch that found no machine.
func (r *request) gaveUp(c *cluster) {
	r.say(reset + red + "⨯" + reset + " Failed to provision resources. " + dim + "View logs: " + bold + "sky logs --provision " + c.Name + reset + reset)
}

// neverAnswered ends a launch whose machine did not come up: SkyPilot takes the
// machine away again, and the record if it was new.
func (w *world) neverAnswered(r *request, c *cluster, m *machine, at time.Time) (string, time.Duration) {
	r.say(handler(c, fmt.Sprintf("Failed to SSH to %s after timeout %ds, with ssh: connect to host %s port 22: Connection refused",
		m.IP, int(sshPatience.Seconds()), m.IP)))
	end := machineTerminated
	if c.EverUp {
		end = machineStopped
	}
	w.turn(m, end, causeFailure, at)
	return w.failover(r, c, at)
}

// lost ends a launch whose machine was taken away while it went on.
func (w *world) lost(r *request, c *cluster, at time.Time) (string, time.Duration) {
	r.say(reset + red + "⨯" + reset + " Failed to set up SkyPilot runtime on cluster.  " + dim + "View logs: " + bold + "sky logs --provision " + c.Name + reset + reset)
	return r.fail(at, "sky.exceptions.FetchClusterInfoError: No running instance found for cluster '"+c.Name+"'.")
}
