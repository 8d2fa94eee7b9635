package provision

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"carapace/provision/sky/host"
	"carapace/schema"
	"carapace/schema/text"
)

// press presses the button of an error, as a host does: by its method and params. -v tells of each.
func (s *sidecar) press(e *schema.Error, id string) (any, error) {
	s.t.Helper()
	for _, r := range e.Remedies {
		if r.ID == id {
			s.t.Logf("pressed %s of %s", id, e.Kind)
			return s.calls(r)
		}
	}
	s.t.Fatalf("%s (%s) has no remedy %s, but %+v", e.Kind, e.Message, id, e.Remedies)
	return nil, nil
}

func (s *sidecar) calls(r schema.Remedy) (any, error) {
	s.t.Helper()
	switch r.Method {
	case schema.ClusterLaunch.Name:
		return with(s.t, r, s.Launch)
	case schema.ClusterStart.Name:
		return with(s.t, r, s.Start)
	case schema.ClusterStop.Name:
		return with(s.t, r, s.Stop)
	case schema.ClusterDestroy.Name:
		return with(s.t, r, s.Destroy)
	case schema.ClusterSync.Name:
		return with(s.t, r, s.Sync)
	case schema.ClusterCancel.Name:
		return with(s.t, r, s.Cancel)
	case schema.ClusterForget.Name:
		return with(s.t, r, s.Forget)
	case schema.ClusterStatus.Name:
		return with(s.t, r, s.Status)
	case schema.ClusterList.Name:
		return with(s.t, r, s.List)
	case schema.ClusterLogs.Name:
		return with(s.t, r, s.Logs)
	case schema.ClusterEstimate.Name:
		return with(s.t, r, s.Estimate)
	case schema.ProviderCheck.Name:
		return with(s.t, r, s.CheckProvider)
	case schema.SkyPilotInstall.Name:
		return with(s.t, r, s.InstallSkyPilot)
	}
	s.t.Fatalf("nobody calls %s here", r.Method)
	return nil, nil
}

func with[P, R any](t *testing.T, r schema.Remedy, method func(context.Context, P) (R, error)) (any, error) {
	t.Helper()
	var params P
	if err := json.Unmarshal(r.Params, &params); err != nil {
		t.Fatal(err)
	}
	return method(ctx, params)
}

// mends presses a button that begins an operation, and waits for its success.
func (s *sidecar) mends(e *schema.Error, id string) schema.Finished {
	s.t.Helper()
	result, err := s.press(e, id)
	if err != nil {
		s.t.Fatalf("%s of %s was refused: %v", id, e.Kind, err)
	}
	return s.succeeds(result.(schema.OperationResult), nil)
}

// failed is the error of an operation that has failed.
func (s *sidecar) failed(result schema.OperationResult, err error) *schema.Error {
	s.t.Helper()
	end := s.until(result, err)
	if end.Operation.Error == nil {
		s.t.Fatalf("the %s ended %s", end.Operation.Kind, end.Operation.State)
	}
	return end.Operation.Error
}

// What is offered about a failure is accepted, and where its cause is gone the failure is, too. The
// cause is a fault that a person has mended meanwhile, where the button itself does not.
func TestRemediesThatArePressed(t *testing.T) {
	t.Parallel()
	launch := func(s *sidecar) *schema.Error { return s.failed(s.Launch(ctx, onAWS)) }
	sync := func(s *sidecar) *schema.Error { return s.failed(s.Sync(ctx, schema.SyncParams{})) }
	for _, test := range []struct {
		fault, press string
		running      bool // the fault comes when the server runs
		fails        func(*sidecar) *schema.Error
		kind         schema.Kind
		want         schema.Status
	}{
		{"quota", "launch_again", false, launch, schema.KindQuotaExceeded, schema.StatusRunning},
		{"capacity", "keep_trying", false, launch, schema.KindCapacityUnavailable, schema.StatusRunning},
		{"setup_failed", "launch_again", false, launch, schema.KindSetupFailed, schema.StatusRunning},
		{"setup_failed", "destroy", false, launch, schema.KindSetupFailed, schema.StatusNoServer},
		{"mount_failed", "launch_again", false, launch, schema.KindMountFailed, schema.StatusRunning},
		{"api_server_dies", "launch_again", false, launch, schema.KindInterrupted, schema.StatusRunning},
		{"ssh_never_up", "launch_again", false, launch, schema.KindUnreachable, schema.StatusRunning},
		{"disk_full", "sync", true, sync, schema.KindDiskFull, schema.StatusRunning},
		{"stop_refused", "stop", true, func(s *sidecar) *schema.Error { return s.failed(s.Stop(ctx, schema.ChangeParams{})) }, schema.KindPermission, schema.StatusStopped},
		{"down_refused", "destroy", true, func(s *sidecar) *schema.Error { return s.failed(s.Destroy(ctx, schema.DestroyParams{})) }, schema.KindPermission, schema.StatusNoServer},
	} {
		t.Run(test.fault+" "+test.press, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var s *sidecar
				if test.running {
					s = w.launched()
				} else {
					s = w.start()
				}
				w.inject(test.fault, "")
				e := test.fails(s)
				if e.Kind != test.kind {
					t.Fatalf("%s: %s", e.Kind, e.Message)
				}
				w.heal()
				s.mends(e, test.press)
				if c := s.wantStatus(test.want); c.Error != nil {
					t.Errorf("the failure is there still: %+v", c.Error)
				}
			})
		})
	}
}

// A server's own error and warnings, and refusals, have buttons, too.
func TestRemediesOfAServer(t *testing.T) {
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 12)
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Stop(ctx, schema.ChangeParams{})
		busy := s.refusal(err, schema.KindOperationInProgress)
		if _, err := s.press(busy, "cancel"); err != nil {
			t.Fatal(err)
		}
		s.until(result, nil)
		s.wantStatus(schema.StatusNoServer)

		s.succeeds(s.Launch(ctx, onAWS))
		w.inject("unreachable", "")
		e := s.becomes(schema.StatusError).Error
		w.heal()
		s.mends(e, "start")
		if s.wantStatus(schema.StatusRunning).Error != nil {
			t.Error("it is unreachable still")
		}

		w.empty(schema.VaultPublic)
		e = s.failed(s.Sync(ctx, schema.SyncParams{}))
		if end := s.mends(e, "dry_run"); len(end.Operation.Vaults) == 0 || len(w.onServer(schema.VaultPublic)) == 0 {
			t.Error("the dry run tells nothing, or deleted")
		}
		if s.mends(e, "allow_deletions"); len(w.onServer(schema.VaultPublic)) != 0 {
			t.Error("the consent deleted nothing")
		}
	})
}

// refusal is an error as a host gets it.
func (s *sidecar) refusal(err error, want schema.Kind) *schema.Error {
	s.t.Helper()
	return wantKind(s.t, s.Remedied(err, ""), want)
}

// Buttons that change nothing answer, and what a person does about the cloud is asked about anew.
func TestRemediesThatLook(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		w.inject("quota", "")
		e := s.failed(s.Launch(ctx, onAWS))
		if offers, err := s.press(e, "offers"); err != nil || len(offers.(schema.EstimateResult).Offers) == 0 {
			t.Errorf("%+v, %v", offers, err)
		}
		w.heal()
		w.inject("permission", "")
		e = s.failed(s.Launch(ctx, onAWS))
		w.heal()
		if checked, err := s.press(e, "check_cloud"); err != nil || !checked.(schema.ProviderCheckResult).Enabled {
			t.Errorf("%+v, %v", checked, err)
		}
		w.inject("setup_failed", "")
		e = s.failed(s.Launch(ctx, onAWS))
		if log, err := s.press(e, "setup_log"); err != nil || len(log.(schema.LogsResult).Lines) == 0 {
			t.Errorf("%+v, %v", log, err)
		}
		w.heal()
		s.mends(e, "launch_again")
		w.inject("network", "")
		e = s.becomes(schema.StatusError).Error
		w.heal()
		if c, err := s.press(e, "look"); err != nil || c.(schema.Cluster).Status != schema.StatusRunning || c.(schema.Cluster).Error != nil {
			t.Errorf("%+v, %v", c, err)
		}
		_, err := s.Status(ctx, schema.StatusParams{Name: "another"})
		if all, err := s.press(s.Remedied(err, "another").(*schema.Error), "list"); err != nil || len(all.(schema.ListResult).Clusters) != 1 { //nolint:errorlint // it wraps none
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// The buttons are made when an error is shown: none of them is in the state.
func TestRemediesAreNotStored(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		w.inject("setup_failed", "")
		s.failed(s.Launch(ctx, onAWS))
		if c := s.status(); c.Error == nil || len(c.Error.Remedies) == 0 {
			t.Fatalf("%+v", c.Error)
		}
		list, err := s.ListOperations(ctx, schema.OperationListParams{})
		if err != nil || list.Operations[0].Error == nil || len(list.Operations[0].Error.Remedies) != 0 {
			t.Errorf("a list has remedies: %+v, %v", list, err)
		}
		data, err := os.ReadFile(filepath.Join(w.dir, "state", "state.json"))
		if err != nil || !strings.Contains(string(data), "setup_failed") || strings.Contains(string(data), "remedies") {
			t.Errorf("the state is %s (%v)", data, err)
		}
	})
}

// What is launched again is what was launched, but for what the sidecar does not keep.
func TestLaunchingAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		again := schema.LaunchParams{Again: true}
		_, err := s.Launch(ctx, again)
		wantKind(t, err, schema.KindClusterNotFound)
		w.inject("quota", "")
		s.failed(s.Launch(ctx, schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", Region: "us-west-2", Envs: map[string]string{"A": "1"}}}))
		w.heal()
		_, err = s.Launch(ctx, schema.LaunchParams{Again: true, Spec: schema.Spec{Region: "us-east-1"}})
		wantKind(t, err, schema.KindInvalidParams)
		s.succeeds(s.Launch(ctx, again))
		if c := s.wantStatus(schema.StatusRunning); c.Region != "us-west-2" || s.store.Remembered(c.Name).Spec.Envs["A"] != "1" {
			t.Errorf("another machine was launched: %+v", c)
		}
		s.succeeds(s.Destroy(ctx, schema.DestroyParams{}))
		w.inject("quota", "")
		e := s.failed(s.Launch(ctx, schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", Secrets: map[string]string{"TOKEN": "s3cret"}}}))
		for _, r := range e.Remedies {
			if r.Method == schema.ClusterLaunch.Name {
				t.Errorf("a launch whose secrets are lost is offered: %+v", r)
			}
		}
		_, err = s.Launch(ctx, again)
		wantKind(t, err, schema.KindUnsupported)
	})
}

// What restarts SkyPilot's server is the sky that was found, which a terminal's PATH may not have.
func TestTheServerIsRestartedByTheSkyThatIsUsed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("SkyPilot does not run there")
	}
	inWorld(t, func(w *world) {
		own := filepath.Join(w.dir, "own")
		sky := filepath.Join(own, "sky")
		if err := errors.Join(os.MkdirAll(own, 0o700), os.WriteFile(sky, []byte("#!/bin/sh\n"), 0o700)); err != nil {
			t.Fatal(err)
		}
		finder := host.NewFinder(host.Host{GOOS: "linux", Home: w.dir, OwnDirs: func() []string { return []string{own} }})
		s := w.start(w.opened(&shop{}), func(c *Config) { c.Finder = finder })
		if _, err := finder.Locate(ctx); err != nil {
			t.Fatal(err)
		}
		refused := (*schema.Error)(nil)
		if !errors.As(s.Remedied(schema.Fail(schema.KindSkyPilotUnsupported, &text.ServerOldHere), ""), &refused) || len(refused.Remedies) != 1 {
			t.Fatalf("%+v", refused)
		}
		if command := refused.Remedies[0].Command; !strings.HasPrefix(command, "'"+sky+"' api stop;") {
			t.Error(command)
		}
	})
}
