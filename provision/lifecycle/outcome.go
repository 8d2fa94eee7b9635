package lifecycle

import (
	"slices"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Outcome is how an operation ended. Its constructors below turn what a driver found into changes of
// the record. What is said of money is added later, from the record's existence.
type Outcome struct {
	Err      *schema.Error // nil: it succeeded
	Canceled bool
	Texts    []text.Text // what is said of it; none: what the error says
	// Settle puts what was found into the cluster's record; nil: the record stays as it is.
	// at is when the operation ended.
	Settle func(rec *Cluster, at time.Time)
}

// Found is a record that an operation's look has shown.
type Found struct {
	sky.Cluster
	Endpoint string // SkyPilot's API server
}

// AsCanceled returns an outcome as that of a canceled operation.
func AsCanceled(out Outcome) Outcome {
	out.Canceled = true
	return out
}

// RunFailed is the warning that the run command of a server that is up could not be run or watched.
func RunFailed(failure *schema.Error) *schema.Error {
	return schema.Fail(schema.KindRunFailed, &text.RunMayFail, text.Args{"why": failure.Texts()}).WithDetail(failure.Detail)
}

// WithoutSecrets is the warning that a server's scripts ran without the secrets of its launch, which
// are not kept; nil if the spec has none.
func WithoutSecrets(spec *schema.Spec) *schema.Error {
	if len(spec.Secrets) == 0 {
		return nil
	}
	return schema.Fail(schema.KindRunFailed, &text.RunWithoutSecrets)
}

// Ready is the outcome of a launch or start whose server is ready: SkyPilot reports UP, the vaults are
// synced, and setup has succeeded.
func Ready(found Found, warnings ...*schema.Error) Outcome {
	said := []text.Text{text.New(&text.ServerRunning)}
	warnings = slices.DeleteFunc(warnings, func(w *schema.Error) bool { return w == nil })
	if len(warnings) > 0 {
		said = warnings[0].Texts()
	}
	return Outcome{Texts: said, Settle: func(rec *Cluster, at time.Time) {
		rec.Incomplete = false
		rec.Learn(found.Cluster, found.Endpoint, at)
		SetStatus(rec, schema.StatusRunning, runningStory(rec.View), nil)
		rec.View.Warnings = nil
		for _, w := range warnings {
			rec.View.Warnings = append(rec.View.Warnings, *w)
		}
	}}
}

// Unready is the outcome of a launch or start whose machine is up while the server is not ready.
func Unready(found Found, failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		rec.Learn(found.Cluster, found.Endpoint, at)
		rec.Incomplete = true // UP alone must not make it a running server again
		SetStatus(rec, schema.StatusError, failure.Texts(), failure)
	}}
}

// Stopped is the outcome of a stop that succeeded.
func Stopped(found Found) Outcome {
	stopped := []text.Text{text.New(&text.ServerStopped)}
	return Outcome{Texts: stopped, Settle: func(rec *Cluster, at time.Time) {
		rec.Learn(found.Cluster, found.Endpoint, at)
		SetStatus(rec, schema.StatusStopped, stopped, nil)
	}}
}

// StoppedInstead is the outcome of a failed launch or start whose server is stopped.
func StoppedInstead(found Found, failure *schema.Error) Outcome {
	out := Stopped(found)
	out.Err, out.Texts = failure, nil
	return out
}

// AsFound is the outcome of a failed operation; the status becomes what a look has shown.
func AsFound(found Found, failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) { Observe(rec, found.Cluster, found.Endpoint, at) }}
}

// MayStart is the outcome of a failed start whose server is stopped and that SkyPilot may still
// carry out.
func MayStart(found Found, failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		rec.Learn(found.Cluster, found.Endpoint, at)
		rec.Machine = schema.MachineUnknown
		SetStatus(rec, schema.StatusError, and(failure.Texts(), text.New(&text.EndMayStart)), failure)
	}}
}

// LaunchUnknown is the outcome of a failed launch that may have left a machine. mayStillRun reports
// that SkyPilot may still get or carry out its request.
func LaunchUnknown(failure *schema.Error, mayStillRun bool) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		evidence := EvidenceSubmitting
		if mayStillRun {
			evidence = EvidenceOwed
		}
		rec.Witness(evidence, "", at)
		rec.Incomplete = true
		unknown := text.New(&text.EndMachineUnknown)
		if rec.Existence() == ExistsSeen { // what it does now no look has shown
			rec.Machine = schema.MachineUnknown
			unknown = text.New(&text.EndMachineDoing)
		}
		SetStatus(rec, schema.StatusError, and(failure.Texts(), unknown), failure)
	}}
}

// MayBeOrphaned adds to an outcome that a machine may be left that SkyPilot does not know of.
func MayBeOrphaned(out Outcome) Outcome {
	settle := out.Settle
	out.Settle = func(rec *Cluster, at time.Time) {
		if rec.Orphan == nil {
			rec.Orphan = &Orphan{}
		}
		settle(rec, at)
	}
	return out
}

// LaunchNeverShown is the outcome of a failed launch that left nothing that SkyPilot shows, while the cloud may have made a machine.
func LaunchNeverShown(failure *schema.Error, evidence Evidence) Outcome {
	return LaunchLeftNothing(failure.Hinting(text.New(&text.HintLostLook), text.New(&text.MoneyMayRun)), evidence)
}

// LaunchLeftNothing is the outcome of a failed launch that left nothing: by evidence, or because
// nothing was submitted ("").
func LaunchLeftNothing(failure *schema.Error, evidence Evidence) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		before := *rec
		if evidence != "" {
			rec.Witness(evidence, rec.Account, at)
		}
		if rec.Existence() == ExistsLost && before.Existence() != ExistsLost {
			markLost(rec, &before, at)
			return
		}
		if rec.MayExist() && evidence == "" {
			return // the existing machine has not changed
		}
		if rec.MayExist() {
			rec.Incomplete = true
			SetStatus(rec, schema.StatusError, and(failure.Texts(), text.New(&text.EndMachineUnheard)), failure)
			return
		}
		if evidence == "" { // it never began, so no failed server is shown
			clearRecord(rec, rec.View.Name, and(failure.Texts(), text.New(&text.EndNothingBegun))...)
			return
		}
		*rec = Cluster{
			View:   schema.Cluster{Name: rec.View.Name, CreatedAt: rec.View.CreatedAt},
			Exists: rec.Exists, Occupant: rec.Occupant, Spec: rec.Spec, Vaults: rec.Vaults, Incomplete: true,
		}
		SetStatus(rec, schema.StatusError, failure.Texts(), failure)
	}}
}

// NameTaken is the outcome of a failed launch whose name a cluster of somebody else has by now.
func NameTaken(failure *schema.Error, found sky.Cluster, known Known) Outcome {
	out := LaunchLeftNothing(failure, EvidenceNotMade)
	settle := out.Settle
	out.Settle = func(rec *Cluster, at time.Time) {
		settle(rec, at)
		rec.Occupant = occupantOf(found, known)
	}
	return out
}

// Occupied is the outcome of an operation that found a cluster of somebody else under its name. It
// did nothing to that cluster.
func Occupied(refusal *schema.Error, found sky.Cluster, known Known) Outcome {
	return Outcome{Err: refusal, Settle: func(rec *Cluster, _ time.Time) { rec.Occupant = occupantOf(found, known) }}
}

// MayRemain is the outcome of a removal during which SkyPilot did not confirm that it had stopped
// making the machine.
func MayRemain() Outcome {
	failure := schema.Fail(schema.KindAPIServer, &text.EndMayRemain).And(text.New(&text.MoneyMayCome))
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		rec.Witness(EvidenceOwed, "", at)
		rec.Incomplete = true
		SetStatus(rec, schema.StatusError, failure.Texts(), failure)
	}}
}

// Unchanged is the outcome of a failed operation that submitted nothing.
func Unchanged(failure *schema.Error) Outcome { return Outcome{Err: failure} }

// NotFoundOut is the outcome of a failed operation after which the server's state is unknown.
func NotFoundOut(failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, _ time.Time) {
		story := failure.Texts()
		if rec.MayExist() {
			story = and(story, text.New(&text.EndServerDoing), text.New(&text.MoneyMayCost))
		}
		SetStatus(rec, schema.StatusError, story, failure)
	}}
}

// NotShownYet is the outcome of an operation on a server whose launch was given up and that SkyPilot
// has not shown. The watcher goes on looking for it.
func NotShownYet() Outcome {
	failure := schema.Fail(schema.KindInterrupted, &text.EndNotShownYet).And(text.New(&text.MoneyMayCome))
	return Outcome{Err: failure, Settle: func(rec *Cluster, _ time.Time) {
		SetStatus(rec, schema.StatusError, failure.Texts(), failure)
	}}
}

// Gone is the outcome of an operation that found no record of its server; evidence says what that
// means. failure is why the operation failed; nil: the removal was asked for.
func Gone(kind schema.OperationKind, evidence Evidence, account string, failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		before := *rec
		rec.Witness(evidence, account, at)
		if rec.Existence() == ExistsLost {
			markLost(rec, &before, at)
			return
		}
		story := text.New(&text.ServerRemovedBefore, text.Args{"operation": kind})
		if before.View.Autostop != nil && before.View.Autostop.Down {
			story = text.New(&text.ServerAutostopDestroyedLikely)
		}
		clearRecord(rec, rec.View.Name, story)
	}}
}

// Destroyed is the outcome of a removal after which SkyPilot has no record. By evidence the server is
// gone, or it is lost and the operation fails.
func Destroyed(rec Cluster, evidence Evidence, account string, story []text.Text, at time.Time) Outcome {
	left := rec
	left.Witness(evidence, account, at)
	settle := func(rec *Cluster, at time.Time) {
		before := *rec
		rec.Witness(evidence, account, at)
		if rec.Existence() == ExistsLost {
			markLost(rec, &before, at)
			return
		}
		clearRecord(rec, rec.View.Name, story...)
	}
	switch {
	case left.Existence() == ExistsLost && evidence == EvidencePurged: // as was asked for, whatever is left at the cloud
		told := rec
		settle(&told, at)
		return Outcome{Texts: told.story(), Settle: settle}
	case left.Existence() == ExistsLost:
		return Outcome{Err: lostError(left.Exists.Why), Settle: settle}
	case left.Existence() == ExistsNone:
		return Outcome{Texts: story, Settle: settle}
	}
	owed := lostError(EvidenceOwed) // a request that was given up may still make the machine
	said := and(owed.Texts(), text.New(&text.MoneyLookInConsole))
	return Outcome{Texts: said, Settle: func(rec *Cluster, at time.Time) {
		rec.Witness(evidence, account, at)
		rec.Incomplete = true
		SetStatus(rec, schema.StatusError, said, owed)
	}}
}

// Interrupted is the error of an operation whose name another cluster has by now: SkyPilot shows
// another cluster_hash. Nothing was done to that cluster.
func Interrupted(kind schema.OperationKind, name string) *schema.Error {
	return schema.Fail(schema.KindInterrupted, &text.EndOtherServer, text.Args{"operation": kind, "name": name})
}

// TooOld is the error of an operation whose process ended before it submitted anything, and that is
// too old to begin.
func TooOld(kind schema.OperationKind, rec Cluster) *schema.Error {
	failure := schema.Fail(schema.KindInterrupted, &text.EndNeverBegun, text.Args{"operation": kind})
	if kind == schema.OperationStop || kind == schema.OperationDestroy {
		return failure.And(and([]text.Text{text.New(&text.ServerAsItWas)}, rec.money()...)...)
	}
	return failure
}

// NotBegun is the outcome of an operation that never began. A running server gets its error as a
// warning.
func NotBegun(failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, _ time.Time) {
		if rec.View.Status == schema.StatusRunning {
			rec.View.Warnings = append(slices.Clip(rec.View.Warnings), *failure)
		}
	}}
}

// LaunchAbandoned is the outcome of a launch that ended before its submission because another cluster
// has the name.
func LaunchAbandoned(refusal *schema.Error) Outcome {
	return Outcome{Err: refusal, Settle: func(rec *Cluster, _ time.Time) {
		if !rec.MayExist() && rec.Identity.Hash == "" { // the record is of this launch's spec, with which the other machine was not launched
			clearRecord(rec, rec.View.Name, refusal.Texts()...)
		}
	}}
}

// CanceledBefore is the outcome of an operation that was canceled before it submitted anything. fresh
// is its [Operation].Fresh.
func CanceledBefore(fresh bool) Outcome {
	return Outcome{Canceled: true, Texts: []text.Text{text.New(&text.EndCanceledBefore)}, Settle: func(rec *Cluster, _ time.Time) {
		if fresh && !rec.MayExist() { // else a cluster was found meanwhile
			clearRecord(rec, rec.View.Name, text.New(&text.EndLaunchNotBegun))
		}
	}}
}

// LostNow is the refusal of a launch beside a cluster that can't be found.
func LostNow(name string, rec *Cluster) *schema.Error {
	why := lostError(rec.Exists.Why)
	return schema.Fail(schema.KindClusterActive, &text.LaunchLost, text.Args{"name": name}).And(why.Texts()...).AndHint(why.HintTexts()...)
}

// RemovedView returns the view of a cluster that is gone; story is its description.
func RemovedView(name string, story []text.Text) schema.Cluster {
	return schema.Cluster{Name: name, Status: schema.StatusNoServer, Texts: story, Description: text.Join(story...)}
}

// stateOf returns the state in which an operation with an outcome ends.
func stateOf(out Outcome) schema.OperationState {
	switch {
	case out.Canceled:
		return schema.OperationCanceled
	case out.Err != nil:
		return schema.OperationFailed
	}
	return schema.OperationSucceeded
}

// RefusedByCloud reports whether a stop or removal failed because the cloud refused it, rather than
// because its end is not known.
func RefusedByCloud(failure *schema.Error) bool {
	switch failure.Kind {
	case schema.KindClusterNotFound, schema.KindInterrupted, schema.KindTimeout, schema.KindAPIServer:
		return false
	}
	return true
}

// Conclude ends an operation with an outcome. done is false, and nothing is changed, if the operation
// has a cancel request and the outcome is not that of a cancel. changed is false if there is no such
// operation in progress.
func (s *State) Conclude(id string, out Outcome, phase schema.Phase, at time.Time) (done, changed bool) {
	op := s.Operation(id)
	if op == nil || op.Ended() {
		return true, false
	}
	if !op.CancelRequested.IsZero() && !out.Canceled {
		return false, false
	}
	op.State, op.EndedAt, op.Known, op.Percent = stateOf(out), at, nil, nil
	op.enter(phase, at)
	op.ElapsedSeconds = Seconds(at.Sub(op.StartedAt))
	if op.Say(out.Texts...); len(out.Texts) == 0 && out.Err != nil {
		op.FailWith(out.Err)
	}
	op.Error = out.Err
	if op.Cluster == "" {
		return true, true
	}
	rec := s.Ensure(op.Cluster)
	if out.Settle != nil {
		out.Settle(rec, at)
	}
	rec.Source = schema.SourceOperation // after Settle, which may replace the record
	if op.Error = withMoney(out.Err, out.Canceled || op.Kind == schema.OperationStop || op.Kind == schema.OperationDestroy, rec); rec.View.Error == out.Err {
		rec.View.Error = op.Error
	}
	if rec.View.Status != op.Before || out.Err == nil && !op.DryRun { // a look at what a sync would do changes nothing
		rec.View.LastChange = &schema.Change{Cause: schema.CauseUser, At: at, Operation: id}
		if out.Err != nil && !out.Canceled {
			rec.View.LastChange.Cause = schema.CauseFailure
		}
	}
	if out.Err == nil && op.Kind != schema.OperationSync && rec.View.Status != schema.StatusRunning {
		op.Say(and(out.Texts, rec.money()...)...)
	}
	return true, true
}
