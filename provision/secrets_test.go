package provision

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/schema"
)

// withSecrets is a launch of which no text may hold either value.
var withSecrets = schema.LaunchParams{Spec: schema.Spec{
	Cloud: "aws", Secrets: map[string]string{"PLAIN": "hunter22-swordfish"}, Envs: map[string]string{"API_TOKEN": "t0ken-of-the-env", "SHOWN": "in-plain-sight"},
}}

func (s *sidecar) masks(t *testing.T, values ...string) {
	t.Helper()
	for _, v := range values {
		if got := s.cfg.Redactor.String("x " + v); strings.Contains(got, v) {
			t.Errorf("%q is no secret to this sidecar", v)
		}
	}
}

// Whoever takes a launch up knows its secrets, as long as they are anywhere: they
// stand in the task file alone.
func TestASuccessorKnowsTheSecrets(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.start()
		if _, err := first.Launch(ctx, withSecrets); err != nil {
			t.Fatal(err)
		}
		first.stopNow()
		second := w.start()
		synctest.Wait()
		second.masks(t, "hunter22-swordfish", "t0ken-of-the-env")
		if got := second.cfg.Redactor.String("in-plain-sight"); got != "in-plain-sight" {
			t.Errorf("%s", got)
		}
	})
}

// An index that packages come from is named with its password in uv's words.
func TestAnInstallThatFailsShowsNoPassword(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const password = "swordfish-of-the-index"
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "uv" && call.Args[0] == "--version" {
				return sky.Result{}, nil
			}
			if call.Program == "uv" {
				said := "error: Failed to fetch: `https://me:" + password + "@pypi.example/simple/skypilot/`"
				return sky.Result{Code: 2, Stderr: strings.Repeat("warning: trying again\n", 10_000) + said}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		got, err := s.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
		end := s.until(schema.OperationResult{Operation: got.Operation}, err)
		if e := end.Operation.Error; e == nil || strings.Contains(e.Message+e.Detail, password) || !strings.Contains(e.Detail, "pypi.example") || len(e.Detail) > 3<<10 {
			t.Errorf("%.500v", e)
		}
		if data, err := os.ReadFile(filepath.Join(w.dir, "state", "state.json")); err != nil || strings.Contains(string(data), password) {
			t.Errorf("the password is on the disk (%v)", err)
		}
	})
}

// A sidecar that was there all the while, and shows the other's server, knows what
// of its variables is a secret; and the launch itself when the other dies.
func TestASidecarBesideKnowsTheSecrets(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		own := func(c *Config) { c.Redactor = &redact.Redactor{} }
		first, second := w.start(own, watchful), w.start(own, watchful)
		if _, err := first.Launch(ctx, withSecrets); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * RealTiming.Watch)
		second.masks(t, "t0ken-of-the-env")
		first.stopNow()
		time.Sleep(2 * RealTiming.Watch)
		second.masks(t, "hunter22-swordfish")
	})
}

// A redactor of a new process must know what the journal still holds.
func TestSecretiveEnvsAreHiddenAfterARestart(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const token = "tok-5c0ffee5c0ffee"
		first := w.start()
		p := onAWS
		p.Spec.Envs = map[string]string{"API_TOKEN": token}
		first.until(first.Launch(ctx, p))
		first.stopNow()
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "logs") && !is(call, "api") && call.Line != nil {
				call.Line(schema.StreamStdout, "(carapace-node, pid=1) using "+token)
				return sky.Result{}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		r, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogRun})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(r.Lines, "\n"), token) {
			t.Errorf("%q", r.Lines)
		}
	})
}

func TestSecretsAreNowhereOnDiskAfterTheLaunch(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const secret = "correct horse battery staple"
		s := w.start()
		p := onAWS
		p.Spec.Secrets = map[string]string{"DB_PASSWORD": secret}
		s.until(s.Launch(ctx, p))
		for _, l := range s.host.logs {
			if strings.Contains(l.Line, secret) {
				t.Errorf("a log line holds the secret: %s", l.Line)
			}
		}
		err := filepath.WalkDir(w.dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds the secret", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A secret whose lines are words of ours takes nothing out of what we say: our own words are no secret. What SkyPilot printed is another's.
func TestOurOwnWordsAreNotRedacted(t *testing.T) {
	detail := regexp.MustCompile(`"detail":"([^"\\]|\\.)*"`)
	for _, fault := range []string{"", "quota", "setup_failed", "stop_refused"} {
		inWorld(t, func(w *world) {
			if fault != "" {
				w.inject(fault, "")
			}
			s := w.start()
			p := onAWS
			p.Spec.Secrets = map[string]string{"KEY": "running\nlaunch\nserver\nmachine\ncosts money\n" + schema.DefaultClusterName + "\nSkyPilot\n"}
			p.Spec.Region = "us-east-1"
			end := s.until(s.Launch(ctx, p))
			if end.Cluster.Status == schema.StatusRunning {
				end = s.until(s.Stop(ctx, schema.ChangeParams{}))
			}
			shown, err := json.Marshal([]any{end, s.status()})
			if err != nil || !strings.Contains(string(shown), schema.DefaultClusterName) || strings.Contains(detail.ReplaceAllString(string(shown), ""), redact.Mask) {
				t.Errorf("%q: a word of ours is taken for a secret: %s (%v)", fault, shown, err)
			}
		})
	}
}

// A process that goes on with a launch whose secrets are gone can't take them out of what is printed: that reaches
// its host, as before, and no disk.
func TestASuccessorWithoutTheSecretsKeepsNoLog(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const secret = "correct horse battery staple"
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Line != nil {
				call.Line(schema.StreamStdout, "(setup pid=1) PLAIN="+secret)
			}
			return next.Run(ctx, call)
		}}
		first := w.start(w.through(b))
		p := onAWS
		p.Spec.Secrets = map[string]string{"PLAIN": secret}
		launched, err := first.Launch(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Second)
		kept := first.logOf(launched.Operation.ID)
		first.stopNow()
		second := w.start(w.through(b))
		second.until(launched, nil)
		if len(kept) == 0 || len(second.host.logOf(launched.Operation.ID)) == 0 {
			t.Fatalf("%d lines were kept before: this tests nothing", len(kept))
		}
		if got := second.logOf(launched.Operation.ID); !slices.Equal(got, kept) {
			t.Errorf("%d lines are kept, and were %d", len(got), len(kept))
		}
		for _, line := range second.logOf(launched.Operation.ID) {
			if strings.Contains(line.Line, secret) {
				t.Errorf("on the disk: %+v", line)
			}
		}
		second.until(second.Stop(ctx, schema.ChangeParams{}))
		started := second.until(second.Start(ctx, schema.StartParams{}))
		if got := second.logOf(started.Operation.ID); len(got) > 0 {
			t.Errorf("a start keeps %d lines", len(got))
		}
	})
}
