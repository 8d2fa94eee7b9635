//go:build e2e

package failures

import (
	"strings"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// refusals are the reasons for which a cloud refuses a launch, by their name in e2e/lab/faults.json, with the kind that each is.
var refusals = []struct {
	reason, name string
	kind         schema.Kind
}{
	{"quota", "quota", schema.KindQuotaExceeded},
	{"capacity", "no capacity", schema.KindCapacityUnavailable},
	{"authentication", "key refused", schema.KindCredentialsInvalid},
	{"permission", "not permitted", schema.KindPermission},
	{"billing", "billing", schema.KindBilling},
	{"rate_limit", "rate limit", schema.KindRateLimited},
}

// otherClouds are the refusals of the clouds beside AWS in their own codes and words, and a machine that vanished.
func otherClouds() (all []theme) {
	for _, c := range scenario.Clouds()[1:] {
		th := theme{name: c.ID, title: "On " + c.Name, on: c.ID}
		for _, r := range refusals {
			if !lab.Refuses(c.ID, r.reason) {
				continue
			}
			kind := r.kind
			if c.Mute && (r.reason == "quota" || r.reason == "billing") {
				kind = schema.KindProviderRefused // by the status alone nobody can tell
			}
			if c.OwnJobs && r.reason == "permission" {
				kind = schema.KindInvalidSpec // what is not permitted is not offered
			}
			words := strings.TrimSuffix(lab.RefusalWords(c.ID, r.reason), ".")
			th.rows = append(th.rows, failure{
				name: c.Name + ": " + r.name, how: "`lab refuse " + c.ID + " launch " + r.reason + "`", kind: kind, status: schema.StatusError, holds: words,
				produce: func(f *failing, t *testing.T) *schema.Error {
					lab.Must(t, "refuse", c.ID, "launch", r.reason, c.Region)
					return f.fails(t)
				},
			})
		}
		if c.OwnJobs { // nobody refuses calls where there are none: the login fails, and a job may ask for so much
			th.rows = append(th.rows, failure{
				c.Name + ": key refused", "`lab account " + c.ID + " wrong`", schema.KindCredentialsInvalid, schema.StatusError, "", (*failing).wrongAccount,
			}, failure{
				c.Name + ": more than a job may have", "`lab fault slurm:partition MaxCPUsPerNode=1`", schema.KindInvalidSpec, schema.StatusError, "More processors requested than permitted",
				func(f *failing, t *testing.T) *schema.Error {
					lab.Must(t, "fault", c.ID+":partition", "MaxCPUsPerNode=1")
					return f.fails(t)
				},
			})
		}
		th.rows = append(th.rows, failure{
			c.Name + ": terminated outside", "`lab terminate-instances`", schema.KindTerminatedExternally, schema.StatusNoServer, "removed outside", (*failing).terminated,
		})
		all = append(all, th)
	}
	return all
}

func (f *failing) wrongAccount(t *testing.T) *schema.Error {
	id := f.Cloud().ID
	lab.Must(t, "account", id, "wrong")
	t.Cleanup(func() { lab.Must(t, "account", id) })
	return f.fails(t)
}
