package skysim

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"
)

// apiStart is `sky api start`.
func (p *process) apiStart(*options) error {
	if err := p.pause(1500 * time.Millisecond); err != nil {
		return err
	}
	if err := p.identify(); err != nil {
		return err
	}
	var up bool
	if err := p.read(func(w *world) { up = w.Server.Up }); err != nil {
		return err
	}
	if !up {
		if err := p.startServer(); err != nil {
			return err
		}
	}
	p.say(branch("SkyPilot API server and dashboard: "+serverURL+"\r"), leaf("View API server logs at: ~/.sky/api_server/server.log"))
	return nil
}

// apiStop is `sky api stop`: what the server had in hand is gone, requests and
// logs; the machines stay.
func (p *process) apiStop(*options) error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	return p.world.update(func(w *world) error {
		if !w.Server.Up {
			p.say("SkyPilot API server is not running.")
			return nil
		}
		w.resetServer()
		p.say(green + "SkyPilot API server stopped." + reset)
		return nil
	})
}

// apiInfo is `sky api info`, which does not start the server.
func (p *process) apiInfo(o *options) error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	if err := p.identify(); err != nil {
		return err
	}
	var up bool
	if err := p.read(func(w *world) { up = w.Server.Up }); err != nil {
		return err
	}
	switch {
	case !up:
		p.say("SkyPilot client version: "+version+", commit: "+commit,
			"Failed to connect to SkyPilot API server at "+serverURL+".")
		return nil
	case !o.json():
		p.say("SkyPilot client version: "+version+", commit: "+commit, "Using SkyPilot API server and dashboard: "+serverURL,
			"├── Status: ApiServerStatus.HEALTHY, commit: "+commit+", version: "+version,
			"├── User: "+p.user.Name+" ("+p.user.Hash+")", "└── Endpoint set to default local API server.")
		return nil
	}
	type side struct {
		_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

		URL     string `json:"url,omitempty"`
		Status  string `json:"status,omitempty"`
		Version string `json:"version"`
		Commit  string `json:"commit"`
		API     string `json:"api_version,omitempty"`
	}
	return p.sayJSON(struct {
		Client side   `json:"client"`
		Server side   `json:"server"`
		User   string `json:"user"`
	}{
		Client: side{Version: version, Commit: commit},
		Server: side{URL: serverURL, Status: "healthy", Version: version, Commit: commit, API: apiVersion},
		User:   p.user.Name,
	})
}

// requestRecord is one object of `sky api status -o json`.
type requestRecord struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	ID           string   `json:"request_id"`
	Name         string   `json:"name"`
	Entrypoint   string   `json:"entrypoint"`
	Body         string   `json:"request_body"`
	Status       string   `json:"status"`
	Created      *float64 `json:"created_at"`
	UserID       string   `json:"user_id"`
	ReturnValue  string   `json:"return_value"`
	Error        string   `json:"error"`
	PID          *int     `json:"pid"`
	ScheduleType string   `json:"schedule_type"`
	UserName     string   `json:"user_name"`
	Cluster      *string  `json:"cluster_name"`
	Message      *string  `json:"status_msg"`
	ShouldRetry  bool     `json:"should_retry"`
	Finished     *float64 `json:"finished_at"`
	Blob         *string  `json:"file_mounts_blob_id"`
}

func (r *request) record() requestRecord {
	return requestRecord{
		ID: r.ID, Name: r.Name, Body: "null", Status: r.Status, Created: epoch(r.Created), UserID: r.User.Hash,
		ReturnValue: "null", Error: "null", ScheduleType: "short", UserName: r.User.Name,
	}
}

// systemUser is whom the API server's own requests belong to, hash and name.
const systemUser = "skypilot-system"

// daemons are the API server's own requests, which every list holds.
func (w *world) daemons() []requestRecord {
	records := make([]requestRecord, 0, 3)
	for _, name := range []string{
		"expired-token-cleanup-daemon sky.expired-token-cleanup",
		"skypilot-volume-status-refresh-daemon sky.volume-refresh", "skypilot-status-refresh-daemon sky.status-refresh",
	} {
		id, kind, _ := strings.Cut(name, " ")
		r := (&request{ID: id, Name: kind, Status: requestRunning, Created: w.Server.Born, User: user{systemUser, systemUser}}).record()
		records = append(records, r)
	}
	return records
}

// apiStatus is `sky api status`, which does not start the server.
func (p *process) apiStatus(o *options) error {
	if err := p.pause(4 * time.Second); err != nil {
		return err
	}
	return p.world.readLocked(func(w *world) error {
		if !w.Server.Up {
			p.say("SkyPilot API server is not running.")
			if o.json() {
				p.say("[]")
			}
			return nil
		}
		if o.values["--limit"] == "" && o.set["--verbose"] {
			// what a client says whose server does not know -c in this combination
			p.say("The flag is ignored because the server does not support it yet.")
		}
		found := w.requestRecords(o)
		if o.json() {
			return p.sayJSON(found)
		}
		p.sayRequests(w, found)
		return nil
	})
}

// requestRecords lists what a command asks for, the newest first. With ids the
// whole request is shown.
func (w *world) requestRecords(o *options) []requestRecord {
	found := []requestRecord{}
	for _, r := range slices.Backward(w.Requests) {
		record := r.record()
		record.Entrypoint = ""
		switch {
		case len(o.args) > 0:
			if !slices.ContainsFunc(o.args, func(id string) bool { return w.request(id) == r }) {
				continue
			}
			record.whole(r)
		case o.values["--cluster"] != "" && o.values["--cluster"] != r.Cluster,
			r.ended() && !o.set["--all-status"] && o.values["--cluster"] == "":
			continue
		case o.set["--verbose"]:
			record.Cluster = text(r.Cluster)
		}
		if r.Status == requestWaiting && len(o.args) == 0 {
			record.Status = requestRunning // only a list by id knows WAITING
		}
		found = append(found, record)
	}
	if len(o.args) == 0 && o.values["--cluster"] == "" {
		found = append(found, w.daemons()...)
	}
	return found
}

// whole fills in what only a look at one request by its id shows. The body tells
// a `sky down --purge` from one without, which the log of events does not, and holds
// a task twice: as it is run, and as it was written (transcript api-status-request).
func (r *requestRecord) whole(of *request) {
	command := strings.TrimPrefix(of.Name, "sky.")
	r.Entrypoint = command
	r.Cluster, r.Finished = text(of.Cluster), epoch(of.Finished)
	if of.Name == "sky.launch" || of.Name == "sky.start" {
		r.ScheduleType = "long"
	}
	if of.Message != "" {
		r.Message = text(of.Message)
	}
	body := map[string]any{
		"env_vars":   map[string]string{envUserID: of.User.Hash, envUserName: of.User.Name},
		"entrypoint": "sky.client.cli.command." + command, "entrypoint_command": of.Command, "cluster_name": of.Cluster,
	}
	if source := of.Plan.Task.Source; source != "" {
		written, _ := json.Marshal(source) // a string is always written
		body["task"] = source + "\n_user_specified_yaml: " + string(written) + "\n"
	}
	if of.Name == "sky.down" {
		r.Entrypoint = "user_initiated_down"
		body["purge"] = of.Plan.Purge
	}
	if written, err := json.Marshal(body); err == nil {
		r.Body = string(written)
	}
}

func (p *process) sayRequests(w *world, found []requestRecord) {
	rows := [][]string{{"ID", "User", "Name", "Created", "Status"}}
	for _, r := range found {
		id := r.ID
		if len(id) > 36 {
			id = id[:36] + "..."
		}
		created := time.UnixMicro(int64(*r.Created * 1e6))
		rows = append(rows, []string{id, r.UserName, r.Name, ago(w.now.Sub(created)), r.Status})
	}
	p.say(columns(rows)...)
}

// apiLogs is `sky api logs`: a request's log from its start, and its exception.
func (p *process) apiLogs(o *options) error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	if len(o.args) == 0 {
		return &exit{2, "Usage: sky api logs [OPTIONS] [REQUEST_ID]\nTry 'sky api logs -h' for help.\n\nError: Invalid value: Please provide the request ID or log path."}
	}
	if err := p.server(); err != nil {
		return err
	}
	var r *request
	if err := p.read(func(w *world) { r = w.request(o.args[0]) }); err != nil {
		return err
	}
	if r == nil {
		return fail("sky.exceptions.ClientError: Failed to stream logs: Request '" + o.args[0] + "' not found")
	}
	if o.set["--no-follow"] {
		_, _ = io.WriteString(p.stdout, r.Log) // as in say
		return nil
	}
	_, err := p.follow(r.ID)
	return err
}

// apiCancel is `sky api cancel`.
func (p *process) apiCancel(o *options) error {
	if err := p.ready(); err != nil {
		return err
	}
	return p.world.update(func(w *world) error {
		var named, done []string
		for _, id := range o.args {
			named = append(named, "'"+id+"'")
			if r := w.request(id); r != nil && !r.ended() {
				w.cancel(r, time.Now())
				done = append(done, r.ID)
			}
		}
		if len(named) > 0 {
			p.say("Cancelling " + count(len(named), "request") + ": " + strings.Join(named, ", ") + "...")
		}
		if len(done) == 0 {
			p.say("No requests need to be cancelled.")
			return nil
		}
		p.say("Cancelled " + count(len(done), "request") + ": " + strings.Join(done, ", "))
		return nil
	})
}
