package operation

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// launching calls a function when a launch is about to be submitted, and nothing stands against it.
type launching struct {
	sky.Runner
	confirmed func()
}

func (r launching) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	if confirm := call.Confirm; call.Args[0] == "launch" {
		call.Confirm = func() error {
			err := confirm()
			r.confirmed()
			return err
		}
	}
	return r.Runner.Submit(ctx, call, output)
}

// A launch that was to finish an unfinished server finds that somebody has removed it: what it makes is
// another server, and its durable record has nothing of the old one.
func TestALaunchThatFindsItsServerRemoved(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		control := skysim.Control{Dir: filepath.Join(w.dir, "cloud")}
		if err := control.Inject("setup_failed", server); err != nil {
			t.Fatal(err)
		}
		p := w.start("state")
		p.wantEnd(p.launch(), schema.OperationFailed)
		if err := control.Clear(); err != nil {
			t.Fatal(err)
		}
		p.die()
		client := sky.NewClient(w.runner, true)
		if _, err := client.SubmitDown(context.Background(), server, false, filepath.Join(w.dir, "down.log"), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		records := journal.NewRecords(filepath.Join(w.dir, "leases", "servers"), "simulated:"+w.dir)
		var first, submitted []journal.Record
		first, err := records.All()
		if err != nil {
			t.Fatal(err)
		}
		w.runner = launching{w.runner, func() { submitted, err = records.All() }}
		p = w.start("state")
		behind := false // the state says that the launch makes another server, and the record does not
		p.store.Announce(func(st *lifecycle.State) {
			all, _ := records.All()
			behind = behind || st.Running(server) != nil && st.Running(server).Fresh && all[0].Hash == first[0].Hash
		})
		p.wantEnd(p.launch(), schema.OperationSucceeded)
		if behind {
			t.Error("who was killed between the state and the record left the record of the old server")
		}
		if err != nil || len(first) != 1 || len(submitted) != 1 {
			t.Fatalf("%+v %+v %v", first, submitted, err)
		}
		if got := submitted[0]; first[0].Hash == "" || got.Hash != "" || len(got.Earlier) != 1 || got.Earlier[0] != first[0].Hash || !got.Submitted {
			t.Errorf("the record of the server was %+v, and is %+v while the next is launched", first[0], got)
		}
	})
}
