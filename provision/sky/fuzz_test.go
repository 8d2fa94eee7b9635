package sky

import (
	"strings"
	"testing"
)

// What the other parsers make of anything: no panic, and nothing that a caller
// may not put into an argv, a message or a decision. Their corpora are in
// testdata/fuzz.

func FuzzRequests(f *testing.F) {
	for _, name := range []string{"api-status-request", "api-status-failed", "api-status-cancelled", "rec/api-status-unknown", "0.12.0/api-status"} {
		f.Add(recording(f, name).Stdout)
	}
	f.Fuzz(func(t *testing.T, output string) {
		requests, ok := parseRequests(output)
		if !ok && requests != nil {
			t.Error("requests without JSON")
		}
		for _, r := range requests {
			if !r.CreatedAt.IsZero() && (r.CreatedAt.Year() < 1970 || r.CreatedAt.Year() > 9999) {
				t.Errorf("a time that JSON can't hold: %v", r.CreatedAt)
			}
		}
	})
}

func FuzzQueue(f *testing.F) {
	for _, name := range []string{"queue", "queue-setup-failed", "rec/queue-stopped", "rec/queue-unknown"} {
		f.Add(recording(f, name).Stdout, "carapace-node")
	}
	f.Fuzz(func(t *testing.T, output, cluster string) {
		jobs, ok := parseQueue(output, cluster)
		if !ok && len(jobs) > 0 {
			t.Error("jobs of a cluster that could not be asked")
		}
		for _, j := range jobs {
			if j.Status == "" {
				t.Errorf("a job that says nothing: %+v", j)
			}
		}
	})
}

func FuzzCostReport(f *testing.F) {
	f.Add(recording(f, "cost-report").Stdout)
	f.Fuzz(func(t *testing.T, output string) {
		rows, ok := parseCostReport(output)
		if !ok && rows != nil {
			t.Error("costs without JSON")
		}
		for _, r := range rows {
			if r.Duration < 0 || r.Hourly() != r.Hourly() {
				t.Errorf("%+v costs %v an hour", r, r.Hourly())
			}
		}
	})
}

func FuzzCheck(f *testing.F) {
	for _, name := range []string{"check-aws-first", "check-aws-invalid", "check-aws-missing", "check-gcp", "0.12.0/check"} {
		f.Add(recording(f, name).Stdout)
	}
	f.Fuzz(func(t *testing.T, output string) {
		for _, c := range parseCheck(output).Clouds {
			if c.Cloud != strings.ToLower(c.Cloud) || strings.Contains(c.Cloud, "\n") {
				t.Errorf("a cloud called %q", c.Cloud)
			}
			if why := c.Explain(); c.Enabled != (why == nil) || why != nil && (why.Message == "" || why.Hint == "") {
				t.Errorf("%+v is explained as %+v", c, why)
			}
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, version := range []string{"0.14.1", "0.12.3.post1", "1.0.0-dev0", "1.0.0.dev20260101+local", "v0.13rc1"} {
		f.Add("skypilot, version " + version + "\n")
	}
	f.Fuzz(func(t *testing.T, output string) {
		v, ok := ParseVersionOutput(output)
		if !ok && v.Supported() {
			t.Errorf("%q is no version, and is supported", output)
		}
		if again, same := ParseVersion(v.String()); ok && (!same || again.Supported() != v.Supported()) {
			t.Errorf("%q is read as %v, and that as %v", output, v, again)
		}
	})
}

func FuzzSubmission(f *testing.F) {
	for _, name := range []string{"launch-async-d", "launch-async", "rec/down-async", "start-unknown"} {
		f.Add(recording(f, name).Stdout)
	}
	f.Fuzz(func(t *testing.T, output string) {
		id, ok := ParseSubmission(output)
		if ok != (id != "") || ok && !isRequestID(id) {
			t.Errorf("%q, %v", id, ok)
		}
		if len(output) < 400 {
			for cut := range output { // killed while it was writing
				if part, early := ParseSubmission(output[:cut]); early && part != id {
					t.Errorf("%q is submitted as %q, and when it was cut short as %q", output, id, part)
				}
			}
		}
	})
}
