package install

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// made puts an installation with a sky into a state folder.
func made(t *testing.T, state, name string) string {
	t.Helper()
	folder := filepath.Join(state, name)
	if err := os.MkdirAll(Bin(folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(Sky(folder), []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestTheCurrentInstallation(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	f := Under(state)
	if now := f.Current(); now.Folder != "" || f.OwnDirs() != nil {
		t.Errorf("nothing is installed: %+v", now)
	}
	first := made(t, state, "skypilot")
	if now := f.Current(); now.Folder != first || len(now.Clouds) != 3 {
		t.Errorf("an older sidecar's is current until there is a pointer: %+v", now)
	}
	next := f.Next("0.14.1")
	made(t, state, filepath.Base(next))
	if now := f.Current(); now.Folder != first {
		t.Errorf("before the switch: %+v", now)
	}
	if err := f.Switch(Installed{Folder: next, Clouds: []string{"aws"}, Operation: "op"}); err != nil {
		t.Fatal(err)
	}
	if now := f.Current(); now.Folder != next || now.Operation != "op" || f.OwnDirs()[0] != Bin(next) {
		t.Errorf("after the switch: %+v", now)
	}
	if another := f.Next("0.14.1"); another == next {
		t.Error("a path is given twice")
	}
	if err := os.RemoveAll(next); err != nil {
		t.Fatal(err)
	}
	if now := f.Current(); now.Folder != first {
		t.Errorf("a person removed the current one: %+v", now)
	}
}

// A pointer is read as data of a stranger: it must not lead out of the state folder.
func TestAPointerThatIsNotOurs(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "null", "{", `{"folder":"../elsewhere"}`, `{"folder":"/usr"}`, `{"folder":"skypilot-../x-1"}`, `{"folder":"skypilot-0.14.1-7"}`} {
		state := t.TempDir()
		made(t, filepath.Dir(state), "elsewhere")
		if err := os.WriteFile(filepath.Join(state, pointerName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if now := Under(state).Current(); now.Folder != "" {
			t.Errorf("%s: %+v", content, now)
		}
	}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	known := func(any bool) func(string) Running {
		return func(string) Running { return Running{Known: true, Any: any} }
	}
	unknown := func(string) Running { return Running{} }
	soon, later := time.Now(), time.Now().Add(2*time.Minute)
	for _, tt := range []struct {
		name         string
		running      func(string) Running
		at           time.Time
		half, before bool // whether a folder that was never current, and one that was, stay
	}{
		{"nothing runs", known(false), later, false, false},
		{"the switch was just now", known(false), soon, false, true},
		{"something runs from it", known(true), later, true, true},
		{"the system does not tell", unknown, later, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			state := t.TempDir()
			f := Under(state)
			first, before := made(t, state, "skypilot"), made(t, state, "skypilot-0.14.0-1")
			half, current := made(t, state, "skypilot-0.14.1-1"), made(t, state, "skypilot-0.14.1-2")
			kept := []string{current, made(t, state, "skypilot-of-mine"), made(t, state, "operations")}
			for _, folder := range []string{before, current} {
				if err := f.Switch(Installed{Folder: folder}); err != nil {
					t.Fatal(err)
				}
			}
			f.Retire(tt.running, tt.at)
			if !f.Leftover() {
				t.Error("what was retired is forgotten before it is removed")
			}
			f.Remove()
			for folder, want := range map[string]bool{first: tt.before, before: tt.before, half: tt.half} {
				if _, err := os.Stat(folder); (err == nil) != want {
					t.Errorf("%s stays: %v, want %v", filepath.Base(folder), err == nil, want)
				}
			}
			for _, folder := range kept {
				if _, err := os.Stat(folder); err != nil {
					t.Error(err)
				}
			}
			if left := f.Leftover(); left != (tt.half || tt.before) {
				t.Errorf("leftover: %v", left)
			}
		})
	}
}
