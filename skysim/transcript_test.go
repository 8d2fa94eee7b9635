package skysim

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The recordings: those that the project began with, and those made later with
// the same version for what they leave open.
const (
	transcripts = "../provision/sky/testdata/transcripts"
	recordings  = "../provision/sky/testdata/recordings"
)

// replay drives a fresh lab to where a recording was made and makes it again.
type replay struct {
	file string
	code int
	run  func(l *lab) answer
	// loosely compares what this keeps of both texts; nil: all of it.
	loosely func(string) string
}

func TestTranscripts(t *testing.T) {
	testReplays(t, transcripts, slices.Concat(launchReplays(), asyncReplays(), statusReplays(), lifecycleReplays(), otherReplays()))
}

func TestRecordings(t *testing.T) { testReplays(t, recordings, laterReplays()) }

func testReplays(t *testing.T, folder string, replays []replay) {
	t.Helper()
	for _, r := range replays {
		t.Run(r.file, func(t *testing.T) {
			recorded, err := filepath.Abs(folder)
			if err != nil {
				t.Fatal(err)
			}
			l := newLab(t)
			t.Chdir(l.home)
			synctest.Test(t, func(t *testing.T) {
				l.t = t
				got := r.run(l)
				if got.code != r.code {
					t.Errorf("exit %d, recorded %d", got.code, r.code)
				}
				l.compare(r, filepath.Join(recorded, r.file+".stdout"), got.stdout)
				l.compare(r, filepath.Join(recorded, r.file+".stderr"), got.stderr)
			})
		})
	}
}

// compare holds a text against a recording; no recording means that nothing was
// printed.
func (l *lab) compare(r replay, file, got string) {
	l.t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		l.t.Fatal(err)
	}
	want, got := l.normal(string(data)), l.normal(got)
	if r.loosely != nil {
		want, got = r.loosely(want), r.loosely(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("%s (-recorded +simulated):\n%s", filepath.Base(file), diff)
	}
}

func launchReplays() []replay {
	const launch = "launch -y -c carapace-node -d task.yaml"
	failing := func(fault string) func(*lab) answer {
		return func(l *lab) answer {
			l.ok("api start")
			l.inject(fault, "")
			return l.sky(launch)
		}
	}
	started := func(line string) func(*lab) answer {
		return func(l *lab) answer { l.ok("api start"); return l.sky(line) }
	}
	return []replay{
		{file: "launch-fresh", run: started(launch)},
		{file: "launch-again-up", run: func(l *lab) answer { l.up(); return l.sky(launch) }},
		{file: "launch-permission", code: 1, run: failing(faultPermission)},
		{file: "launch-quota", code: 1, run: failing(faultQuota)},
		{file: "launch-capacity", code: 1, run: failing(faultCapacity)},
		{file: "launch-unauthorized", code: 1, run: func(l *lab) answer {
			l.ok("api start")
			l.inject(faultUnauthorized, "")
			l.submit("launch --async -y -c carapace-node -d task.yaml")
			return l.sky(launch)
		}},
		{file: "launch-ratelimited-silent", code: 143, run: func(l *lab) answer {
			l.ok("api start")
			l.inject(faultRateLimited, "")
			return l.killed(300*time.Second, launch)
		}},
		{file: "launch-mount-missing", code: 1, run: started("launch -y -c carapace-node -d task-missing.yaml")},
		{file: "launch-setup-fails-attached", code: 100, run: started("launch -y -c carapace-node task-badsetup.yaml"), loosely: anyJob},
		{file: "launch-bad-name", code: 1, run: started("launch -y -c Bad_Name! --dryrun task.yaml")},
		{file: "launch-cloud-disabled", code: 1, run: started("launch -y -c xx --infra gcp --dryrun task.yaml")},
		{file: "launch-not-yaml", run: started("launch -y -c carapace-node --dryrun /etc/hosts")},
		{file: "launch-dryrun", run: started("launch -y -c carapace-node --dryrun task.yaml")},
		{file: "launch-cli-killed", code: 143, run: func(l *lab) answer { l.ok("api start"); return l.killed(30*time.Second, launch) }},
		{file: "launch-apiserver-dies", code: 1, run: failing(faultServerDies), loosely: exceptions},
		{file: "launch-credentials-invalid", code: 1, run: failing(faultCredentialsInvalid)},
		{file: "launch-credentials-missing", code: 1, run: failing(faultCredentialsMissing)},
	}
}

// anyJob leaves the number of a job out: the recorded cluster had run others.
func anyJob(s string) string {
	return regexp.MustCompile(`(Job |ID: |carapace-node )\d+`).ReplaceAllString(s, "${1}N")
}

// exceptions keeps the lines of a traceback that name exceptions, and the lines
// of anything that is no traceback.
func exceptions(s string) string {
	var kept []string
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "Traceback") && strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func asyncReplays() []replay {
	const async = "launch --async -y -c carapace-node -d task.yaml"
	cancelled := func(l *lab, prepare func()) string {
		prepare()
		id := l.submit(async)
		time.Sleep(15 * time.Second)
		return id
	}
	return []replay{
		{file: "launch-async", run: func(l *lab) answer { l.ok("api start"); return l.sky(async) }},
		{file: "launch-async-duplicate", run: func(l *lab) answer { l.ok("api start"); l.submit(async); return l.sky(async) }},
		{file: "launch-async-d", run: func(l *lab) answer { return l.sky("launch --async -d -y -c carapace-node task2.yaml") }},
		{file: "api-status-launching", run: func(l *lab) answer { l.ok("api start"); l.submit(async); return l.sky("api status -o json") }},
		{file: "api-status-request", run: func(l *lab) answer { l.ok("api start"); return l.sky("api status -o json " + l.submit(async)) }},
		{file: "api-cancel", run: func(l *lab) answer { l.ok("api start"); return l.sky("api cancel -y " + l.submit(async)) }},
		{file: "api-status-cancelled", run: func(l *lab) answer {
			id := cancelled(l, func() { l.ok("api start") })
			l.ok("api cancel -y " + id)
			return l.sky("api status -o json " + id)
		}},
		{file: "status-after-cancel", run: func(l *lab) answer {
			l.ok("api cancel -y " + cancelled(l, func() { l.up() }))
			return l.sky("status -o json carapace-node")
		}},
		{file: "api-logs-cancelled", code: 1, run: func(l *lab) answer {
			id := cancelled(l, func() { l.up() })
			l.ok("api cancel -y " + id)
			return l.sky("api logs " + id)
		}},
		{file: "api-logs-launch-ok", run: func(l *lab) answer {
			l.ok("api start")
			return l.sky("api logs " + l.submit("launch --async -d -y -c carapace-node task2.yaml"))
		}},
		{file: "api-logs-replay", run: func(l *lab) answer {
			l.ok("api start")
			id := l.submit("launch --async -d -y -c carapace-node task2.yaml")
			l.ok("api logs " + id)
			return l.sky("api logs " + id)
		}},
		{file: "api-status-succeeded", run: func(l *lab) answer {
			l.ok("api start")
			id := l.submit(async)
			l.ok("api logs " + id)
			return l.sky("api status -o json " + id)
		}},
		{file: "api-logs-stale-identity", code: 1, run: func(l *lab) answer {
			l.ok("api start")
			l.inject(faultStaleIdentity, "")
			return l.sky("api logs " + l.submit(async))
		}, loosely: zoneNames},
		{file: "api-status-failed", run: func(l *lab) answer {
			l.ok("api start")
			l.inject(faultQuota, "")
			id := l.submit(async)
			l.sky("api logs " + id)
			return l.sky("api status -o json " + id)
		}},
	}
}

// zoneNames makes the two names that AWS has for a zone the same.
func zoneNames(s string) string {
	return strings.Replace(s, "(use1-az1,use1-az2,use1-az6)", "(us-east-1a,us-east-1b,us-east-1c)", 1)
}

func statusReplays() []replay {
	const status = "status -o json carapace-node"
	const refresh = "status -o json --refresh carapace-node"
	look := func(line string, prepare func(*lab)) func(*lab) answer {
		return func(l *lab) answer { l.up(); prepare(l); return l.sky(line) }
	}
	nothing := func(*lab) {}
	// a start is the last use in these recordings
	restarted := func(l *lab) { l.ok("stop -y carapace-node"); l.ok("start -y carapace-node") }
	return []replay{
		{file: "status-launching", run: func(l *lab) answer {
			l.ok("api start")
			l.submit("launch --async -y -c carapace-node -d task.yaml")
			time.Sleep(10 * time.Second)
			return l.sky(status)
		}},
		{file: "status-apiserver-restarting", code: 1, run: func(l *lab) answer { l.diedMidLaunch(); return l.sky(status) }},
		{file: "status-after-apiserver-death", run: func(l *lab) answer { l.diedMidLaunch(); l.sky(status); return l.sky(refresh) }, loosely: withoutConfig},
		{file: "status-up", run: look(status, nothing)},
		{file: "status-up-refresh", run: look(refresh, nothing)},
		{file: "status-up-table", run: look("status -v carapace-node", nothing), loosely: narrow},
		{file: "status-stopped", run: look(status, func(l *lab) { l.ok("stop -y carapace-node") })},
		{file: "status-unknown", run: func(l *lab) answer { l.ok("api start"); return l.sky("status -o json nope-x") }},
		{file: "status-none", run: func(l *lab) answer { l.ok("api start"); return l.sky("status -o json") }},
		{file: "status-stopped-outside", run: look(refresh, func(l *lab) { l.outside(OutsideStop) })},
		{file: "status-terminated-outside", run: look(refresh, func(l *lab) {
			time.Sleep(10 * time.Second) // past the daemon's own look, which would find it first and say nothing
			l.outside(OutsideTerminate)
		})},
		{file: "status-unhealthy", run: look(status, func(l *lab) {
			l.inject(faultStopRefused, "")
			l.ok("stop -y carapace-node")
			l.ok(refresh)
		})},
		{file: "status-cloud-unreachable", code: 143, run: func(l *lab) answer {
			l.up()
			l.inject(faultNetwork, "")
			return l.killed(150*time.Second, refresh)
		}},
		{file: "status-ip", run: look("status --ip carapace-node", nothing)},
		{file: "status-endpoints-none", code: 1, run: look("status --endpoints carapace-node", nothing)},
		{file: "status-unreachable", run: look(status, func(l *lab) { restarted(l); l.inject(faultUnreachable, ""); l.ok(refresh) })},
		{file: "status-unreachable-refresh", run: look(refresh, func(l *lab) { restarted(l); l.inject(faultUnreachable, "") })},
		{file: "status-unreachable-table", run: look("status -v carapace-node", func(l *lab) { restarted(l); l.inject(faultUnreachable, ""); l.ok(refresh) }), loosely: narrow},
		{file: "status-throttled", run: look(refresh, func(l *lab) { l.inject(faultThrottled, "") })},
		{file: "status-recovered-vm", run: look("status --refresh -o json carapace-node", func(l *lab) {
			restarted(l)
			l.inject(faultUnreachable, "")
			l.ok(refresh)
			l.heal(faultUnreachable)
		})},
	}
}

func (l *lab) diedMidLaunch() {
	l.t.Helper()
	l.ok("api start")
	l.inject(faultServerDies, "")
	l.sky("launch -y -c carapace-node -d task.yaml")
}

// withoutConfig leaves out a hash that a record has only after a whole launch.
func withoutConfig(s string) string {
	return regexp.MustCompile(`"config_hash": (null|HASH)`).ReplaceAllString(s, "")
}

// narrow makes the columns of a table as narrow as they can be: their widths
// depend on words that were normalised.
func narrow(s string) string { return regexp.MustCompile(`  +`).ReplaceAllString(s, "  ") }

func lifecycleReplays() []replay {
	after := func(prepare func(*lab), line string) func(*lab) answer {
		return func(l *lab) answer { l.up(); prepare(l); return l.sky(line) }
	}
	fresh := func(line string) func(*lab) answer {
		return func(l *lab) answer { l.ok("api start"); return l.sky(line) }
	}
	nothing := func(*lab) {}
	stopped := func(l *lab) { l.ok("stop -y carapace-node") }
	return []replay{
		{file: "stop-ok", run: after(nothing, "stop -y carapace-node")},
		{file: "stop-when-stopped", run: after(stopped, "stop -y carapace-node")},
		{file: "stop-unknown", run: fresh("stop -y carapace-node")},
		{file: "stop-refused", run: after(func(l *lab) { l.inject(faultStopRefused, "") }, "stop -y carapace-node")},
		{file: "start-ok", run: after(stopped, "start -y carapace-node")},
		{file: "start-when-up", run: after(nothing, "start -y carapace-node")},
		{file: "start-unknown", run: fresh("start -y carapace-node")},
		{file: "start-recovers", run: after(func(l *lab) {
			l.inject(faultUnreachable, "")
			l.ok("status --refresh carapace-node")
			l.heal(faultUnreachable)
		}, "start -y carapace-node")},
		{file: "down-ok", run: after(nothing, "down -y carapace-node")},
		{file: "down-unknown", run: fresh("down -y carapace-node")},
		{file: "down-refused", run: after(func(l *lab) {
			l.inject(faultStopRefused, "")
			l.inject(faultDownRefused, "")
			l.ok("stop -y carapace-node")
			l.ok("status --refresh carapace-node")
		}, "down -y carapace-node")},
	}
}

func otherReplays() []replay {
	check := func(fault, line string) func(*lab) answer {
		return func(l *lab) answer {
			if fault != "" {
				l.inject(fault, "aws")
			}
			return l.sky(line)
		}
	}
	running := func(line string) func(*lab) answer {
		return func(l *lab) answer { l.ok("api start"); return l.sky(line) }
	}
	ran := func(line string) func(*lab) answer {
		return func(l *lab) answer { l.up(); time.Sleep(time.Minute); return l.sky(line) }
	}
	return []replay{
		{file: "check-aws-first", run: check("", "check aws")},
		{file: "check-aws-invalid", run: check(faultCredentialsInvalid, "check aws")},
		{file: "check-aws-missing", run: check(faultCredentialsMissing, "check aws")},
		{file: "check-aws-missing-json", run: func(l *lab) answer {
			l.ok("api start")
			l.inject(faultCredentialsMissing, "aws")
			return l.sky("check aws -o json")
		}},
		{file: "check-json", run: running("check -o json")},
		{file: "check-gcp-json", run: running("check gcp -o json")},
		{file: "check-gcp", run: running("check gcp")},
		{file: "queue", run: ran("queue carapace-node -o json")},
		{file: "queue-setup-failed", run: func(l *lab) answer {
			l.up()
			l.ok("launch -y -c carapace-node task.yaml")
			l.ok("launch -y -c carapace-node task.yaml")
			l.sky("launch -y -c carapace-node task-badsetup.yaml")
			return l.sky("queue -o json carapace-node")
		}},
		{file: "logs-job", run: ran("logs carapace-node 1 --no-follow"), loosely: withoutListing},
		{file: "cost-report", run: func(l *lab) answer {
			l.ok("api start")
			l.inject(faultQuota, "")
			for range 3 {
				l.sky("launch -y -c carapace-node -d task.yaml")
			}
			l.heal(faultQuota)
			l.ok("launch -y -c carapace-node -d task.yaml")
			time.Sleep(time.Minute) // for the daemon's look
			return l.sky("cost-report -o json")
		}, loosely: withoutAmounts},
	}
}

// withoutListing leaves out what the recorded scripts printed of the machine's
// folders: scripts are not run here.
func withoutListing(s string) string {
	return regexp.MustCompile(`(?m)^.*lrwxrwxrwx.*\n`).ReplaceAllString(s, "")
}

// withoutAmounts leaves out what depends on how long something took.
func withoutAmounts(s string) string {
	s = regexp.MustCompile(`("(?:duration|total_cost)"): [\d.e-]+`).ReplaceAllString(s, "$1: N")
	return regexp.MustCompile(`(?m)^( +)\d{9,}(,?)$`).ReplaceAllString(s, "${1}TIME$2")
}

// TestEveryTranscriptIsCovered names the recordings that no replay makes, and why.
func TestEveryTranscriptIsCovered(t *testing.T) {
	reasons := map[string]string{
		"0.12.0": "the simulator is SkyPilot 0.14.1; their texts are the same",
		"0.13.0": "the simulator is SkyPilot 0.14.1; their texts are the same",
		"README": "not a recording",
	}
	for _, r := range slices.Concat(launchReplays(), asyncReplays(), statusReplays(), lifecycleReplays(), otherReplays()) {
		reasons[r.file] = "replayed"
	}
	entries, err := os.ReadDir(transcripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(entry.Name(), ".stdout"), ".stderr"), ".md")
		if reasons[base] == "" {
			t.Errorf("no replay makes %s, and nothing says why", entry.Name())
		}
	}
}
