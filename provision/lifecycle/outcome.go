package lifecycle

import (
	"fmt"
	"slices"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Outcome is how an operation ended. Its constructors below turn what a driver found into changes of
// the record. Texts about money are added later, from the record's existence.
type Outcome struct {
	Err      *schema.Error // nil: it succeeded
	Canceled bool
	Message  string // for a person; empty: the error's
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
	return schema.NewError(schema.KindRunFailed, "The server runs, but its run command may not: "+Sentence(failure.Message),
		"Read the run log, mend the cause, then stop and start the server to run it again.").WithDetail(failure.Detail)
}

// WithoutSecrets is the warning that a server's scripts ran without the secrets of its launch, which
// are not kept; nil if the spec has none.
func WithoutSecrets(spec *schema.Spec) *schema.Error {
	if len(spec.Secrets) == 0 {
		return nil
	}
	return schema.NewError(schema.KindRunFailed,
		"The server's scripts were run without the spec's secrets, because Carapace does not keep them.",
		"If they need them, have setup store what it needs on the server, or destroy the server and launch it again.")
}

// Ready is the outcome of a launch or start whose server is ready: SkyPilot reports UP, the vaults are
// synced, and setup has succeeded.
func Ready(found Found, warnings ...*schema.Error) Outcome {
	message := "The server is running."
	warnings = slices.DeleteFunc(warnings, func(w *schema.Error) bool { return w == nil })
	if len(warnings) > 0 {
		message = warnings[0].Message
	}
	return Outcome{Message: message, Settle: func(rec *Cluster, at time.Time) {
		rec.Incomplete = false
		rec.Learn(found.Cluster, found.Endpoint, at)
		SetStatus(rec, schema.StatusRunning, runningSentence(rec.View), nil)
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
		SetStatus(rec, schema.StatusError, Sentence(failure.Message), failure)
	}}
}

// Stopped is the outcome of a stop that succeeded.
func Stopped(found Found) Outcome {
	return Outcome{Message: stoppedStory, Settle: func(rec *Cluster, at time.Time) {
		rec.Learn(found.Cluster, found.Endpoint, at)
		SetStatus(rec, schema.StatusStopped, stoppedStory, nil)
	}}
}

// StoppedInstead is the outcome of a failed launch or start whose server is stopped.
func StoppedInstead(found Found, failure *schema.Error) Outcome {
	out := Stopped(found)
	out.Err, out.Message = failure, ""
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
		SetStatus(rec, schema.StatusError, Sentence(failure.Message)+" SkyPilot may still start the server.", failure)
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
		story := " Whether a machine is left could not be found out."
		if rec.Existence() == ExistsSeen { // what it does now no look has shown
			rec.Machine = schema.MachineUnknown
			story = " What the machine is doing now could not be found out."
		}
		SetStatus(rec, schema.StatusError, Sentence(failure.Message)+story, failure)
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
			story := " SkyPilot knows of no machine, but the cloud may have made one without being heard: look in the cloud's console, or launch again in the same region, which takes it over."
			SetStatus(rec, schema.StatusError, Sentence(failure.Message)+story, failure)
			return
		}
		if evidence == "" { // it never began, so no failed server is shown
			clearRecord(rec, rec.View.Name, Sentence(failure.Message)+" Nothing was begun at the cloud.")
			return
		}
		*rec = Cluster{
			View:   schema.Cluster{Name: rec.View.Name, CreatedAt: rec.View.CreatedAt},
			Exists: rec.Exists, Occupant: rec.Occupant, Spec: rec.Spec, Vaults: rec.Vaults, Incomplete: true,
		}
		SetStatus(rec, schema.StatusError, Sentence(failure.Message), failure)
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
	failure := schema.NewError(schema.KindAPIServer,
		"SkyPilot did not confirm that it has stopped making the server. "+MayCome,
		"Destroy the server again in a minute. Carapace keeps looking.")
	return Outcome{Err: failure, Settle: func(rec *Cluster, at time.Time) {
		rec.Witness(EvidenceOwed, "", at)
		rec.Incomplete = true
		SetStatus(rec, schema.StatusError, failure.Message, failure)
	}}
}

// Unchanged is the outcome of a failed operation that submitted nothing.
func Unchanged(failure *schema.Error) Outcome { return Outcome{Err: failure} }

// NotFoundOut is the outcome of a failed operation after which the server's state is unknown.
func NotFoundOut(failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster, _ time.Time) {
		story := Sentence(failure.Message)
		if rec.MayExist() {
			story += " What the server is doing now could not be found out. " + MayCost
		}
		SetStatus(rec, schema.StatusError, story, failure)
	}}
}

// NotShownYet is the outcome of an operation on a server whose launch was given up and that SkyPilot
// has not shown. The watcher goes on looking for it.
func NotShownYet() Outcome {
	failure := schema.NewError(schema.KindInterrupted,
		"SkyPilot shows no such server: its launch was given up before one was seen. "+MayCome,
		"Wait a few minutes: what comes up is shown here. Then launch again to finish it, or destroy the server.")
	return Outcome{Err: failure, Settle: func(rec *Cluster, _ time.Time) {
		SetStatus(rec, schema.StatusError, failure.Message, failure)
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
		story := fmt.Sprintf("The server is gone: it was removed outside of Carapace before the %s was done.", kind)
		if before.View.Autostop != nil && before.View.Autostop.Down {
			story = AutodownSentence
		}
		clearRecord(rec, rec.View.Name, story)
	}}
}

// Destroyed is the outcome of a removal after which SkyPilot has no record. By evidence the server is
// gone, or it is lost and the operation fails.
func Destroyed(rec Cluster, evidence Evidence, account, story string, at time.Time) Outcome {
	left := rec
	left.Witness(evidence, account, at)
	settle := func(rec *Cluster, at time.Time) {
		before := *rec
		rec.Witness(evidence, account, at)
		if rec.Existence() == ExistsLost {
			markLost(rec, &before, at)
			return
		}
		clearRecord(rec, rec.View.Name, story)
	}
	switch left.Existence() {
	case ExistsLost:
		return Outcome{Err: lostError(left.Exists.Why), Settle: settle}
	case ExistsNone:
		return Outcome{Message: story, Settle: settle}
	}
	owed := lostError(EvidenceOwed) // a request that was given up may still make the machine
	return Outcome{Message: owed.Message + " " + LookInConsole, Settle: func(rec *Cluster, at time.Time) {
		rec.Witness(evidence, account, at)
		rec.Incomplete = true
		SetStatus(rec, schema.StatusError, owed.Message+" "+LookInConsole, owed)
	}}
}

// Interrupted is the error of an operation whose name another cluster has by now: SkyPilot shows
// another cluster_hash. Nothing was done to that cluster.
func Interrupted(kind schema.OperationKind, name string) *schema.Error {
	return schema.NewError(schema.KindInterrupted,
		fmt.Sprintf("The %s was not carried out: the server called %s is another one by now.", kind, name),
		"Look at what is there now before you ask again.")
}

// TooOld is the error of an operation whose process ended before it submitted anything, and that is
// too old to begin.
func TooOld(kind schema.OperationKind, rec Cluster) *schema.Error {
	message := fmt.Sprintf("The %s was never begun: Carapace ended before SkyPilot had it.", kind)
	if kind == schema.OperationStop || kind == schema.OperationDestroy {
		message += " The server is as it was. " + rec.moneySentence()
	}
	return schema.NewError(schema.KindInterrupted, Sentence(message), fmt.Sprintf("Ask for the %s again if you still want it.", kind))
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
			clearRecord(rec, rec.View.Name, refusal.Message)
		}
	}}
}

// CanceledBefore is the outcome of an operation that was canceled before it submitted anything. fresh
// is its [Operation].Fresh.
func CanceledBefore(fresh bool) Outcome {
	return Outcome{Canceled: true, Message: "It was canceled before anything was begun at the cloud.", Settle: func(rec *Cluster, _ time.Time) {
		if fresh && !rec.MayExist() { // else a cluster was found meanwhile
			clearRecord(rec, rec.View.Name, "The launch was canceled before it began.")
		}
	}}
}

// LostNow is the refusal of a launch beside a cluster that can't be found.
func LostNow(name string, rec *Cluster) *schema.Error {
	why := lostError(rec.Exists.Why)
	return schema.NewError(schema.KindClusterActive, name+" was launched and can't be found. "+why.Message, why.Hint)
}

// Stories of removals.
const (
	StoryDestroyed      = "The server is destroyed."
	StoryLaunchCanceled = "The launch was canceled, and all that it had made is removed."
	StoryForgotten      = "SkyPilot was told to forget the server."
	StoryNeverThere     = "SkyPilot has no such server, so there was nothing to destroy."
	stoppedStory        = "The server is stopped."
)

// RemovedView returns the view of a cluster that is gone; story is its description.
func RemovedView(name, story string) schema.Cluster {
	c := NoServer(name)
	c.Description = story
	return c
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
	op.State, op.EndedAt, op.Error, op.Known, op.Percent = stateOf(out), at, out.Err, nil, nil
	op.enter(phase, at)
	op.ElapsedSeconds = Seconds(at.Sub(op.StartedAt))
	op.Message = out.Message
	if op.Message == "" && out.Err != nil {
		op.Message = out.Err.Message
	}
	if op.Cluster == "" {
		return true, true
	}
	rec := s.Ensure(op.Cluster)
	rec.Source = schema.SourceOperation
	if out.Settle != nil {
		out.Settle(rec, at)
	}
	if op.Error = withMoney(out.Err, out.Canceled || op.Kind == schema.OperationStop || op.Kind == schema.OperationDestroy, rec); rec.View.Error == out.Err {
		rec.View.Error = op.Error
	}
	if rec.View.Status != op.Before || out.Err == nil {
		rec.View.LastChange = &schema.Change{Cause: schema.CauseUser, At: at, Operation: id}
		if out.Err != nil && !out.Canceled {
			rec.View.LastChange.Cause = schema.CauseFailure
		}
	}
	if out.Err == nil && op.Kind != schema.OperationSync && rec.View.Status != schema.StatusRunning {
		op.Message = join(op.Message, rec.moneySentence())
	}
	return true, true
}
