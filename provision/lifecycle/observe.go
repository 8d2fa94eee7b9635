package lifecycle

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Learn puts what SkyPilot's record of a cluster of ours says about the machine into
// the cluster's record. It says nothing about the status.
func (c *Cluster) Learn(found sky.Cluster, endpoint string, at time.Time) {
	v := &c.View
	c.Identity = Identity{Endpoint: endpoint, User: found.UserHash, Hash: found.Hash}
	c.Machine, c.Spot, c.Occupant = machineOf(found), found.Spot, nil
	if c.Orphan != nil && (c.Orphan.Region == "" || inRegion(c.Orphan.Region, found.Region)) { // SkyPilot takes over what it finds there
		c.Orphan = nil
	}
	if v.Cloud != found.Cloud || !inRegion(v.Region, found.Region) {
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
	c.Witness(EvidenceShown, "", at)
}

// machineOf is the state of the machine that a record shows.
func machineOf(found sky.Cluster) schema.MachineState {
	switch found.State {
	case sky.StateUp:
		return schema.MachineRunning
	case sky.StateStopped:
		return schema.MachineStopped
	case sky.StateAutostopping, sky.StatePending:
		return schema.MachineChanging
	}
	if found.InitKind == sky.InitLaunching {
		return schema.MachineChanging
	}
	return schema.MachineUnusable
}

// inRegion says whether a place that SkyPilot named while it launched is in a region:
// of a spot machine it names the zone (measured with 0.14.1: "us-west-2a").
func inRegion(place, region string) bool {
	return strings.HasPrefix(place, region) && !strings.Contains(place, ",") // not several of them
}

// Observe sets the status from SkyPilot's record of a cluster of ours, with no
// operation of ours in progress.
func Observe(rec *Cluster, found sky.Cluster, endpoint string, at time.Time) {
	before := *rec
	rec.Learn(found, endpoint, at)
	status, story, failure := statusOf(rec, found)
	if status == before.View.Status && before.Identity.Hash == rec.Identity.Hash && status == schema.StatusStopped && before.View.Description != "" {
		story = before.View.Description // how it came to stop stays told until the next change
	}
	SetStatus(rec, status, story, failure)
}

// observeOutside is [Observe] for a look that no operation made: nobody asked here
// for a status that changed. w is what SkyPilot is doing to the cluster, or nil;
// last is the cluster's last operation, or nil. It reports whether the status changed.
func observeOutside(rec *Cluster, found sky.Cluster, w *ForeignWork, last *Operation, endpoint string, at time.Time) (changed bool) {
	before := *rec
	Observe(rec, found, endpoint, at)
	w.show(rec, last)
	if before.View.Status == rec.View.Status {
		return false
	}
	cause := causeOf(&before, rec, w, last, at)
	if wasRunning(before.View) && rec.View.Status == schema.StatusStopped && before.Identity.Hash == rec.Identity.Hash {
		rec.View.Description = howStopped(&before, cause, at)
	}
	if !isLookError(before.View.Error) || cause != schema.CauseUnknown { // coming back from a failed look is no change
		rec.View.LastChange = &schema.Change{Cause: cause, At: at.UTC()}
	}
	return true
}

// causeOf is why a status changed that no operation here changed. What SkyPilot
// says of a stop is the same text whoever made it (recordings of 0.14.1), so that
// only what was caught in the act, or can have no other cause, is named.
func causeOf(before, after *Cluster, w *ForeignWork, last *Operation, at time.Time) schema.Cause {
	asked := w != nil && last != nil && last.SkyRequest == w.Request.ID
	switch {
	case asked:
		return schema.CauseUser // what SkyPilot is still doing for an operation that was given up
	case w != nil || before.Foreign != "":
		return schema.CauseOutside
	case before.View.Status == schema.StatusStopping && before.View.Autostop != nil,
		after.View.Status == schema.StatusStopping || after.View.Status == schema.StatusDestroying:
		return schema.CauseAutostop // SkyPilot's AUTOSTOPPING was seen
	case after.View.Status == schema.StatusStopped && (before.View.Autostop == nil || !mayBeIdle(before, at)):
		return schema.CauseOutside
	}
	return schema.CauseUnknown
}

// wasRunning says whether the machine itself was seen running last. An autostop ends
// SkyPilot's runtime first, so that a look in between finds the server unusable.
func wasRunning(c schema.Cluster) bool {
	unusable := c.Status == schema.StatusError && c.Error != nil && c.Error.Kind == schema.KindUnreachable
	return c.Status == schema.StatusRunning || c.Status == schema.StatusStopping || unusable
}

// howStopped says as much as is known: SkyPilot calls a cluster stopped, whoever did it.
func howStopped(before *Cluster, cause schema.Cause, at time.Time) string {
	switch {
	case cause == schema.CauseAutostop:
		return "The server was idle and has stopped by itself, as its autostop says."
	case cause != schema.CauseOutside && before.View.Autostop != nil && !before.View.Autostop.Down:
		return "The server has stopped, most likely by itself because it was idle, as its autostop says."
	}
	return fmt.Sprintf("The server was stopped outside of Carapace, noticed at %s.", at.Local().Format("15:04"))
}

// SetStatus changes what a person sees of the status, all of it at once.
func SetStatus(rec *Cluster, status schema.Status, sentence string, failure *schema.Error) {
	rec.View.Status, rec.View.Description, rec.View.Error = status, sentence, failure
	rec.Foreign = ""
	if status != schema.StatusRunning {
		rec.View.Warnings = nil
	}
}

// statusOf says what a record of SkyPilot's means.
func statusOf(rec *Cluster, found sky.Cluster) (schema.Status, string, *schema.Error) {
	switch found.State {
	case sky.StateUp:
		return statusWhenUp(rec)
	case sky.StateStopped:
		return schema.StatusStopped, stoppedStory, nil
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
		return statusUnfinished(rec)
	}
	if found.State != sky.StateInit {
		return statusUnknown(found)
	}
	return statusUnhealthy(rec, found)
}

// statusUnhealthy is a machine that runs while SkyPilot's runtime on it does not answer.
func statusUnhealthy(rec *Cluster, found sky.Cluster) (schema.Status, string, *schema.Error) {
	hint := "Start it again to bring it back. If that fails, destroy it."
	if rec.View.Autostop != nil { // which ends SkyPilot's runtime first, and the machine half a minute later
		hint = "If it is ending itself because it was idle (autostop), that shows in a minute. Otherwise s" + hint[1:]
	}
	failure := schema.NewError(schema.KindUnreachable,
		"The cloud says that the server runs, but SkyPilot can't work with it.", hint).
		WithProvider(found.Cloud).WithDetail(found.InitReason)
	return schema.StatusError, failure.Message, failure
}

// statusUnknown is a state that no SkyPilot known today has a word for.
func statusUnknown(found sky.Cluster) (schema.Status, string, *schema.Error) {
	failure := schema.NewError(schema.KindUnreachable,
		fmt.Sprintf("SkyPilot says %q of the server, which this version of Carapace does not know.", found.State),
		"Update Carapace, or look at the server with `sky status` in a terminal.").WithProvider(found.Cloud)
	return schema.StatusError, failure.Message, failure
}

// statusWhenUp is a cluster that SkyPilot calls UP. It says so too of one whose files were
// never synced and whose setup never ran (transcript status-after-apiserver-death).
func statusWhenUp(rec *Cluster) (schema.Status, string, *schema.Error) {
	if rec.Incomplete {
		return statusUnfinished(rec)
	}
	return schema.StatusRunning, runningSentence(rec.View), nil
}

func statusUnfinished(rec *Cluster) (schema.Status, string, *schema.Error) {
	if e := rec.View.Error; rec.View.Status == schema.StatusError && e != nil && !isLookError(e) && e.Kind != schema.KindTimeout {
		return schema.StatusError, rec.View.Description, rec.View.Error
	}
	failure := schema.NewError(schema.KindInterrupted,
		"The launch was interrupted before the server was ready.",
		"Launch again to finish it, or destroy it.").WithProvider(rec.View.Cloud)
	return schema.StatusError, failure.Message, failure
}

// saysTerminated tells the cloud's console from an autostop, of which SkyPilot
// says "Autodowned cluster" (transcript status-terminated-outside).
func saysTerminated(said string) bool { return strings.Contains(said, "terminated on the cloud") }

// observeAbsent is a cluster of ours of which SkyPilot has no record any more, with
// no operation of ours in progress: evidence says what that means. A failed launch
// that left no machine keeps saying why it failed. It returns whether the end is
// somebody else's doing; last is the cluster's last operation, or nil.
func observeAbsent(rec *Cluster, name string, o Observation, last *Operation) (changed bool) {
	before := *rec
	rec.Witness(o.Absence, o.Account, o.At)
	switch {
	case rec.Exists == before.Exists:
		return false
	case rec.Existence() == ExistsLost:
		markLost(rec, &before, o.At)
		return true
	case removesIt(last, o.At):
		clearRecord(rec, name, fmt.Sprintf("The server is destroyed: what was asked for at %s has been done after all.", last.StartedAt.Local().Format("15:04")))
		rec.View.LastChange = &schema.Change{Cause: schema.CauseUser, At: o.At.UTC(), Operation: last.ID}
		return false
	}
	said := o.Report.Gone[name]
	cause := causeOfEnd(&before, said, o.At)
	story, hint := howRemoved(cause, o.At), "Launch a new server when you need one."
	if before.IsSpot() {
		hint = "Launch a new server; without useSpot the cloud does not take it back."
	}
	clearRecord(rec, name, story)
	rec.View.LastChange = &schema.Change{Cause: cause, At: o.At.UTC()}
	if said != "" && cause != schema.CauseAutostop && cause != schema.CauseUnknown {
		rec.View.Warnings = []schema.Error{*schema.NewError(schema.KindTerminatedExternally, story, hint).WithDetail(said)}
	}
	return true
}

// clearRecord makes the record that of a cluster that there is no more.
func clearRecord(rec *Cluster, name, story string) {
	*rec = Cluster{View: RemovedView(name, story), Exists: rec.Exists, Identity: rec.Identity, Occupant: rec.Occupant, Source: rec.Source}
}

// markLost makes the record that of a cluster which can't be found, and of which
// nobody has said that it has ended.
func markLost(rec, before *Cluster, at time.Time) {
	why := rec.Exists.Why
	if before.Existence() == ExistsAsked && why == EvidenceNoRecord {
		why = EvidenceOwed
	}
	if rec.Orphan == nil && rec.Identity.Hash == "" && rec.View.Region != "" {
		rec.Orphan = &Orphan{Region: rec.View.Region} // what shows under the name later, elsewhere, is another machine
	}
	failure := lostError(why)
	story := failure.Message + " Look in the cloud's console."
	if rec.Orphan != nil && rec.Orphan.Region != "" {
		story = fmt.Sprintf("%s Look in the cloud's console, in %s.", failure.Message, rec.Orphan.Region)
	}
	SetStatus(rec, schema.StatusError, story, failure)
	rec.View.LastChange = &schema.Change{Cause: schema.CauseUnknown, At: at.UTC()}
	rec.View.IP = ""
	if before.Existence() == ExistsAsked {
		rec.Incomplete = true
	}
}

// lostError says why a cluster can't be found.
func lostError(why Evidence) *schema.Error {
	const look = "Look in the cloud's console and remove it there if it is; then take the server off the list here."
	switch why {
	case EvidencePurged:
		return schema.NewError(schema.KindUnreachable, "SkyPilot was told to forget the server, whatever the cloud says of it.", look)
	case EvidenceReplaced:
		return schema.NewError(schema.KindUnreachable, "Another server bears its name at SkyPilot now, and nothing says how this one ended.", look)
	case EvidenceOwed:
		return schema.NewError(schema.KindInterrupted, "SkyPilot never showed a machine of a launch that was cut short, although the cloud may have made one.", look)
	case EvidenceCloudGone, EvidenceHistory, EvidenceDestroyed, EvidenceNotMade:
		return schema.NewError(schema.KindUnreachable,
			"SkyPilot finds no such machine, but it looked with other credentials than the server was launched with, or it can't be told whether they are the same.",
			"Use the credentials of the launch and look again. "+look)
	}
	return schema.NewError(schema.KindUnreachable, "SkyPilot does not know the server any more, nor what became of it.",
		"If SkyPilot was reinstalled or uses another API server now, undo that. Otherwise l"+look[1:])
}

// causeOfEnd is why a machine has ended that nobody here removed. Autodown, console
// and preemption leave the same text at SkyPilot (recordings of 0.14.1), which
// chooses its words by the record's to_down alone; so what was known before decides.
func causeOfEnd(before *Cluster, said string, at time.Time) schema.Cause {
	down := before.View.Autostop != nil && before.View.Autostop.Down && mayBeIdle(before, at)
	switch {
	case before.Foreign == schema.OperationDestroy:
		return schema.CauseOutside
	case before.View.Status == schema.StatusDestroying && down:
		return schema.CauseAutostop // SkyPilot's AUTOSTOPPING was seen
	case down && !saysTerminated(said):
		return schema.CauseUnknown
	case before.IsSpot():
		return schema.CausePreempted
	}
	return schema.CauseOutside
}

// mayBeIdle reports whether the machine has run for long enough to be idle, as its
// autostop counts.
func mayBeIdle(before *Cluster, at time.Time) bool {
	return at.Sub(before.View.LaunchedAt) >= time.Duration(before.View.Autostop.IdleMinutes)*time.Minute
}

// howRemoved says as much as is known of a machine that is gone.
func howRemoved(cause schema.Cause, at time.Time) string {
	when := at.Local().Format("15:04")
	switch cause {
	case schema.CauseAutostop:
		return "The server was idle and has destroyed itself, as its autostop says."
	case schema.CauseUnknown:
		return AutodownSentence
	case schema.CausePreempted:
		return fmt.Sprintf("The server is gone, noticed at %s: most likely the cloud has taken its spot machine back, if nobody removed it outside of Carapace.", when)
	}
	return fmt.Sprintf("The server was removed outside of Carapace, noticed at %s.", when)
}

// orphanNotice is for a cluster beside which another machine of its launch may run.
func orphanNotice(o *Orphan) *schema.Error {
	return schema.NewError(schema.KindInterrupted,
		fmt.Sprintf("While the server was launched, the cloud did not answer when it was asked for a machine in %s: SkyPilot may not know of one there. %s", o.Region, MayBeThere),
		"Look in the cloud's console and remove it there.")
}

// Answer is what SkyPilot said of one cluster.
type Answer struct {
	Report  sky.StatusReport
	Work    *ForeignWork // what SkyPilot is doing to the cluster, where the report does not say; nil: nothing
	Absence Evidence     // what it means that our cluster is not in the report; "" where it is
	Account string       // of the credentials that the look was made with; "": not known
	Job     sky.Job      // the run command's job, where it was asked for; the zero value: it was not
	Known   Known        // about whose clusters SkyPilot's are
}

// Observation is what one look at a cluster brought.
type Observation struct {
	Answer
	Begun Epoch         // in which the look began
	At    time.Time     // when it ended
	Late  time.Duration // how long after its end a launch's record may still appear

	Configured string // the name under which a cluster that was made outside is adopted
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
	before, external := *rec, false
	switch whose := claimOf(rec, found, o.Known, name == o.Configured); {
	case exists && whose != claimForeign:
		external = observeOutside(rec, found, o.Work, last, o.Known.Endpoint, o.At)
		if whose == claimAdopted && before.Identity.Hash == "" {
			rec.View.Description += " It was found at SkyPilot, not launched here, and is looked after from now on."
		}
		rec.Account = o.Account // these credentials show it
		rec.observeJob(o.Job)
		rec.observeAutostop(&before)
	case rec.Existence() == ExistsAsked && last != nil && o.At.Sub(last.EndedAt) < o.Late && o.Absence == EvidenceNoRecord:
		// The record of a submission that was given up may only be late.
	case rec.MayExist() && o.Absence != "":
		external = observeAbsent(rec, name, o, last)
	}
	switch {
	case exists && claimOf(&before, found, o.Known, name == o.Configured) == claimForeign:
		rec.Occupant = occupantOf(found, o.Known)
	default:
		rec.Occupant = nil
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
	if rec == nil || !rec.MayExist() || s.Running(name) != nil || rec.View.Status == schema.StatusError {
		return false
	}
	story := fmt.Sprintf("The server can't be looked at: %s When it last could, it was %s. %s", failure.Message, Words(rec.View.Status), MayCost)
	SetStatus(rec, schema.StatusError, story, asLookError(failure))
	rec.Source = schema.SourcePoll
	return true
}

// observeJob takes in how the run command's job stands: one that fails after the
// start is a warning, and one that has ended is not asked about again.
func (c *Cluster) observeJob(job sky.Job) {
	if job.ID == 0 || job.ID != c.RunJob || c.RunJobOver {
		return
	}
	switch job.Status {
	case "SUCCEEDED":
		c.RunJobOver = true
	case "FAILED", "FAILED_DRIVER", "CANCELLED":
		c.RunJobOver = true
		if c.View.Status == schema.StatusRunning {
			c.View.Warnings = append(slices.Clip(c.View.Warnings), *schema.NewError(schema.KindRunFailed,
				"The server runs, but its run command has failed.",
				"Read the run log, mend the cause, then stop and start the server to run it again."))
		}
	}
}

// observeAutostop takes in that SkyPilot dropped an autostop that nobody here
// canceled: it does so by itself when a look finds the cluster abnormal, or when a
// stopped machine is started in the cloud's console (recorded with 0.14.1). The idle
// server then runs on.
func (c *Cluster) observeAutostop(before *Cluster) {
	was := before.View.Autostop
	switch {
	case c.View.Autostop != nil || was == nil || before.Identity.Hash != c.Identity.Hash:
		return
	case c.View.Status == schema.StatusRunning || c.View.Status == schema.StatusError:
		dropped := *was
		dropped.Lost = true
		c.View.Autostop = &dropped
		if !was.Lost {
			c.Restore = &schema.Autostop{IdleMinutes: was.IdleMinutes, Down: was.Down}
		}
	}
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

// removesIt says whether a server's last operation was one that removes it, and not
// long ago: what SkyPilot has done after we stopped waiting for it is nobody
// else's doing.
func removesIt(last *Operation, at time.Time) bool {
	return last != nil && at.Sub(last.EndedAt) < time.Hour && (last.Kind == schema.OperationDestroy || last.Kind == schema.OperationLaunch && last.State == schema.OperationCanceled)
}

// isLookError tells an error of looking from one of the machine's own.
func isLookError(e *schema.Error) bool {
	return e != nil && (e.Kind == schema.KindUnreachable || e.Kind == schema.KindNetwork || e.Kind == schema.KindAPIServer)
}
