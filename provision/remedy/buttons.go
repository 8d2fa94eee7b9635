package remedy

import (
	"encoding/json"
	"slices"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// labels has what stands on each button. That of a button that is not here depends on the situation.
var labels = [...]struct {
	id   string
	says *text.Entry
}{
	{"install", &text.RemedyInstall},
	{"launch_again", &text.RemedyLaunchAgain},
	{"keep_trying", &text.RemedyKeepTrying},
	{"any_region", &text.RemedyAnyRegion},
	{"start", &text.RemedyStart},
	{"stop", &text.RemedyStop},
	{"destroy", &text.RemedyDestroy},
	{"sync", &text.RemedySync},
	{"dry_run", &text.RemedyDryRun},
	{"look", &text.RemedyLook},
	{"list", &text.RemedyList},
	{"forget", &text.RemedyForget},
	{"provision_log", &text.RemedyProvisionLog},
	{"setup_log", &text.RemedySetupLog},
	{"run_log", &text.RemedyRunLog},
	{"offers", &text.RemedyOffers},
	{"check_cloud", &text.RemedyCheck},
	{"quota_page", &text.RemedyQuota},
	{"billing_page", &text.RemedyBilling},
	{"keys_page", &text.RemedyKeys},
	{"set_up_page", &text.RemedySetUp},
	{"console", &text.RemedyConsole},
	{"sign_in", &text.RemedySignIn},
	{"set_clock", &text.RemedyClock},
	{"restart_server", &text.RemedyRestart},
	{"stop_server", &text.RemedyStopServer},
	{"show_disks", &text.RemedyDisk},
}

// press returns the remedy of a button's name. One that can't be pressed has neither a method nor a
// page nor a command.
func press(id string, e *schema.Error, s *Situation) schema.Remedy {
	if id == "again" {
		id = anew(s.Failed)
	}
	r := schema.Remedy{ID: id}
	for i := range labels {
		if labels[i].id == id {
			r.Code = labels[i].says.Code
		}
	}
	if !s.call(&r) {
		s.show(&r, e)
	}
	r.Label = text.Text{Code: r.Code, Args: r.Args}.Message()
	return r
}

// anew is the button that asks again for an operation.
func anew(failed schema.OperationKind) string {
	if failed == schema.OperationLaunch {
		return "launch_again"
	}
	return string(failed)
}

// plain returns the method of a button that needs the server's name alone, or one field beside it that
// is true; "" for other buttons.
func plain(id string) (method, field string) {
	switch id {
	case "start":
		return schema.ClusterStart.Name, ""
	case "stop":
		return schema.ClusterStop.Name, ""
	case "destroy":
		return schema.ClusterDestroy.Name, ""
	case "sync":
		return schema.ClusterSync.Name, ""
	case "dry_run":
		return schema.ClusterSync.Name, "dryRun"
	case "look": // which also starts SkyPilot's API server on this computer
		return schema.ClusterStatus.Name, "refresh"
	case "forget":
		return schema.ClusterForget.Name, ""
	}
	return "", ""
}

// call makes a remedy one that calls a method, if that would be accepted now. It reports whether the
// button is one of a method.
func (s *Situation) call(r *schema.Remedy) bool {
	params := map[string]any{"name": s.Server}
	if method, field := plain(r.ID); method != "" {
		if r.Method = method; field != "" {
			params[field] = true
		}
		return s.finish(r, params, true)
	}
	possible := true
	switch r.ID {
	case "install":
		r.Method, params = schema.SkyPilotInstall.Name, map[string]any{}
	case "list":
		r.Method, params = schema.ClusterList.Name, map[string]any{"refresh": true}
	case "launch_again", "keep_trying", "any_region":
		r.Method = schema.ClusterLaunch.Name
		params, possible = s.again(r.ID)
	case "allow_deletions":
		params = s.allow(r)
	case "cancel":
		r.Method, r.Code, r.Args = schema.ClusterCancel.Name, text.RemedyCancel.Code, text.Args{"operation": string(s.Running)}
		if s.Running == schema.OperationInstall { // which is of no server
			params = map[string]any{}
		}
		if s.Fresh {
			r.Code, r.Args = text.RemedyCancelLaunch.Code, nil
		}
	case "provision_log", "setup_log", "run_log":
		source := schema.LogSource(r.ID[:len(r.ID)-len("_log")])
		r.Method, params["source"] = schema.ClusterLogs.Name, source
		possible = slices.Contains(s.Logs, source)
	case "offers": // machines of the same size wherever there are any; what a refused request asked for was not launched
		r.Method = schema.ClusterEstimate.Name
		if possible = s.Launched != nil && s.Failed != ""; possible {
			was := s.Launched
			params = map[string]any{"spec": schema.Spec{CPUs: was.CPUs, Memory: was.Memory, DiskSize: was.DiskSize, UseSpot: was.UseSpot, MaxHourlyCost: was.MaxHourlyCost}, "everywhere": true}
		}
	default:
		return false
	}
	return s.finish(r, params, possible)
}

// again returns the params of a button that makes the last launch again, and whether there is anything in that.
func (s *Situation) again(id string) (params map[string]any, possible bool) {
	params = s.launch(id == "keep_trying")
	failed := s.Failed == schema.OperationLaunch && s.Launched != nil
	switch id {
	case "keep_trying":
		return params, failed && !s.Launched.RetryUntilUp
	case "any_region": // where a machine is there a launch in another region is refused
		params["anyRegion"] = true
		return params, failed && s.Launched.Region != "" && !s.Machine
	}
	return params, true
}

// allow has a remedy ask anew for what would have deleted too much, with the consent. Where no operation
// failed that was refused, or it is a warning.
func (s *Situation) allow(r *schema.Remedy) map[string]any {
	params := map[string]any{"name": s.Server}
	switch {
	case s.Failed == schema.OperationLaunch:
		r.Method, r.Code, params = schema.ClusterLaunch.Name, text.RemedyAllowLaunch.Code, s.launch(false)
	case s.Failed == schema.OperationSync, s.Failed == "" && s.admits(schema.ClusterSync.Name):
		r.Method, r.Code = schema.ClusterSync.Name, text.RemedyAllow.Code
	default:
		r.Method, r.Code = schema.ClusterStart.Name, text.RemedyAllowStart.Code
	}
	params["allowDeletions"] = true
	return params
}

// finish gives the method of a remedy its params, or takes it away where it would not be accepted.
func (s *Situation) finish(r *schema.Remedy, params map[string]any, possible bool) bool {
	data, err := json.Marshal(params)
	if err != nil || !possible || !s.admits(r.Method) {
		r.Method = ""
		return true
	}
	r.Params = data
	r.Confirm = slices.Contains([]string{"launch_again", "keep_trying", "any_region", "start", "destroy", "sync", "allow_deletions", "forget"}, r.ID) || r.ID == "cancel" && s.Fresh
	return true
}

// launch is the params of a launch that is made again.
func (s *Situation) launch(keepTrying bool) map[string]any {
	return map[string]any{"again": true, "spec": schema.Spec{Name: s.Server, RetryUntilUp: keepTrying}}
}

// show makes a remedy one that asks about the cloud, opens a page or gives a command, if there is one.
func (s *Situation) show(r *schema.Remedy, e *schema.Error) {
	c, known := cloud.Find(e.Provider)
	if !known {
		c, known = cloud.Find(s.Cloud)
	}
	region := ""
	if s.Cloud == c.ID {
		region = s.Region
	}
	switch r.ID {
	case "check_cloud":
		params := map[string]any{"cloud": c.ID, "refresh": true}
		if s.Launched != nil && s.Launched.Profile != "" {
			params["profile"] = s.Launched.Profile
		}
		r.Method = schema.ProviderCheck.Name
		s.finish(r, params, known)
	case "console":
		r.URL = c.Page(cloud.PageConsole, region)
	case "quota_page":
		r.URL = c.Page(cloud.PageQuota, region)
	case "billing_page":
		r.URL = c.Page(cloud.PageBilling, region)
	case "keys_page":
		if r.URL = c.Page(cloud.PageKeys, region); r.URL == "" {
			r.ID, r.Code, r.URL = "set_up_page", text.RemedySetUp.Code, c.Docs
		}
	case "sign_in":
		r.Command = c.SignIn()
	case "set_clock":
		r.Command = s.command("sudo timedatectl set-ntp true", "sudo sntp -sS time.apple.com", "w32tm /resync")
	case "show_disks":
		if !s.Machine {
			r.Command = s.command("df -h", "df -h", "Get-Volume")
		}
	case "restart_server":
		sky := "sky"
		if s.Sky != "" { // a terminal's PATH may not have it
			sky = quoted(s.Sky)
		}
		restart := sky + " api stop; " + sky + " api start"
		r.Command, r.Confirm = s.command(restart, restart, ""), true
	case "stop_server":
		if program, known := e.Args["program"].(string); known {
			stop := quoted(program) + " api stop"
			r.Command, r.Confirm = s.command(stop, stop, ""), true
		}
	}
}

// quoted is a path as a word of a shell.
func quoted(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }

// command returns that of this computer's system, "" where there is none.
func (s *Situation) command(linux, darwin, windows string) string {
	switch s.System {
	case "linux":
		return linux
	case "darwin":
		return darwin
	case "windows":
		return windows
	}
	return ""
}
