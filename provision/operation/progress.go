package operation

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/schema"
	"carapace/schema/text"
)

// progress is a driver's current phase and message. The driver's goroutines share it.
type progress struct {
	mu           sync.Mutex
	phase        schema.Phase
	message      string
	transfer     *schema.Transfer // how far a mirror has got; nil: none is under way
	percent      int              // how far the operation has got, where it knows itself; 0: it does not
	phaseFrom    time.Time        // when the phase began
	lastNotified time.Time        // when the host was last told
	canceling    bool             // guarded by driver.mu
}

func (p *progress) set(phase schema.Phase, message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if phase != p.phase {
		p.phaseFrom = time.Now()
	}
	p.phase, p.message = phase, message
}

func (p *progress) now() (schema.Phase, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase, p.message
}

// reportProgress notifies the host of what is being done. It journals a new phase, so that
// other sidecars and later processes know it.
func (d *driver) reportProgress(phase schema.Phase, message string) {
	before, _ := d.progress.now()
	message = text.Sentence(d.backend.Line(message))
	phase = d.forward(phase)
	d.progress.set(phase, message)
	d.store.SetProgress(d.id, phase, message)
	d.notify(message, false)
	if phase != before {
		d.store.Record(func(st *lifecycle.State) error {
			op := st.Operation(d.id)
			if op == nil || op.Ended() {
				return store.ErrUnchanged
			}
			op.Enter(phase, message, schema.Now())
			return nil
		})
	}
}

// forward returns a phase, or the one that the operation is in where that comes later: phases
// never go backwards, also where a process begins anew what an earlier one has begun.
func (d *driver) forward(phase schema.Phase) schema.Phase {
	now, _ := d.progress.now()
	if phases := lifecycle.PhasesOf(d.kind); slices.Index(phases, phase) < slices.Index(phases, now) {
		return now
	}
	return phase
}

// notify sends a progress notification.
func (d *driver) notify(message string, heartbeat bool) {
	phase, _ := d.progress.now()
	phases := lifecycle.PhasesOf(d.kind)
	p := schema.Progress{
		Operation: d.id, Cluster: d.cluster, Phase: phase,
		PhaseIndex: max(0, slices.Index(phases, phase)), PhaseCount: len(phases),
		Message: message, ElapsedSeconds: lifecycle.Seconds(time.Since(d.started)), Heartbeat: heartbeat,
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
	message := d.progress.message
	d.progress.mu.Unlock()
	d.notify(message, false)
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
func (d *driver) reportPercent(percent int, phase schema.Phase, message string) {
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
		op.Enter(phase, text.Sentence(d.backend.Line(message)), schema.Now())
		return nil
	})
	d.reportProgress(phase, message)
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
	message, from := d.progress.message, d.progress.phaseFrom
	d.progress.mu.Unlock()
	if silent {
		waited := time.Since(from).Round(time.Second)
		d.notify(fmt.Sprintf("%s Still waiting, %s so far.%s", message, waited, d.explainLongWait(waited)), true)
	}
}

// longSilence is the number of heartbeats after which a heartbeat explains the wait.
const longSilence = 7

// explainLongWait says why it may take so long until there is a machine, and when the
// wait ends. SkyPilot prints nothing meanwhile: it repeats a rate-limited call for eight
// minutes in each zone (transcript launch-ratelimited-silent), waits silently for a slow
// answer too, and then for SSH: "Instance is up." comes only once the machine has answered
// there (provision/provisioner.py: _post_provision_setup). So none of them may be blamed alone.
func (d *driver) explainLongWait(waited time.Duration) string {
	phase, _ := d.progress.now()
	if phase != schema.PhaseProvisioning || waited < longSilence*d.timing.Heartbeat {
		return ""
	}
	return fmt.Sprintf(" SkyPilot tells nothing until the machine answers on SSH: the cloud may be slow, or be refusing calls because of a rate limit, "+
		"or the machine may be there and not answer yet. It is given up after %s; you can cancel it.", formatDuration(d.provisionTime()))
}

// formatDuration formats a duration for a person.
func formatDuration(t time.Duration) string {
	if t < 2*time.Minute {
		return fmt.Sprintf("%d seconds", int(t.Seconds()))
	}
	if t < 2*time.Hour {
		return fmt.Sprintf("%d minutes", int(t.Minutes()))
	}
	return fmt.Sprintf("%d hours", int(t.Hours()))
}
