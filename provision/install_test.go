package provision

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/install"
	"carapace/provision/sky"
	"carapace/schema"
)

// shop plays the programs that an installation runs: uv, Python, and the sky that was
// installed. Each step takes three seconds.
type shop struct {
	w      *world
	withUV bool
	fail   map[string]sky.Result   // by step: what it prints and its code
	at     map[string]func()       // by step: done before it
	lost   map[string]func() error // by step: it could not even be started

	mu    sync.Mutex
	calls []string
}

// The steps of an installation as a table's rows name them.
const (
	stepEnvironment = "make the environment"
	stepUV          = "get uv"
	stepSkyPilot    = "install SkyPilot"
	stepRun         = "run sky"
)

func (s *shop) step(call sky.Call) string {
	args := strings.Join(call.Args, " ")
	switch name := filepath.Base(call.Program); {
	case args == "--version" && name == "sky" && filepath.IsAbs(call.Program):
		return stepRun
	case name == "uv" && call.Args[0] == "venv", strings.HasPrefix(name, "python") && strings.HasPrefix(args, "-m venv"):
		return stepEnvironment
	case strings.HasPrefix(args, "-m pip install"):
		return stepUV
	case name == "uv" && call.Args[0] == "pip":
		return stepSkyPilot
	}
	return ""
}

func (s *shop) run(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
	switch {
	case call.Program == "uv" && !s.withUV, strings.HasPrefix(call.Program, "python3."):
		return sky.Result{}, errors.New("there is no " + call.Program)
	case call.Program == "uv" && call.Args[0] == "--version":
		return sky.Result{Stdout: "uv 0.13.9\n"}, nil
	case call.Program == "python3" && call.Args[0] == "-c":
		if probed, set := s.fail["probe"]; set {
			return probed, nil
		}
		return sky.Result{Stdout: "3.11\n"}, nil
	}
	step := s.step(call)
	if step == "" {
		return next.Run(ctx, call)
	}
	s.mu.Lock()
	s.calls = append(s.calls, strings.Join(append([]string{filepath.Base(call.Program)}, call.Args...), " "))
	s.mu.Unlock()
	if act := s.at[step]; act != nil {
		act()
	}
	if lost := s.lost[step]; lost != nil {
		return sky.Result{}, lost()
	}
	select {
	case <-ctx.Done():
		return sky.Result{Code: -1}, ctx.Err()
	case <-time.After(3 * time.Second):
	}
	return s.carryOut(step, call), nil
}

// carryOut leaves on the disk what a step does, also when it fails half way.
func (s *shop) carryOut(step string, call sky.Call) sky.Result {
	switch step {
	case stepEnvironment:
		s.write(install.Python(call.Args[len(call.Args)-1]))
	case stepUV:
		s.write(filepath.Join(call.Args[slices.Index(call.Args, "--target")+1], "bin", "uv"))
	case stepSkyPilot:
		s.write(filepath.Join(filepath.Dir(call.Args[slices.Index(call.Args, "--python")+1]), "sky"))
		if call.Line != nil {
			for _, line := range []string{"Resolved 107 packages in 1s", "Downloading pandas (11.8MiB)", " Downloaded pandas", " + pandas==3.0", "Installed 107 packages in 1s"} {
				call.Line(schema.StreamStderr, line)
			}
		}
	}
	if failed, set := s.fail[step]; set {
		return failed
	}
	if step == stepRun {
		return sky.Result{Stdout: "skypilot, version 0.14.1\n"}
	}
	return sky.Result{}
}

func (s *shop) write(path string) {
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
		s.w.t.Error(err)
	}
}

// opened makes a sidecar run its programs in the shop and find the sky that is current.
func (w *world) opened(s *shop) func(*Config) {
	s.w = w
	through := w.through(&interceptor{run: s.run})
	return func(c *Config) {
		through(c)
		folders := install.Under(c.StateDir)
		c.Locate = func(context.Context) (string, *schema.Error) {
			if now := folders.Current(); now.Folder != "" {
				return install.Sky(now.Folder), nil
			}
			return "", &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "There is none.", Hint: "Install it."}
		}
		c.Credentials = func(cloud.Cloud, string) (schema.Credentials, *schema.Error) { return schema.Credentials{}, nil }
	}
}

// withOld puts a SkyPilot of an older sidecar into the state folder.
func (w *world) withOld() (folder string) {
	folder = filepath.Join(w.dir, "state", "skypilot")
	(&shop{w: w}).write(install.Sky(folder))
	if err := os.Chmod(filepath.Join(w.dir, "state"), 0o700); err != nil {
		w.t.Fatal(err)
	}
	return folder
}

// environments are the folders of installations that there are.
func (w *world) environments() (names []string) {
	paths, _ := filepath.Glob(filepath.Join(w.dir, "state", "skypilot*"))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			names = append(names, filepath.Base(path))
		}
	}
	return names
}

func (s *sidecar) install(p schema.SkyPilotInstallParams) schema.Finished {
	s.t.Helper()
	result, err := s.InstallSkyPilot(ctx, p)
	return s.until(schema.OperationResult{Operation: result.Operation}, err)
}

func (s *sidecar) current() install.Installed { return install.Under(s.cfg.StateDir).Current() }

// Whatever step fails, the SkyPilot that was there works as before, and nothing of the new one
// is left.
func TestAnInstallationFailsAtEachStep(t *testing.T) {
	t.Parallel()
	said := func(text string) sky.Result { return sky.Result{Code: 1, Stderr: text} }
	offline, full := said("error: Failed to fetch: https://pypi.example\n  cause: dns error"), said("No space left on device (os error 28)")
	for _, tt := range []struct {
		name   string
		withUV bool
		step   string
		result sky.Result
		want   schema.Kind
	}{
		{"uv without network", true, stepEnvironment, offline, schema.KindNetwork},
		{"uv finds no Python", true, stepEnvironment, said("error: No interpreter found for Python >=3.9, <3.14 in search path"), schema.KindUnsupported},
		{"the network goes", true, stepSkyPilot, offline, schema.KindNetwork},
		{"the disk becomes full", true, stepSkyPilot, full, schema.KindDiskFull},
		{"no such version", true, stepSkyPilot, said("cause: Because there is no version of skypilot[aws]==0.99.0 and you require"), schema.KindInvalidParams},
		{"it does not run", true, stepRun, said("ImportError: libx.so"), schema.KindInternal},
		{"it runs into a full disk", true, stepRun, full, schema.KindDiskFull},
		{"Python is not there", false, "probe", sky.Result{Code: 72}, schema.KindUnsupported},
		{"Python is too old", false, "probe", sky.Result{Stdout: "3.8\n"}, schema.KindUnsupported},
		{"Python has no venv", false, "probe", sky.Result{Stdout: "3.11\n", Code: 1}, schema.KindUnsupported},
		{"the environment can't be made", false, stepEnvironment, said("Error: [Errno 13] Permission denied: '/x'"), schema.KindStateUnwritable},
		{"pip without network", false, stepUV, said("ERROR: No matching distribution found for uv (from versions: none)"), schema.KindNetwork},
		{"the network goes after pip", false, stepSkyPilot, offline, schema.KindNetwork},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				old := w.withOld()
				s := w.start(w.opened(&shop{withUV: tt.withUV, fail: map[string]sky.Result{tt.step: tt.result}}))
				end := s.install(schema.SkyPilotInstallParams{})
				e := end.Operation.Error
				if end.Operation.State != schema.OperationFailed || e == nil || e.Kind != tt.want || e.Hint == "" || !strings.Contains(e.Message, "was there before is as it was") {
					t.Errorf("%s %+v", end.Operation.State, e)
				}
				if s.current().Folder != old || len(w.environments()) != 1 {
					t.Errorf("current: %s; there are %v", s.current().Folder, w.environments())
				}
			})
		})
	}
}

func TestAnInstallationThatCannotBecomeCurrent(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		old := w.withOld()
		block := func() { _ = os.MkdirAll(filepath.Join(w.dir, "state", "skypilot.json", "x"), 0o700) }
		s := w.start(w.opened(&shop{withUV: true, at: map[string]func(){stepRun: block}}))
		end := s.install(schema.SkyPilotInstallParams{})
		if e := end.Operation.Error; e == nil || e.Kind != schema.KindStateUnwritable || s.current().Folder != old {
			t.Errorf("%+v; current: %+v", e, s.current())
		}
	})
}

func TestInstalling(t *testing.T) {
	t.Parallel()
	for name, withUV := range map[string]bool{"with uv": true, "without uv": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				shop := &shop{withUV: withUV}
				s := w.start(w.opened(shop))
				end := s.install(schema.SkyPilotInstallParams{})
				if end.Operation.State != schema.OperationSucceeded || end.Operation.Message != "SkyPilot 0.14.1 is installed, with what it needs for aws." {
					t.Fatalf("%s %s %+v", end.Operation.State, end.Operation.Message, end.Operation.Error)
				}
				first := s.current().Folder
				if filepath.Base(first) != "skypilot-0.14.1-1" || end.Operation.Percent != nil {
					t.Errorf("%s, %v %%", first, end.Operation.Percent)
				}
				if _, err := os.Stat(install.Workshop(first)); err == nil {
					t.Error("the uv that was got for this is left")
				}
				if end := s.install(schema.SkyPilotInstallParams{Clouds: []string{"k8s", "gcp"}}); !strings.Contains(end.Operation.Message, "aws, gcp, kubernetes") {
					t.Errorf("a second one adds clouds: %s %+v", end.Operation.Message, end.Operation.Error)
				}
				if got := w.environments(); len(got) != 2 || filepath.Base(s.current().Folder) != "skypilot-0.14.1-2" {
					t.Errorf("%v: the old one stays until nothing can run from it", got)
				}
				if last := shop.calls[len(shop.calls)-2]; !strings.Contains(last, "skypilot[aws,gcp,kubernetes]==0.14.1") {
					t.Error(last)
				}
				checkProgress(t, s.host.progress)
			})
		})
	}
}

// checkProgress holds that percentages rise and that no raw line is shown.
func checkProgress(t *testing.T, all []schema.Progress) {
	t.Helper()
	last, of := 0, ""
	for _, p := range all {
		if p.Operation != of {
			last, of = 0, p.Operation
		}
		if p.Percent != nil && *p.Percent < last || p.Percent == nil && last > 0 || strings.ContainsAny(p.Message, "+=") || !strings.HasSuffix(p.Message, ".") {
			t.Errorf("%v %% after %d %%: %s", p.Percent, last, p.Message)
		}
		if p.Percent != nil {
			last = *p.Percent
		}
	}
	if last < install.PercentVerifying {
		t.Errorf("%d %% was the last", last)
	}
}

// The process dies at any step; the next one begins anew and comes to the end.
func TestAnInstallationIsTakenUp(t *testing.T) {
	t.Parallel()
	for _, step := range []string{stepEnvironment, stepUV, stepSkyPilot, stepRun} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				old := w.withOld()
				dead := make(chan struct{})
				first := w.start(w.opened(&shop{at: map[string]func(){step: func() { close(dead) }}}))
				got, err := first.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
				if err != nil {
					t.Fatal(err)
				}
				<-dead
				half := filepath.Join(w.dir, "state", "skypilot-0.14.1-7") // what a process that was killed leaves
				(&shop{w: w}).write(install.Python(half))
				began := time.Now()
				first.stopNow()
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the end took %s", took)
				}
				if first.current().Folder != old {
					t.Errorf("after the death: %s", first.current().Folder)
				}
				second := w.start(w.opened(&shop{}))
				end := second.until(schema.OperationResult{Operation: got.Operation}, nil)
				if end.Operation.State != schema.OperationSucceeded || second.current().Operation != got.Operation.ID {
					t.Errorf("%s %+v", end.Operation.State, end.Operation.Error)
				}
				checkProgress(t, second.host.progress) // also after what the first had journaled
				if _, err := os.Stat(half); err == nil {
					t.Error("a half-made folder is left")
				}
			})
		})
	}
}

// The process dies after the switch and before it could say so.
func TestAnInstallationThatWasCurrentAlreadyIsTakenUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		dead := make(chan struct{})
		first := w.start(w.opened(&shop{at: map[string]func(){stepRun: func() { close(dead) }}}))
		got, err := first.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
		if err != nil {
			t.Fatal(err)
		}
		<-dead
		first.stopNow()
		made := filepath.Join(w.dir, "state", "skypilot-0.14.1-1")
		(&shop{w: w}).write(install.Sky(made))
		if err := install.Under(first.cfg.StateDir).Switch(install.Installed{Folder: made, Clouds: []string{"aws"}, Operation: got.Operation.ID}); err != nil {
			t.Fatal(err)
		}
		again := &shop{}
		second := w.start(w.opened(again))
		if end := second.until(schema.OperationResult{Operation: got.Operation}, nil); end.Operation.State != schema.OperationSucceeded || len(again.calls) > 0 {
			t.Errorf("%s; it ran %v", end.Operation.State, again.calls)
		}
	})
}

func TestCancelingAnInstallation(t *testing.T) {
	t.Parallel()
	for _, step := range []string{stepEnvironment, stepUV, stepSkyPilot, stepRun} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				old := w.withOld()
				there := make(chan struct{})
				s := w.start(w.opened(&shop{at: map[string]func(){step: func() { close(there) }}}))
				got, err := s.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
				if err != nil || !got.Operation.Cancelable {
					t.Fatalf("%+v %v", got, err)
				}
				<-there
				if canceled, err := s.Cancel(ctx, schema.NameParams{}); err != nil || canceled.Operation.ID != got.Operation.ID {
					t.Fatalf("%+v %v", canceled, err)
				}
				end := s.until(schema.OperationResult{Operation: got.Operation}, nil)
				if end.Operation.State != schema.OperationCanceled || s.current().Folder != old || len(w.environments()) != 1 {
					t.Errorf("%s %s; current %s of %v", end.Operation.State, end.Operation.Message, s.current().Folder, w.environments())
				}
			})
		})
	}
}

// Two sidecars of a state folder: the second is told who installs and since when, and hears how
// that goes on and ends.
func TestTwoSidecarsAndOneInstallation(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var warnings bytes.Buffer
		first, second := w.start(w.opened(&shop{}), watchful), w.start(w.opened(&shop{}), watchful)
		got, err := first.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, s := range []*sidecar{first, second} {
			_, err := s.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
			if e := wantKind(t, err, schema.KindOperationInProgress); !strings.Contains(e.Message, "since ") {
				t.Error(e.Message)
			}
		}
		other := w.start(w.opened(&shop{}), func(c *Config) {
			c.StateDir = filepath.Join(w.dir, "another")
			c.Log = slog.New(slog.NewTextHandler(&warnings, nil))
		})
		_, err = other.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
		if e := wantKind(t, err, schema.KindOperationInProgress); !strings.HasPrefix(e.Message, "Another Carapace is installing SkyPilot (install, process ") {
			t.Error(e.Message)
		}
		if end := second.until(schema.OperationResult{Operation: got.Operation}, nil); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("%+v", end.Operation)
		}
		time.Sleep(time.Minute) // a look at a server without a name would be refused by SkyPilot
		synctest.Wait()
		if log := warnings.String(); strings.Contains(log, "could not be looked at") {
			t.Error(log)
		}
		if heard := second.host.progress; len(heard) < 3 {
			t.Errorf("the second heard only %+v", heard)
		}
		checkProgress(t, second.host.progress)
		if second.current().Operation != got.Operation.ID {
			t.Error("the second does not use it")
		}
	})
}

func TestInstallationsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		params schema.SkyPilotInstallParams
		change func(w *world, c *Config)
		want   schema.Kind
		says   string
	}{
		{"a version that is no version", schema.SkyPilotInstallParams{Version: "new"}, nil, schema.KindInvalidParams, "0.12.0"},
		{"a cloud that is none", schema.SkyPilotInstallParams{Clouds: []string{"aws", "clowd"}}, nil, schema.KindInvalidParams, "clowd"},
		{"no space", schema.SkyPilotInstallParams{}, func(_ *world, c *Config) {
			c.Machine.Free = func(string) (uint64, error) { return 200e6, nil }
		}, schema.KindDiskFull, "0.2 GB are free"},
		{"the API server runs from the old one", schema.SkyPilotInstallParams{}, func(w *world, c *Config) {
			w.withOld()
			c.Machine.Running = func(string) install.Running { return install.Running{Known: true, Any: true, Server: true} }
		}, schema.KindAPIServer, "would be replaced"},
		{"nobody knows where the API server runs from", schema.SkyPilotInstallParams{}, func(w *world, c *Config) {
			w.withOld()
			c.Machine.Running = func(string) install.Running { return install.Running{} }
		}, schema.KindAPIServer, "would be replaced"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				s := w.start(w.opened(&shop{}), func(c *Config) {
					if tt.change != nil {
						tt.change(w, c)
					}
				})
				_, err := s.InstallSkyPilot(ctx, tt.params)
				if e := wantKind(t, err, tt.want); !strings.Contains(e.Message, tt.says) {
					t.Error(e.Message)
				}
			})
		})
	}
}

// What takes nothing away from anybody is not refused: an API server elsewhere, or a disk that
// does not tell.
func TestInstallationsThatAreNotRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.withOld()
		s := w.start(w.opened(&shop{}), func(c *Config) {
			c.Endpoint.Local = false
			c.Machine.Running = func(string) install.Running { return install.Running{} }
			c.Machine.Free = func(string) (uint64, error) { return 0, errors.New("it does not tell") }
		})
		if end := s.install(schema.SkyPilotInstallParams{}); end.Operation.State != schema.OperationSucceeded || !slices.Equal(s.current().Clouds, []string{"aws", "azure", "gcp"}) {
			t.Errorf("%+v, %v", end.Operation.Error, s.current())
		}
	})
}

func TestInstallationsAndServers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.withOld()
		open := w.opened(&shop{})
		s := w.start(open, func(c *Config) {
			c.Credentials = func(cloud.Cloud, string) (schema.Credentials, *schema.Error) {
				return schema.Credentials{Present: true}, nil
			}
		})
		launch, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		_, refused := s.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
		wantKind(t, refused, schema.KindOperationInProgress)
		s.until(launch, nil)
		installing, err := s.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{})
		if err != nil {
			t.Fatalf("a server at the cloud alone refuses it: %v", err)
		}
		if len(installing.Operation.ID) == 0 || s.status().Status != schema.StatusRunning {
			t.Errorf("%+v", s.status())
		}
		_, err = s.Start(ctx, schema.StartParams{})
		if err == nil {
			t.Error("a start was accepted")
		}
		destroyed, err := s.Destroy(ctx, schema.DestroyParams{})
		if err != nil {
			t.Fatalf("a destroy has to wait: %v", err)
		}
		last := s.until(schema.OperationResult{Operation: installing.Operation}, nil)
		end := s.until(destroyed, nil)
		if end.Operation.State != schema.OperationSucceeded || last.Operation.State != schema.OperationSucceeded || last.Operation.EndedAt.Before(end.Operation.EndedAt) {
			t.Errorf("the destroy ended %s at %s, the installation %s at %s", end.Operation.State, end.Operation.EndedAt, last.Operation.State, last.Operation.EndedAt)
		}
	})
}
