package provision

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"carapace/provision/wsl"
	"carapace/schema"
)

func to[T any](value T) *T { return &value }

func (s *sidecar) config() schema.Config {
	s.t.Helper()
	got, err := s.GetConfig(ctx, schema.Empty{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *sidecar) set(p schema.ConfigSetParams) {
	s.t.Helper()
	if _, err := s.SetConfig(ctx, p); err != nil {
		s.t.Fatal(err)
	}
}

// What one sidecar is told to keep, all of the folder go by, and those that start later.
func TestConfigIsOfTheStateFolder(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		one, other := w.start(), w.start()
		want := schema.Config{Cloud: "aws", Region: "eu-central-1", MaxHourlyCost: 5, IntervalSeconds: 7}
		got, err := one.SetConfig(ctx, schema.ConfigSetParams{Cloud: to("AWS"), Region: to(want.Region), MaxHourlyCost: to(5.0), IntervalSeconds: to(7.0)})
		if err != nil || got != want || one.config() != want {
			t.Fatalf("%v: %+v, then %+v", err, got, one.config())
		}
		time.Sleep(5 * time.Second)
		one.set(schema.ConfigSetParams{Cloud: to("aws")}) // which changes nothing
		for name, s := range map[string]*sidecar{"its own": one, "the other's": other} {
			s.host.mu.Lock()
			if told := s.host.configs; !slices.Equal(told, []schema.Config{want}) {
				t.Errorf("%s host was told %+v", name, told)
			}
			s.host.mu.Unlock()
		}
		later := w.start()
		for _, s := range []*sidecar{one, other, later} {
			poller, err := s.ConfigurePoller(ctx, schema.PollerParams{})
			if err != nil || s.config() != want || poller.IntervalSeconds != 7 || poller.Adaptive {
				t.Errorf("%v: %+v, %+v", err, s.config(), poller)
			}
		}
		if poller, _ := other.ConfigurePoller(ctx, schema.PollerParams{IntervalSeconds: 3}); poller.IntervalSeconds != 3 {
			t.Errorf("a process's own interval is %+v", poller)
		}
		end := other.until(other.Launch(ctx, schema.LaunchParams{}))
		if c := end.Cluster; c.Cloud != "aws" || c.Region != want.Region {
			t.Errorf("the server is in %s %s: %+v", c.Cloud, c.Region, end.Operation.Error)
		}
		if spec := other.store.Remembered(schema.DefaultClusterName).Spec; spec == nil || spec.MaxHourlyCost != 5 {
			t.Errorf("the limit is not the launch's: %+v", spec)
		}
	})
}

// A folder of the app's choice is the vault where neither the request nor the environment names another.
func TestKeptVaults(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		folder := func(name string) string {
			path := filepath.Join(w.dir, name)
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			return path
		}
		kept, variable, asked := folder("kept"), folder("variable"), folder("asked")
		environment := map[string]string{}
		s := w.start(func(c *Config) { c.Environment.Getenv = func(name string) string { return environment[name] } })
		public := func(vaults *schema.Vaults) string {
			preview, err := s.Preview(ctx, schema.SpecParams{Spec: schema.Spec{Vaults: vaults}})
			if err != nil || preview.Upload == nil || len(preview.Upload.Vaults) == 0 {
				t.Fatalf("%v: %+v", err, preview)
			}
			return preview.Upload.Vaults[0].Local
		}
		if got, want := public(nil), filepath.Join(w.dir, "project", "data", "public"); got != want {
			t.Errorf("nothing is kept: %s, want %s", got, want)
		}
		s.set(schema.ConfigSetParams{PublicVault: &kept})
		if got := public(nil); got != kept {
			t.Errorf("%s, want %s", got, kept)
		}
		environment["PUBLIC_VAULT"] = variable
		if got := public(nil); got != variable {
			t.Errorf("%s, want %s", got, variable)
		}
		if got := public(&schema.Vaults{Public: asked}); got != asked {
			t.Errorf("%s, want %s", got, asked)
		}
	})
}

// What can't be is refused by its name, and nothing of the request is kept.
func TestConfigThatIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		for field, p := range map[string]schema.ConfigSetParams{
			"cloud":           {Cloud: to("aws2"), MaxHourlyCost: to(1.0)},
			"region":          {Region: to("eu-central-1")}, // of no cloud
			"maxHourlyCost":   {Cloud: to("aws"), MaxHourlyCost: to(-1.0)},
			"publicVault":     {Cloud: to("aws"), PublicVault: to("data/public")},
			"privateVault":    {Cloud: to("aws"), PrivateVault: to("~/private")},
			"intervalSeconds": {Cloud: to("aws"), IntervalSeconds: to(31.0)},
		} {
			_, err := s.SetConfig(ctx, p)
			if e := wantKind(t, err, schema.KindInvalidParams); e.Field != field {
				t.Errorf("%s: the field is called %q", field, e.Field)
			}
			if kept := s.config(); kept != (schema.Config{}) {
				t.Errorf("%s: %+v is kept", field, kept)
			}
		}
		if len(s.host.configs) > 0 {
			t.Errorf("the host was told %+v", s.host.configs)
		}
	})
}

// For an app of Windows a vault may be kept by its path there.
func TestConfigForWindows(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const path = `C:\Users\A B\vault`
		_, err := w.start().SetConfig(ctx, schema.ConfigSetParams{PublicVault: to(path)})
		wantKind(t, err, schema.KindInvalidParams)
		s := w.start(func(c *Config) {
			c.Environment.Getenv = func(name string) string { return map[string]string{wsl.Variable: "default"}[name] }
		})
		if kept, err := s.SetConfig(ctx, schema.ConfigSetParams{PublicVault: to(path)}); err != nil || kept.PublicVault != path {
			t.Errorf("%+v, %v", kept, err)
		}
	})
}

// A launch is made again as it was, whatever is kept by then.
func TestAgainGoesByNoConfig(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		s.until(s.Launch(ctx, schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", Region: "us-east-1"}}))
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		s.set(schema.ConfigSetParams{Cloud: to("gcp"), MaxHourlyCost: to(0.01)})
		if end := s.until(s.Launch(ctx, schema.LaunchParams{Again: true})); end.Operation.State != schema.OperationSucceeded || end.Cluster.Cloud != "aws" {
			t.Errorf("%s on %s: %+v", end.Operation.State, end.Cluster.Cloud, end.Operation.Error)
		}
	})
}
