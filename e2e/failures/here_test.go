//go:build e2e

package failures

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// What is missing or in the way on the user's own computer: no machine comes of
// any of these.
var hereFailures = []failure{
	{"SkyPilot not installed", "no `sky` on PATH or in any usual place", schema.KindSkyPilotNotFound, schema.StatusNoServer, "not installed", (*failing).noSkyPilot},
	{"SkyPilot too old", "`sky` 0.11.2 on PATH", schema.KindSkyPilotUnsupported, schema.StatusError, "0.11.2", (*failing).oldSkyPilot},
	{"Another SkyPilot's API server", "SkyPilot 0.10.5's API server runs, and `sky` is 0.14.1", schema.KindSkyPilotUnsupported, schema.StatusError, "0.10.5", (*failing).otherServer},
	{"API server's port taken", "another program serves HTTP at SKYPILOT_API_SERVER_LOCAL_PORT", schema.KindAPIServer, schema.StatusError, "port", (*failing).foreignServer},
	{"API server's port taken, silent", "another program listens there and never answers", schema.KindAPIServer, schema.StatusError, "port", (*failing).silentServer},
	{"Remote API server down", "SKYPILOT_API_SERVER_ENDPOINT names a port where nothing listens", schema.KindAPIServer, schema.StatusError, "does not answer", (*failing).remoteServerDown},
	{"No credentials", "the credentials file renamed", schema.KindCredentialsMissing, schema.StatusNoServer, "AWS", (*failing).noCredentials},
	{"Network down", "`endpoint_url` of the user's AWS configuration names a port where nothing listens", schema.KindNetwork, "", "", (*failing).networkDown},
	{"Disk full: Carapace's", "`--state-dir` on a full file system", schema.KindDiskFull, schema.StatusNoServer, "no space", (*failing).stateFull},
	{"Disk full: SkyPilot's", "HOME on a full file system", schema.KindDiskFull, schema.StatusError, "no space", (*failing).homeFull},
}

// ownHome is a home folder with the lab's credentials, where no SkyPilot has been.
func ownHome(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, ".aws"), os.DirFS(filepath.Join(lab.Home(t), "home", ".aws"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (f *failing) noSkyPilot(t *testing.T) *schema.Error {
	f.guest(t, "HOME="+ownHome(t, t.TempDir()), "PATH=/usr/bin:/bin", "SHELL=/bin/sh")
	return f.fails(t)
}

func (f *failing) oldSkyPilot(t *testing.T) *schema.Error {
	old := strings.TrimSpace(lab.Must(t, "other", "0.11.2"))
	f.guest(t, "HOME="+ownHome(t, t.TempDir()), "PATH="+old+":/usr/bin:/bin")
	return f.fails(t)
}

// port is one that is free now.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (f *failing) otherServer(t *testing.T) *schema.Error {
	old := strings.TrimSpace(lab.Must(t, "other", "0.10.5"))
	at, dir := port(t), ownHome(t, t.TempDir())
	server := exec.Command(filepath.Join(old, "python"), "-m", "sky.server.server", "--port", at)
	server.Env = append(os.Environ(), "HOME="+dir, "PATH="+old+":"+os.Getenv("PATH"))
	server.Dir = dir
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-server.Process.Pid, syscall.SIGKILL)
		_ = server.Wait()
	})
	answers(t, "http://127.0.0.1:"+at+"/api/health")
	f.guest(t, "HOME="+dir, "SKYPILOT_API_SERVER_LOCAL_PORT="+at)
	return f.fails(t)
}

// answers waits until somebody serves that address.
func answers(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for tick := time.NewTicker(500 * time.Millisecond); ; {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("nobody serves %s", url)
		}
	}
}

func (f *failing) foreignServer(t *testing.T) *schema.Error {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	_, at, _ := net.SplitHostPort(server.Listener.Addr().String())
	f.guest(t, "SKYPILOT_API_SERVER_LOCAL_PORT="+at)
	return f.fails(t)
}

func (f *failing) silentServer(t *testing.T) *schema.Error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, at, _ := net.SplitHostPort(l.Addr().String())
	f.guest(t, "SKYPILOT_API_SERVER_LOCAL_PORT="+at)
	return f.fails(t)
}

func (f *failing) remoteServerDown(t *testing.T) *schema.Error {
	f.guest(t, "SKYPILOT_API_SERVER_ENDPOINT=http://127.0.0.1:9")
	return f.fails(t)
}

// noCredentials takes the user's files away for one launch.
func (f *failing) noCredentials(t *testing.T) *schema.Error {
	away(t, ".aws/credentials", ".aws/config")
	return f.fails(t)
}

// ownServer are the variables of a SkyPilot with a home and an API server of its
// own, which is ended with the row.
func ownServer(t *testing.T, dir string) []string {
	t.Helper()
	variables := []string{"HOME=" + dir, "SKYPILOT_API_SERVER_LOCAL_PORT=" + port(t)}
	t.Cleanup(func() {
		stop := exec.Command(filepath.Join(lab.Home(t), "venv", "bin", "sky"), "api", "stop")
		stop.Env = append(os.Environ(), variables...)
		stop.Dir = "/"
		if out, err := stop.CombinedOutput(); err != nil {
			t.Logf("sky api stop: %v\n%s", err, out)
		}
	})
	return variables
}

func (f *failing) networkDown(t *testing.T) *schema.Error {
	dir := ownHome(t, t.TempDir())
	config := fmt.Sprintf("[default]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:%s\n", port(t))
	if err := os.WriteFile(filepath.Join(dir, ".aws", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, ".sky", "catalogs"), os.DirFS(filepath.Join(lab.Home(t), "home", ".sky", "catalogs"))); err != nil {
		t.Fatal(err)
	}
	f.guest(t, ownServer(t, dir)...)
	return f.fails(t)
}

// small makes a file system of its own of that size until the row's end.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes what room is left in a folder.
func fill(t *testing.T, dir string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "filled"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for block := make([]byte, 4096); ; {
		if _, err := file.Write(block); err != nil {
			return
		}
	}
}

func (f *failing) stateFull(t *testing.T) *schema.Error {
	stage := scenario.NewStage(t, t.TempDir())
	stage.StateDir = small(t, "256k")
	f.guestOn(t, stage, nil)
	scenario.Call(t, f.Peer, schema.Ping, schema.Empty{})
	fill(t, stage.StateDir)
	return f.fails(t)
}

func (f *failing) homeFull(t *testing.T) *schema.Error {
	dir := ownHome(t, filepath.Join(small(t, "8m"), "home"))
	f.guest(t, ownServer(t, dir)...)
	scenario.Call(t, f.Peer, schema.Ping, schema.Empty{})
	fill(t, dir)
	return f.fails(t)
}
