package provision

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// forget lets go of what was told, which would be most of the memory in use.
func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statuses, r.progress, r.logs, r.finished, r.order, r.told = nil, nil, nil, nil, nil, nil
}

// TestSoak is very many servers' lives in one process and on fake time, with
// failures, changes from outside, and sidecars that are restarted: hours of which
// each takes a moment. What a process holds, and what it leaves on the disk, must
// not grow with them.
//
//	SOAK_LIVES=2000 go test ./provision -run TestSoak -v -timeout 0
func TestSoak(t *testing.T) {
	lives, err := strconv.Atoi(os.Getenv("SOAK_LIVES"))
	if err != nil {
		lives = 12
	}
	inWorld(t, func(w *world) {
		k := &soak{world: w, rng: rand.New(rand.NewPCG(1, 2)), began: time.Now()}
		k.sidecar = w.run()
		defer func() { k.stopNow() }()
		warm := max(2, lives/5) // the journal fills up to what it keeps, pools to what they need
		var before holding
		for life := range lives {
			if life == warm {
				before = k.holding(t)
				t.Logf("after %d lives: %s", life, before)
			}
			k.live(t)
			if t.Failed() {
				t.Fatalf("in life %d", life)
			}
		}
		after := k.holding(t)
		t.Logf("after %d lives, %d operations, %d restarts, %.0f hours: %s", lives, k.operations, k.restarts, time.Since(k.began).Hours(), after)
		const fullJournal = 128 << 10 // it keeps a hundred operations and as many events, with codes and words
		const look = 4                // what the poller may be at
		logs := lifecycle.KeepDetails
		if after.goroutines > before.goroutines+look || after.descriptors > before.descriptors+look || after.files > before.files+logs ||
			after.heap > before.heap+4<<20 || after.state > fullJournal {
			t.Errorf("it grew from %s to %s", before, after)
		}
	})
}

type soak struct {
	*world
	*sidecar
	rng                  *rand.Rand
	began                time.Time
	operations, restarts int
}

// holding is what a process holds, and what there is in its state folder.
type holding struct {
	goroutines, descriptors int
	heap, state             uint64 // bytes
	files                   int
}

func (h holding) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %.1f MiB heap, %.1f KiB state file, %d files", h.goroutines, h.descriptors,
		float64(h.heap)/(1<<20), float64(h.state)/(1<<10), h.files)
}

// holding measures when nothing is in progress.
func (k *soak) holding(t *testing.T) (h holding) {
	t.Helper()
	k.host.forget()
	time.Sleep(time.Hour)
	synctest.Wait()
	k.host.forget()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.goroutines, h.heap = runtime.NumGoroutine(), m.HeapAlloc
	open, _ := os.ReadDir("/proc/self/fd") // where there is one
	h.descriptors = len(open)
	dir := filepath.Join(k.world.dir, "state")
	info, err := os.Stat(filepath.Join(dir, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	h.state = uint64(info.Size())
	err = filepath.WalkDir(dir, func(string, os.DirEntry, error) error { h.files++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// live is a server's life: a launch, some of what may happen to it, and its end.
func (k *soak) live(t *testing.T) {
	t.Helper()
	if k.rng.IntN(4) == 0 {
		k.fails(t, []string{"quota", "permission", "setup_failed"}[k.rng.IntN(3)])
	}
	k.do(t, schema.OperationSucceeded)(k.Launch(ctx, onAWS))
	for range k.rng.IntN(4) {
		k.event(t)
	}
	k.do(t, schema.OperationSucceeded)(k.Destroy(ctx, schema.DestroyParams{}))
	k.wantStatus(schema.StatusNoServer)
	if left := k.machines("running") + k.machines("stopped"); left > 0 {
		t.Errorf("%d machines are left", left)
	}
	k.tidy(t)
}

// tidy makes the simulated cloud forget all machines and requests that there ever
// were: it reads them anew at each call, which would be most of the work here.
func (k *soak) tidy(t *testing.T) {
	t.Helper()
	if err := os.Remove(filepath.Join(k.world.dir, "cloud", "state.json")); err != nil {
		t.Fatal(err)
	}
}

// event is something that happens to a server that runs, and that leaves it running.
func (k *soak) event(t *testing.T) {
	t.Helper()
	switch k.rng.IntN(6) {
	case 0:
		k.do(t, schema.OperationSucceeded)(k.Stop(ctx, schema.ChangeParams{}))
		k.do(t, schema.OperationSucceeded)(k.Service.Start(ctx, schema.StartParams{}))
	case 1:
		k.do(t, schema.OperationSucceeded)(k.Sync(ctx, schema.SyncParams{}))
	case 2:
		k.inject("stop_refused", "")
		k.do(t, schema.OperationFailed)(k.Stop(ctx, schema.ChangeParams{}))
		k.heal()
	case 3:
		k.outside("stop")
		time.Sleep(2 * time.Minute)
		k.wantStatus(schema.StatusStopped)
		k.do(t, schema.OperationSucceeded)(k.Service.Start(ctx, schema.StartParams{}))
	case 4:
		k.restart()
	case 5:
		k.inject("network", "")
		time.Sleep(5 * time.Minute)
		k.heal()
		time.Sleep(5 * time.Minute)
	}
}

// fails is a launch that fails, and what is then left is removed.
func (k *soak) fails(t *testing.T, fault string) {
	t.Helper()
	k.inject(fault, "")
	k.do(t, schema.OperationFailed)(k.Launch(ctx, onAWS))
	k.heal()
	k.do(t, schema.OperationSucceeded)(k.Destroy(ctx, schema.DestroyParams{}))
}

// restart ends the sidecar, now and then in the middle of an operation.
func (k *soak) restart() {
	k.restarts++
	if k.rng.IntN(2) == 0 {
		result, err := k.Sync(ctx, schema.SyncParams{})
		k.stopNow()
		k.sidecar = k.world.run()
		k.until(result, err)
		return
	}
	k.stopNow()
	k.sidecar = k.world.run()
}

// do waits for an operation's end and checks what it is.
func (k *soak) do(t *testing.T, want schema.OperationState) func(schema.OperationResult, error) {
	t.Helper()
	k.host.forget()
	return func(result schema.OperationResult, err error) {
		t.Helper()
		k.operations++
		if end := k.until(result, err); end.Operation.State != want {
			t.Fatalf("the %s ended %s: %+v", end.Operation.Kind, end.Operation.State, end.Operation.Error)
		}
	}
}
