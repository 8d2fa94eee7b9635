package lifecycle

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// Context is the input of [State.View] and [State.Show] besides the state.
type Context struct {
	Simulated  bool
	Configured string       // the name of the cluster where a request gives none
	Sky        string       // where sky is on this computer; "": not known
	Look       Look         // the last looks at the cluster; for its view alone
	Service    *ServiceSeen // what is known of its service; likewise
	Progress   *Progress    // of the operation in progress; nil: another process drives it
	At         time.Time    // now
}

// Progress is the progress of an operation. The zero value is none.
type Progress struct {
	Phase   schema.Phase
	Said    []text.Text // what is being done
	Percent int         // 0: not known
}

// View returns the named cluster as the protocol shows it.
func (s *State) View(name string, with Context) schema.Cluster {
	rec := s.Clusters[name]
	running := s.Running(name)
	if rec == nil {
		rec = &Cluster{View: NoServer(name)}
	}
	c := rec.View
	c.Simulated = with.Simulated
	c.CheckedAt, c.CheckedBy = with.Look.Checked()
	c.Stale = with.Look.Failures > 0
	c.Reachability = reachability(with.Look)
	c.Machine, c.Costs, c.Owner = rec.MachineState(), rec.Costs(), rec.owner()
	c.Actions = s.actions(name, rec, running, with.Configured)
	story := and(rec.story(), rec.money()...)
	switch {
	case s.MayBeMissing(name, with.Configured):
		c.Stale, c.Machine, c.Costs.Now = true, schema.MachineUnknown, schema.SpendingUnknown
		story = []text.Text{text.New(&text.ServerMaybeThere), text.New(&text.MoneyMayRun)}
	case s.Clusters[name] == nil && s.other(name) != "":
		story = []text.Text{text.New(&text.ServerNoneOfName, text.Args{"name": name, "other": s.other(name)})}
	case rec.Occupant != nil && !rec.MayExist():
		story = and(NotOurs(name, rec.Occupant).Texts(), text.New(&text.ServerUntouched))
	}
	if c.Autostop != nil && c.Status == schema.StatusRunning {
		c.Warnings = append(slices.Clip(c.Warnings), *autostopNotice(rec))
	}
	if rec.Orphan != nil && rec.Orphan.Region != "" && c.Status != schema.StatusError { // an error's description says it
		c.Warnings = append(slices.Clip(c.Warnings), *orphanNotice(rec.Orphan))
	}
	if running != nil {
		shown := s.show(running, with)
		c.Operation, c.Error = &shown, nil
		if status, doing := transitional(running, c.Status, rec); doing != nil {
			c.Status, story = status, doing
		}
		if c.Machine != schema.MachineNone && running.Kind != schema.OperationSync && running.Step != "" {
			c.Machine = schema.MachineChanging
			if c.Costs.Now == schema.SpendingDisk && running.Kind == schema.OperationStart {
				c.Costs.Now = schema.SpendingMachine
			}
		}
	}
	if c.Status == schema.StatusRunning {
		c.Service = rec.service(with.Service)
	}
	c.Costs.Texts = rec.spendingTexts(c.Status, c.Costs.Now)
	c.Costs.Sentence = text.Join(c.Costs.Texts...)
	c.Texts, c.Description = story, text.Join(story...)
	s.addRemedies(&c, with)
	return c
}

// reachability returns whether the cluster can be looked at, and since when.
func reachability(l Look) schema.Reachability {
	if l.Failures == 0 {
		return schema.Reachability{OK: true, Since: l.Reached}
	}
	return schema.Reachability{Since: l.Since, Error: l.Failure}
}

// actions returns the methods on the cluster, each with whether it would be accepted now.
func (s *State) actions(name string, rec *Cluster, running *Operation, configured string) []schema.Action {
	busy := func(refusal *schema.Error) *schema.Error {
		if running != nil {
			return InProgress(name, running, Holder{})
		}
		return refusal
	}
	list := []schema.Action{}
	add := func(method string, refusal *schema.Error) {
		list = append(list, schema.Action{Method: method, Enabled: refusal == nil, WhyNot: refusal})
	}
	launch := first(Admit(schema.OperationLaunch, name, rec), s.refuseSecond(name))
	add(schema.ClusterLaunch.Name, busy(first(launch, s.AdmitBeside(schema.OperationLaunch))))
	add(schema.ClusterStart.Name, busy(first(Admit(schema.OperationStart, name, rec), s.AdmitBeside(schema.OperationStart))))
	add(schema.ClusterStop.Name, busy(Admit(schema.OperationStop, name, rec)))
	destroy := s.AdmitDestroy(name, configured)
	switch {
	case destroy == nil && running != nil && running.Kind == schema.OperationDestroy:
		destroy = busy(nil)
	case destroy == nil && running == nil && rec.View.Status == schema.StatusNoServer:
		destroy = NotFound(name) // it would be accepted and do nothing
	}
	add(schema.ClusterDestroy.Name, destroy)
	add(schema.ClusterSync.Name, busy(Admit(schema.OperationSync, name, rec)))
	add(schema.ClusterCancel.Name, AdmitCancel(name, running))
	add(schema.ClusterForget.Name, AdmitForget(name, rec, running))
	return list
}

// MayBeMissing reports whether a damaged state may have had a cluster of that name.
func (s *State) MayBeMissing(name, configured string) bool {
	return s.Forgot && name == configured && s.Clusters[name] == nil
}

// Unattended returns, sorted, the clusters whose machine may exist and that have no operation in
// progress. After a damaged state the configured cluster is one of them.
func (s *State) Unattended(configured string) (names []string) {
	for name, rec := range s.Clusters {
		if rec.MayExist() && s.Running(name) == nil {
			names = append(names, name)
		}
	}
	if s.MayBeMissing(configured, configured) && s.Running(configured) == nil {
		names = append(names, configured)
	}
	slices.Sort(names)
	return names
}

// ImpliedName returns the name of the cluster that a request without a name is for: the only one that
// exists, or else the configured one.
func (s *State) ImpliedName(configured string) string {
	var only []string
	for name, rec := range s.Clusters {
		if rec.MayExist() || rec.View.Status != schema.StatusNoServer || s.Running(name) != nil {
			only = append(only, name)
		}
	}
	if len(only) == 1 {
		return only[0]
	}
	return configured
}

// NoServer returns the view of a name that never had a cluster.
func NoServer(name string) schema.Cluster {
	return RemovedView(name, []text.Text{text.New(&text.ServerNone)})
}

// transitional returns the status and description of a cluster during an operation. A sync does not
// change the status; the description is nil then.
func transitional(op *Operation, before schema.Status, rec *Cluster) (schema.Status, []text.Text) {
	canceling := !op.CancelRequested.IsZero()
	switch {
	case op.Kind == schema.OperationLaunch && canceling && op.Fresh:
		return schema.StatusDestroying, []text.Text{text.New(&text.ServerLaunchCanceling)}
	case (op.Kind == schema.OperationLaunch || op.Kind == schema.OperationStart) && canceling:
		return schema.StatusStopping, []text.Text{text.New(&text.ServerCanceling, text.Args{"operation": op.Kind})}
	case op.Kind == schema.OperationLaunch:
		return schema.StatusProvisioning, []text.Text{text.New(&text.ServerLaunching)}
	case op.Kind == schema.OperationStart:
		return schema.StatusProvisioning, []text.Text{text.New(&text.ServerStarting)}
	case op.Kind == schema.OperationStop:
		money := stoppedMoney(Spends(ExistsSeen, schema.MachineStopped, rec.stoppedCost()), rec.View.Cloud)
		return schema.StatusStopping, []text.Text{text.New(&text.ServerStopping), money}
	case op.Kind == schema.OperationDestroy:
		return schema.StatusDestroying, []text.Text{text.New(&text.ServerDestroying)}
	}
	return before, nil
}

// show returns an operation without the remedies of its error. p is its progress, nil if another process
// drives it.
func (s *State) show(o *Operation, with Context) schema.Operation {
	shown, p, at := o.Operation, with.Progress, with.At
	shown.Canceling = !o.CancelRequested.IsZero() && !o.Ended()
	shown.Cancelable = !o.Ended() && AdmitCancel(o.Cluster, o) == nil
	known := 0
	if p != nil && !o.Ended() {
		shown.Phase, shown.Message, shown.Texts = p.Phase, text.Join(p.Said...), p.Said
		if known = p.Percent; known > 0 {
			shown.Percent = &known
		}
	}
	end := shown.EndedAt
	if end.IsZero() {
		end = at
	}
	if !o.Ended() {
		f := s.Forecast(o, shown.Phase, at)
		shown.ExpectedSeconds, shown.Basis = f.ExpectedSeconds, f.Basis
		if o.Kind != schema.OperationInstall { // which knows how far it is
			known = max(known, f.Percent)
			shown.Percent = &known
		}
	}
	shown.ElapsedSeconds = Seconds(end.Sub(shown.StartedAt))
	return shown
}

// Seconds returns a duration in seconds, rounded to tenths. It is 0 for a negative one, which a clock
// that was set back can give.
func Seconds(d time.Duration) float64 {
	return float64(max(0, d).Round(100*time.Millisecond)) / float64(time.Second)
}

// Differences returns the JSON names of the fields in which two views of a cluster differ. It ignores
// checkedAt, also the service's, and an operation's progress, which has a notification of its own.
func Differences(a, b schema.Cluster) []string {
	a.CheckedAt, b.CheckedAt = time.Time{}, time.Time{}
	a.CheckedBy, b.CheckedBy = "", ""
	a.Operation, b.Operation = identity(a.Operation), identity(b.Operation)
	a.Service, b.Service = unchecked(a.Service), unchecked(b.Service)
	var changed []string
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			tag, _, _ := strings.Cut(va.Type().Field(i).Tag.Get("json"), ",")
			changed = append(changed, tag)
		}
	}
	return changed
}

func unchecked(s *schema.Service) *schema.Service {
	if s == nil {
		return nil
	}
	known := *s
	known.CheckedAt = time.Time{}
	return &known
}

func identity(op *schema.Operation) *schema.Operation {
	if op == nil {
		return nil
	}
	return &schema.Operation{ID: op.ID, Kind: op.Kind, State: op.State}
}

// autostopNotice is the warning of a server with autostop: what it does when it is idle, or that the
// autostop has no effect. If the spec named no cloud, SkyPilot may have chosen one on which autostop
// does nothing. Of kind notice is only what goes as it was asked for: a server that was to end itself and
// will not goes on costing money.
func autostopNotice(rec *Cluster) *schema.Error {
	a := rec.View.Autostop
	if a.Lost {
		return schema.Fail(schema.KindUnsupported, &text.AutostopDropped).And(text.New(&text.MoneyIdle))
	}
	if refusal := canAutostop(rec, a.Down); refusal != nil {
		return schema.Fail(schema.KindUnsupported, &text.AutostopNoEffect).And(refusal.Texts()...).AndHint(refusal.HintTexts()...).
			WithProvider(refusal.Provider)
	}
	if a.Down {
		return schema.Fail(schema.KindNotice, &text.AutostopDestroys, text.Args{"minutes": a.IdleMinutes})
	}
	stops := schema.Fail(schema.KindNotice, &text.AutostopStops, text.Args{"minutes": a.IdleMinutes})
	if rec.stoppedCost() == cloud.StoppedMachine { // else it reads as if it saved money
		return stops.And(stoppedMoney(schema.SpendingMachine, rec.View.Cloud))
	}
	return stops
}
