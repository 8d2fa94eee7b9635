package remedy

import (
	"encoding/json"
	"slices"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// button returns a remedy with its label, and yet without what it does.
func button(id string, label text.Text) schema.Remedy {
	return schema.Remedy{ID: id, Code: label.Code, Args: label.Args, Label: label.Message()}
}

// call returns the remedy that calls a method, if it would be accepted now.
func (s Situation) call(id string, label text.Text, method string, params any) (schema.Remedy, bool) {
	r := button(id, label)
	data, err := json.Marshal(params)
	r.Method, r.Params = method, data
	return r, err == nil && s.admits(method)
}

// confirmed returns a remedy that spends money or deletes something.
func confirmed(r schema.Remedy, ok bool) (schema.Remedy, bool) {
	r.Confirm = true
	return r, ok
}

// again asks anew for the operation that failed.
func again(e *schema.Error, s Situation) (schema.Remedy, bool) {
	switch s.Failed {
	case schema.OperationLaunch:
		return launch(e, s)
	case schema.OperationStart:
		return start(e, s)
	case schema.OperationStop:
		return stop(e, s)
	case schema.OperationDestroy:
		return destroy(e, s)
	case schema.OperationSync:
		return sync(e, s)
	case schema.OperationInstall:
		return install(e, s)
	}
	return schema.Remedy{}, false
}

func launch(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return confirmed(s.call("launch_again", text.New(text.RemedyLaunchAgain), schema.ClusterLaunch.Name,
		schema.LaunchParams{Spec: schema.Spec{Name: s.Server}, Again: true}))
}

// keepTrying launches again until the cloud has a machine. Where another operation failed, or that
// was asked for already, it is no help.
func keepTrying(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	r, ok := confirmed(s.call("keep_trying", text.New(text.RemedyKeepTrying), schema.ClusterLaunch.Name,
		schema.LaunchParams{Spec: schema.Spec{Name: s.Server, RetryUntilUp: true}, Again: true}))
	return r, ok && s.Failed == schema.OperationLaunch && s.Launched != nil && !s.Launched.RetryUntilUp
}

func start(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return confirmed(s.call("start", text.New(text.RemedyStart), schema.ClusterStart.Name, schema.StartParams{Name: s.Server}))
}

func stop(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.call("stop", text.New(text.RemedyStop), schema.ClusterStop.Name, schema.ChangeParams{Name: s.Server})
}

func destroy(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return confirmed(s.call("destroy", text.New(text.RemedyDestroy), schema.ClusterDestroy.Name, schema.DestroyParams{Name: s.Server}))
}

func sync(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return confirmed(s.call("sync", text.New(text.RemedySync), schema.ClusterSync.Name, schema.SyncParams{Name: s.Server}))
}

func dryRun(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.call("dry_run", text.New(text.RemedyDryRun), schema.ClusterSync.Name, schema.SyncParams{Name: s.Server, DryRun: true})
}

// allowDeletions asks anew for what would have deleted too much, with the consent. Where no operation
// failed it was refused, or is a warning.
func allowDeletions(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	const id = "allow_deletions"
	switch {
	case s.Failed == schema.OperationLaunch:
		return confirmed(s.call(id, text.New(text.RemedyAllowLaunch), schema.ClusterLaunch.Name,
			schema.LaunchParams{Spec: schema.Spec{Name: s.Server}, Again: true, AllowDeletions: true}))
	case s.Failed == schema.OperationSync, s.Failed == "" && s.admits(schema.ClusterSync.Name):
		return confirmed(s.call(id, text.New(text.RemedyAllow), schema.ClusterSync.Name, schema.SyncParams{Name: s.Server, AllowDeletions: true}))
	}
	return confirmed(s.call(id, text.New(text.RemedyAllowStart), schema.ClusterStart.Name, schema.StartParams{Name: s.Server, AllowDeletions: true}))
}

// cancel ends what is in progress. An installation is of no server.
func cancel(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	params := schema.NameParams{Name: s.Server}
	if s.Running == schema.OperationInstall {
		params.Name = ""
	}
	if s.Fresh {
		return confirmed(s.call("cancel", text.New(text.RemedyCancelLaunch), schema.ClusterCancel.Name, params))
	}
	return s.call("cancel", text.New(text.RemedyCancel, text.Args{"operation": s.Running}), schema.ClusterCancel.Name, params)
}

// look asks the cloud, which also starts SkyPilot's API server on this computer.
func look(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.call("look", text.New(text.RemedyLook), schema.ClusterStatus.Name, schema.StatusParams{Name: s.Server, Refresh: true})
}

func list(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.call("list", text.New(text.RemedyList), schema.ClusterList.Name, schema.ListParams{Refresh: true})
}

func forget(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return confirmed(s.call("forget", text.New(text.RemedyForget), schema.ClusterForget.Name, schema.NameParams{Name: s.Server}))
}

func provisionLog(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.log(text.New(text.RemedyProvisionLog), schema.LogProvision)
}

func setupLog(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.log(text.New(text.RemedySetupLog), schema.LogSetup)
}

func runLog(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.log(text.New(text.RemedyRunLog), schema.LogRun)
}

func (s Situation) log(label text.Text, source schema.LogSource) (schema.Remedy, bool) {
	r, ok := s.call(string(source)+"_log", label, schema.ClusterLogs.Name, schema.LogsParams{Name: s.Server, Source: source})
	return r, ok && slices.Contains(s.Logs, source)
}

func install(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.call("install", text.New(text.RemedyInstall), schema.SkyPilotInstall.Name, schema.SkyPilotInstallParams{})
}

// offers shows what else fits: machines of the same size wherever there are any.
func offers(e *schema.Error, s Situation) (schema.Remedy, bool) {
	if s.Launched == nil {
		return schema.Remedy{}, false
	}
	was := s.Launched
	size := schema.Spec{CPUs: was.CPUs, Memory: was.Memory, DiskSize: was.DiskSize, UseSpot: was.UseSpot, MaxHourlyCost: was.MaxHourlyCost}
	return s.call("offers", text.New(text.RemedyOffers), schema.ClusterEstimate.Name, schema.SpecParams{Spec: size})
}

// checkCloud asks SkyPilot anew whether it can use the cloud.
func checkCloud(e *schema.Error, s Situation) (schema.Remedy, bool) {
	c, known := cloudOf(e, s)
	params := schema.ProviderCheckParams{Cloud: c.ID, Refresh: true}
	if s.Launched != nil {
		params.Profile = s.Launched.Profile
	}
	r, ok := s.call("check_cloud", text.New(text.RemedyCheck), schema.ProviderCheck.Name, params)
	return r, ok && known
}

// cloudOf returns the cloud that an error is from, or else that of the server.
func cloudOf(e *schema.Error, s Situation) (cloud.Cloud, bool) {
	if c, known := cloud.Find(e.Provider); known {
		return c, true
	}
	return cloud.Find(s.Cloud)
}

func console(e *schema.Error, s Situation) (schema.Remedy, bool) {
	return page("console", text.New(text.RemedyConsole), cloud.PageConsole, e, s)
}

func quotaPage(e *schema.Error, s Situation) (schema.Remedy, bool) {
	return page("quota_page", text.New(text.RemedyQuota), cloud.PageQuota, e, s)
}

func billingPage(e *schema.Error, s Situation) (schema.Remedy, bool) {
	return page("billing_page", text.New(text.RemedyBilling), cloud.PageBilling, e, s)
}

// keysPage is where keys are made, or else the page that says how SkyPilot gets them.
func keysPage(e *schema.Error, s Situation) (schema.Remedy, bool) {
	if r, ok := page("keys_page", text.New(text.RemedyKeys), cloud.PageKeys, e, s); ok {
		return r, ok
	}
	c, known := cloudOf(e, s)
	r := button("set_up_page", text.New(text.RemedySetUp))
	r.URL = c.Docs
	return r, known
}

// page returns the remedy that opens a page of the provider's, if there is one.
func page(id string, label text.Text, which cloud.Page, e *schema.Error, s Situation) (schema.Remedy, bool) {
	c, _ := cloudOf(e, s)
	region := ""
	if s.Cloud == c.ID {
		region = s.Region
	}
	r := button(id, label)
	r.URL = c.Page(which, region)
	return r, r.URL != ""
}

func signIn(e *schema.Error, s Situation) (schema.Remedy, bool) {
	c, known := cloudOf(e, s)
	r := button("sign_in", text.New(text.RemedySignIn))
	r.Command = c.SignIn()
	return r, known && r.Command != ""
}

// setClock has the system take the time from the network, from now on or at once.
func setClock(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	return s.command("set_clock", text.New(text.RemedyClock), "sudo timedatectl set-ntp true", "sudo sntp -sS time.apple.com", "w32tm /resync")
}

func showDisks(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	r, ok := s.command("show_disks", text.New(text.RemedyDisk), "df -h", "df -h", "Get-Volume")
	return r, ok && !s.Machine
}

// restartServer ends SkyPilot's API server on this computer and starts another.
func restartServer(_ *schema.Error, s Situation) (schema.Remedy, bool) {
	const restart = "sky api stop; sky api start"
	return confirmed(s.command("restart_server", text.New(text.RemedyRestart), restart, restart, ""))
}

// command returns the remedy that a person runs in a terminal: one for each system, "" where there is
// none.
func (s Situation) command(id string, label text.Text, linux, darwin, windows string) (schema.Remedy, bool) {
	r := button(id, label)
	switch s.System {
	case "linux":
		r.Command = linux
	case "darwin":
		r.Command = darwin
	case "windows":
		r.Command = windows
	}
	return r, r.Command != ""
}
