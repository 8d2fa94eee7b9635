package provision

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"carapace/provision/journal"
	"carapace/schema"
)

// progress is how far a driver has got. Its driver's goroutines share it.
type progress struct {
	mu        sync.Mutex
	phase     schema.Phase
	message   string
	percent   int       // never falls
	phaseFrom time.Time // since when the phase lasts
	said      time.Time // when the host was last told
	canceling bool      // guarded by driver.mu
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

// say tells the host what is being done. A new phase is journaled too, so that
// other sidecars and a successor know of it.
func (d *driver) say(phase schema.Phase, message string) {
	before, _ := d.progress.now()
	message = sentence(d.s.cfg.Redactor.String(message))
	if phases := phasesOf(d.kind); slices.Index(phases, phase) < slices.Index(phases, before) {
		phase = before // a person must not see it go backwards
	}
	d.progress.set(phase, message)
	d.tell(message, false)
	if phase != before {
		d.s.note(func(st *journal.State) error {
			op := st.Operation(d.id)
			if op == nil || op.Ended() {
				return errUnchanged
			}
			op.Phase, op.Message = phase, message
			return nil
		})
	}
}

// tell sends a progress notification.
func (d *driver) tell(message string, heartbeat bool) {
	phase, _ := d.progress.now()
	phases := phasesOf(d.kind)
	p := schema.Progress{
		Operation: d.id, Cluster: d.cluster, Phase: phase,
		PhaseIndex: max(0, slices.Index(phases, phase)), PhaseCount: len(phases),
		Message: message, ElapsedSeconds: seconds(time.Since(d.started)), Heartbeat: heartbeat,
	}
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	if op := d.s.state.Operation(d.id); op == nil || op.Ended() {
		return // nothing may follow operation.finished
	}
	p.ExpectedSeconds = expected(d.s.state, d.kind)
	p.Percent = d.progress.advance(p)
	d.s.cfg.Notifier.Progress(p)
}

// advance notes that the host is told now, and returns the estimate in percent:
// none where this machine has no past to estimate from.
func (p *progress) advance(said schema.Progress) *int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = time.Now()
	if said.ExpectedSeconds <= 0 {
		return nil
	}
	p.percent = max(p.percent, min(99, int(100*said.ElapsedSeconds/said.ExpectedSeconds)))
	percent := p.percent
	return &percent
}

// showOn puts the progress onto an operation that is shown.
func (d *driver) showOn(op *schema.Operation) {
	d.progress.mu.Lock()
	defer d.progress.mu.Unlock()
	op.Phase, op.Message = d.progress.phase, d.progress.message
	if d.progress.percent > 0 {
		percent := d.progress.percent
		op.Percent = &percent
	}
}

// expected is the median of what the last operations of a kind took here, in
// seconds; 0 where there were none.
func expected(st *journal.State, kind schema.OperationKind) float64 {
	var took []float64
	for _, op := range slices.Backward(st.Operations) {
		if op.Kind == kind && op.State == schema.OperationSucceeded && len(took) < 9 {
			took = append(took, op.ElapsedSeconds)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// beat sends a heartbeat whenever the host has heard nothing for a while: a
// throttled cloud makes SkyPilot silent for minutes (transcript
// launch-ratelimited-silent). The returned function ends it.
func (d *driver) beat() (stop func()) {
	quit := make(chan struct{})
	ended := d.s.beside("the heartbeat", func() {
		tick := time.NewTicker(d.s.cfg.Timing.Heartbeat / 2)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				d.s.guarded("a heartbeat", d.beatOnce)
			}
		}
	})
	return func() { close(quit); ended() }
}

func (d *driver) beatOnce() {
	d.progress.mu.Lock()
	silent := time.Since(d.progress.said) >= d.s.cfg.Timing.Heartbeat-d.s.cfg.Timing.Heartbeat/4
	message, from := d.progress.message, d.progress.phaseFrom
	d.progress.mu.Unlock()
	if silent {
		waited := time.Since(from).Round(time.Second)
		d.tell(fmt.Sprintf("%s Still waiting, %s so far.%s", message, waited, d.longWait(waited)), true)
	}
}

// longSilence, in heartbeats, is when a person begins to ask what is wrong.
const longSilence = 7

// longWait says why the cloud may be giving no machine for so long, and when that
// is given up. SkyPilot itself says nothing: it tries a call that was refused as
// one too many again for eight minutes in each zone (transcript
// launch-ratelimited-silent), and waits as silently for an answer.
func (d *driver) longWait(waited time.Duration) string {
	phase, _ := d.progress.now()
	if phase != schema.PhaseProvisioning || waited < longSilence*d.s.cfg.Timing.Heartbeat {
		return ""
	}
	return fmt.Sprintf(" SkyPilot tells nothing meanwhile: the cloud may be slow, or be refusing calls because of a rate limit. "+
		"It is given up after %s; you can cancel it.", span(d.provisionTime()))
}

// span is a duration for a person.
func span(t time.Duration) string {
	if t < 2*time.Minute {
		return fmt.Sprintf("%d seconds", int(t.Seconds()))
	}
	if t < 2*time.Hour {
		return fmt.Sprintf("%d minutes", int(t.Minutes()))
	}
	return fmt.Sprintf("%d hours", int(t.Hours()))
}
