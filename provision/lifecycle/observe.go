package lifecycle

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Learn puts what SkyPilot's record says about the machine itself into ours. It
// says nothing about the status.
func (c *Cluster) Learn(found sky.Cluster) {
	rec, v := c, &c.View
	rec.Hash, rec.Machine, rec.Spot = found.Hash, true, found.Spot
	if rec.UnheardIn == "" || within(rec.UnheardIn, found.Region) { // SkyPilot takes over what it finds there
		rec.Unheard, rec.UnheardIn = false, ""
	}
	if v.Cloud != found.Cloud || !within(v.Region, found.Region) {
		v.HourlyCost = 0 // that was the price of another place
	}
	v.Cloud, v.Region, v.InstanceType = found.Cloud, found.Region, found.InstanceType
	v.Resources = sizeOf(found.CPUs, found.MemoryGB, found.DiskGB)
	v.LaunchedAt = found.LaunchedAt.UTC()
	v.Autostop = nil
	if found.AutostopMinutes >= 0 {
		v.Autostop = &schema.Autostop{IdleMinutes: found.AutostopMinutes, Down: found.AutostopDown}
	}
	if v.CreatedAt.IsZero() {
		v.CreatedAt = v.LaunchedAt
	}
	v.IP = ""
	if found.State == sky.StateUp || found.State == sky.StateInit {
		v.IP = found.IP
	}
}

// within says whether a place that SkyPilot named while it launched is in a region:
// of a spot machine it names the zone (measured with 0.14.1: "us-west-2a").
func within(place, region string) bool {
	return strings.HasPrefix(place, region) && !strings.Contains(place, ",") // not several of them
}

// Observe sets the status from SkyPilot's record, with no operation of ours
// in progress.
func Observe(rec *Cluster, found sky.Cluster) {
	adopted := rec.Hash == ""
	if rec.Hash != "" && rec.Hash != found.Hash {
		// Made anew under our name by somebody else: what we knew is about another machine.
		*rec = Cluster{View: NoServer(found.Name)}
		adopted = true
	}
	rec.Learn(found)
	status, sentence, failure := standing(rec, found)
	if adopted && failure == nil {
		sentence += " It was found at SkyPilot, not launched here, and is looked after from now on."
	}
	SetStatus(rec, status, sentence, failure)
}

// ObserveOutside is [Observe] for a look that no operation made: nobody asked here
// for a status that changed. w is what SkyPilot is doing to the cluster, or nil;
// last is the cluster's last operation, or nil. It reports whether the status changed.
func ObserveOutside(rec *Cluster, found sky.Cluster, w *ForeignWork, last *Operation, at time.Time) (changed bool) {
	before := *rec
	Observe(rec, found)
	w.show(rec, last)
	if ran(before.View) && rec.View.Status == schema.StatusStopped && before.Hash == rec.Hash {
		rec.View.Description = whoStopped(&before, at) + " " + DiskCosts()
	}
	return before.View.Status != rec.View.Status
}

// ran says whether the machine itself was seen running last. An autostop ends
// SkyPilot's runtime first, so that a look in between finds the server unusable.
func ran(c schema.Cluster) bool {
	unusable := c.Status == schema.StatusError && c.Error != nil && c.Error.Kind == schema.KindUnreachable
	return c.Status == schema.StatusRunning || c.Status == schema.StatusStopping || unusable
}

// whoStopped says as much as is known: SkyPilot calls a server stopped, whoever
// did it.
func whoStopped(before *Cluster, at time.Time) string {
	switch {
	case before.Elsewhere != "":
	case before.View.Status == schema.StatusStopping:
		return "The server was idle and has stopped by itself, as its autostop says."
	case before.View.Autostop != nil && !before.View.Autostop.Down:
		return "The server has stopped, most likely by itself because it was idle, as its autostop says."
	}
	return fmt.Sprintf("The server was stopped outside of Carapace, noticed at %s.", at.Local().Format("15:04"))
}

// SetStatus changes what a person sees of the status, all of it at once.
func SetStatus(rec *Cluster, status schema.Status, sentence string, failure *schema.Error) {
	rec.View.Status, rec.View.Description, rec.View.Error = status, sentence, failure
	rec.Elsewhere = ""
	if status != schema.StatusRunning {
		rec.View.Warnings = nil
	}
}

// standing says what a record of SkyPilot's means.
func standing(rec *Cluster, found sky.Cluster) (schema.Status, string, *schema.Error) {
	switch found.State {
	case sky.StateUp:
		return up(rec)
	case sky.StateStopped:
		return schema.StatusStopped, StoppedSentence(), nil
	case sky.StateAutostopping:
		if found.AutostopDown {
			return schema.StatusDestroying, "The server was idle and is destroying itself, as its autostop says.", nil
		}
		return schema.StatusStopping, "The server was idle and is stopping by itself.", nil
	case sky.StatePending:
		return schema.StatusProvisioning, "The server is being launched with SkyPilot outside of Carapace.", nil
	}
	if found.InitKind == sky.InitLaunching && !rec.Incomplete {
		return schema.StatusProvisioning, "The server is being launched or started with SkyPilot outside of Carapace.", nil
	}
	if rec.Incomplete {
		return unfinished(rec)
	}
	if found.State != sky.StateInit {
		return unheardOf(found)
	}
	return unhealthy(rec, found)
}

// unhealthy is a machine that runs while SkyPilot's runtime on it does not answer.
func unhealthy(rec *Cluster, found sky.Cluster) (schema.Status, string, *schema.Error) {
	hint := "Start it again to bring it back. If that fails, destroy it: until then it costs money."
	if rec.View.Autostop != nil { // which ends SkyPilot's runtime first, and the machine half a minute later
		hint = "If it is ending itself because it was idle (autostop), that shows in a minute. Otherwise s" + hint[1:]
	}
	failure := schema.NewError(schema.KindUnreachable,
		"The cloud says that the server runs, but SkyPilot can't work with it.", hint).
		WithProvider(found.Cloud).WithDetail(found.InitReason)
	return schema.StatusError, failure.Message, failure
}

// unheardOf is a state that no SkyPilot known today has a word for.
func unheardOf(found sky.Cluster) (schema.Status, string, *schema.Error) {
	failure := schema.NewError(schema.KindUnreachable,
		fmt.Sprintf("SkyPilot says %q of the server, which this version of Carapace does not know. It may be running and costing money.", found.State),
		"Update Carapace, or look at the server with `sky status` in a terminal.").WithProvider(found.Cloud)
	return schema.StatusError, failure.Message, failure
}

// up is a cluster that SkyPilot calls UP. It says so too of one whose files were
// never synced and whose setup never ran (transcript status-after-apiserver-death).
func up(rec *Cluster) (schema.Status, string, *schema.Error) {
	if rec.Incomplete {
		return unfinished(rec)
	}
	return schema.StatusRunning, runningSentence(rec.View), nil
}

func unfinished(rec *Cluster) (schema.Status, string, *schema.Error) {
	if e := rec.View.Error; rec.View.Status == schema.StatusError && e != nil && !isLookError(e) && e.Kind != schema.KindTimeout {
		return schema.StatusError, rec.View.Description, rec.View.Error
	}
	failure := schema.NewError(schema.KindInterrupted,
		"The machine runs and costs money, but its launch was interrupted before it was ready.",
		"Launch again to finish it, or destroy it.").WithProvider(rec.View.Cloud)
	return schema.StatusError, failure.Message, failure
}

// terminatedAtCloud tells the cloud's console from an autostop, of which SkyPilot
// says "Autodowned cluster" (transcript status-terminated-outside).
func terminatedAtCloud(said string) bool { return strings.Contains(said, "terminated on the cloud") }

// ObserveGone is a cluster of which SkyPilot has no record any more, with no
// operation of ours in progress. A failed launch that left no machine keeps
// saying why it failed. It returns whether that is somebody else's doing; last is
// the server's last operation, or nil.
func ObserveGone(rec *Cluster, name, said string, last *Operation, at time.Time) (changed bool) {
	if !rec.Machine {
		return false
	}
	if rec.Hash == "" {
		NeverShown(rec)
		return false
	}
	if wasOurs(last, at) {
		*rec = ClearRecord(Removed(name, fmt.Sprintf("The server is destroyed: what was asked for at %s has been done after all. Nothing of it costs money any more.",
			last.StartedAt.Local().Format("15:04"))), rec)
		return false
	}
	autodown := rec.View.Autostop != nil && rec.View.Autostop.Down && !terminatedAtCloud(said) && rec.Elsewhere != schema.OperationDestroy
	sentence, hint := whoRemoved(rec, autodown, at), "Launch a new server when you need one."
	if rec.IsSpot() {
		hint = "Launch a new server; without useSpot the cloud does not take it back."
	}
	*rec = ClearRecord(Removed(name, sentence), rec)
	if said != "" && !autodown {
		rec.View.Warnings = []schema.Error{*schema.NewError(schema.KindTerminatedExternally, sentence, hint).WithDetail(said)}
	}
	return true
}

// NeverShown ends the wait for a machine that a launch may have made: there was
// no record of it all the while, so that nothing was seen to be removed either.
func NeverShown(rec *Cluster) {
	failure := schema.NewError(schema.KindInterrupted,
		"SkyPilot never showed a machine of the launch that was given up. One may be running all the same and costing money.",
		"Look in the cloud's console and remove it there; then launch again, or destroy the server here to forget it.")
	rec.Machine, rec.Incomplete, rec.Unheard = false, true, true
	SetStatus(rec, schema.StatusError, failure.Message, failure)
}

// ClearRecord returns a record of nothing but what an earlier launch may have made unheard.
func ClearRecord(view schema.Cluster, rec *Cluster) Cluster {
	return Cluster{View: view, Unheard: rec.Unheard, UnheardIn: rec.UnheardIn}
}

// whoRemoved says as much as is known of a machine that is gone: SkyPilot itself
// only guesses ("preempted, autodowned, or manually terminated in console").
func whoRemoved(rec *Cluster, autodown bool, at time.Time) string {
	const free = " Nothing of it costs money any more."
	when := at.Local().Format("15:04")
	switch {
	case autodown:
		return AutodownSentence + free
	case rec.IsSpot():
		return fmt.Sprintf("The server is gone, noticed at %s: most likely the cloud has taken its spot machine back, if nobody removed it outside of Carapace.", when) + free
	}
	return fmt.Sprintf("The server was removed outside of Carapace, noticed at %s.", when) + free
}

// Answer is what SkyPilot said of one cluster.
type Answer struct {
	Report sky.StatusReport
	Work   *ForeignWork // what SkyPilot is doing to the cluster, where the report does not say; nil: nothing
}

// Observation is what one look at a cluster brought.
type Observation struct {
	Answer
	Begun Epoch         // in which the look began
	At    time.Time     // when it ended
	Late  time.Duration // how long after its end a launch's record may still appear
}

// Apply puts an observation into the state and reports whether that changed
// anything. An observation from an earlier epoch is ignored: an operation has
// begun or ended since, and what it said is newer.
func (s *State) Apply(name string, o Observation) (changed bool) {
	found, exists := o.Report.Find(name)
	if !o.Begun.Over || s.Epoch(name) != o.Begun {
		return false
	}
	rec := s.Clusters[name]
	if rec == nil && !exists {
		return false
	}
	if rec == nil {
		rec = s.Ensure(name)
	}
	last := s.Operation(o.Begun.Operation)
	if !exists && rec.Hash == "" && last != nil && o.At.Sub(last.EndedAt) < o.Late {
		return false // the record of a submission that was given up may only be late
	}
	before, external := *rec, false
	if exists {
		external = ObserveOutside(rec, found, o.Work, last, o.At)
	} else {
		external = ObserveGone(rec, name, o.Report.Gone[name], last, o.At)
	}
	rec.Source = sourceOf(before.View, external)
	before.Source = rec.Source
	return !reflect.DeepEqual(before, *rec)
}

// One failed look makes a cluster stale; FailedLooks in a row, or FailedFor of
// them, make it an error (design.md 7).
const (
	FailedLooks = 2
	FailedFor   = time.Minute
)

// ApplyFailedLook puts into the state that a cluster could not be looked at, as l
// tells, and reports whether that changed anything.
func (s *State) ApplyFailedLook(name string, l Look, failure *schema.Error, at time.Time) (changed bool) {
	rec := s.Clusters[name]
	if l.Failures < FailedLooks && at.Sub(l.Since) < FailedFor {
		return false
	}
	if rec == nil || !rec.Machine || s.Running(name) != nil || rec.View.Status == schema.StatusError {
		return false
	}
	sentence := fmt.Sprintf("The server can't be looked at: %s When it last could, it was %s. It may be costing money.", failure.Message, Words(rec.View.Status))
	SetStatus(rec, schema.StatusError, sentence, asLookError(failure))
	rec.Source = schema.SourcePoll
	return true
}

// sourceOf says whose doing a change was that no operation of ours made. Coming
// back from not being able to look is nobody's doing.
func sourceOf(before schema.Cluster, changed bool) schema.ChangeSource {
	if changed && !isLookError(before.Error) {
		return schema.SourceExternal
	}
	return schema.SourcePoll
}

// asLookError makes sure that an error of looking is never taken for one of the
// machine's: launching another one over it must stay refused.
func asLookError(failure *schema.Error) *schema.Error {
	if isLookError(failure) {
		return failure
	}
	c := *failure
	c.Kind, c.Retryable = schema.KindNetwork, true
	return &c
}

// wasOurs says whether a server's last operation was one that removes it, and not
// long ago: what SkyPilot has done after we stopped waiting for it is nobody
// else's doing.
func wasOurs(last *Operation, at time.Time) bool {
	return last != nil && at.Sub(last.EndedAt) < time.Hour && (last.Kind == schema.OperationDestroy || last.Kind == schema.OperationLaunch && last.State == schema.OperationCanceled)
}

// isLookError tells an error of looking from one of the machine's own.
func isLookError(e *schema.Error) bool {
	return e != nil && (e.Kind == schema.KindUnreachable || e.Kind == schema.KindNetwork || e.Kind == schema.KindAPIServer)
}
