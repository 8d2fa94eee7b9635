package scenario

import (
	"testing"

	"carapace/schema"
)

// What an app sets goes for its other sidecar at once, and for one that starts later.
func TestConfigOfTheStateFolder(t *testing.T) {
	t.Parallel()
	world, stage := simulated{cloud: AWS()}, NewStage(t, t.TempDir())
	one, other := Start(t, world.Command(t, stage)), Start(t, world.Command(t, stage))
	Call(t, other, schema.ConfigGet, schema.Empty{}) // it has opened the folder
	limit, cloud, region := 3.0, "aws", "eu-central-1"
	want := Call(t, one, schema.ConfigSet, schema.ConfigSetParams{Cloud: &cloud, Region: &region, MaxHourlyCost: &limit})
	for _, p := range []*Peer{one, other} {
		Await(t, p, schema.ConfigChange, "what was set", world.Patience(), func(c schema.ConfigChanged) bool { return c.Config == want })
	}
	later := Start(t, world.Command(t, stage))
	if got := Call(t, later, schema.ConfigGet, schema.Empty{}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := Call(t, later, schema.ClusterEstimate, schema.EstimateParams{}); len(got.Offers) == 0 || got.Offers[0].Cloud != cloud || got.Offers[0].Region != region {
		t.Errorf("the offers are %+v", got.Offers)
	}
	elsewhere := Call(t, later, schema.ClusterEstimate, schema.EstimateParams{Everywhere: true})
	clouds := map[string]bool{}
	for _, o := range elsewhere.Offers {
		clouds[o.Cloud] = true
	}
	if len(clouds) < 2 {
		t.Errorf("everywhere are %v", clouds)
	}
	_, refusal := Answer(t, one, schema.ConfigSet, one.Send(t, schema.ConfigSet.Name, rawParams(`{"cloud":"gcp","regoin":"x"}`)))
	if refusal == nil || refusal.Field != "regoin" {
		t.Errorf("a field that is none: %+v", refusal)
	}
	if got := Call(t, other, schema.ConfigGet, schema.Empty{}); got != want {
		t.Errorf("what was refused is kept: %+v", got)
	}
}
