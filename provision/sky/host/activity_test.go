package host

import (
	"os"
	"path/filepath"
	"testing"
)

func append1(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("x"); err != nil {
		t.Fatal(err)
	}
}

func TestActivityTellsClustersFromRequests(t *testing.T) {
	home := t.TempDir()
	files := FilesOf(Endpoint{Local: true}, Host{Home: home})
	if files.Activity() != (Activity{}) {
		t.Error("a server that has written nothing has been active")
	}
	for _, c := range []struct {
		file               string
		clusters, requests bool
	}{
		{".sky/state.db", true, false},
		{".sky/state.db-wal", true, false},
		{".sky/api_server/requests.db", false, true},
		{".sky/api_server/requests.db-wal", false, true},
		{".sky/state.db-shm", false, false}, // readers write it too
		{".sky/api_server/server.log", false, false},
	} {
		before := files.Activity()
		append1(t, filepath.Join(home, filepath.FromSlash(c.file)))
		after := files.Activity()
		if got := after.Clusters != before.Clusters; got != c.clusters {
			t.Errorf("%s: clusters changed: %v", c.file, got)
		}
		if got := after.Requests != before.Requests; got != c.requests {
			t.Errorf("%s: requests changed: %v", c.file, got)
		}
	}
}

func TestActivityIsLookedForWhereTheServerIs(t *testing.T) {
	home, runtime := t.TempDir(), t.TempDir()
	moved := FilesOf(Endpoint{Local: true}, Host{GOOS: "linux", Home: home, Environ: []string{"SKY_RUNTIME_DIR=" + runtime}})
	append1(t, filepath.Join(home, ".sky", "state.db"))
	if moved.Activity() != (Activity{}) {
		t.Error("the files of another server were looked at")
	}
	append1(t, filepath.Join(runtime, ".sky", "state.db"))
	if moved.Activity() == (Activity{}) {
		t.Error("SKY_RUNTIME_DIR is not heeded")
	}
	remote := FilesOf(Endpoint{URL: "https://sky.example"}, Host{Home: home})
	if remote.Activity() != (Activity{}) {
		t.Error("a server elsewhere has files here")
	}
}
