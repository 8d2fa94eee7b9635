package lifecycle

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Learn puts the facts about the machine from SkyPilot's record into the cluster's record. It does
// not change the status.
func (c *Cluster) Learn(found sky.Cluster, endpoint string, at time.Time) {
	v := &c.View
	c.Identity = Identity{Endpoint: endpoint, User: found.UserHash, Hash: found.Hash}
	c.Machine, c.Spot, c.Occupant = machineOf(found), found.Spot, nil
	if c.Orphan != nil && (c.Orphan.Region == "" || inRegion(c.Orphan.Region, found.Region)) { // SkyPilot takes over a machine that it finds there
		c.Orphan = nil
	}
	if v.Cloud != found.Cloud || !inRegion(v.Region, found.Region) {
		v.HourlyCost = 0 // the price was for another place
	}
	v.Cloud, v.Region, v.InstanceType = found.Cloud, found.Region, found.InstanceType
	v.ResourcesText = text.Resources(found.CPUs, found.MemoryGB, found.DiskGB)
	v.Resources = v.ResourcesText.Message()
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

// machineOf returns the state of the machine that a record shows.
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

// inRegion reports whether a place that SkyPilot named during a launch is in a region. For a spot
// machine SkyPilot names the zone (measured with 0.14.1: "us-west-2a").
func inRegion(place, region string) bool {
	return strings.HasPrefix(place, region) && !strings.Contains(place, ",") // a list of places is in none
}

// Observe sets the status from SkyPilot's record of a cluster of ours, with no
// operation of ours in progress.
func Observe(rec *Cluster, found sky.Cluster, endpoint string, at time.Time) {
	before := *rec
	rec.Learn(found, endpoint, at)
	status, story, failure := statusOf(rec, found)
	if status == before.View.Status && before.Identity.Hash == rec.Identity.Hash && status == schema.StatusStopped && before.View.Description != "" {
		story = before.story() // it says why the cluster stopped
	}
	SetStatus(rec, status, story, failure)
}

// observeOutside is [Observe] for a look without an operation in progress, so that a changed status
// was not asked for here. w is what SkyPilot is doing to the cluster, or nil; last is the cluster's
// last operation, or nil. It reports whether the status has changed.
func observeOutside(rec *Cluster, found sky.Cluster, w *ForeignWork, last *Operation, endpoint string, at time.Time) (changed bool) {
	before := *rec
	Observe(rec, found, endpoint, at)
	w.show(rec, last)
	if before.View.Status == rec.View.Status {
		return false
	}
	cause := causeOf(&before, rec, w, last, at)
	if wasRunning(before.View) && rec.View.Status == schema.StatusStopped && before.Identity.Hash == rec.Identity.Hash {
		rec.say([]text.Text{howStopped(&before, cause, at)})
	}
	if !before.errorIsOfLook() || cause != schema.CauseUnknown { // a recovery from a failed look is no change
		rec.View.LastChange = &schema.Change{Cause: cause, At: at.UTC()}
	}
	return true
}

// causeOf returns why a status changed without an operation here. SkyPilot's text about a stop is the
// same for all causes (recordings of 0.14.1), so causeOf names a cause only if an earlier look showed
// it in progress or no other is possible.
func causeOf(before, after *Cluster, w *ForeignWork, last *Operation, at time.Time) schema.Cause {
	asked := w != nil && last != nil && last.SkyRequest == w.Request.ID
	switch {
	case asked:
		return schema.CauseUser // SkyPilot still carries out the request of an operation that was given up
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

// wasRunning reports whether the machine was last seen running. An autostop ends SkyPilot's runtime
// before the machine, so a look between the two finds the server unusable.
func wasRunning(c schema.Cluster) bool {
	unusable := c.Status == schema.StatusError && c.Error != nil && c.Error.Kind == schema.KindUnreachable
	return c.Status == schema.StatusRunning || c.Status == schema.StatusStopping || unusable
}

// howStopped describes a stop without an operation here, as far as its cause is known.
func howStopped(before *Cluster, cause schema.Cause, at time.Time) text.Text {
	switch {
	case cause == schema.CauseAutostop:
		return text.New(&text.ServerAutostopStopped)
	case cause != schema.CauseOutside && before.View.Autostop != nil && !before.View.Autostop.Down:
		return text.New(&text.ServerAutostopStoppedLikely)
	}
	return text.New(&text.ServerStoppedOutside, text.Args{"at": at})
}

// SetStatus sets the status with its description and error, and clears what depended on the old
// status.
func SetStatus(rec *Cluster, status schema.Status, story []text.Text, failure *schema.Error) {
	rec.View.Status, rec.View.Error, rec.ErrorOrigin = status, failure, ""
	if failure != nil {
		rec.ErrorOrigin = OriginServer
	}
	rec.say(story)
	rec.Foreign = ""
	if status != schema.StatusRunning {
		rec.View.Warnings = nil
	}
}

// statusOf returns the status, description and error for a record of SkyPilot's.
func statusOf(rec *Cluster, found sky.Cluster) (schema.Status, []text.Text, *schema.Error) {
	switch found.State {
	case sky.StateUp:
		return statusWhenUp(rec)
	case sky.StateStopped:
		return schema.StatusStopped, []text.Text{text.New(&text.ServerStopped)}, nil
	case sky.StateAutostopping:
		if found.AutostopDown {
			return schema.StatusDestroying, []text.Text{text.New(&text.ServerAutostopDestroying)}, nil
		}
		return schema.StatusStopping, []text.Text{text.New(&text.ServerAutostopStopping)}, nil
	case sky.StatePending:
		return schema.StatusProvisioning, []text.Text{text.New(&text.ServerForeignLaunch)}, nil
	}
	if found.InitKind == sky.InitLaunching && !rec.Incomplete {
		return schema.StatusProvisioning, []text.Text{text.New(&text.ServerForeignLaunchOrStart)}, nil
	}
	if rec.Incomplete {
		return statusUnfinished(rec)
	}
	if found.State != sky.StateInit {
		return statusUnknown(found)
	}
	return statusUnhealthy(rec, found)
}

// statusUnhealthy is the status of a machine that runs while SkyPilot's runtime on it does not
// answer.
func statusUnhealthy(rec *Cluster, found sky.Cluster) (schema.Status, []text.Text, *schema.Error) {
	hint := text.New(&text.HintStartAgain)
	if rec.View.Autostop != nil { // an autostop ends SkyPilot's runtime first, and the machine half a minute later
		hint = text.New(&text.HintStartAgainAutostop)
	}
	failure := schema.Fail(schema.KindUnreachable, &text.ServerUnreachable).AndHint(hint).WithProvider(found.Cloud).WithDetail(found.InitReason)
	return schema.StatusError, failure.Texts(), failure
}

// statusUnknown is the status for a state of SkyPilot's that this version does not know.
func statusUnknown(found sky.Cluster) (schema.Status, []text.Text, *schema.Error) {
	failure := schema.Fail(schema.KindUnreachable, &text.ServerStateUnknown, text.Args{"state": found.State}).WithProvider(found.Cloud)
	return schema.StatusError, failure.Texts(), failure
}

// statusWhenUp is the status of a cluster that SkyPilot calls UP. SkyPilot also calls one UP whose
// files were never synced and whose setup never ran (transcript status-after-apiserver-death).
func statusWhenUp(rec *Cluster) (schema.Status, []text.Text, *schema.Error) {
	if rec.Incomplete {
		return statusUnfinished(rec)
	}
	return schema.StatusRunning, runningStory(rec.View), nil
}

func statusUnfinished(rec *Cluster) (schema.Status, []text.Text, *schema.Error) {
	if e := rec.View.Error; rec.View.Status == schema.StatusError && e != nil && !rec.errorIsOfLook() && e.Kind != schema.KindTimeout {
		c := *e
		c.Hints = withoutDoubt(e.Hints)
		return schema.StatusError, withoutDoubt(rec.story()), c.And()
	}
	failure := schema.Fail(schema.KindInterrupted, &text.ServerUnfinished).WithProvider(rec.View.Cloud)
	return schema.StatusError, failure.Texts(), failure
}

// withoutDoubt returns texts without those that say that it is not known whether a machine is there: a look has shown one since.
func withoutDoubt(texts []text.Text) []text.Text {
	doubts := []*text.Entry{&text.EndMachineUnknown, &text.EndMachineDoing, &text.EndServerDoing, &text.MoneyMayRun, &text.MoneyMayCost}
	var sure []text.Text
	for _, t := range texts {
		if !slices.ContainsFunc(doubts, func(e *text.Entry) bool { return e.Code == t.Code }) {
			sure = append(sure, t)
		}
	}
	return sure
}

// saysTerminated reports whether SkyPilot's text is that of a machine terminated in the cloud's
// console. For an autostop it is "Autodowned cluster" (transcript status-terminated-outside).
func saysTerminated(said string) bool { return strings.Contains(said, "terminated on the cloud") }

// observeAbsent handles a look at a cluster of ours, without an operation in progress, that shows no
// record; o.Absence says what that means. last is the cluster's last operation, or nil. It reports
// whether the cluster changed without an operation of ours.
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
		clearRecord(rec, name, text.New(&text.ServerDestroyedAfter, text.Args{"at": last.StartedAt}))
		rec.View.LastChange = &schema.Change{Cause: schema.CauseUser, At: o.At.UTC(), Operation: last.ID}
		return false
	}
	said := o.Report.Gone[name]
	cause := causeOfEnd(&before, said, o.At)
	clearRecord(rec, name, howRemoved(cause, o.At))
	rec.View.LastChange = &schema.Change{Cause: cause, At: o.At.UTC()}
	if cause == schema.CauseOutside || cause == schema.CausePreempted { // said is empty where SkyPilot drops the record without a word (Lambda, DigitalOcean)
		rec.View.Warnings = []schema.Error{*removedNotice(&before, cause, o.At).WithDetail(said)}
	}
	return true
}

// removedNotice is the warning that a machine has ended that nobody here removed.
func removedNotice(before *Cluster, cause schema.Cause, at time.Time) *schema.Error {
	notice := schema.Fail(schema.KindTerminatedExternally, &text.ServerRemovedOutside, text.Args{"at": at})
	if cause == schema.CausePreempted {
		notice = schema.Fail(schema.KindTerminatedExternally, &text.ServerPreempted, text.Args{"at": at})
	}
	if before.IsSpot() {
		return notice.AndHint(text.New(&text.HintLaunchNewNoSpot))
	}
	return notice.AndHint(text.New(&text.HintLaunchNew))
}

// clearRecord resets the record to that of a cluster that has ended.
func clearRecord(rec *Cluster, name string, story ...text.Text) {
	*rec = Cluster{View: RemovedView(name, story), Exists: rec.Exists, Identity: rec.Identity, Occupant: rec.Occupant, Source: rec.Source}
}

// markLost changes the record to that of a cluster that can't be found and whose end is not proven.
func markLost(rec, before *Cluster, at time.Time) {
	why := rec.Exists.Why
	if before.Existence() == ExistsAsked && why == EvidenceNoRecord {
		why = EvidenceOwed
	}
	if rec.Orphan == nil && rec.Identity.Hash == "" && rec.View.Region != "" {
		rec.Orphan = &Orphan{Region: rec.View.Region} // a machine that a look shows in another region later is not this one
	}
	failure := lostError(why)
	where := text.New(&text.ConsoleLook)
	if rec.Orphan != nil && rec.Orphan.Region != "" {
		where = text.New(&text.ConsoleLookIn, text.Args{"region": rec.Orphan.Region})
	}
	SetStatus(rec, schema.StatusError, and(failure.Texts(), where), failure)
	rec.View.LastChange = &schema.Change{Cause: schema.CauseUnknown, At: at.UTC()}
	rec.View.IP = ""
	if before.Existence() == ExistsAsked {
		rec.Incomplete = true
	}
}

// lostError returns the error of a cluster that can't be found.
func lostError(why Evidence) *schema.Error {
	look := text.New(&text.HintRemoveInConsole)
	switch why {
	case EvidencePurged:
		return schema.Fail(schema.KindUnreachable, &text.LostForgotten).AndHint(look)
	case EvidenceReplaced:
		return schema.Fail(schema.KindUnreachable, &text.LostReplaced).AndHint(look)
	case EvidenceOwed:
		return schema.Fail(schema.KindInterrupted, &text.LostNeverShown).AndHint(look)
	case EvidenceCloudGone, EvidenceHistory, EvidenceDestroyed, EvidenceNotMade:
		return schema.Fail(schema.KindUnreachable, &text.LostOtherCredentials).AndHint(look)
	}
	return schema.Fail(schema.KindUnreachable, &text.LostUnknown)
}

// causeOfEnd returns why a machine ended that no operation here removed. After an autodown, a removal
// in the console and a preemption SkyPilot's text is the same (recordings of 0.14.1): it depends only
// on the record's to_down. So causeOfEnd decides by what was known before.
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

// mayBeIdle reports whether the machine has run for as long as its autostop waits.
func mayBeIdle(before *Cluster, at time.Time) bool {
	return at.Sub(before.View.LaunchedAt) >= time.Duration(before.View.Autostop.IdleMinutes)*time.Minute
}

// howRemoved describes the end of a machine by its cause, as far as that is known.
func howRemoved(cause schema.Cause, at time.Time) text.Text {
	switch cause {
	case schema.CauseAutostop:
		return text.New(&text.ServerAutostopDestroyed)
	case schema.CauseUnknown:
		return text.New(&text.ServerAutostopDestroyedLikely)
	case schema.CausePreempted:
		return text.New(&text.ServerPreempted, text.Args{"at": at})
	}
	return text.New(&text.ServerRemovedOutside, text.Args{"at": at})
}

// orphanNotice is the warning that another machine of the cluster's launch may run.
func orphanNotice(o *Orphan) *schema.Error {
	return schema.Fail(schema.KindInterrupted, &text.OrphanMayRun, text.Args{"region": o.Region}).And(text.New(&text.MoneyMayRun))
}

// Answer is SkyPilot's answer to one look at a cluster.
type Answer struct {
	Report  sky.StatusReport
	Work    *ForeignWork // a request that SkyPilot carries out on the cluster, if the report left that open; nil: none
	Absence Evidence     // what it means that our cluster is not in the report; "" if it is
	Account string       // of the credentials that the look was made with; "": not known
	Known   Known        // what this machine knows about the owners of SkyPilot's clusters
}

// Observation is the answer to one look with its times.
type Observation struct {
	Answer
	Begun Epoch         // the epoch in which the look began
	At    time.Time     // when the look ended
	Late  time.Duration // how long after a launch's end its record may still appear

	Configured string // the name under which a cluster that was made outside is adopted
}

// Apply puts an observation into the state and reports whether that changed anything. It ignores an
// observation from an earlier epoch: an operation has begun or ended since, and its result is newer.
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
			rec.say(and(rec.story(), text.New(&text.ServerAdopted)))
		}
		rec.Account = o.Account // the look with these credentials has shown it
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
	rec.Source = sourceOf(&before, external)
	before.Source = rec.Source
	return !reflect.DeepEqual(before, *rec)
}

// One failed look makes a cluster stale. FailedLooks failures in a row, or failures for FailedFor,
// make its status an error.
const (
	FailedLooks = 2
	FailedFor   = time.Minute
)

// ApplyFailedLook puts a failed look into the state and reports whether that changed anything. l is
// the cluster's Look after it.
func (s *State) ApplyFailedLook(name string, l Look, failure *schema.Error, at time.Time) (changed bool) {
	rec := s.Clusters[name]
	if l.Failures < FailedLooks && at.Sub(l.Since) < FailedFor {
		return false
	}
	if rec == nil || !rec.MayExist() || s.Running(name) != nil || rec.View.Status == schema.StatusError {
		return false
	}
	story := []text.Text{
		text.New(&text.ServerCantBeLooked, text.Args{"why": failure.Texts(), "status": rec.View.Status}),
		text.New(&text.MoneyMayCost),
	}
	SetStatus(rec, schema.StatusError, story, asLookError(failure))
	rec.ErrorOrigin = OriginLook
	rec.Source = schema.SourcePoll
	return true
}

// observeAutostop notes that SkyPilot has dropped an autostop without a request from here. SkyPilot
// does so when a look finds the cluster abnormal, or when a stopped machine is started in the cloud's
// console (recorded with 0.14.1). The idle server then runs on.
func (c *Cluster) observeAutostop(before *Cluster) {
	was := before.View.Autostop
	if before.Identity.Hash != c.Identity.Hash {
		c.AutostopRestored = false
	}
	switch {
	case c.View.Autostop != nil:
		return
	case before.AutostopCanceled:
		c.AutostopCanceled = false
	case was == nil || before.Identity.Hash != c.Identity.Hash:
		return
	case c.View.Status == schema.StatusRunning || c.View.Status == schema.StatusError:
		dropped := *was
		dropped.Lost = true
		c.View.Autostop = &dropped
		if !was.Lost && !c.AutostopRestored {
			c.Restore = &schema.Autostop{IdleMinutes: was.IdleMinutes, Down: was.Down}
		}
	}
}

// sourceOf returns the source of a change without an operation of ours. A recovery from failed looks
// has the source poll.
func sourceOf(before *Cluster, changed bool) schema.ChangeSource {
	if changed && !before.errorIsOfLook() {
		return schema.SourceExternal
	}
	return schema.SourcePoll
}

// removesIt reports whether the cluster's last operation was to remove it and ended less than an hour
// ago. The removal is then that operation's, although it was not waited for.
func removesIt(last *Operation, at time.Time) bool {
	return last != nil && at.Sub(last.EndedAt) < time.Hour && (last.Kind == schema.OperationDestroy || last.Kind == schema.OperationLaunch && last.State == schema.OperationCanceled)
}

// asLookError returns the error of a failed look for the host. What passes by itself, or that nobody can
// mend, is the network's; what a person has to mend first, as a SkyPilot that is too old, keeps its kind.
func asLookError(failure *schema.Error) *schema.Error {
	switch failure.Kind {
	case schema.KindUnreachable, schema.KindAPIServer:
		return failure
	}
	if !failure.Retryable && failure.Kind != schema.KindInternal {
		return failure
	}
	c := *failure
	c.Kind, c.Retryable = schema.KindNetwork, true
	return &c
}

// errorIsOfLook reports whether the cluster's error is that of a failed look rather than of the server.
func (c *Cluster) errorIsOfLook() bool { return c.View.Error != nil && c.ErrorOrigin == OriginLook }
