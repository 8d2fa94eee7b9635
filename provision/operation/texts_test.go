package operation

import (
	"testing"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// What an operation says and what its texts say is the same, also where an earlier text was said before: a
// program in another language shows the texts.
func TestTextsSayTheMessage(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		p := w.start("state")
		launch := p.launch()
		same := func(when string) {
			t.Helper()
			if op := p.store.Operation(launch.ID); text.Join(op.Texts...) != op.Message {
				t.Errorf("%s: %q is said in texts as %q", when, op.Message, text.Join(op.Texts...))
			}
		}
		same("when it is accepted")
		time.Sleep(30 * time.Second)
		same("when it goes on")
		if shown, _ := p.store.Show(launch.ID); text.Join(shown.Texts...) != shown.Message || len(shown.Texts) == 0 {
			t.Errorf("%q is shown in texts as %q", shown.Message, text.Join(shown.Texts...))
		}
		if _, err := p.Cancel(server); err != nil {
			t.Fatal(err)
		}
		same("when it is canceled")
	})
}

// That a machine is looked at is told under the phase in which it is reached: its vaults are not synced before.
func TestAStartLooksBeforeItSyncs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		heard := progressOf{heard: map[string]schema.Phase{}}
		p := w.startTelling("state", heard)
		p.wantEnd(p.launch(), schema.OperationSucceeded)
		p.wantEnd(p.begin(schema.OperationStop), schema.OperationSucceeded)
		clear(heard.heard)
		p.wantEnd(p.begin(schema.OperationStart), schema.OperationSucceeded)
		if phase := heard.heard[text.ProgressUp.Message]; phase != schema.PhaseConnecting {
			t.Errorf("%q is told under %q", text.ProgressUp.Message, phase)
		}
	})
}

// progressOf is a store.Notifier that keeps under which phase each message was told first.
type progressOf struct {
	silent
	heard map[string]schema.Phase
}

func (n progressOf) Progress(p schema.Progress) {
	if _, before := n.heard[p.Message]; !before {
		n.heard[p.Message] = p.Phase
	}
}

func TestGivingWay(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		p := w.start("state")
		launch := p.launch()
		time.Sleep(30 * time.Second)
		if _, err := p.Override(Request{Kind: schema.OperationDestroy, Cluster: server}); err != nil {
			t.Fatal(err)
		}
		op := p.store.Operation(launch.ID)
		const want = "The launch gave way to a destroy."
		if op.Message != want || op.Error.Message != want || op.Error.Code != text.EndGaveWay.Code || len(op.Texts) != 0 {
			t.Errorf("it says %q (%v) with the error %+v", op.Message, op.Texts, op.Error)
		}
	})
}
