package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

const golden = "testdata/v2.json"

var sameState = cmp.Options{cmpopts.IgnoreUnexported(lifecycle.State{}, lifecycle.Cluster{}, lifecycle.Operation{}, lifecycle.Config{}), cmpopts.EquateEmpty()}

// full is a state with every field that this package defines set.
func full() *lifecycle.State {
	at := time.Date(2026, 11, 23, 6, 26, 18, 0, time.UTC)
	spec := &schema.Spec{Name: "trainer", Cloud: "aws", Secrets: map[string]string{"HF_TOKEN": ""}}
	percent := 40
	return &lifecycle.State{
		Version: lifecycle.Version,
		Clusters: map[string]*lifecycle.Cluster{"trainer": {
			View: schema.Cluster{
				Name: "trainer", Status: schema.StatusRunning, Description: "The server is running.",
				Cloud: "aws", Region: "us-east-1", HourlyCost: 0.192, CreatedAt: at,
				Autostop: &schema.Autostop{IdleMinutes: 30, Down: true},
			},
			Identity: lifecycle.Identity{Hash: "5c4f2f0c-6a3a-4bd9-8fb0-8a86cf3a5d28"}, Machine: schema.MachineRunning,
			Exists: lifecycle.Existing{State: lifecycle.ExistsSeen, By: lifecycle.KnownByRecord, Why: lifecycle.EvidenceShown}, Spec: spec, Vaults: &schema.Vaults{Public: "/home/u/public"},
			SetupJob: 1, RunJob: 2, Incomplete: true, Source: schema.SourceOperation,
		}},
		Operations: []*lifecycle.Operation{{
			Operation: schema.Operation{
				ID: "9d9a1d0e-3c0c-4b0e-9d5e-3f6d7f1f2a10", Kind: schema.OperationLaunch, Cluster: "trainer",
				State: schema.OperationRunning, Phase: "provisioning", Percent: &percent, Message: "Making the machine.", StartedAt: at,
			},
			SkyRequest: "f555b659-08a0-4dd5-889d-ed174f66b54b", Step: "launch", JobID: 3, Fresh: true,
			CancelRequested: at.Add(time.Minute), Version: "0.13.0", Purge: true, Spec: spec, Before: schema.StatusNoServer,
		}},
	}
}

// TestGolden: a file that any earlier sidecar wrote, of whatever version, is read
// whole. The files are never rewritten; a format that can't read one needs a new
// version and a migration.
func TestGolden(t *testing.T) {
	for _, name := range []string{"v1.json", "v2.json"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			got, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(full(), got, sameState); diff != "" {
				t.Error(diff)
			}
			again, err := encode(got)
			if err != nil {
				t.Fatal(err)
			}
			current, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(current), string(again)); diff != "" {
				t.Errorf("it is written otherwise than the newest version:\n%s", diff)
			}
		})
	}
}

// What version 1 said in flags is one existence now.
func TestMigrateV1(t *testing.T) {
	for name, tt := range map[string]struct {
		record string
		want   lifecycle.Cluster
	}{
		"seen":                    {`"machine":true,"hash":"h"`, lifecycle.Cluster{Exists: existing(lifecycle.ExistsSeen, lifecycle.EvidenceShown), Identity: lifecycle.Identity{Hash: "h"}, Machine: schema.MachineStopped}},
		"asked":                   {`"machine":true`, lifecycle.Cluster{Exists: existing(lifecycle.ExistsAsked, lifecycle.EvidenceSubmitting)}},
		"never heard":             {`"unheard":true`, lifecycle.Cluster{Exists: existing(lifecycle.ExistsLost, lifecycle.EvidenceOwed), Orphan: &lifecycle.Orphan{}}},
		"seen, another unheard":   {`"machine":true,"hash":"h","unheard":true,"unheardIn":"us-east-1"`, lifecycle.Cluster{Exists: existing(lifecycle.ExistsSeen, lifecycle.EvidenceShown), Identity: lifecycle.Identity{Hash: "h"}, Machine: schema.MachineStopped, Orphan: &lifecycle.Orphan{Region: "us-east-1"}}},
		"nothing":                 {`"incomplete":true`, lifecycle.Cluster{Incomplete: true}},
		"worked on by a terminal": {`"machine":true,"hash":"h","elsewhere":"stop"`, lifecycle.Cluster{Exists: existing(lifecycle.ExistsSeen, lifecycle.EvidenceShown), Identity: lifecycle.Identity{Hash: "h"}, Machine: schema.MachineStopped, Foreign: schema.OperationStop}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode([]byte(`{"version":1,"clusters":{"c":{"view":{"name":"c","status":"stopped"},` + tt.record + `}},"operations":[]}`))
			if err != nil {
				t.Fatal(err)
			}
			tt.want.View = schema.Cluster{Name: "c", Status: schema.StatusStopped}
			if diff := cmp.Diff(&tt.want, got.Clusters["c"], sameState); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A field that a newer sidecar wrote is there after an older one has written.
func TestNewerFieldsSurvive(t *testing.T) {
	data := `{"version":2,"future":{"a":1},"clusters":{"c":{"view":{"name":"c"},"exists":{"state":"none"},"leaseUntil":"tomorrow"}},"operations":[{"id":"1","kind":"stop","cluster":"c","state":"succeeded","later":[1]}]}`
	state, err := decode([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	written, err := encode(state.Clone())
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{`"future":{"a":1}`, `"leaseUntil":"tomorrow"`, `"later":[1]`} {
		if !strings.Contains(string(written), kept) {
			t.Errorf("%s is gone: %s", kept, written)
		}
	}
}

// TestDamage sets every kind of it aside, keeps its bytes, and goes on.
func TestDamage(t *testing.T) {
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string]string{
		"empty":               "",
		"garbage":             "\x00\xff\x17 not JSON",
		"a power cut's zeros": strings.Repeat("\x00", 4096),
		"null":                "null",
		"another type":        `[1]`,
		"no version":          `{}`,
		"version 0":           `{"version":0}`,
		"version below":       `{"version":-1}`,
		"two documents":       `{"version":1}{"version":1}`,
		"a null server":       `{"version":1,"clusters":{"a":null}}`,
		"another's entry":     `{"version":1,"clusters":{"a":{"view":{"name":"b"}}}}`,
		"a null operation":    `{"version":1,"operations":[null]}`,
		"no operation id":     `{"version":1,"operations":[{"kind":"launch"}]}`,
		"a field's type":      `{"version":1,"clusters":[]}`,
	}
	for name, text := range damage {
		t.Run(name, func(t *testing.T) { testDamage(t, text) })
	}
	for n := 1; n < len(data)-1; n++ { // the last byte is the line's end
		if s, err := decode(data[:n]); err == nil {
			t.Fatalf("cut after byte %d it is taken for %+v", n, s)
		}
	}
}

func testDamage(t *testing.T, text string) {
	t.Helper()
	j := open(t, t.TempDir())
	if err := os.WriteFile(j.path(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _, err := j.Read()
	damaged := (*DamagedError)(nil)
	if !errors.As(err, &damaged) || s == nil || s.Clusters == nil || len(s.Clusters) != 0 {
		t.Fatalf("%+v, %v; want an empty state and a DamagedError", s, err)
	}
	if kept, err := os.ReadFile(damaged.Aside); err != nil || string(kept) != text {
		t.Errorf("set aside: %q, %v", kept, err)
	}
	if damaged.Path != j.path() || damaged.Cause == nil || !strings.Contains(err.Error(), damaged.Aside) {
		t.Errorf("%+v: %v", damaged, err)
	}
	if s, _, err := j.Read(); err != nil || len(s.Clusters) != 0 {
		t.Errorf("the next read: %+v, %v", s, err)
	}
}

// TestDamageUnderWay: what this process knew is put in the damaged file's place.
func TestDamageUnderWay(t *testing.T) {
	for _, by := range []string{"read", "update"} {
		t.Run(by, func(t *testing.T) {
			j := open(t, t.TempDir())
			update(t, j, increment("kept"))
			if err := os.WriteFile(j.path(), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
			if by == "read" {
				s, _, err := j.Read()
				damaged := (*DamagedError)(nil)
				if !errors.As(err, &damaged) || s.Clusters["kept"] == nil {
					t.Fatalf("%+v, %v", s, err)
				}
			} else {
				update(t, j, increment("other"))
			}
			s, _, err := open(t, j.Dir()).Read()
			if err != nil || s.Clusters["kept"] == nil {
				t.Errorf("another process finds %+v, %v", s, err)
			}
		})
	}
}

// TestRepairedMeanwhile: between this process's look and its lock, another has
// repaired the file; the good one must not be set aside.
func TestRepairedMeanwhile(t *testing.T) {
	j := open(t, t.TempDir())
	if err := os.WriteFile(j.path(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	flock := j.disk.flock
	j.disk.flock = func(path string) (*heldLock, error) {
		j.disk.flock = flock
		update(t, open(t, j.Dir()), increment("repaired"))
		return flock(path)
	}
	s, _, err := j.Read()
	if err != nil || s.Clusters["repaired"] == nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestNewerIsLeftAlone(t *testing.T) {
	const newer = `{"version":99,"clusters":["another shape"]}`
	j := open(t, t.TempDir())
	if err := os.WriteFile(j.path(), []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, _, err := j.Read(); s != nil || !errors.Is(err, ErrNewer) {
		t.Error(s, err)
	}
	if s, _, err := j.Update(t.Context(), increment("a")); s != nil || !errors.Is(err, ErrNewer) {
		t.Error(s, err)
	}
	if got := contents(t, j); got != newer {
		t.Errorf("it became %q", got)
	}
}

func TestMissingFields(t *testing.T) {
	for _, text := range []string{
		`{"version":1}`,
		`{"version":1,"clusters":null,"operations":null}`,
		`{"version":1,"clusters":{},"operations":[],"unknown":{"a":1}}`,
	} {
		s, err := decode([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s.Clusters["a"] = nil // a nil map would panic
	}
	s, err := decode([]byte(`{"version":1,"clusters":{"a":{"view":{"name":"a"}}},"operations":[{"id":"1"}]}`))
	if err != nil || s.Clusters["a"].Identity.Hash != "" || !s.Operations[0].Ended() {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPlantedFiles: a pipe would block for ever, a link leads elsewhere.
func TestPlantedFiles(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.json")
	if err := os.WriteFile(elsewhere, []byte(`{"version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(path string) error{
		"a link":   func(path string) error { return os.Symlink(elsewhere, path) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir())
			if err := plant(j.path()); err != nil {
				t.Skip(err)
			}
			_, _, err := j.Read()
			if damaged := (*DamagedError)(nil); !errors.As(err, &damaged) {
				t.Error(err)
			}
			update(t, j, increment("a"))
			if info, err := os.Lstat(j.path()); err != nil || !info.Mode().IsRegular() {
				t.Error(info, err)
			}
			lock := filepath.Join(j.Dir(), lockFile)
			if err := errors.Join(os.Remove(lock), plant(lock)); err != nil {
				t.Fatal(err)
			}
			_, _, err = j.Update(t.Context(), increment("a"))
			if unsafe := (*notPlainError)(nil); !errors.As(err, &unsafe) {
				t.Error(err)
			}
		})
	}
	if data, err := os.ReadFile(elsewhere); err != nil || string(data) != `{"version":1}` {
		t.Errorf("the link's target: %q, %v", data, err)
	}
}

// FuzzDecode: what is accepted can be worked with, and is read again as the same.
func FuzzDecode(f *testing.F) {
	data, err := os.ReadFile(golden)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decode(data)
		if err != nil {
			return
		}
		if s.Version != lifecycle.Version || s.Clusters == nil {
			t.Fatalf("%+v", s)
		}
		s.Running("a")
		s.Operation("a")
		s.Prune()
		again, err := encode(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode(again)
		if err != nil {
			t.Fatalf("%v in what was written: %q", err, again)
		}
		if diff := cmp.Diff(s, back, sameState); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMissingFileIsEmpty(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "new", "deep"))
	s, stamp, err := j.Read()
	if err != nil || s.Version != lifecycle.Version || s.Clusters == nil || !stamp.Same(Stamp{}) {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := os.Stat(j.path()); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading wrote it")
	}
}

// What an error is of is found out of a file that does not say it, kept where it does, and stays beside what a newer sidecar added.
func TestTheErrorsOfOldFilesAreMarked(t *testing.T) {
	for name, tt := range map[string]struct {
		view, beside string
		want         lifecycle.ErrorOrigin
	}{
		"words alone, of the network": {`"error":{"kind":"network","message":"The cloud is silent."}`, "", lifecycle.OriginLook},
		"words alone, of a setup":     {`"error":{"kind":"setup_failed","message":"The setup failed."}`, "", lifecycle.OriginServer},
		"a look's text, any kind":     {`"texts":[{"code":"server.cant_be_looked_at","args":{}}],"error":{"kind":"skypilot_unsupported","message":"Too old."}`, "", lifecycle.OriginLook},
		"another text, a look's kind": {`"texts":[{"code":"server.unreachable"}],"error":{"kind":"unreachable","message":"It does not answer."}`, "", lifecycle.OriginServer},
		"it is said":                  {`"error":{"kind":"network","message":"x"}`, `,"errorOrigin":"server"`, lifecycle.OriginServer},
		"no error":                    {`"description":"It runs."`, "", ""},
	} {
		for version := 1; version <= lifecycle.Version; version++ {
			state, err := decode(fmt.Appendf(nil, `{"version":%d,"clusters":{"c":{"view":{"name":"c","status":"error",%s}%s,"later":[1]}},"operations":[]}`, version, tt.view, tt.beside))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			written, err := encode(state)
			if got := state.Clusters["c"].ErrorOrigin; err != nil || got != tt.want {
				t.Errorf("%s, version %d: %q, want %q (%v)", name, version, got, tt.want, err)
			}
			if !strings.Contains(string(written), `"later":[1]`) || strings.Contains(string(written), "errorOrigin") != (tt.want != "") {
				t.Errorf("%s: it is written as %s", name, written)
			}
		}
	}
}
