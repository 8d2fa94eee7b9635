package lifecycle

import (
	"runtime"

	"carapace/provision/remedy"
	"carapace/schema"
)

// Remedied returns a copy of an error with what a person can do about it now; nil for nil. It is made
// where an error is shown, and never stored. name is the server that it is about, or that a request
// named; op is the operation that ended with it, nil for none.
func (s *State) Remedied(e *schema.Error, name string, op *Operation, with Context) *schema.Error {
	if e == nil {
		return nil
	}
	return withRemedies(e, s.situation(s.subject(e, name), op, with))
}

func withRemedies(e *schema.Error, sit *remedy.Situation) *schema.Error {
	c := *e
	c.Remedies = remedy.For(e, sit)
	return &c
}

// addRemedies gives those errors of a view their remedies that stand alone before a person. Why an
// action is refused the other actions answer. The situation of the view's own server is worked out
// once, and only if there is an error: what may begin now is most of a view's cost.
func (s *State) addRemedies(c *schema.Cluster, with Context) {
	var own *remedy.Situation
	remedied := func(e *schema.Error, op *Operation) *schema.Error {
		if e == nil || s.subject(e, c.Name) != c.Name {
			return s.Remedied(e, c.Name, op, with)
		}
		if own == nil {
			own = s.situation(c.Name, nil, with)
		}
		sit := *own
		sit.Failed = failedKind(op)
		return withRemedies(e, &sit)
	}
	last := s.Operation(s.Epoch(c.Name).Operation)
	c.Error = remedied(c.Error, last)
	c.Reachability.Error = remedied(c.Reachability.Error, last)
	warnings := c.Warnings
	c.Warnings = nil // the record's own stay as they are
	for i := range warnings {
		c.Warnings = append(c.Warnings, *remedied(&warnings[i], nil))
	}
}

// failedKind returns what an operation that has failed was; empty for one that has not, and for nil.
func failedKind(op *Operation) schema.OperationKind {
	if op == nil || op.Error == nil {
		return ""
	}
	return op.Kind
}

// Show returns an operation as the protocol shows it by itself; with.Progress is nil if another
// process drives it.
func (s *State) Show(op *Operation, with Context) schema.Operation {
	shown := s.show(op, with)
	shown.Error = s.Remedied(shown.Error, op.Cluster, op, with)
	return shown
}

// subject returns the server that an error is about: a launch may be refused because of another one.
func (s *State) subject(e *schema.Error, name string) string {
	if other, named := e.Args["name"].(string); named && s.Clusters[other] != nil {
		return other
	}
	return name
}

// situation returns what is known for the remedies of an error. Of an operation after which another
// one was begun, nothing is asked for anew.
func (s *State) situation(name string, op *Operation, with Context) *remedy.Situation {
	rec := s.Clusters[name]
	if rec == nil {
		rec = &Cluster{View: NoServer(name)}
	}
	sit := &remedy.Situation{Server: name, Machine: rec.MayExist(), Launched: s.Launched(name), System: runtime.GOOS, Sky: with.Sky}
	sit.Cloud, sit.Region = rec.View.Cloud, rec.View.Region
	if sit.Cloud == "" && sit.Launched != nil {
		sit.Cloud, sit.Region = sit.Launched.Cloud, sit.Launched.Region
	}
	if op != nil && op.ID != s.Epoch(op.Cluster).Operation {
		return sit
	}
	sit.Failed = failedKind(op)
	running := s.Running(name)
	if install := s.Running(""); running == nil && install != nil && !with.Simulated {
		running = install
	}
	if running != nil {
		sit.Running, sit.Fresh = running.Kind, running.Fresh
	}
	sit.Admitted, sit.Logs = s.admitted(name, rec, running, with), logsOf(rec)
	return sit
}

// admitted returns the methods that would be accepted now, with the server's name where they take one.
func (s *State) admitted(name string, rec *Cluster, running *Operation, with Context) []string {
	methods := []string{schema.ClusterList.Name, schema.ClusterEstimate.Name, schema.ProviderCheck.Name}
	_, refusal := s.Again(schema.Spec{Name: name}, false)
	for _, action := range s.actions(name, rec, s.Running(name), with.Configured) {
		if action.Enabled && name != "" && (refusal == nil || action.Method != schema.ClusterLaunch.Name) {
			methods = append(methods, action.Method)
		}
	}
	if s.AdmitName(name, with.Configured) == nil {
		methods = append(methods, schema.ClusterStatus.Name)
	}
	if len(logsOf(rec)) > 0 {
		methods = append(methods, schema.ClusterLogs.Name)
	}
	if !with.Simulated && s.AdmitBeside(schema.OperationInstall) == nil {
		methods = append(methods, schema.SkyPilotInstall.Name)
	}
	if running != nil && running.Kind == schema.OperationInstall {
		methods = append(methods, schema.ClusterCancel.Name)
	}
	return methods
}

// logsOf returns the logs that a server has.
func logsOf(rec *Cluster) (logs []schema.LogSource) {
	if !rec.MayExist() && rec.View.Status != schema.StatusError { // SkyPilot keeps the log of a launch that left nothing
		return nil
	}
	logs = []schema.LogSource{schema.LogProvision}
	if rec.SetupJob != 0 {
		logs = append(logs, schema.LogSetup)
	}
	if rec.RunJob != 0 {
		logs = append(logs, schema.LogRun)
	}
	return logs
}
