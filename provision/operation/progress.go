package operation

import (
	"slices"
	"sync"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/schema"
	"carapace/schema/text"
)

// progress is a driver's current phase and what it says. The driver's goroutines share it.
type progress struct {
	mu           sync.Mutex
	phase        schema.Phase
	said         []text.Text
	transfer     *schema.Transfer // how far a mirror has got; nil: none is under way
	percent      int              // how far the operation has got, where it knows itself; 0: it does not
	phaseFrom    time.Time        // when the phase began
	lastNotified time.Time        // when the host was last told
	canceling    bool             // guarded by driver.mu
}

func (p *progress) set(phase schema.Phase, said []text.Text) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if phase != p.phase {
		p.phaseFrom = time.Now()
	}
	p.phase, p.said = phase, said
}

func (p *progress) now() (schema.Phase, []text.Text) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase, p.said
}

// reportProgress notifies the host of what is being done. It journals a new phase, so that
// other sidecars and later processes know it.
func (d *driver) reportProgress(phase schema.Phase, doing ...text.Text) {
	before, _ := d.progress.now()
	said := text.MapAll(doing, d.backend.Line)
	phase = d.forward(phase)
	d.progress.set(phase, said)
	d.store.SetProgress(d.id, phase, said)
	d.notify(false, said...)
	if phase != before {
		d.store.Record(func(st *lifecycle.State) error {
			op := st.Operation(d.id)
			if op == nil || op.Ended() {
				return store.ErrUnchanged
			}
			op.Enter(phase, schema.Now(), said...)
			return nil
		})
	}
}

// forward returns a phase, or the one that the operation is in where that comes later: phases
// never go backwards, also where a process begins anew what an earlier one has begun.
func (d *driver) forward(phase schema.Phase) schema.Phase {
	now, _ := d.progress.now()
	if lifecycle.PhaseBefore(d.kind, phase, now) {
		return now
	}
	return phase
}

// notify sends a progress notification.
func (d *driver) notify(heartbeat bool, said ...text.Text) {
	phase, _ := d.progress.now()
	index, count := lifecycle.PhaseIndex(d.kind, phase)
	p := schema.Progress{
		Operation: d.id, Cluster: d.cluster, Phase: phase,
		PhaseIndex: index, PhaseCount: count,
		Message: text.Join(said...), Texts: said, Heartbeat: heartbeat,
	}
	percent, transfer := d.progress.noteNotified(time.Now())
	if percent > 0 {
		p.Percent = &percent
	}
	p.Transfer = transfer
	d.store.NotifyProgress(p)
}

// noteNotified notes when the host was notified. It returns how far the operation and its
// mirror have got.
func (p *progress) noteNotified(at time.Time) (percent int, transfer *schema.Transfer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastNotified = at
	return p.percent, p.transfer
}

// reportTransfer tells the host how far a mirror has got.
func (d *driver) reportTransfer(t schema.Transfer) {
	d.progress.mu.Lock()
	d.progress.transfer = &t
	said := d.progress.said
	d.progress.mu.Unlock()
	d.notify(false, said...)
}

// endTransfer forgets how far a mirror has got, which has ended.
func (d *driver) endTransfer() {
	d.progress.mu.Lock()
	defer d.progress.mu.Unlock()
	d.progress.transfer = nil
}

// reportPercent is reportProgress for an operation that knows how far it has got. It journals
// each journaledPercent of that, and each phase, so that other sidecars can tell their hosts.
// It must not be called by two goroutines at once.
func (d *driver) reportPercent(percent int, phase schema.Phase, doing text.Text) {
	d.progress.mu.Lock()
	d.progress.percent = max(d.progress.percent, percent) // that never falls either
	percent = d.progress.percent
	d.progress.mu.Unlock()
	phase = d.forward(phase)
	d.store.Record(func(st *lifecycle.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() || op.Percent != nil && percent < *op.Percent+journaledPercent && phase == op.Phase {
			return store.ErrUnchanged
		}
		op.Percent = &percent
		op.Enter(phase, schema.Now(), doing.Map(d.backend.Line))
		return nil
	})
	d.reportProgress(phase, doing)
}

// journaledPercent is the least progress that is worth a write of the state.
const journaledPercent = 5

// startHeartbeat starts a goroutine that notifies the host when there has been no progress
// for a while: SkyPilot prints nothing for minutes when the cloud throttles it (transcript
// launch-ratelimited-silent). The returned function ends the goroutine.
func (d *driver) startHeartbeat() (stop func()) {
	quit := make(chan struct{})
	ended := d.group.Beside("the heartbeat", func() {
		tick := time.NewTicker(d.timing.Heartbeat / 2)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				d.group.Guard("a heartbeat", d.heartbeat)
			}
		}
	})
	return func() { close(quit); ended() }
}

func (d *driver) heartbeat() {
	d.progress.mu.Lock()
	silent := time.Since(d.progress.lastNotified) >= d.timing.Heartbeat-d.timing.Heartbeat/4
	said, from := slices.Clone(d.progress.said), d.progress.phaseFrom
	d.progress.mu.Unlock()
	if silent {
		waited := time.Since(from).Round(time.Second)
		said = append(said, text.New(&text.ProgressWaiting, text.Args{"waited": waited.Seconds()}))
		d.notify(true, append(said, d.explainLongWait(waited)...)...)
	}
}

// longSilence is the number of heartbeats after which a heartbeat explains the wait.
const longSilence = 7

// explainLongWait says why it may take so long until there is a machine, and when the
// wait ends. SkyPilot prints nothing meanwhile: it repeats a rate-limited call for eight
// minutes in each zone (transcript launch-ratelimited-silent), waits silently for a slow
// answer too, and then for SSH: "Instance is up." comes only once the machine has answered
// there (provision/provisioner.py: _post_provision_setup). So none of them may be blamed alone.
func (d *driver) explainLongWait(waited time.Duration) []text.Text {
	phase, _ := d.progress.now()
	if phase != schema.PhaseProvisioning || waited < longSilence*d.timing.Heartbeat {
		return nil
	}
	return []text.Text{text.New(&text.ProgressMachineIsSilent, text.Args{"seconds": d.provisionTime().Seconds()})}
}
