package provision

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
)

func (s *sidecar) doctor() schema.DoctorResult {
	s.t.Helper()
	result, err := s.Doctor(ctx, schema.Empty{})
	if err != nil {
		s.t.Fatal(err)
	}
	var ids []string
	for _, c := range result.Checks {
		ids = append(ids, c.ID)
		if (c.Fix == "") != (c.Status == schema.CheckOK) || c.Message == "" || c.Title == "" {
			s.t.Errorf("every check that is not ok has a fix: %+v", c)
		}
		if c.Status == schema.CheckFail && result.OK {
			s.t.Errorf("ok, and %s failed: %s", c.ID, c.Message)
		}
	}
	const order = "skypilot uv api_server port tools rsync credentials vaults state disk clock launch"
	if got := strings.Join(ids, " "); got != order {
		s.t.Errorf("the checks are %q, want %q", got, order)
	}
	return result
}

func verdictOf(result schema.DoctorResult, id string) schema.Check {
	i := slices.IndexFunc(result.Checks, func(c schema.Check) bool { return c.ID == id })
	return result.Checks[i]
}

// Where doctor says ok a launch with the defaults is accepted, and where the launch is
// refused it does not.
func TestDoctorSaysWhatALaunchSays(t *testing.T) {
	refusal := &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "SkyPilot is not there.", Hint: "Install it."}
	for name, tt := range map[string]struct {
		change func(*Config)
		fails  string // the checks that fail
	}{
		"all is there":   {change: func(*Config) {}},
		"no vaults":      {func(c *Config) { c.ProjectDir = "/nowhere" }, "vaults launch"},
		"no SkyPilot":    {func(c *Config) { c.Locate = func(context.Context) (string, *schema.Error) { return "", refusal } }, "skypilot launch"},
		"another's port": {func(c *Config) { c.APIServerUp = func(context.Context) (bool, *schema.Error) { return false, refusal } }, "api_server launch"},
		"no program": {func(c *Config) {
			c.Environment.LookPath = func(name string) bool { return name != "rsync" }
		}, "tools launch"},
		"bad credentials": {func(c *Config) {
			c.Credentials = func(cloud.Cloud, string) (schema.Credentials, *schema.Error) {
				return schema.Credentials{Problem: &schema.CredentialsProblem{Kind: schema.ProblemEmpty, Message: "It is empty.", Hint: "Fill it."}}, refusal
			}
		}, "credentials launch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				s := w.start(tt.change)
				result := s.doctor()
				var fails []string
				for _, c := range result.Checks {
					if c.Status == schema.CheckFail {
						fails = append(fails, c.ID)
					}
				}
				if got := strings.Join(fails, " "); got != tt.fails {
					t.Errorf("%q failed, want %q", got, tt.fails)
				}
				launched, err := s.Launch(ctx, schema.LaunchParams{})
				if result.OK && err != nil {
					t.Errorf("doctor said ok, and the launch is refused: %v", err)
				}
				if err == nil {
					s.until(launched, nil)
					if tt.fails == "" && !s.doctor().OK {
						t.Error("a server that is there is no defect of this machine")
					}
				}
			})
		})
	}
}

// A check that hangs is given up, and holds up none of the others.
func TestDoctorEndsInTenSeconds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		release := make(chan struct{})
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "rsync" {
				<-release // it does not heed ctx
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		defer close(release)
		began := time.Now()
		result := s.doctor()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		if c := verdictOf(result, "rsync"); c.Status != schema.CheckFail || !strings.Contains(c.Message, "did not end in time") {
			t.Errorf("%+v", c)
		}
		if c := verdictOf(result, "launch"); c.Status != schema.CheckOK {
			t.Errorf("%+v", c)
		}
	})
}

// A sky that is slow to say its version is no reason to refuse a launch, which waits
// longer.
func TestDoctorOnABusyMachine(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if slices.Contains(call.Args, "--version") && call.Program == "sky" {
				<-ctx.Done()
				return sky.Result{}, ctx.Err()
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		result := s.doctor()
		if c := verdictOf(result, "skypilot"); c.Status != schema.CheckWarn || !strings.Contains(c.Message, "in time") || !result.OK {
			t.Errorf("%v: %+v", result.OK, c)
		}
	})
}

// What keeps SkyPilot from being used is said, not only that it is not there.
func TestSkyPilotCheckSaysWhy(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) {
			c.Locate = func(context.Context) (string, *schema.Error) {
				return "", &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: `CARAPACE_SKY names "/x".`, Hint: "Unset it."}
			}
		})
		result, err := s.CheckSkyPilot(ctx, schema.Empty{})
		if err != nil || result.Installed || result.Problem == nil || !strings.Contains(result.Problem.Message, "CARAPACE_SKY") {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// SkyPilot's API server takes more of a laptop's memory than most programs, also when nothing runs
// at a cloud: who asks is told, where this system says how much.
func TestWhatTheAPIServerTakesIsSaid(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		for _, tt := range []struct {
			memory func() (int64, bool)
			mb     int
			says   string
		}{
			{func() (int64, bool) { return 1_729_920_000, true }, 1729, "SkyPilot's API server takes 1.73 GB"},
			{func() (int64, bool) { return 0, false }, 0, ""},
			{nil, 0, ""},
		} {
			s := w.start(func(c *Config) { c.ServerMemory = tt.memory })
			result, err := s.CheckSkyPilot(ctx, schema.Empty{})
			if err != nil {
				t.Fatal(err)
			}
			if a := result.APIServer; a.MemoryMB != tt.mb || (a.Message == "") != (tt.says == "") || !strings.HasPrefix(a.Message, tt.says) || a.MessageText.Message() != a.Message {
				t.Errorf("skypilot.check says %+v", a)
			}
			if found := verdictOf(s.doctor(), "api_server"); found.Status != schema.CheckOK || !strings.Contains(found.Message, cmp.Or(tt.says, "answers at")) {
				t.Errorf("doctor says %+v", found)
			}
			s.stopNow()
		}
	})
}

// The host is told of each check as it ends, once, and of the launch, which depends on all, last.
func TestDoctorTellsOfEachCheckAsItEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		release := make(chan struct{})
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "rsync" {
				<-release
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		result := make(chan schema.DoctorResult)
		go func() { result <- s.doctor() }()
		time.Sleep(5 * time.Second)
		told := func() []schema.Check {
			s.host.mu.Lock()
			defer s.host.mu.Unlock()
			return slices.Clone(s.host.checks)
		}
		if n := len(told()); n != 10 { // not rsync, and not the launch
			t.Errorf("while a check goes on, %d of 12 are told: %+v", n, told())
		}
		close(release)
		answer := <-result
		all := told()
		for _, c := range all {
			if !reflect.DeepEqual(verdictOf(answer, c.ID), c) {
				t.Errorf("it was told %+v, and the answer says %+v", c, verdictOf(answer, c.ID))
			}
		}
		if len(all) != len(answer.Checks) || all[len(all)-1].ID != "launch" {
			t.Errorf("it was told %+v", all)
		}
	})
}
