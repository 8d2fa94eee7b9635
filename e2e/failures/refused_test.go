//go:build e2e

package failures

import (
	"strings"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

const (
	quotaWords   = "You have requested more vCPU capacity than your current vCPU limit of 0 allows."
	expiredWords = "The security token included in the request is expired"
)

// What the cloud, or SkyPilot on its behalf, refuses before there is a machine.
var refusedFailures = []failure{
	{
		"Quota", "`lab fault RunInstances VcpuLimitExceeded …`", schema.KindQuotaExceeded, schema.StatusError, "vCPU capacity",
		launchUnder("RunInstances@"+scenario.Region, "VcpuLimitExceeded", quotaWords),
	},
	{"Quota in every region", "the same, and no `spec.region`", schema.KindQuotaExceeded, schema.StatusError, "in us-east-1, us-west-2", (*failing).noQuotaAnywhere},
	{
		"No capacity", "`lab fault RunInstances InsufficientInstanceCapacity …`", schema.KindCapacityUnavailable, schema.StatusError, "sufficient",
		launchUnder("RunInstances@"+scenario.Region, "InsufficientInstanceCapacity", "We currently do not have sufficient m6i.large capacity in the Availability Zone you requested."),
	},
	{
		"Not permitted", "`lab fault RunInstances UnauthorizedOperation …`", schema.KindPermission, schema.StatusError, "not authorized",
		launchUnder("RunInstances@"+scenario.Region, "UnauthorizedOperation", "You are not authorized to perform this operation."),
	},
	{
		"Billing", "`lab fault RunInstances PendingVerification …`", schema.KindBilling, schema.StatusError, "currently being verified",
		launchUnder("RunInstances@"+scenario.Region, "PendingVerification", lab.RefusalWords(scenario.AWS().ID, "billing")),
	},
	{
		"Rate limit", "`lab fault RunInstances Throttling …`", schema.KindRateLimited, schema.StatusError, "Rate exceeded",
		launchUnder("RunInstances@"+scenario.Region, "Throttling", "Rate exceeded"),
	},
	{"Rate limit, SkyPilot silent", "`lab fault RunInstances RequestLimitExceeded …`; what a heartbeat says after a minute, then `cluster.cancel`", "", schema.StatusNoServer, "rate limit", (*failing).silence},
	{"Cloud does not answer a launch", "`lab hang RunInstances`", schema.KindNetwork, schema.StatusError, "", (*failing).hangs},
	{"Deadline passed, no machine", "the same, with `--deadline 1m`", schema.KindTimeout, schema.StatusError, "60 seconds", (*failing).deadline},
	{
		"Credentials expired", "`lab fault RunInstances ExpiredToken …`", schema.KindCredentialsInvalid, schema.StatusError, expiredWords,
		launchUnder("RunInstances@"+scenario.Region, "ExpiredToken", expiredWords),
	},
	{
		"Region not offered", "`spec.region` = eu-central-1, which the lab's catalog lacks", schema.KindInvalidSpec, schema.StatusError, "eu-central-1",
		launchOf(func(s *schema.Spec) { s.Region = "eu-central-1" }),
	},
	{
		"Machine type not offered", "`spec.instanceType` = m9.giant", schema.KindInvalidSpec, schema.StatusError, "m9.giant",
		launchOf(func(s *schema.Spec) { s.InstanceType, s.CPUs, s.Memory = "m9.giant", "", "" }),
	},
	{"Wrong key", "`lab keys wrong wrong`, then a launch", schema.KindCredentialsInvalid, schema.StatusError, "", (*failing).wrongKeys},
}

func (f *failing) noQuotaAnywhere(t *testing.T) *schema.Error {
	lab.Must(t, "fault", "RunInstances", "VcpuLimitExceeded", quotaWords)
	return f.fails(t, func(s *schema.Spec) { s.Region = "" })
}

// silence shows what a person sees while SkyPilot says nothing: it goes on for
// many minutes (the Slow part has the end).
func (f *failing) silence(t *testing.T) *schema.Error {
	lab.Must(t, "fault", "RunInstances@"+scenario.Region, "RequestLimitExceeded", "Request limit exceeded.")
	got := scenario.Call(t, f.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
	said := scenario.Await(t, f.Peer, schema.ClusterProgress, "a heartbeat that names the rate limit", f.Patience(), func(p schema.Progress) bool {
		return p.Operation == got.Operation.ID && p.Heartbeat && strings.Contains(p.Message, "rate limit")
	})
	f.healAll(t)
	scenario.Call(t, f.Peer, schema.ClusterCancel, schema.NameParams{Name: scenario.ClusterName})
	f.end(t, got.Operation.ID)
	return &schema.Error{Message: said.Message}
}

// hangs also holds that a launch after the server was taken off the list takes over the machine that
// comes of the call after SkyPilot has given it up.
func (f *failing) hangs(t *testing.T) *schema.Error {
	lab.Must(t, "hang", "RunInstances@"+scenario.Region)
	t.Cleanup(func() {
		f.runs(t)
		if there := f.Instances(t, scenario.Stage{}); len(there) != 1 {
			t.Errorf("after the next launch the cloud has %v", there)
		}
		f.gone(t)
	})
	return f.fails(t)
}

func (f *failing) deadline(t *testing.T) *schema.Error {
	lab.Must(t, "hang", "RunInstances@"+scenario.Region)
	f.guestOn(t, scenario.NewStage(t, t.TempDir()), []string{"--deadline", "1m"})
	t.Cleanup(func() { f.Clear(t) })
	return f.fails(t)
}

// wrongKeys also holds that corrected ones count at once: nobody restarts anything.
func (f *failing) wrongKeys(t *testing.T) *schema.Error {
	lab.Must(t, "keys", "wrong", "wrong")
	e := f.fails(t)
	shown := scenario.Call(t, f.Peer, schema.ClusterStatus, schema.StatusParams{Name: scenario.ClusterName})
	if shown.Status != schema.StatusError {
		t.Errorf("the server is %s", shown.Status)
	}
	lab.Must(t, "keys", "testing", "testing")
	if again, refusal := f.launch(t); refusal != nil || again.Operation.State != schema.OperationSucceeded {
		t.Errorf("with the right keys the launch ended %s: %s %v", again.Operation.State, again.Operation.Message, refusal)
	}
	f.gone(t)
	// The row tells the status that a refused launch leaves.
	lab.Must(t, "fault", "RunInstances@"+scenario.Region, "AuthFailure", "AWS was not able to validate the provided access credentials")
	if e := f.fails(t); e == nil {
		t.Error("a launch that the cloud refused succeeded")
	}
	return e
}
