//go:build e2e

package e2e

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
)

// remote is the lab as a computer elsewhere sees it: another home, without keys of any cloud, and SkyPilot's API server at an
// endpoint that is not the local one.
type remote struct {
	lab.World
	home, endpoint string
}

func (r remote) Command(t testing.TB, stage scenario.Stage) scenario.Command {
	t.Helper()
	c := r.World.Command(t, stage)
	c.Env = append(c.Env, "HOME="+r.home, "SKYPILOT_API_SERVER_ENDPOINT="+r.endpoint)
	return c
}

// TestRemoteAPIServer shows that a server lives through an API server that a team shares: launched, both vaults brought up and
// synced, stopped, started and destroyed. E2E_REMOTE=1 asks for it.
func TestRemoteAPIServer(t *testing.T) {
	if os.Getenv("E2E_REMOTE") == "" {
		t.Skip("set E2E_REMOTE=1: a life takes four minutes, and is that of TestLab but for the place of the API server")
	}
	w, home := lab.World{}, t.TempDir()
	// SkyPilot's client reads the catalogs on its own computer, and there is no network to fetch them from.
	if err := os.CopyFS(filepath.Join(home, ".sky", "catalogs"), os.DirFS(filepath.Join(lab.Home(t), "home", ".sky", "catalogs"))); err != nil {
		t.Fatal(err)
	}
	scenario.RunLife(t, remote{w, home, "http://" + forwarded(t, lab.APIServer)}, oneStage(t, w))
}

// forwarded is an address at which another answers, until the test has ended.
func forwarded(t *testing.T, to string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var pipes sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		pipes.Wait()
	})
	pipes.Go(func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			pipes.Go(func() { join(ctx, here, to) })
		}
	})
	return listener.Addr().String()
}

// join carries what comes on a connection to an address, and back.
func join(ctx context.Context, here net.Conn, to string) {
	defer func() { _ = here.Close() }()
	there, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = there.Close() }()
	stop := context.AfterFunc(ctx, func() { _, _ = here.Close(), there.Close() })
	defer stop()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(here, there)
		_ = here.Close()
	})
	_, _ = io.Copy(there, here)
	_ = there.Close()
	back.Wait()
}
