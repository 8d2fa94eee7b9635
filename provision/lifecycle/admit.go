package lifecycle

import (
	"fmt"
	"slices"
	"time"

	"carapace/provision/cloud"
	"carapace/schema"
)

// Holder names the process that holds a lease, for the refusals of other requests.
type Holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	Doing string    `json:"doing"` // "launch", "poll", …
}

// String returns the holder for a person: "launch, process 4711, since 10:02:03".
func (h Holder) String() string {
	return fmt.Sprintf("%s, process %d, since %s", h.Doing, h.PID, h.Since.Local().Format("15:04:05"))
}

// Admit returns why an operation may not begin on a cluster in its current state, or nil. It holds
// the rules of docs/protocol.md, "How a server's status changes". A nil record means that there never
// was a cluster. [State.AdmitLaunch] adds rules for launches.
func Admit(kind schema.OperationKind, name string, rec *Cluster) *schema.Error {
	status := schema.StatusNoServer
	if rec != nil {
		status = rec.View.Status
	}
	if rec != nil && rec.Occupant != nil && kind != schema.OperationInstall {
		return NotOurs(name, rec.Occupant)
	}
	switch kind {
	case schema.OperationLaunch:
		return launchable(name, status, rec)
	case schema.OperationStart:
		return first(startable(name, status), checkMachine(rec, "start"))
	case schema.OperationStop:
		return first(stoppable(name, status), checkMachine(rec, "stop"), canStop(rec))
	case schema.OperationSync:
		return syncable(name, status, rec)
	}
	return nil // destroy is accepted from every state; install has no cluster
}

// first returns the first refusal that there is.
func first(refusals ...*schema.Error) *schema.Error {
	for _, r := range refusals {
		if r != nil {
			return r
		}
	}
	return nil
}

func syncable(name string, status schema.Status, rec *Cluster) *schema.Error {
	switch {
	case status != schema.StatusRunning:
		return absentOr(name, status, fmt.Sprintf("%s is not running, so its vaults can't be brought up to date.", name),
			"Start it: that brings the vaults up to date, too.")
	case rec.Vaults == nil:
		return schema.NewError(schema.KindUnsupported, "Which vaults "+name+" has is not known: it was launched elsewhere, or the record of its launch is lost.",
			"Destroy it and launch a server here to have vaults on it.")
	}
	return nil
}

// AdmitComparison returns why a server's vaults can't be compared with those here now, or
// nil: an operation would change them meanwhile, or nothing is there that answers.
func (s *State) AdmitComparison(name string) *schema.Error {
	if op := s.Running(name); op != nil {
		return InProgress(name, op, Holder{})
	}
	return Admit(schema.OperationSync, name, s.Clusters[name])
}

// AdmitWatch returns why a server's vaults can't be synced continuously, or nil. One that is
// stopped may be: the sync waits.
func AdmitWatch(name string, rec *Cluster) *schema.Error {
	switch {
	case rec == nil || !rec.MayExist():
		return NotFound(name)
	case rec.Vaults == nil:
		return syncable(name, schema.StatusRunning, rec)
	}
	return nil
}

func launchable(name string, status schema.Status, rec *Cluster) *schema.Error {
	switch {
	case rec != nil && rec.Existence() == ExistsLost:
		return schema.NewError(schema.KindClusterActive, fmt.Sprintf("%s was launched and can't be found. %s", name, MayBeThere), lostHint)
	case status == schema.StatusNoServer:
		return nil
	case status == schema.StatusError && rec.Incomplete:
		return nil
	case status == schema.StatusError:
		return schema.NewError(schema.KindClusterActive,
			fmt.Sprintf("%s exists, although it can't be used right now. %s", name, MayCost),
			"Start it to bring it back, or destroy it before you launch another.")
	}
	return schema.NewError(schema.KindClusterActive, fmt.Sprintf("There is a server already: %s is %s.", name, Words(status)),
		"Use it as it is, or destroy it before you launch another.")
}

func startable(name string, status schema.Status) *schema.Error {
	switch status {
	case schema.StatusStopped, schema.StatusError:
		return nil
	case schema.StatusRunning:
		return schema.NewError(schema.KindClusterActive, fmt.Sprintf("%s is running already.", name), "There is nothing to start.")
	}
	return absentOr(name, status, fmt.Sprintf("%s can't be started while it is %s.", name, Words(status)), "Wait until that is over.")
}

func stoppable(name string, status schema.Status) *schema.Error {
	switch status {
	case schema.StatusRunning, schema.StatusError:
		return nil
	case schema.StatusStopped:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("%s is stopped already.", name),
			stoppedAlready)
	}
	return absentOr(name, status, fmt.Sprintf("%s can't be stopped while it is %s.", name, Words(status)), "Destroy it, or wait until that is over.")
}

func absentOr(name string, status schema.Status, message, hint string) *schema.Error {
	if status == schema.StatusNoServer {
		return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("There is no server called %s.", name), "Launch one first.")
	}
	return schema.NewError(schema.KindUnsupported, message, hint)
}

// checkMachine refuses an operation that needs a machine if there is none or it can't be found.
func checkMachine(rec *Cluster, what string) *schema.Error {
	switch {
	case rec == nil || rec.View.Status != schema.StatusError:
		return nil
	case rec.Existence() == ExistsNone:
		return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("There is no machine to %s: its launch failed and left none.", what), "Launch it again.")
	case rec.Existence() == ExistsLost:
		return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("SkyPilot knows of no machine to %s. %s", what, MayBeThere), lostHint)
	case rec.Existence() == ExistsAsked && rec.Orphan != nil:
		return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("SkyPilot knows of no machine to %s, although the launch may have made one.", what),
			LookInConsole+" Or launch again in the same region, which takes it over.")
	}
	return nil
}

const lostHint = "Look at its status again; if nothing of it is in the cloud's console, take it off the list with cluster.forget."

// canStop refuses a stop that the cloud does not support: SkyPilot would skip it with exit code 0
// (docs/skypilot.md, "Stop, start and down").
func canStop(rec *Cluster) *schema.Error {
	if rec == nil {
		return nil
	}
	c, known := cloud.Find(rec.View.Cloud)
	spot := rec.IsSpot()
	if !known || c.CanStop(spot) {
		return nil
	}
	what := fmt.Sprintf("%s can't stop a server", c.Name)
	if c.CanStop(false) {
		what = fmt.Sprintf("%s can't stop a spot machine", c.Name)
	}
	return schema.NewError(schema.KindUnsupported, what+" and keep its disk.",
		"Destroy it instead; what is only on the server is lost then. "+UntilDestroyed).WithProvider(c.ID)
}

// AdmitLaunch returns why a launch of a spec may not begin, or nil. It allows one cluster at a time,
// which is a policy: the state could hold more. elsewhere names the clusters that were launched from
// other state folders and have not ended.
func (s *State) AdmitLaunch(spec schema.Spec, elsewhere []string) *schema.Error {
	rec := s.Clusters[spec.Name]
	if refusal := Admit(schema.OperationLaunch, spec.Name, rec); refusal != nil {
		return refusal
	}
	if refusal := s.refuseSecond(spec.Name); refusal != nil {
		return refusal
	}
	for _, name := range elsewhere {
		if name != spec.Name || rec == nil || !rec.MayExist() {
			return schema.NewError(schema.KindClusterActive,
				fmt.Sprintf("There is a server already: %s was launched from another state folder of this user, and its end was not seen.", name),
				fmt.Sprintf("Use %s with that state folder, or destroy it there before you launch another.", name))
		}
	}
	if rec == nil || rec.View.Status != schema.StatusError || rec.Existence() != ExistsSeen || rec.Spec == nil {
		return nil
	}
	return checkSameSpec(*rec.Spec, spec)
}

// refuseSecond refuses a launch beside a cluster of another name.
func (s *State) refuseSecond(launch string) *schema.Error {
	for name, rec := range s.Clusters {
		if name != launch && (rec.MayExist() || s.Running(name) != nil) {
			return schema.NewError(schema.KindClusterActive,
				fmt.Sprintf("There is a server already: %s is %s.", name, Words(rec.View.Status)),
				fmt.Sprintf("Use %s, or destroy it before you launch another.", name))
		}
	}
	return nil
}

// checkSameSpec refuses to finish a half-done launch with a spec that asks for another machine than
// the existing one: the launch would succeed without giving what was asked for. setup and run may
// differ.
func checkSameSpec(was, spec schema.Spec) *schema.Error {
	field := ""
	switch {
	case was.Cloud != spec.Cloud:
		field = "cloud"
	case was.Region != spec.Region:
		field = "region"
	case was.Zone != spec.Zone:
		field = "zone"
	case was.InstanceType != spec.InstanceType:
		field = "instanceType"
	case was.CPUs != spec.CPUs:
		field = "cpus"
	case was.Memory != spec.Memory:
		field = "memory"
	case was.DiskSize != spec.DiskSize:
		field = "diskSize"
	case was.DiskTier != spec.DiskTier:
		field = "diskTier"
	case was.UseSpot != spec.UseSpot:
		field = "useSpot"
	case was.ImageID != spec.ImageID:
		field = "imageId"
	case was.Profile != spec.Profile:
		field = "profile"
	case was.MaxHourlyCost != spec.MaxHourlyCost:
		field = "maxHourlyCost"
	case !slices.Equal(was.Ports, spec.Ports):
		field = "ports"
	default:
		return nil
	}
	return schema.NewError(schema.KindClusterActive,
		fmt.Sprintf("%s exists already, and its launch did not finish; it was asked for with another %s than now.", spec.Name, field),
		fmt.Sprintf("Launch with the %s of the first time to finish it, or destroy it first.", field)).WithField("spec." + field)
}

// AdmitBeside returns why an operation of a kind may not begin beside those that are in
// progress elsewhere, or nil. An installation replaces the sky that they use, and a launch or
// start would start SkyPilot's API server from the folder that is about to be replaced. A
// stop or destroy saves money and does not wait; the installation waits for it.
func (s *State) AdmitBeside(kind schema.OperationKind) *schema.Error {
	for _, op := range s.Operations {
		if op.Ended() {
			continue
		}
		beginsServer := kind == schema.OperationLaunch || kind == schema.OperationStart
		if kind == schema.OperationInstall || op.Kind == schema.OperationInstall && beginsServer {
			return InProgress(op.Cluster, op, Holder{})
		}
	}
	return nil
}

// AdmitSwitch returns the operation that has to end before a newly installed SkyPilot may take
// the place of the one that it uses; nil: there is none.
func (s *State) AdmitSwitch(install string) (wait *Operation) {
	for _, op := range s.Operations {
		if !op.Ended() && op.ID != install {
			return op
		}
	}
	return nil
}

// AdmitForget returns why a cluster can't be taken off the list, or nil. A cluster can be taken off
// if it can't be found or if its launch left nothing.
func AdmitForget(name string, rec *Cluster, running *Operation) *schema.Error {
	switch {
	case running != nil:
		return InProgress(name, running, Holder{})
	case rec == nil || rec.View.Status == schema.StatusNoServer:
		return NotFound(name)
	case rec.Existence() == ExistsLost, rec.Existence() == ExistsNone, rec.Existence() == ExistsAsked:
		return nil
	}
	return schema.NewError(schema.KindClusterActive, fmt.Sprintf("%s exists: SkyPilot shows it.", name), "Destroy it instead.")
}

// Forget takes a cluster off the list because a person says that nothing is there.
func (s *State) Forget(name string, at time.Time) {
	rec := s.Ensure(name)
	story := "The server was taken off the list."
	if rec.MayExist() {
		story += " Should a machine of it be there all the same, Carapace does not know of it. " + LookInConsole
	}
	rec.Witness(EvidenceForgotten, "", at)
	clearRecord(rec, name, story)
	rec.View.LastChange = &schema.Change{Cause: schema.CauseUser, At: at}
	rec.Source = schema.SourceOperation
}

// AdmitDestroy returns why a cluster may not be destroyed, or nil. Only a cluster of somebody else
// and an unknown name are refused.
func (s *State) AdmitDestroy(name, configured string) *schema.Error {
	if rec := s.Clusters[name]; rec != nil && rec.Occupant != nil {
		return NotOurs(name, rec.Occupant)
	}
	return s.AdmitName(name, configured)
}

// AdmitCancel returns why an operation can't be canceled, or nil. A nil operation means that none
// is in progress.
func AdmitCancel(name string, op *Operation) *schema.Error {
	if op == nil {
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("Nothing is in progress on %s, so there is nothing to cancel.", name),
			"Look at its status.")
	}
	const half = "A %s can't be canceled: half of one would leave a server that nobody can use."
	switch op.Kind {
	case schema.OperationStop:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf(half, op.Kind), "Wait until it has finished, then start the server again.")
	case schema.OperationDestroy:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf(half, op.Kind), "Wait until it has finished, then launch a new server.")
	}
	return nil
}

// InProgress is the refusal of a request while another operation is in progress. op is nil if only
// the holder of the lease is known.
func InProgress(name string, op *Operation, holder Holder) *schema.Error {
	who := ""
	if holder.PID == 0 && op != nil {
		holder = Holder{PID: op.Driver, Since: op.StartedAt, Doing: string(op.Kind)}
	}
	if holder.PID != 0 {
		who = fmt.Sprintf(" (%s)", holder)
	}
	if op == nil && name == "" {
		return schema.NewError(schema.KindOperationInProgress,
			fmt.Sprintf("Another Carapace is installing SkyPilot%s.", who),
			"Wait until it has finished, then try again.")
	}
	if op == nil {
		return schema.NewError(schema.KindOperationInProgress,
			fmt.Sprintf("Another Carapace is working on %s%s.", name, who),
			"Wait until it has finished, then try again.")
	}
	message, hint := fmt.Sprintf("A %s of %s is in progress%s.", op.Kind, name, who), "Wait until it has finished, or cancel it."
	switch op.Kind {
	case schema.OperationInstall:
		message, hint = fmt.Sprintf("SkyPilot is being installed%s.", who), "Wait until that has finished, or cancel it: cluster.cancel without a name."
	case schema.OperationStop, schema.OperationDestroy: // which can't be canceled
		hint = "Wait until it has finished."
	}
	return schema.NewError(schema.KindOperationInProgress, message, hint).WithDetail("operation " + op.ID)
}

// AdmitName refuses a name that the state does not know and that is not the configured one: a
// cluster of that name is the user's own (docs/protocol.md, "How a server's status changes").
func (s *State) AdmitName(name, configured string) *schema.Error {
	if s.Clusters[name] != nil || name == configured {
		return nil
	}
	return NotFound(name)
}

// NotFound is the refusal of an unknown name.
func NotFound(name string) *schema.Error {
	return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("There is no server called %s.", name),
		"cluster.list names the servers that there are.").WithField("name")
}

// AdmitAutostop refuses an autostop that SkyPilot would skip or that would have no effect: on
// several clouds SkyPilot accepts an autostop that never stops the machine, which then goes on
// costing money (docs/skypilot.md, "Autostop that never stops").
func AdmitAutostop(c schema.Cluster, rec *Cluster, p schema.AutostopParams) *schema.Error {
	name := c.Name
	switch {
	case rec == nil || !rec.MayExist():
		return NotFound(name)
	case c.Operation != nil:
		return schema.NewError(schema.KindOperationInProgress, fmt.Sprintf("A %s of %s is in progress.", c.Operation.Kind, name),
			"Wait until it has finished, then set autostop.")
	case c.Status != schema.StatusRunning:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("Autostop can't be set while %s is %s.", name, Words(c.Status)),
			"Start the server first.")
	case !p.Cancel && p.IdleMinutes < 1:
		return schema.NewError(schema.KindInvalidParams, "idleMinutes must be 1 or more.", "Say after how many idle minutes, or set cancel.").WithField("idleMinutes")
	case p.Cancel && (p.IdleMinutes != 0 || p.Down):
		return schema.NewError(schema.KindInvalidParams, "cancel does not go with idleMinutes or down.", "Leave those out to cancel autostop.").WithField("cancel")
	case p.Cancel:
		return nil
	}
	return canAutostop(rec, p.Down)
}

func canAutostop(rec *Cluster, down bool) *schema.Error {
	c, known := cloud.Find(rec.View.Cloud)
	spot := rec.IsSpot()
	if !known || c.CanAutostop(spot, down) {
		return nil
	}
	hint, machine, what := "Stop or destroy the server yourself when it is not needed.", "server", "stop"
	if spot && c.CanStop(false) {
		machine = "spot machine"
	}
	if down {
		what = "destroy"
	}
	if !down && c.CanAutostop(spot, true) {
		hint = "Set down: true, which destroys the server when it is idle; or destroy it yourself."
	}
	return schema.NewError(schema.KindUnsupported, fmt.Sprintf("A %s on %s can't %s itself. %s", machine, c.Name, what, BillsWhenIdle), hint).WithProvider(c.ID)
}
