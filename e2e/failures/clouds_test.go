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
			kind := r.kind
			if c.Mute && (r.reason == "quota" || r.reason == "billing") {
				kind = schema.KindProviderRefused // by the status alone nobody can tell
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
		th.rows = append(th.rows, failure{
			c.Name + ": terminated outside", "`lab terminate-instances`", schema.KindTerminatedExternally, schema.StatusNoServer, "removed outside", (*failing).terminated,
		})
		all = append(all, th)
	}
	return all
}
