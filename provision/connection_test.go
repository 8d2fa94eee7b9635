package provision

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/skysim"
)

// RunPod maps ports: the spec's are not where the internet reaches them, nor is SSH at 22.
func TestConnectionHasTheMappedPorts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cloud string
		ssh   int
		want  []string
	}{
		{"runpod", 10022, []string{"443 20443", "8080 28080"}},
		{"aws", 22, []string{"443 443", "8080 8080"}},
	} {
		inWorld(t, func(w *world) {
			docker := false
			s := w.start()
			s.until(s.Launch(ctx, schema.LaunchParams{Spec: schema.Spec{Cloud: tt.cloud, CPUs: "2+", Memory: "8+", Ports: []string{"443", "8080"}, Docker: &docker}}))
			c, err := s.Connection(ctx, schema.NameParams{})
			var got []string
			for _, e := range c.Endpoints {
				port, ok := strings.CutPrefix(e.Address, c.IP+":")
				if !ok {
					t.Errorf("%s: the address %q is another than %s", tt.cloud, e.Address, c.IP)
				}
				got = append(got, e.Port+" "+port)
			}
			if err != nil || c.SSHPort != tt.ssh || !slices.Equal(got, tt.want) || len(c.Ports) != 2 {
				t.Errorf("%s: %+v, %v", tt.cloud, c, err)
			}
		})
	}
}

func TestEndpointsOfRanges(t *testing.T) {
	if got := atAddress("::1", []string{"8000-8001", "443"}); len(got) != 3 || got[1] != (schema.Endpoint{Port: "8001", Address: "[::1]:8001"}) {
		t.Errorf("%+v", got)
	}
	if got := atAddress("192.0.2.1", []string{"1-65535"}); len(got) != maxEndpoints {
		t.Errorf("%d endpoints", len(got))
	}
}

// SkyPilot removes the file at a stop. A start that its API server lost half way leaves none,
// and the server could not be connected to until somebody asked for its status.
func TestTheSSHConfigurationIsWrittenAnew(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		if err := os.Remove(filepath.Join(skysim.Home(filepath.Join(w.dir, "cloud")), ".sky", "generated", "ssh", schema.DefaultClusterName)); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Connection(ctx, schema.NameParams{}); err != nil || c.IP == "" {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// Nor could its vaults be mirrored: ssh can't open what is not there.
func TestAMirrorHasTheSSHConfigurationWritten(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		file := filepath.Join(skysim.Home(filepath.Join(w.dir, "cloud")), ".sky", "generated", "ssh", schema.DefaultClusterName)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		s.succeeds(s.Sync(ctx, schema.SyncParams{}))
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	})
}
