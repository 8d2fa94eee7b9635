package sky

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

const someID = "11111111-2222-3333-4444-555555555555"

func TestSubmit(t *testing.T) {
	ctx := context.Background()
	launch := func(c *Client) (string, error) { return c.SubmitLaunch(ctx, "n", "/t.yaml", false, "/out", nil) }
	start := func(c *Client) (string, error) { return c.SubmitStart(ctx, "n", "/out", nil) }
	stop := func(c *Client) (string, error) { return c.SubmitStop(ctx, "n", "/out", nil) }
	down := func(c *Client) (string, error) { return c.SubmitDown(ctx, "n", true, "/out", nil) }
	for _, tt := range []struct {
		name, recording string
		submit          func(*Client) (string, error)
		id              string
		err             error
		kind            schema.Kind
	}{
		{"launch", "launch-async-d", launch, "60816380-8527-4a96-9081-32df2f4c1ade", nil, ""},
		{"start", "rec/start-async", start, "f97a0cb3-7777-4ef1-830e-ffc795c50db5", nil, ""},
		{"start, asked", "rec/start-asked-async", start, "cc99d45f-fedf-4de2-a8e6-9e45bd77b3aa", nil, ""},
		{"stop", "rec/stop-async", stop, "beb7196a-bf07-49ba-9951-2ff3b81b7a12", nil, ""},
		{"down", "rec/down-async", down, "7cf50b0e-89f8-40ea-bca2-1179aa01604c", nil, ""},
		{"start of what is up", "rec/start-recover-async", start, "", ErrAlreadyUp, ""},
		{"start of what is not there", "rec/start-unknown-async", start, "", ErrNoCluster, ""},
		{"stop of what is not there", "rec/stop-unknown-async", stop, "", ErrNoCluster, ""},
		{"down of what is not there", "rec/down-unknown-async", down, "", ErrNoCluster, ""},
		{"a type that is not there", "rec/launch-async-bogustype", launch, "", nil, schema.KindInvalidSpec},
		{"a region that is not there", "rec/launch-async-bogusregion", launch, "", nil, schema.KindInvalidSpec},
		{"a mount that is not there", "launch-mount-missing", launch, "", nil, schema.KindMountFailed},
		{"nothing printed", "status-cloud-unreachable", launch, "", nil, schema.KindInternal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := recording(t, tt.recording)
			res.Stdout, res.Stderr = res.Stdout+res.Stderr, "" // one file
			r := &stub{res: res}
			id, err := tt.submit(NewClient(r, false))
			if id != tt.id || r.output != "/out" || r.call.Program != "sky" {
				t.Errorf("id %q, output %q, program %q", id, r.output, r.call.Program)
			}
			checkError(t, err, tt.err, tt.kind)
		})
	}
}

// An exec that is neither asynchronous nor detached prints the request's log, with the job's id,
// and then the job's.
func TestExec(t *testing.T) {
	r := &stub{res: recording(t, "rec/api-logs-exec-nod")}
	var read Progress
	job := 0
	_, err := NewClient(r, false).Exec(context.Background(), "n", "/t.yaml", func(_ schema.Stream, line string) {
		if event, ok := read.Line(line); ok {
			job = event.JobID
		}
	})
	if err != nil || job != 3 {
		t.Errorf("the job is %d: %v", job, err)
	}
}

// How a job has ended, and that it has started, is told by SkyPilot's own lines, and not by what the job prints.
func TestWhatAJobsLogSays(t *testing.T) {
	for recorded, want := range map[string][]string{
		"rec/logs-job": {"started", "SUCCEEDED"}, "rec/logs-job-setup-fails": {"started", "FAILED_SETUP"}, "rec/logs-job-none": nil,
	} {
		var said []string
		for line := range strings.Lines(recording(t, recorded).Stdout) {
			if JobStarted(line) {
				said = append(said, "started")
			}
			if status := JobFinished(line); status != "" {
				said = append(said, status)
			}
		}
		if !slices.Equal(said, want) {
			t.Errorf("%s says %q, not %q", recorded, said, want)
		}
	}
	for line, want := range map[string]string{
		"": "", "(n, pid=1) ✓ Job finished (status: SUCCEEDED).": "", "\x1b[32m✓ Job finished (status: SUCCEEDED).\x1b[0m\n": "SUCCEEDED",
		"✓ Job finished (status: ": "", "✓ Job finished": "", "SUCCEEDED).": "",
	} {
		if got := JobFinished(line); got != want {
			t.Errorf("%q says that the job has ended with %q, not %q", line, got, want)
		}
	}
	if JobStarted("(n, pid=1) └── Job started.") || JobStarted("├── Waiting for task resources on 1 node.") {
		t.Error("a job has started by a line that does not say so")
	}
	for line, want := range map[string]bool{
		"(carapace-node, pid=28010) run": true, "(setup pid=28010) (n, pid=1) no": false, "├── Waiting for task resources on 1 node.": false, "": false,
	} {
		if RunLine(line) != want {
			t.Errorf("%q is a line of run's: %v", line, !want)
		}
	}
}

func checkError(t *testing.T, err, want error, kind schema.Kind) {
	t.Helper()
	if kind == "" {
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		return
	}
	if e, ok := errors.AsType[*schema.Error](err); !ok || e.Kind != kind || e.Hint == "" {
		t.Errorf("error %#v, want kind %s", err, kind)
	}
}

// What can't be on a command line is refused before anything runs.
func TestRefusedBeforeRunning(t *testing.T) {
	ctx, r := context.Background(), &stub{}
	c := NewClient(r, false)
	for name, err := range map[string]error{
		"launch, name":      second(c.SubmitLaunch(ctx, "-x", "/t.yaml", false, "/o", nil)),
		"launch, relative":  second(c.SubmitLaunch(ctx, "n", "t.yaml", false, "/o", nil)),
		"launch, quote":     second(c.SubmitLaunch(ctx, "n", "/x/it's.yaml", false, "/o", nil)),
		"launch, space":     second(c.SubmitLaunch(ctx, "n", "/a b.yaml", false, "/o", nil)),
		"launch, no yaml":   second(c.SubmitLaunch(ctx, "n", "/etc/hosts", false, "/o", nil)),
		"exec, name":        second(c.Exec(ctx, "", "/t.yaml", nil)),
		"start, name":       second(c.SubmitStart(ctx, "--all", "/o", nil)),
		"stop, glob":        second(c.SubmitStop(ctx, "*", "/o", nil)),
		"down, flag":        second(c.SubmitDown(ctx, "-a", false, "/o", nil)),
		"status, flag":      second(c.Status(ctx, false, "-u")),
		"queue, flag":       second(c.Queue(ctx, "-a")),
		"requests, flag":    second(c.Requests(ctx, "-a")),
		"job log, flag":     second(c.JobLogs(ctx, "-a", 1, false, 0, nil)),
		"provision, flag":   second(c.ProvisionLogs(ctx, "-a", nil)),
		"autostop, flag":    c.Autostop(ctx, "-a", 1, false, false),
		"check, flag":       second(c.Check(ctx, "-w")),
		"estimate, no yaml": second(c.Estimate(ctx, "x")),
	} {
		if _, ok := errors.AsType[*schema.Error](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"follow": second(c.Follow(ctx, "-l", nil)), "request": second(c.Request(ctx, "--all")), "cancel": c.CancelRequest(ctx, "-a"),
	} {
		if !errors.Is(err, ErrRequestGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.calls != 0 {
		t.Errorf("%d commands were run, the last %q", r.calls, r.call.Args)
	}
}

func second[T any](_ T, err error) error { return err }

// What `sky start` prints after its question stands in the question's line (seen in the lab).
func TestParseSubmissionAfterAQuestion(t *testing.T) {
	const asked = "Restarting 1 cluster: n. Proceed? [Y/n]: "
	for printed, want := range map[string]string{
		asked: "", asked + "Submitted sky.start request: " + someID + "\n": someID, asked + "\n\nSubmitted sky.Stopping request: " + someID + "\n": someID,
	} {
		if id, ok := ParseSubmission(printed); id != want || ok != (want != "") {
			t.Errorf("%q is read as the submission %q, not %q", printed, id, want)
		}
	}
}

func TestParseSubmissionOfAKilledCommand(t *testing.T) {
	whole := recording(t, "launch-async-d").Stdout
	at := strings.Index(whole, "request: ") + len("request: ")
	for cut, want := range map[int]bool{0: false, at: false, at + 8: false, at + 36: false, at + 37: true, len(whole): true} {
		if _, ok := ParseSubmission(whole[:cut]); ok != want {
			t.Errorf("cut at %d: %v, want %v", cut, ok, want)
		}
	}
}

func TestFollow(t *testing.T) {
	for _, tt := range []struct {
		recording string
		code      int
		err       error
		last      string // line seen
	}{
		{"api-logs-launch-ok", 0, nil, "⚙︎ Job submitted, ID: 1"},
		{"rec/api-logs-stop-refused", 1, nil, ""},
		{"api-logs-cancelled", 1, nil, "'sky.launch' request 5d547947-0c02-488e-9676-33360be695a7 cancelled"},
		{"rec/api-logs-unknown", 1, ErrRequestGone, ""},
	} {
		var lines []string
		c := NewClient(&stub{res: recording(t, tt.recording).exits(tt.code)}, false)
		got, err := c.Follow(context.Background(), someID, func(_ schema.Stream, line string) {
			if line != "" {
				lines = append(lines, line)
			}
		})
		last := append([]string{""}, lines...)[len(lines)]
		if !errors.Is(err, tt.err) || got.Code != tt.code || last != tt.last {
			t.Errorf("%s: code %d, error %v, last line %q", tt.recording, got.Code, err, last)
		}
	}
}

// The one place that tells a purge from an orderly removal. In a list without a
// request's id the body is null (seen with 0.14.1), which says nothing.
func TestPurges(t *testing.T) {
	const purge, down = "3bfeb85c-cd63-4878-9ac0-a1b5a6b61760", "ea2d2ad2-b5ee-4c15-a763-29950e03c017"
	listed := Result{Stdout: "[\n" + `{"request_id": "` + purge + `", "name": "sky.down", "request_body": "null", "status": "SUCCEEDED"}` + "\n]\n"}
	for name, tt := range map[string]struct {
		res  Result
		id   string
		want bool
		err  error
	}{
		"a purge":                 {recording(t, "rec/api-status-purge"), purge, true, nil},
		"an orderly removal":      {recording(t, "rec/api-status-down"), down, false, nil},
		"of another request":      {recording(t, "rec/api-status-purge"), down, false, ErrRequestGone},
		"unknown":                 {recording(t, "rec/api-status-unknown"), purge, false, ErrRequestGone},
		"listed without its body": {listed, purge, false, ErrRequestGone},
		"no request's id":         {recording(t, "rec/api-status-purge"), "-a", false, ErrRequestGone},
	} {
		got, err := NewClient(&stub{res: tt.res}, false).Purges(context.Background(), tt.id)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestRequests(t *testing.T) {
	c := NewClient(&stub{res: recording(t, "api-status-succeeded")}, false)
	got, err := c.Request(context.Background(), "60816380-8527-4a96-9081-32df2f4c1ade")
	if err != nil || got.Status != "SUCCEEDED" || got.Name != "sky.launch" || got.Cluster != "carapace-node" || !got.Ended() {
		t.Errorf("%+v, %v", got, err)
	}
	if at := got.CreatedAt.Format("15:04:05.000"); at != "07:39:20.535" {
		t.Errorf("created at %s", at)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "env_vars") || strings.Contains(text, "FOO") {
		t.Error("the request's body was kept")
	}
	for name, want := range map[string]error{"rec/api-status-unknown": ErrRequestGone, "api-status-failed": ErrRequestGone} {
		c := NewClient(&stub{res: recording(t, name)}, false)
		if _, err := c.Request(context.Background(), someID); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, err := NewClient(&stub{res: recording(t, "0.12.0/api-status")}, false).Requests(context.Background(), "n")
	if err != nil || len(all) < 5 || all[0].Name != "sky.status" {
		t.Errorf("%d requests, %v", len(all), err)
	}
	_, err = NewClient(&stub{res: Result{Stdout: "SkyPilot API server is not running.\n"}}, false).Requests(context.Background(), "n")
	checkError(t, err, nil, schema.KindAPIServer)
}

func TestCancelRequest(t *testing.T) {
	for name, kind := range map[string]schema.Kind{"api-cancel": "", "rec/api-cancel-again": "", "status-apiserver-restarting": schema.KindAPIServer} {
		checkError(t, NewClient(&stub{res: recording(t, name)}, false).CancelRequest(context.Background(), someID), nil, kind)
	}
}

func TestQueue(t *testing.T) {
	jobs, err := NewClient(&stub{res: recording(t, "queue-setup-failed")}, false).Queue(context.Background(), "carapace-node")
	var got []string
	for _, j := range jobs {
		got = append(got, fmt.Sprintf("%d %s", j.ID, j.Status))
	}
	want := []string{"4 FAILED_SETUP", "3 SUCCEEDED", "2 SUCCEEDED", "1 SUCCEEDED"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for name, kind := range map[string]schema.Kind{"rec/queue-stopped": schema.KindUnsupported, "rec/queue-unknown": schema.KindClusterNotFound} {
		_, err := NewClient(&stub{res: recording(t, name)}, false).Queue(context.Background(), "carapace-node")
		checkError(t, err, nil, kind)
	}
}

func TestAutostop(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		kind schema.Kind
	}{
		{"rec/autostop", nil, ""},
		{"rec/autostop-cancel", nil, ""},
		{"rec/autostop-stopped", nil, schema.KindUnsupported},
		{"rec/stop-unknown-async", ErrNoCluster, ""},
	} {
		err := NewClient(&stub{res: recording(t, tt.name)}, false).Autostop(context.Background(), "n", 30, false, false)
		checkError(t, err, tt.err, tt.kind)
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, cloud     string
		enabled         bool
		reason, reason2 string // how it begins and ends
		kind            schema.Kind
	}{
		{"check-aws-first", "aws", true, "", "", ""},
		{"check-aws-missing", "aws", false, "AWS credentials are not set.", "Unable to locate credentials.", schema.KindCredentialsMissing},
		{"check-aws-invalid", "aws", false, "Failed to access AWS services", "is invalid..", schema.KindCredentialsInvalid},
		{"check-gcp", "gcp", false, "GCP tools are not installed.", "(unknown location)", schema.KindCredentialsMissing},
	} {
		report, err := NewClient(&stub{res: recording(t, tt.name)}, false).Check(context.Background(), tt.cloud)
		got, ok := report.Find(tt.cloud)
		if err != nil || !ok || len(report.Clouds) != 1 || got.Enabled != tt.enabled ||
			!strings.HasPrefix(got.Reason, tt.reason) || !strings.HasSuffix(got.Reason, tt.reason2) {
			t.Errorf("%s: %+v, %v", tt.name, report, err)
		}
		if e := got.Explain(); (e == nil) != tt.enabled || e != nil && e.Kind != tt.kind {
			t.Errorf("%s: explained as %+v", tt.name, e)
		}
	}
	_, err := NewClient(&stub{res: Result{Stderr: "ValueError: Cloud 'x' is not a valid cloud among [AWS]"}}, false).Check(context.Background(), "x")
	checkError(t, err, nil, schema.KindInvalidSpec)
}

func TestCheckHint(t *testing.T) {
	report := parseCheck("  AWS: disabled\n    Reason [compute]: one\n      two\n    Hint [storage]: three\n      four\n  GCP: enabled [compute]\n    Activated account: x\n\nTo enable\n    not a reason\n")
	aws, _ := report.Find("aws")
	gcp, _ := report.Find("gcp")
	if aws.Reason != "one\n  two" || aws.Hint != "three\n  four" || !gcp.Enabled || gcp.Reason != "Activated account: x" {
		t.Errorf("%+v", report)
	}
}

func TestCostReport(t *testing.T) {
	rows, err := NewClient(&stub{res: recording(t, "cost-report")}, false).CostReport(context.Background())
	if err != nil || len(rows) < 3 {
		t.Fatalf("%+v, %v", rows, err)
	}
	first := rows[0]
	if first.Status != "UP" || first.Hash != "639b6a64-b62a-4e0e-9306-96271f45e98e" || first.Duration.Seconds() != 223 {
		t.Errorf("%+v", first)
	}
	if hourly := first.Hourly(); hourly < 0.191 || hourly > 0.193 {
		t.Errorf("%f an hour", hourly)
	}
	if (CostRow{Total: 1}).Hourly() != 0 {
		t.Error("a price out of no time")
	}
	_, err = NewClient(&stub{res: Result{Code: 2, Stderr: "Error: No such option: -o"}}, false).CostReport(context.Background())
	checkError(t, err, nil, schema.KindSkyPilotUnsupported)
}

func TestEstimate(t *testing.T) {
	r := &stub{res: recording(t, "launch-dryrun")}
	offers, err := NewClient(r, false).Estimate(context.Background(), "/t.yaml")
	want := []schema.Offer{{Cloud: "aws", Region: "us-east-1", InstanceType: "m6i.xlarge", VCPUs: 4, MemoryGB: 16, Currency: "USD", HourlyCost: 0.19, Chosen: true}}
	if err != nil || !reflect.DeepEqual(offers, want) {
		t.Errorf("%+v, %v", offers, err)
	}
	name := r.call.Args[slices.Index(r.call.Args, "-c")+1]
	if !ValidClusterName(name) || !strings.HasPrefix(name, "carapace-estimate-") {
		t.Errorf("the dry run has the name %q", name)
	}
	_, err = NewClient(&stub{res: recording(t, "launch-cloud-disabled").exits(1)}, false).Estimate(context.Background(), "/t.yaml")
	checkError(t, err, nil, schema.KindCredentialsMissing)
}

func TestErrorsOfTheRunner(t *testing.T) {
	_, err := NewClient(&stub{err: errors.New("fork failed")}, false).Status(context.Background(), false)
	checkError(t, err, nil, schema.KindSkyPilotNotFound)
	own := &schema.Error{Kind: schema.KindDiskFull, Message: "full", Hint: "make room"}
	_, err = NewClient(&stub{err: own}, false).Status(context.Background(), false)
	checkError(t, err, own, "")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, err = NewClient(&stub{res: recording(t, "launch-apiserver-dies")}, false).Status(ctx, false)
	checkError(t, err, context.Canceled, "")
}

func TestStartServer(t *testing.T) {
	silent := func() string { return "" }
	checkError(t, NewClient(&stub{res: Result{Stdout: "✓ SkyPilot API server started.\n"}}, false).StartAPIServer(context.Background(), silent), nil, "")
	dead := recording(t, "rec/api-start-port-taken")
	dead.Code = 1
	checkError(t, NewClient(&stub{res: dead}, false).StartAPIServer(context.Background(), silent), nil, schema.KindAPIServer)
}

// Why SkyPilot's API server did not start stands in its own log alone.
func TestServerLogSaysWhyItDidNotStart(t *testing.T) {
	log, err := os.ReadFile("testdata/recordings/api-start-port-taken.log")
	if err != nil {
		t.Fatal(err)
	}
	dead := recording(t, "rec/api-start-port-taken")
	dead.Code = 1
	for said, want := range map[string]explained{
		string(log) + "Running cluster event retention daemon...\n": { // another process's line
			kind: schema.KindAPIServer, says: []string{"Port 47001 is not available”"}, hints: []string{"SKYPILOT_API_SERVER_LOCAL_PORT"},
		},
		string(log): {kind: schema.KindAPIServer, says: []string{"another program has taken its port", "Port 47001"}, hints: []string{"SKYPILOT_API_SERVER_LOCAL_PORT"}},
		"OSError: [Errno 28] No space left on device: '/home/me/.sky/state.db'\n": {kind: schema.KindDiskFull, says: []string{"no space"}, hints: []string{"Make room"}},
	} {
		got := NewClient(&stub{res: dead}, false).StartAPIServer(context.Background(), func() string { return said })
		e, ok := errors.AsType[*schema.Error](got)
		if !ok {
			t.Fatalf("got %v", got)
		}
		want.said(t, e)
		if !strings.Contains(e.Detail, strings.TrimSpace(lastOf(said))) {
			t.Errorf("the detail lacks the log: %s", e.Detail)
		}
	}
}

func lastOf(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestVersion(t *testing.T) {
	v, err := NewClient(&stub{res: Result{Stdout: "skypilot, version 0.14.1\n"}}, false).Version(context.Background())
	if err != nil || v.String() != Tested || !v.Supported() {
		t.Errorf("%v, %v", v, err)
	}
	_, err = NewClient(&stub{res: Result{Stdout: "sky 3.0: a planetarium\n"}}, false).Version(context.Background())
	checkError(t, err, nil, schema.KindSkyPilotNotFound)
	_, err = NewClient(&stub{res: recording(t, "rec/version-disk-full")}, false).Version(context.Background())
	checkError(t, err, nil, schema.KindDiskFull)
}

// In the order of PEP 440.
func TestVersionOrder(t *testing.T) {
	ordered := []string{"0.8.1", "0.11.2", "0.12.0.dev1", "0.12.0a1", "0.12.0b2", "0.12.0rc1", "0.12.0", "0.12.0.post1", "0.12.3.post1", "0.12.10", "0.14.1", "1.0.0.dev20260101", "1.0.0-dev1"}
	for i, a := range ordered[:len(ordered)-1] {
		v, ok := ParseVersion(a)
		if !ok {
			t.Fatalf("%s is no version", a)
		}
		if v.Supported() != (i >= 6) {
			t.Errorf("%s supported: %v", a, v.Supported())
		}
		for j, b := range ordered[:len(ordered)-1] {
			w, _ := ParseVersion(b)
			if got := v.Compare(w); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%s against %s: %d", a, b, got)
			}
		}
	}
	for _, same := range [][2]string{{"0.12", "0.12.0"}, {"v0.12.0", "0.12.0+local"}, {"1.0.0-dev1", "1.0.0.dev1"}, {"0.12.0rc1", "0.12.0-rc.1"}} {
		v, _ := ParseVersion(same[0])
		w, ok := ParseVersion(same[1])
		if !ok || v.Compare(w) != 0 {
			t.Errorf("%q are not the same", same)
		}
	}
	for _, bad := range []string{"", "x", "1.", "1.x", ".1", "1.2.3 or so"} {
		if v, ok := ParseVersion(bad); ok {
			t.Errorf("%q is %+v", bad, v)
		}
	}
}
