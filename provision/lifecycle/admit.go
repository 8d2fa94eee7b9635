package lifecycle

import (
	"maps"
	"slices"
	"time"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// Holder names the process that holds a lease, for the refusals of other requests.
type Holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	Doing string    `json:"doing"` // "launch", "poll", …
}

// text returns the holder for a person, such as "launch, process 4711, since 10:02:03"; nothing if it
// is not known.
func (h Holder) text() text.Text {
	if h.PID == 0 {
		return text.Text{}
	}
	return text.New(&text.BusyHolder, text.Args{"doing": h.Doing, "pid": h.PID, "since": h.Since})
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
		return first(startable(name, status), checkMachine(rec, kind))
	case schema.OperationStop:
		return first(stoppable(name, status), checkMachine(rec, kind), canStop(rec))
	case schema.OperationSync:
		return first(checkMachine(rec, kind), syncable(name, status, rec))
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
	case status == schema.StatusError && rec.Existence() == ExistsSeen && rec.Machine != schema.MachineStopped: // its status says that the machine runs
		return schema.Fail(schema.KindUnsupported, &text.SyncUnusable, text.Args{"name": name})
	case status != schema.StatusRunning:
		return absentOr(name, status, schema.Fail(schema.KindUnsupported, &text.SyncNotRunning, text.Args{"name": name}))
	case rec.Vaults == nil:
		return schema.Fail(schema.KindUnsupported, &text.SyncNoVaults, text.Args{"name": name})
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

// AdmitConnection returns why a server, as it is shown, can't be connected to, or nil. One in an error may be: a setup that
// failed is mended by who can look at it.
func AdmitConnection(c schema.Cluster) *schema.Error {
	switch {
	case c.Status == schema.StatusNoServer:
		return NotFound(c.Name)
	case c.Status == schema.StatusRunning, c.Status == schema.StatusError && c.IP != "":
		return nil
	case c.Status == schema.StatusStopped:
		return schema.Fail(schema.KindUnsupported, &text.ConnectStopped, text.Args{"name": c.Name})
	}
	return schema.Fail(schema.KindUnsupported, &text.ConnectNotRunning, text.Args{"name": c.Name, "status": c.Status})
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
	case rec != nil && (rec.Existence() == ExistsLost || rec.NeverShown()): // a second machine could come up beside it
		return schema.Fail(schema.KindClusterActive, &text.LaunchLost, text.Args{"name": name}).And(text.New(&text.MoneyMayRun)).AndHint(text.New(&text.HintLostLook))
	case status == schema.StatusNoServer:
		return nil
	case status == schema.StatusError && rec.Incomplete:
		return nil
	case status == schema.StatusError:
		return schema.Fail(schema.KindClusterActive, &text.LaunchUnusable, text.Args{"name": name}).And(text.New(&text.MoneyMayCost))
	}
	return schema.Fail(schema.KindClusterActive, &text.LaunchActive, text.Args{"name": name, "status": status})
}

func startable(name string, status schema.Status) *schema.Error {
	switch status {
	case schema.StatusStopped, schema.StatusError:
		return nil
	case schema.StatusRunning:
		return schema.Fail(schema.KindClusterActive, &text.StartRunning, text.Args{"name": name})
	}
	return absentOr(name, status, schema.Fail(schema.KindUnsupported, &text.StartNotNow, text.Args{"name": name, "status": status}))
}

func stoppable(name string, status schema.Status) *schema.Error {
	switch status {
	case schema.StatusRunning, schema.StatusError:
		return nil
	case schema.StatusStopped:
		return schema.Fail(schema.KindUnsupported, &text.StopStopped, text.Args{"name": name}).AndHint(text.New(&text.MoneyDiskOnly))
	}
	return absentOr(name, status, schema.Fail(schema.KindUnsupported, &text.StopNotNow, text.Args{"name": name, "status": status}))
}

// absentOr returns a refusal, or where there is no server that there is none.
func absentOr(name string, status schema.Status, refusal *schema.Error) *schema.Error {
	if status == schema.StatusNoServer {
		return schema.Fail(schema.KindClusterNotFound, &text.RequestNoServer, text.Args{"name": name})
	}
	return refusal
}

// checkMachine refuses an operation that needs a machine if there is none or it can't be found.
func checkMachine(rec *Cluster, kind schema.OperationKind) *schema.Error {
	switch {
	case rec == nil || rec.View.Status != schema.StatusError:
		return nil
	case rec.Existence() == ExistsNone:
		return schema.Fail(schema.KindClusterNotFound, &text.MachineNone, text.Args{"operation": kind})
	case rec.Existence() == ExistsLost:
		return schema.Fail(schema.KindClusterNotFound, &text.MachineLost, text.Args{"operation": kind}).And(text.New(&text.MoneyMayRun)).AndHint(text.New(&text.HintLostLook))
	case rec.Existence() == ExistsAsked && rec.Orphan != nil:
		return schema.Fail(schema.KindClusterNotFound, &text.MachineUnheard, text.Args{"operation": kind}).
			And(text.New(&text.MoneyMayRun)).AndHint(text.New(&text.HintLostLook))
	}
	return nil
}

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
	refusal := schema.Fail(schema.KindUnsupported, &text.StopUnsupported, text.Args{"cloud": c.Name})
	if c.CanStop(false) {
		refusal = schema.Fail(schema.KindUnsupported, &text.StopUnsupportedSpot, text.Args{"cloud": c.Name})
	}
	return refusal.AndHint(text.New(&text.MoneyUntilDestroyed)).WithProvider(c.ID)
}

// AdmitLaunch returns why a launch of a spec may not begin, or nil. It allows one cluster at a time,
// which is a policy: the state could hold more. vaults are the spec's, resolved; the zero value where they could not be. elsewhere
// names the clusters that were launched from other state folders and have not ended.
func (s *State) AdmitLaunch(spec schema.Spec, vaults schema.Vaults, elsewhere []string) *schema.Error {
	rec := s.Clusters[spec.Name]
	if refusal := Admit(schema.OperationLaunch, spec.Name, rec); refusal != nil {
		return refusal
	}
	if refusal := s.refuseSecond(spec.Name); refusal != nil {
		return refusal
	}
	for _, name := range elsewhere {
		if name != spec.Name || rec == nil || !rec.MayExist() {
			return schema.Fail(schema.KindClusterActive, &text.LaunchElsewhere, text.Args{"name": name})
		}
	}
	if rec == nil || rec.View.Status != schema.StatusError || rec.Existence() != ExistsSeen || rec.Spec == nil {
		return nil
	}
	// The mirror of another vault would take the files of the first one away.
	if rec.Vaults != nil && vaults != (schema.Vaults{}) && *rec.Vaults != vaults {
		return otherSpec(spec.Name, "vaults")
	}
	return checkSameSpec(*rec.Spec, spec)
}

// refuseSecond refuses a launch beside a cluster of another name.
func (s *State) refuseSecond(launch string) *schema.Error {
	if name := s.other(launch); name != "" {
		return schema.Fail(schema.KindClusterActive, &text.LaunchOtherActive, text.Args{"name": name, "status": s.Clusters[name].View.Status})
	}
	return nil
}

// other returns the first name of a server that may exist, or that something is done to, beside the named one; "" if there is none.
func (s *State) other(than string) string {
	for _, name := range slices.Sorted(maps.Keys(s.Clusters)) {
		if name != than && (s.Clusters[name].MayExist() || s.Running(name) != nil) {
			return name
		}
	}
	return ""
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
	case !maps.Equal(was.Labels, spec.Labels): // a cloud has them from when the machine is made
		field = "labels"
	default:
		return nil
	}
	return otherSpec(spec.Name, field)
}

// otherSpec refuses a launch because of a field of the spec that is another than that of the launch that it would finish.
func otherSpec(name, field string) *schema.Error {
	return schema.Fail(schema.KindClusterActive, &text.LaunchOtherSpec, text.Args{"name": name, "setting": field}).WithField("spec." + field)
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
	return schema.Fail(schema.KindClusterActive, &text.ForgetExists, text.Args{"name": name})
}

// Forget takes a cluster off the list because a person says that nothing is there.
func (s *State) Forget(name string, at time.Time) {
	rec := s.Ensure(name)
	story := []text.Text{text.New(&text.ServerOffTheList)}
	if rec.MayExist() {
		story = append(story, text.New(&text.ServerOffUnknown), text.New(&text.MoneyLookInConsole))
	}
	rec.Witness(EvidenceForgotten, "", at)
	clearRecord(rec, name, story...)
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
		return schema.Fail(schema.KindUnsupported, &text.CancelNothing, text.Args{"name": name})
	}
	switch op.Kind {
	case schema.OperationStop:
		return schema.Fail(schema.KindUnsupported, &text.CancelStop)
	case schema.OperationDestroy:
		return schema.Fail(schema.KindUnsupported, &text.CancelDestroy)
	}
	return nil
}

// InProgress is the refusal of a request while another operation is in progress. op is nil if only
// the holder of the lease is known.
func InProgress(name string, op *Operation, holder Holder) *schema.Error {
	switch {
	case op == nil && name == "":
		return schema.Fail(schema.KindOperationInProgress, &text.BusyInstallingElsewhere, text.Args{"holder": holder.text()})
	case op == nil:
		return schema.Fail(schema.KindOperationInProgress, &text.BusyElsewhere, text.Args{"name": name, "holder": holder.text()})
	}
	return busyWith(name, op).WithOperation(op.ID)
}

// LaunchingElsewhere is the refusal of a launch while another sidecar of this user begins one, of a server whose name is
// not known yet.
func LaunchingElsewhere(holder Holder) *schema.Error {
	return schema.Fail(schema.KindOperationInProgress, &text.BusyLaunchingElsewhere, text.Args{"holder": holder.text()})
}

func busyWith(name string, op *Operation) *schema.Error {
	holder := text.New(&text.BusySince, text.Args{"since": op.StartedAt}) // the process that drives it changes, and is of no use to a person
	switch op.Kind {
	case schema.OperationInstall:
		return schema.Fail(schema.KindOperationInProgress, &text.BusyInstalling, text.Args{"holder": holder})
	case schema.OperationStop, schema.OperationDestroy: // which can't be canceled
		return schema.Fail(schema.KindOperationInProgress, &text.BusyOperationEnding, text.Args{"operation": op.Kind, "name": name, "holder": holder})
	}
	return schema.Fail(schema.KindOperationInProgress, &text.BusyOperation, text.Args{"operation": op.Kind, "name": name, "holder": holder})
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
	return schema.Fail(schema.KindClusterNotFound, &text.RequestUnknownName, text.Args{"name": name}).WithField("name")
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
		return schema.Fail(schema.KindOperationInProgress, &text.AutostopBusy, text.Args{"operation": c.Operation.Kind, "name": name})
	case c.Status != schema.StatusRunning:
		return schema.Fail(schema.KindUnsupported, &text.AutostopNotRunning, text.Args{"name": name, "status": c.Status})
	case !p.Cancel && p.IdleMinutes < 1:
		return schema.Fail(schema.KindInvalidParams, &text.ParamsIdleMinutes).WithField("idleMinutes")
	case p.Cancel && (p.IdleMinutes != 0 || p.Down):
		return schema.Fail(schema.KindInvalidParams, &text.ParamsCancelAutostop).WithField("cancel")
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
	hint := text.New(&text.HintEndYourself)
	if !down && c.CanAutostop(spot, true) {
		hint = text.New(&text.HintAutostopDown)
	}
	return cantAutostop(c.Name, spot && c.CanStop(false), down).And(text.New(&text.MoneyIdle)).AndHint(hint).WithProvider(c.ID)
}

// cantAutostop says that a server can't end itself; spot: that this is only so of spot machines.
func cantAutostop(name string, spot, down bool) *schema.Error {
	switch {
	case spot && down:
		return schema.Fail(schema.KindUnsupported, &text.AutostopCantDestroySpot, text.Args{"cloud": name})
	case spot:
		return schema.Fail(schema.KindUnsupported, &text.AutostopCantStopSpot, text.Args{"cloud": name})
	case down:
		return schema.Fail(schema.KindUnsupported, &text.AutostopCantDestroy, text.Args{"cloud": name})
	}
	return schema.Fail(schema.KindUnsupported, &text.AutostopCantStop, text.Args{"cloud": name})
}
