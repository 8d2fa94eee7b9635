package provision

import (
	"fmt"
	"strings"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// learn puts what SkyPilot's record says about the machine itself into ours. It
// says nothing about the status.
func (s *Service) learn(rec *journal.Cluster, found sky.Cluster) {
	v := &rec.View
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
		if host, err := s.sshHost(found.Name); err == nil {
			v.IP = host.HostName
		}
	}
}

// within says whether a place that SkyPilot named while it launched is in a region:
// of a spot machine it names the zone (measured with 0.14.1: "us-west-2a").
func within(place, region string) bool {
	return strings.HasPrefix(place, region) && !strings.Contains(place, ",") // not several of them
}

// settleFound sets the status from SkyPilot's record, with no operation of ours
// in progress.
func (s *Service) settleFound(rec *journal.Cluster, found sky.Cluster) {
	adopted := rec.Hash == ""
	if rec.Hash != "" && rec.Hash != found.Hash {
		// Made anew under our name by somebody else: what we knew is about another machine.
		*rec = journal.Cluster{View: noServer(found.Name)}
		adopted = true
	}
	s.learn(rec, found)
	status, sentence, failure := standing(rec, found)
	if failure != nil {
		failure = s.clean(failure)
	}
	if adopted && failure == nil {
		sentence += " It was found at SkyPilot, not launched here, and is looked after from now on."
	}
	set(rec, status, sentence, failure)
}

// settleSeen is settleFound for a look that the poller made: whatever is another
// status than before, nobody asked for here. w is what SkyPilot is at with the
// server, or nil; last is the server's last operation, or nil.
func (s *Service) settleSeen(rec *journal.Cluster, found sky.Cluster, w *work, last *journal.Operation) (changed bool) {
	before := *rec
	s.settleFound(rec, found)
	w.show(rec, last)
	if ran(before.View) && rec.View.Status == schema.StatusStopped && before.Hash == rec.Hash {
		rec.View.Description = whoStopped(&before) + " " + diskCosts()
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
func whoStopped(before *journal.Cluster) string {
	switch {
	case before.Elsewhere != "":
	case before.View.Status == schema.StatusStopping:
		return "The server was idle and has stopped by itself, as its autostop says."
	case before.View.Autostop != nil && !before.View.Autostop.Down:
		return "The server has stopped, most likely by itself because it was idle, as its autostop says."
	}
	return fmt.Sprintf("The server was stopped outside of Carapace, noticed at %s.", time.Now().Format("15:04"))
}

// set changes what a person sees of the status, all of it at once.
func set(rec *journal.Cluster, status schema.Status, sentence string, failure *schema.Error) {
	rec.View.Status, rec.View.Description, rec.View.Error = status, sentence, failure
	rec.Elsewhere = ""
	if status != schema.StatusRunning {
		rec.View.Warnings = nil
	}
}

// standing says what a record of SkyPilot's means.
func standing(rec *journal.Cluster, found sky.Cluster) (schema.Status, string, *schema.Error) {
	switch found.State {
	case sky.StateUp:
		return up(rec)
	case sky.StateStopped:
		return schema.StatusStopped, stoppedSentence(), nil
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
func unhealthy(rec *journal.Cluster, found sky.Cluster) (schema.Status, string, *schema.Error) {
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
func up(rec *journal.Cluster) (schema.Status, string, *schema.Error) {
	if rec.Incomplete {
		return unfinished(rec)
	}
	return schema.StatusRunning, runningSentence(rec.View), nil
}

func unfinished(rec *journal.Cluster) (schema.Status, string, *schema.Error) {
	if e := rec.View.Error; rec.View.Status == schema.StatusError && e != nil && !merelyUnreachable(e) && e.Kind != schema.KindTimeout {
		return schema.StatusError, rec.View.Description, rec.View.Error
	}
	failure := schema.NewError(schema.KindInterrupted,
		"The machine runs and costs money, but its launch was interrupted before it was ready.",
		"Launch again to finish it, or destroy it.").WithProvider(rec.View.Cloud)
	return schema.StatusError, failure.Message, failure
}

func runningSentence(v schema.Cluster) string {
	sentence := "The server is running"
	if place := placeOf(v); place != "" {
		sentence += " on " + place
	}
	if v.HourlyCost > 0 {
		sentence += fmt.Sprintf(" and costs about $%.2f an hour", v.HourlyCost)
	}
	return sentence + "."
}

func stoppedSentence() string {
	return "The server is stopped. " + diskCosts()
}

// diskCosts says what goes on costing money when a server is stopped: nobody
// else tells the user (design.md 10).
func diskCosts() string {
	return "Its disk is kept and goes on costing money until you destroy the server; only the machine itself costs nothing while it is stopped."
}

// terminatedAtCloud tells the cloud's console from an autostop, of which SkyPilot
// says "Autodowned cluster" (transcript status-terminated-outside).
func terminatedAtCloud(said string) bool { return strings.Contains(said, "terminated on the cloud") }

const autodownSentence = "The server is gone: most likely it was idle and has destroyed itself, as its autostop says."

func placeOf(v schema.Cluster) string {
	switch {
	case v.Cloud == "":
		return ""
	case v.Region == "":
		return v.Cloud
	}
	return v.Cloud + " " + v.Region
}

// settleGone is a server of which SkyPilot has no record any more, with no
// operation of ours in progress. A failed launch that left no machine keeps
// saying why it failed. It returns whether that is somebody else's doing; last is
// the server's last operation, or nil.
func settleGone(rec *journal.Cluster, name, said string, last *journal.Operation) (changed bool) {
	if !rec.Machine {
		return false
	}
	if rec.Hash == "" {
		neverShown(rec)
		return false
	}
	if wasOurs(last) {
		*rec = bare(gone(name, fmt.Sprintf("The server is destroyed: what was asked for at %s has been done after all. Nothing of it costs money any more.",
			last.StartedAt.Local().Format("15:04"))), rec)
		return false
	}
	autodown := rec.View.Autostop != nil && rec.View.Autostop.Down && !terminatedAtCloud(said) && rec.Elsewhere != schema.OperationDestroy
	sentence, hint := whoRemoved(rec, autodown), "Launch a new server when you need one."
	if rec.IsSpot() {
		hint = "Launch a new server; without useSpot the cloud does not take it back."
	}
	*rec = bare(gone(name, sentence), rec)
	if said != "" && !autodown {
		rec.View.Warnings = []schema.Error{*schema.NewError(schema.KindTerminatedExternally, sentence, hint).WithDetail(said)}
	}
	return true
}

// neverShown ends the wait for a machine that a launch may have made: there was
// no record of it all the while, so that nothing was seen to be removed either.
func neverShown(rec *journal.Cluster) {
	failure := schema.NewError(schema.KindInterrupted,
		"SkyPilot never showed a machine of the launch that was given up. One may be running all the same and costing money.",
		"Look in the cloud's console and remove it there; then launch again, or destroy the server here to forget it.")
	rec.Machine, rec.Incomplete, rec.Unheard = false, true, true
	set(rec, schema.StatusError, failure.Message, failure)
}

// unheardNotice is for a server beside which another machine of its launch may run.
func unheardNotice(rec *journal.Cluster) *schema.Error {
	return schema.NewError(schema.KindInterrupted,
		fmt.Sprintf("While the server was launched, the cloud did not answer when it was asked for a machine in %s: one may be running there that SkyPilot does not know of, and costing money.", rec.UnheardIn),
		"Look in the cloud's console and remove it there.")
}

// bare is a record of nothing but what an earlier launch may have made unheard.
func bare(view schema.Cluster, rec *journal.Cluster) journal.Cluster {
	return journal.Cluster{View: view, Unheard: rec.Unheard, UnheardIn: rec.UnheardIn}
}

// whoRemoved says as much as is known of a machine that is gone: SkyPilot itself
// only guesses ("preempted, autodowned, or manually terminated in console").
func whoRemoved(rec *journal.Cluster, autodown bool) string {
	const free = " Nothing of it costs money any more."
	at := time.Now().Format("15:04")
	switch {
	case autodown:
		return autodownSentence + free
	case rec.IsSpot():
		return fmt.Sprintf("The server is gone, noticed at %s: most likely the cloud has taken its spot machine back, if nobody removed it outside of Carapace.", at) + free
	}
	return fmt.Sprintf("The server was removed outside of Carapace, noticed at %s.", at) + free
}
