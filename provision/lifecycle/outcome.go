package lifecycle

import (
	"slices"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// AsCanceled is an outcome of an operation that was canceled.
func AsCanceled(out Outcome) Outcome {
	out.Canceled = true
	return out
}

// RunFailed is a run command that could not be run, or not be watched, on a server
// that is up.
func RunFailed(failure *schema.Error) *schema.Error {
	return schema.NewError(schema.KindRunFailed, "The server runs, but its run command may not: "+Sentence(failure.Message),
		"Read the run log, mend the cause, then stop and start the server to run it again.").WithDetail(failure.Detail)
}

// WithoutSecrets says that a server's scripts went without what it was
// launched with: secrets are kept nowhere (design.md 5).
func WithoutSecrets(spec *schema.Spec) *schema.Error {
	if len(spec.Secrets) == 0 {
		return nil
	}
	return schema.NewError(schema.KindRunFailed,
		"The server's scripts were run without the spec's secrets, because Carapace does not keep them.",
		"If they need them, have setup store what it needs on the server, or destroy the server and launch it again.")
}

// MayRemain is the end of a removal during which SkyPilot would not say that it had
// stopped making the machine.
func MayRemain() Outcome {
	failure := schema.NewError(schema.KindAPIServer,
		"SkyPilot did not confirm that it has stopped making the server: a machine may still come up and cost money.",
		"Destroy the server again in a minute. Carapace keeps looking.")
	return Outcome{Err: failure, Settle: func(rec *Cluster) {
		rec.Machine, rec.Incomplete = true, true
		SetStatus(rec, schema.StatusError, failure.Message, failure)
	}}
}

// Destroyed is the end of a destroy that was verified.
const Destroyed = "The server is destroyed. Nothing of it costs money any more."

// Forgotten is the end of a destroy with purge.
const Forgotten = "SkyPilot has forgotten the server. Look in the cloud's console whether anything of it remains there: that would go on costing money."

// Unchanged is an operation that never reached SkyPilot.
func Unchanged(failure *schema.Error) Outcome { return Outcome{Err: failure} }

// Outcome is how an operation ended.
type Outcome struct {
	Err      *schema.Error // nil: it succeeded
	Canceled bool
	Message  string // for a person; empty: the error's
	// Settle puts what was re-read into the server's record; nil: it stays as it was.
	Settle func(*Cluster)
	// Forget removes the server's record: SkyPilot was seen to have none.
	Forget bool
}

// Removed is a cluster that is gone, as the host is shown it.
func Removed(name, description string) schema.Cluster {
	c := NoServer(name)
	c.Description = description
	return c
}

// State is the state in which an operation of that outcome ends.
func stateOf(out Outcome) schema.OperationState {
	switch {
	case out.Canceled:
		return schema.OperationCanceled
	case out.Err != nil:
		return schema.OperationFailed
	}
	return schema.OperationSucceeded
}

// Unseen is the outcome of an operation on a server that SkyPilot has not shown yet:
// its launch was given up, and nobody has seen it go. The poller goes on looking.
func Unseen() Outcome {
	failure := schema.NewError(schema.KindInterrupted,
		"SkyPilot shows no such server: its launch was given up before one was seen. A machine may still come up, or be running already, and cost money.",
		"Wait a few minutes: what comes up is shown here. Then launch again to finish it, or destroy the server.")
	return Outcome{Err: failure, Settle: func(rec *Cluster) {
		SetStatus(rec, schema.StatusError, failure.Message, failure)
	}}
}

// Unconfirmed is the outcome of an operation whose server SkyPilot has lost track of.
func Unconfirmed(doubt *schema.Error) Outcome {
	return Outcome{Err: doubt, Settle: func(rec *Cluster) {
		SetStatus(rec, schema.StatusError, doubt.Message, doubt)
	}}
}

// NeverSeen is the end of a destroy of what SkyPilot never showed.
const NeverSeen = "SkyPilot has no such server, so there was nothing to destroy. Its launch was given up before one was seen; should one still come up, it is shown here."

// NeverThere is the end of a destroy of what neither we nor SkyPilot know of.
const NeverThere = "SkyPilot has no such server, so there was nothing to destroy."

// NeverHeard is the end of a removal after a launch that may have made a machine
// unheard.
const NeverHeard = "SkyPilot has no such server any more. Its launch may have made a machine that SkyPilot never heard of: look in the cloud's console, because it would cost money."

// RefusedByCloud tells a word of the cloud's against a removal from what only
// says that nobody lived to hear how it ended. So it does of a stop.
func RefusedByCloud(failure *schema.Error) bool {
	switch failure.Kind {
	case schema.KindClusterNotFound, schema.KindInterrupted, schema.KindTimeout, schema.KindAPIServer:
		return false
	}
	return true
}

// Ready is a server that is ready: SkyPilot said UP, the vaults are exact,
// setup succeeded.
func Ready(found sky.Cluster, warnings ...*schema.Error) Outcome {
	message := "The server is running."
	warnings = slices.DeleteFunc(warnings, func(w *schema.Error) bool { return w == nil })
	if len(warnings) > 0 {
		message = warnings[0].Message
	}
	return Outcome{Message: message, Settle: func(rec *Cluster) {
		rec.Incomplete = false
		rec.Learn(found)
		SetStatus(rec, schema.StatusRunning, runningSentence(rec.View), nil)
		rec.View.Warnings = nil
		for _, w := range warnings {
			rec.View.Warnings = append(rec.View.Warnings, *w)
		}
	}}
}

// Unready is a machine that is up, and costs money, but is no server yet.
func Unready(found sky.Cluster, failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster) {
		rec.Learn(found)
		rec.Incomplete = true // UP alone must not make it a running server again
		SetStatus(rec, schema.StatusError, Sentence(failure.Message)+" The machine runs and costs money.", failure)
	}}
}

// LaunchUnknown is a failed launch of which a machine may be left.
func LaunchUnknown(failure *schema.Error) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster) {
		rec.Machine, rec.Incomplete = true, true
		SetStatus(rec, schema.StatusError, Sentence(failure.Message)+" Whether a machine is left could not be found out: one may be running and costing money.", failure)
	}}
}

// LaunchLeftNothing is a failed launch of which nothing remains, and why that is known,
// unless this launch or one before it was not heard to its end.
func LaunchLeftNothing(name string, failure *schema.Error, known string) Outcome {
	return Outcome{Err: failure, Settle: func(rec *Cluster) {
		if rec.Unheard {
			known = "SkyPilot knows of no machine, but the cloud may have made one without being heard, and it would cost money: " +
				"look in the cloud's console, or launch again in the same region, which takes it over."
		}
		created, spec := rec.View.CreatedAt, rec.Spec
		*rec = ClearRecord(schema.Cluster{Name: name, CreatedAt: created}, rec)
		rec.Spec, rec.Incomplete = spec, true
		SetStatus(rec, schema.StatusError, Sentence(failure.Message)+" "+known, failure)
	}}
}

// MayBeOrphaned is an outcome after which a machine may be left that SkyPilot does not
// know of.
func MayBeOrphaned(out Outcome) Outcome {
	Settle := out.Settle
	out.Settle = func(rec *Cluster) {
		Settle(rec)
		rec.Unheard = true
	}
	return out
}

// Conclude ends an operation with an outcome. done is false, and nothing is
// changed, when a cancel was accepted that the outcome does not heed. It reports
// changed false where there is no such operation in progress.
func (s *State) Conclude(id string, out Outcome, phase schema.Phase, at time.Time) (done, changed bool) {
	op := s.Operation(id)
	if op == nil || op.Ended() {
		return true, false
	}
	if !op.CancelRequested.IsZero() && !out.Canceled {
		return false, false
	}
	op.State, op.Phase, op.EndedAt, op.Error = stateOf(out), phase, at, out.Err
	op.ElapsedSeconds, op.Known = Seconds(at.Sub(op.StartedAt)), nil
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
		out.Settle(rec)
	}
	if out.Forget {
		s.Clusters[op.Cluster] = &Cluster{View: Removed(op.Cluster, out.Message), Source: schema.SourceOperation}
	}
	return true, true
}
