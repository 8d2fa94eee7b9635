package skysim

import (
	"io"
	"time"

	"github.com/google/uuid"
)

const (
	serverURL   = "http://127.0.0.1:46580"
	version     = "0.14.1"
	oldVersion  = "0.10.0"
	commit      = "7e595970a806dcc9eefadf459f399edf1733e962"
	apiVersion  = "62"
	serverStart = 8 * time.Second
)

func newID() string { return uuid.NewString() }

// read is store.read: look must not change the world.
func (p *process) read(look func(*world)) error { return p.world.read(look) }

// server makes sure that the API server runs, as every command does that needs
// it: the first one starts it (transcript check-aws-first).
func (p *process) server() error {
	if err := p.identify(); err != nil {
		return err
	}
	p.world.wrote(requestsLog)
	var up bool
	if err := p.read(func(w *world) { up = w.Server.Up }); err != nil || up {
		return err
	}
	p.say(faint("Failed to connect to SkyPilot API server at " + serverURL + ". Starting a local server."))
	return p.startServer()
}

func (p *process) startServer() error {
	if err := p.pause(serverStart); err != nil {
		return err
	}
	var shaky bool
	err := p.world.update(func(w *world) error {
		if w.fault(faultServerDown) {
			return fail("RuntimeError: SkyPilot API server process exited unexpectedly.\nView logs at: ~/.sky/api_server/server.log")
		}
		shaky = w.Server.Shaky
		now := time.Now()
		w.Server, w.Looked = server{Up: true, Born: now}, now
		w.heal(faultStaleIdentity)
		return nil
	})
	if err != nil {
		return err
	}
	p.say(finished("SkyPilot API server started. "))
	if shaky {
		return fail(refusedConnection("/workspaces"))
	}
	return nil
}

// refusedConnection is what a client prints whose API server is not there: the
// chain of exceptions without the frames in between (transcript
// status-apiserver-restarting).
func refusedConnection(path string) string {
	const failed = `Failed to establish a new connection: [Errno 111] Connection refused`
	const next = "\n\nThe above exception was the direct cause of the following exception:\n\n"
	retries := `HTTPConnectionPool(host='127.0.0.1', port=46580): Max retries exceeded with url: ` + path +
		` (Caused by NewConnectionError("HTTPConnection(host='127.0.0.1', port=46580): ` + failed + `"))`
	return "ConnectionRefusedError: [Errno 111] Connection refused" + next +
		"urllib3.exceptions.NewConnectionError: HTTPConnection(host='127.0.0.1', port=46580): " + failed + next +
		"urllib3.exceptions.MaxRetryError: " + retries +
		"\n\nDuring handling of the above exception, another exception occurred:\n\nrequests.exceptions.ConnectionError: " + retries
}

// follow prints a request's log as it grows and ends with the request: its
// exception is raised here (transcripts api-logs-launch-ok, api-logs-cancelled).
func (p *process) follow(id string) (*request, error) {
	printed := 0
	for {
		var r *request
		var next time.Time
		if err := p.read(func(w *world) { r, next = w.request(id), w.next().at }); err != nil {
			return nil, err
		}
		if r == nil {
			return nil, fail(refusedConnection("/api/stream?request_id=" + id + "&follow=True&format=console"))
		}
		_, _ = io.WriteString(p.stdout, r.Log[printed:]) // as in say
		printed = len(r.Log)
		if r.ended() {
			return r, p.outcome(r)
		}
		if err := p.until(next); err != nil {
			return nil, err
		}
	}
}

// outcome is how a request's end reaches its client.
func (p *process) outcome(r *request) error {
	if r.Status == requestCancelled {
		p.say("'" + r.Name + "' request " + r.ID + " cancelled")
	}
	if r.Error != "" {
		return fail(r.Error)
	}
	return nil
}

// until waits for the next thing to happen, but looks up now and then, on any
// clock: another process may change the world.
func (p *process) until(next time.Time) error {
	d := min(max(scaled(3*time.Second, p.env.scale()), 50*time.Millisecond), time.Second)
	if !next.IsZero() {
		d = min(d, max(time.Until(next), time.Millisecond))
	}
	return p.wait(d)
}
