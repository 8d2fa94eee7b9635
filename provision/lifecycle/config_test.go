package lifecycle

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"carapace/schema"
)

func TestWhatIsKeptCompletesASpec(t *testing.T) {
	kept := Config{Config: schema.Config{Cloud: "aws", Region: "eu-central-1", MaxHourlyCost: 2}}
	for name, c := range map[string]struct {
		spec       schema.Spec
		everywhere bool
		want       schema.Spec
	}{
		"nothing is asked for":    {schema.Spec{}, false, schema.Spec{Cloud: "aws", Region: "eu-central-1", MaxHourlyCost: 2}},
		"the cloud by name":       {schema.Spec{Cloud: "aws"}, false, schema.Spec{Cloud: "aws", Region: "eu-central-1", MaxHourlyCost: 2}},
		"another cloud":           {schema.Spec{Cloud: "gcp"}, false, schema.Spec{Cloud: "gcp", MaxHourlyCost: 2}},
		"another region":          {schema.Spec{Region: "us-east-1"}, false, schema.Spec{Cloud: "aws", Region: "us-east-1", MaxHourlyCost: 2}},
		"a zone":                  {schema.Spec{Cloud: "aws", Zone: "us-east-1a"}, false, schema.Spec{Cloud: "aws", Zone: "us-east-1a", MaxHourlyCost: 2}},
		"another limit":           {schema.Spec{MaxHourlyCost: 1}, false, schema.Spec{Cloud: "aws", Region: "eu-central-1", MaxHourlyCost: 1}},
		"everywhere":              {schema.Spec{}, true, schema.Spec{MaxHourlyCost: 2}},
		"everywhere on one cloud": {schema.Spec{Cloud: "gcp"}, true, schema.Spec{Cloud: "gcp", MaxHourlyCost: 2}},
	} {
		if got := kept.Complete(c.spec, c.everywhere); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := (Config{}).Complete(schema.Spec{Cloud: "aws"}, false); !reflect.DeepEqual(got, schema.Spec{Cloud: "aws"}) {
		t.Errorf("nothing is kept: %+v", got)
	}
}

func TestWhatIsSet(t *testing.T) {
	none, zero, aws, gcp, region := "", 0.0, "aws", "gcp", "eu-central-1"
	kept := Config{}
	for _, c := range []struct {
		p    schema.ConfigSetParams
		want schema.Config
	}{
		{schema.ConfigSetParams{Cloud: &aws, Region: &region}, schema.Config{Cloud: "aws", Region: region}},
		{schema.ConfigSetParams{Cloud: &aws}, schema.Config{Cloud: "aws", Region: region}},
		{schema.ConfigSetParams{Cloud: &gcp}, schema.Config{Cloud: "gcp"}}, // a region of another cloud's is none of it
		{schema.ConfigSetParams{PublicVault: &aws, MaxHourlyCost: &zero}, schema.Config{Cloud: "gcp", PublicVault: "aws"}},
		{schema.ConfigSetParams{PublicVault: &none, Cloud: &none}, schema.Config{}},
	} {
		if kept.Set(c.p); kept.Config != c.want {
			t.Errorf("%+v, want %+v", kept.Config, c.want)
		}
	}
}

// A newer sidecar has kept something that this one does not know.
func TestUnknownConfigSurvives(t *testing.T) {
	const newer = `{"version":2,"clusters":{},"operations":[],"config":{"cloud":"aws","wallpaper":{"of":"a crab"}}}`
	state := Empty()
	if err := json.Unmarshal([]byte(newer), state); err != nil {
		t.Fatal(err)
	}
	region := "eu-central-1"
	state.Config.Set(schema.ConfigSetParams{Region: &region})
	data, err := json.Marshal(state.Clone())
	if want := `"config":{"cloud":"aws","region":"eu-central-1","wallpaper":{"of":"a crab"}}`; err != nil || !strings.Contains(string(data), want) {
		t.Errorf("%v: %s", err, data)
	}
}
