package sky

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		recording string
		state     ClusterState // "": no record
		check     func(Cluster) bool
	}{
		{"status-up", StateUp, func(c Cluster) bool {
			return c.Hash == "639b6a64-b62a-4e0e-9306-96271f45e98e" && c.Cloud == "aws" && c.Region == "us-east-1" &&
				c.InstanceType == "m6i.xlarge" && c.CPUs == 4 && c.MemoryGB == 16 && c.DiskGB == 100 && c.AutostopMinutes == -1 &&
				!c.Spot && c.UserName == "me" && c.LaunchedAt.Equal(time.Unix(1795415257, 0))
		}},
		{"status-up-refresh", StateUp, nil},
		{"status-stopped", StateStopped, nil},
		{"status-stopped-outside", StateStopped, nil},
		{"status-launching", StateInit, func(c Cluster) bool { return c.InitKind == "launching" }},
		{"status-after-cancel", StateInit, func(c Cluster) bool { return c.InitReason == "Instances launched on aws in us-east-1" }},
		{"status-unhealthy", StateInit, func(c Cluster) bool { return c.InitKind == "unhealthy" }},
		{"status-recovered-vm", StateInit, func(c Cluster) bool { return c.InitKind == "" }},
		{"rec/status-autostop", StateUp, func(c Cluster) bool { return c.AutostopMinutes == 30 && !c.AutostopDown }},
		{"status-unknown", "", nil},
		{"rec/status-gone", "", nil},
		{"status-none", "", nil},
		{"status-terminated-outside", "", nil},
		{"0.12.0/status-up", StateUp, func(c Cluster) bool { return c.Name == "v1" && c.DiskGB == 256 }},
		{"0.12.0/status-stopped", StateStopped, nil},
		{"0.13.0/status-up", StateUp, nil},
		{"0.13.0/status-gone", "", nil},
	} {
		t.Run(tt.recording, func(t *testing.T) {
			report, err := NewClient(&stub{res: recording(t, tt.recording)}, false).Status(context.Background(), true, "carapace-node")
			if err != nil {
				t.Fatal(err)
			}
			name := "carapace-node"
			if strings.HasPrefix(tt.recording, "0.1") {
				name = "v1"
			}
			c, ok := report.Find(name)
			if ok != (tt.state != "") || c.State != tt.state {
				t.Errorf("%v %+v", ok, c)
			}
			if tt.check != nil && !tt.check(c) {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestStatusProse(t *testing.T) {
	report, _ := parseStatus(recording(t, "status-throttled").Stdout)
	if reason := report.Failures["carapace-node"]; !strings.Contains(reason, "RequestLimitExceeded") || len(report.Clusters) != 1 {
		t.Errorf("%+v", report)
	}
	report, _ = parseStatus(recording(t, "status-terminated-outside").Stdout)
	if got := report.Gone["carapace-node"]; got != "Cluster terminated on the cloud: carapace-node" || len(report.Clusters) != 0 {
		t.Errorf("%+v", report)
	}
	report, _ = parseStatus("Autodowned clusters: a, b-c\nClusters terminated on the cloud: d\n[]\n")
	if len(report.Gone) != 3 || report.Gone["b-c"] != "Autodowned clusters: b-c" {
		t.Errorf("%+v", report)
	}
}

func TestStatusWithoutJSON(t *testing.T) {
	for name, kind := range map[string]schema.Kind{
		"status-apiserver-restarting": schema.KindAPIServer, "status-cloud-unreachable": schema.KindInternal, "launch-credentials-invalid": schema.KindCredentialsInvalid,
	} {
		_, err := NewClient(&stub{res: recording(t, name).exits(1)}, false).Status(context.Background(), false)
		checkError(t, err, nil, kind)
	}
}

// Fields of other types, missing and unknown ones are survived.
func TestStatusOddFields(t *testing.T) {
	report, ok := parseStatus("noise [\n[\n" + `  {"name": "a", "status": "NEW", "launched_at": "soon", "cpus": "2+", "memory": null, "autostop": null, "to_down": "yes", "cloud": 7, "new": {"x": []}},
  {"name": "spot", "status": "UP", "resources_str_full": "1x[spot](cpus=2, mem=8.5, m6i.large, disk=256, ports=['80', '443'])", "launch_status_reason": "why"},
  {"name": "k8s", "status": "UP", "resources_str_full": "2x(gpus=V100:1, cpus=4, 4CPU--16GB, ...)"}
]`)
	if !ok || len(report.Clusters) != 3 {
		t.Fatalf("%v %+v", ok, report)
	}
	a, _ := report.Find("a")
	if a.CPUs != 2 || a.AutostopMinutes != -1 || a.AutostopDown || !a.LaunchedAt.IsZero() {
		t.Errorf("%+v", a)
	}
	spot, _ := report.Find("spot")
	if !spot.Spot || spot.InstanceType != "m6i.large" || spot.MemoryGB != 8.5 || spot.DiskGB != 256 || spot.InitReason != "why" {
		t.Errorf("%+v", spot)
	}
	if k8s, _ := report.Find("k8s"); k8s.InstanceType != "4CPU--16GB" {
		t.Errorf("%+v", k8s)
	}
}

// A record that does not say whose it is, or how that stands, could be that of a
// server which would pass for gone.
func TestRecordsThatSayNothing(t *testing.T) {
	for _, row := range []string{"{}", "null", `{"name": null, "status": "UP"}`, `{"name": 7, "status": "UP"}`, `{"name": "a"}`, `{"name": "a", "status": {"was": "UP"}}`} {
		if report, ok := parseStatus("[\n  {\"name\": \"b\", \"status\": \"UP\"},\n  " + row + "\n]\n"); ok {
			t.Errorf("status %s: %+v", row, report)
		}
	}
	for _, row := range []string{"{}", "null", `{"request_id": "a", "name": "sky.launch"}`, `{"request_id": "a", "status": "RUNNING"}`, `{"name": "sky.launch", "status": 1}`} {
		if requests, ok := parseRequests("[\n  " + row + "\n]\n"); ok {
			t.Errorf("requests %s: %+v", row, requests)
		}
	}
	for _, row := range []string{"{}", "null", `{"job_id": 1}`, `{"status": "RUNNING"}`, `{"job_id": "x", "status": "RUNNING"}`} {
		if jobs, ok := parseQueue("{\n  \"a\": [\n    "+row+"\n  ]\n}\n", "a"); ok {
			t.Errorf("queue %s: %+v", row, jobs)
		}
	}
}

func FuzzStatus(f *testing.F) {
	for _, name := range []string{"status-up", "status-throttled", "status-terminated-outside", "status-unknown", "0.12.0/status-up"} {
		f.Add(recording(f, name).Stdout)
	}
	f.Add("[\n{\"name\":\"a\",\"resources_str_full\":\"x()x(\"}\n]")
	f.Fuzz(func(t *testing.T, output string) {
		report, ok := parseStatus(output)
		if !ok && len(report.Clusters) > 0 {
			t.Error("clusters without JSON")
		}
		for _, c := range report.Clusters {
			if c.Name == "" || c.AutostopMinutes < -1 {
				t.Errorf("%+v", c)
			}
		}
		for name := range report.Gone {
			if !ValidClusterName(name) {
				t.Errorf("gone: %q", name)
			}
		}
	})
}

// A record that a refresh has left as it was says nothing of the cloud.
func TestARefreshThatLookedAtNothingIsAFailedLook(t *testing.T) {
	for _, c := range []struct {
		name, record string
		refresh      bool
		failed       bool
	}{
		{"refreshed", `{"name":"a","status":"UP","status_updated_at":1795415362}`, true, false},
		{"printed as it was", `{"name":"a","status":"UP","status_updated_at":0}`, true, true},
		{"stopped, printed as it was", `{"name":"a","status":"STOPPED","status_updated_at":0}`, true, true},
		{"never refreshed while it is launched", `{"name":"a","status":"INIT","status_updated_at":0}`, true, false},
		{"no refresh was asked for", `{"name":"a","status":"UP","status_updated_at":0}`, false, false},
		{"a SkyPilot that does not say", `{"name":"a","status":"UP"}`, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := NewClient(&stub{res: Result{Stdout: "[\n" + c.record + "\n]\n"}}, false)
			report, err := client.Status(t.Context(), c.refresh, "a")
			if err != nil {
				t.Fatal(err)
			}
			if got := report.Failures["a"]; (got == NotRefreshed) != c.failed {
				t.Errorf("the failure is %q", got)
			}
		})
	}
}

// SkyPilot prints a record that it could not refresh as if it were new: of one on
// this machine, its time tells.
func TestAnOldRecordIsNoLook(t *testing.T) {
	record := func(state ClusterState, age time.Duration) string {
		return fmt.Sprintf(`{"name":"a","status":%q,"status_updated_at":%d}`, state, time.Now().Add(-age).Unix())
	}
	for _, c := range []struct {
		name, record  string
		local, failed bool
	}{
		{"looked at just now", record(StateUp, 0), true, false},
		{"looked at a minute ago", record(StateUp, time.Minute), true, true},
		{"stopped, looked at a minute ago", record(StateStopped, time.Minute), true, true},
		{"being launched", record(StateInit, time.Minute), true, false},
		{"by another clock", record(StateUp, time.Minute), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := NewClient(&stub{res: Result{Stdout: "[\n" + c.record + "\n]\n"}}, c.local).Status(t.Context(), true, "a")
			if err != nil {
				t.Fatal(err)
			}
			if got := report.Failures["a"]; (got == NotRefreshed) != c.failed {
				t.Errorf("the failure is %q", got)
			}
		})
	}
}

// SkyPilot keeps whole seconds: a look in the second of the moment may have been before it, and
// counts.
func TestLookedSince(t *testing.T) {
	at := time.Unix(1795415362, 700_000_000)
	for _, c := range []struct {
		name, record string
		want         bool
	}{
		{"in the second before", `"status_updated_at":1795415361`, false},
		{"in the same second", `"status_updated_at":1795415362`, true},
		{"after", `"status_updated_at":1795415363`, true},
		{"never", `"status_updated_at":0`, false},
		{"null", `"status_updated_at":null`, false},
		{"not said", `"cloud":"AWS"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := NewClient(&stub{res: Result{Stdout: "[\n" + `{"name":"a","status":"UP",` + c.record + "}\n]\n"}}, true).Status(t.Context(), false, "a")
			found, there := report.Find("a")
			if err != nil || !there {
				t.Fatal(err, there)
			}
			if got := found.LookedSince(at); got != c.want {
				t.Errorf("it is %v", got)
			}
		})
	}
}
