package skysim

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// newer are the recordings that were made for what the sidecar's model needs: who
// a record belongs to, what became of it, and whose the credentials are.
const newer = "testdata/recordings"

// plainTask is the task that they were made with.
const plainTask = `resources:
  infra: aws/us-east-1
  instance_type: m6i.large

run: echo hello
`

func TestNewerRecordings(t *testing.T) {
	testReplays(t, newer, eventReplays())
	testReplays(t, newer, userReplays())
	testReplays(t, newer, accountReplays())
	testReplays(t, newer, lostReplays())
}

// launched runs the recorded task on a fresh cluster of that name.
func (l *lab) launched(name string) {
	l.t.Helper()
	l.write("task.yaml", plainTask)
	l.ok("api start")
	l.ok("launch -y -d -c " + name + " task.yaml")
}

// settle waits until the daemon has just looked: what comes now is seen by nobody
// else for most of a minute.
func (l *lab) settle() {
	l.t.Helper()
	var looked time.Time
	if err := l.control().change(func(w *world) { looked = w.Looked }); err != nil {
		l.t.Fatal(err)
	}
	time.Sleep(time.Until(looked.Add(lookEvery + time.Second)))
}

// theirs takes out what differs in these recordings and in no others: the folder
// of the tasks, and a request's links.
func theirs(s string) string {
	s = strings.ReplaceAll(s, "/tmp/", "")
	return regexp.MustCompile(`(sky-\w+)-[0-9a-f]{8}-head`).ReplaceAllString(s, "$1-HASH-head")
}

func eventReplays() []replay {
	ad0 := func(line string, wait time.Duration) func(*lab) answer {
		return func(l *lab) answer { l.launched("ad0"); time.Sleep(wait); return l.sky(line) }
	}
	spot := func(l *lab) answer {
		l.write("spot.yaml", strings.Replace(plainTask, "large\n", "large\n  use_spot: true\n", 1))
		l.ok("api start")
		return l.sky("launch -y -d -c spot1 spot.yaml")
	}
	up1 := func(l *lab) {
		l.write("fail20.yaml", strings.Replace(plainTask, "run: echo hello", "run: |\n  echo working\n  sleep 20\n  echo no such configuration >&2\n  exit 3", 1))
		l.ok("api start")
		l.ok("launch -y -d -c up1 fail20.yaml")
	}
	stopped := func(line string) func(*lab) answer {
		return func(l *lab) answer { up1(l); l.settle(); l.ok("stop -y up1"); return l.sky(line) }
	}
	// a stop of a cluster that has an autostop looks first
	autostopped := func(l *lab) answer {
		l.launched("cheap1")
		l.ok("stop -y cheap1")
		l.ok("start -y -i 10 cheap1")
		l.settle()
		l.ok("stop -y cheap1")
		return l.sky("status -v -o json cheap1")
	}
	refused := func(l *lab) answer {
		l.launched("purge1")
		l.settle()
		l.inject(faultDownRefused, "")
		return l.sky("down -y purge1")
	}
	return []replay{
		{file: "status-ad0-v", run: ad0("status -v -o json ad0", 0), loosely: theirs},
		{file: "status-ad0-v-refresh", run: ad0("status -v --refresh -o json ad0", 0), loosely: theirs},
		{file: "status-ad0-v-2", run: ad0("status -v -o json ad0", time.Minute), loosely: theirs},
		{file: "launch-spot1", run: spot, loosely: theirs},
		{file: "status-spot1-terminated-norefresh", run: func(l *lab) answer {
			spot(l)
			l.outside(OutsidePreempt)
			return l.sky("status -v -o json spot1")
		}, loosely: theirs},
		{file: "status-spot1-terminated-refresh", run: func(l *lab) answer { // the daemon was first
			spot(l)
			l.outside(OutsidePreempt)
			time.Sleep(time.Minute)
			return l.sky("status -v --refresh -o json spot1")
		}},
		{file: "queue-up1-0", run: func(l *lab) answer { up1(l); time.Sleep(10 * time.Second); return l.sky("queue up1 -o json") }},
		{file: "queue-up1-failed", run: func(l *lab) answer { up1(l); time.Sleep(time.Minute); return l.sky("queue up1 -o json") }},
		{file: "down-purge1-refused", run: refused},
		{file: "status-purge1-after-refused", run: func(l *lab) answer { refused(l); return l.sky("status -v -o json purge1") }, loosely: theirs},
		{file: "down-purge1-purge", run: func(l *lab) answer { refused(l); return l.sky("down -y --purge purge1") }},
		{file: "api-logs-purge", run: func(l *lab) answer {
			refused(l)
			return l.sky("api logs " + l.submit("down -y --async --purge purge1"))
		}},
		{file: "stop-up1", run: func(l *lab) answer { up1(l); return l.sky("stop -y up1") }},
		{file: "status-up1-stopped-v", run: stopped("status -v -o json up1"), loosely: withoutScript},
		{file: "status-up1-stopped-v-refresh", run: stopped("status -v --refresh -o json up1"), loosely: withoutScript},
		{file: "q9-status-stopped", run: autostopped, loosely: withoutScript},
		{file: "status-term1-refresh", run: func(l *lab) answer {
			l.launched("term1")
			l.outside(OutsideTerminate)
			return l.sky("status -v --refresh -o json term1")
		}},
		{file: "status-ad1-autodowning", run: func(l *lab) answer {
			l.launched("ad1")
			time.Sleep(30 * time.Second)
			l.ok("autostop -y -i 0 --down ad1")
			time.Sleep(10 * time.Second)
			return l.sky("status -v --refresh -o json ad1")
		}},
	}
}

// withoutScript leaves out the task: SkyPilot writes its YAML anew.
func withoutScript(s string) string {
	return regexp.MustCompile(`("last_creation_yaml"): ".*"`).ReplaceAllString(theirs(s), "$1: YAML")
}

func userReplays() []replay {
	// other1 is a cluster of user aaaaaaaa
	as := func(user, line string, before ...string) func(*lab) answer {
		return func(l *lab) answer {
			l.env.UserID = "aaaaaaaa"
			l.launched("other1")
			time.Sleep(time.Minute)
			l.env.UserID = user
			for _, line := range before {
				l.ok(line)
			}
			return l.sky(line)
		}
	}
	const again = "launch -y -d -c other1 task.yaml"
	return []replay{
		{file: "u-bbbb-named", run: as("bbbbbbbb", "status -o json other1"), loosely: theirs},
		{file: "u-bbbb-named-v", run: as("bbbbbbbb", "status -v -o json other1"), loosely: theirs},
		{file: "u-bbbb-unnamed", run: as("bbbbbbbb", "status -o json")},
		{file: "u-bbbb-queue", run: as("bbbbbbbb", "queue other1 -o json", again, "logs other1 2")},
		{file: "u-bbbb-queue-u", run: as("bbbbbbbb", "queue -u other1 -o json", again, "logs other1 2")},
	}
}

func accountReplays() []replay {
	// lost1 is a cluster of another account
	at := func(line string) func(*lab) answer {
		return func(l *lab) answer {
			l.account("other")
			l.launched("lost1")
			l.account("")
			if strings.Contains(line, "-v ") {
				time.Sleep(time.Minute) // a look in which the daemon sees nothing
			}
			return l.sky(line)
		}
	}
	replays := []replay{
		{file: "q5-status-refresh", run: at("status --refresh -o json lost1")},
		{file: "q5-status-v-refresh", run: at("status -v --refresh -o json lost1")},
		{file: "q5-status-refresh-table", run: at("status --refresh lost1")},
		{file: "q5-stop", run: at("stop -y lost1")},
		{file: "q5-down", run: at("down -y lost1")},
		{file: "q5-autostop", code: 1, run: at("autostop -y -i 10 lost1")},
		{file: "q5-start", run: at("start -y lost1")},
		{file: "q5-launch", code: 1, run: at("launch -y -d -c lost1 task.yaml")},
		{file: "q5-queue", run: at("queue lost1 -o json")},
	}
	owner := identity("aws", "other")
	for i := range replays {
		replays[i].loosely = func(s string) string {
			s = strings.ReplaceAll(strings.ReplaceAll(s, owner[0], "AIDAOTHERACCOUNT"), owner[1], "999999999999")
			// the recorded cluster belonged to the account at hand when the daemon looked
			return strings.ReplaceAll(narrow(theirs(s)), eventHealthy, eventProvisioned)
		}
	}
	return replays
}

func (l *lab) account(name string) {
	l.t.Helper()
	if err := l.control().SwitchAccount(name); err != nil {
		l.t.Fatal(err)
	}
}

func lostReplays() []replay {
	invalid := func(line string) func(*lab) answer {
		return func(l *lab) answer {
			l.launched("cheap1")
			l.ok("stop -y cheap1")
			l.launched("lost1")
			l.inject(faultRecordInvalid, "lost1")
			return l.sky(line)
		}
	}
	// the API server's database is lost
	lost := func(line string) func(*lab) answer {
		return func(l *lab) answer {
			l.launched("lost1")
			if err := l.control().LoseDatabase(); err != nil {
				l.t.Fatal(err)
			}
			l.ok("api start")
			return l.sky(line)
		}
	}
	cheap := func(task, line string) func(*lab) answer {
		return func(l *lab) answer { l.ok("api start"); l.write("cheap.yaml", task); return l.sky(line) }
	}
	return []replay{
		{file: "q4-autostopnull-named", run: invalid("status -o json lost1")},
		{file: "q4-autostopnull-unnamed", run: invalid("status -o json")},
		{file: "q4-autostopnull-named2", run: invalid("status -o json lost1 cheap1")},
		{file: "q8-status-refresh", run: lost("status --refresh -o json lost1")},
		{file: "q8-cost", run: lost("cost-report --days 30 -o json")},
		{file: "q8-down", run: lost("down -y lost1")},
		{file: "launch-cheap1", run: cheap(strings.Replace(plainTask, "large\n", "large\n  max_hourly_cost: 0.01\n", 1), "launch -y -d -c cheap1 cheap.yaml"), loosely: theirs},
		{file: "launch-cheap2", code: 1, run: cheap("resources:\n  infra: aws\n  cpus: 2+\n  max_hourly_cost: 0.01\nrun: echo hello\n", "launch -y -d -c cheap2 cheap.yaml"), loosely: func(s string) string {
			return strings.ReplaceAll(theirs(s), "cheap2.yaml", "cheap.yaml")
		}},
	}
}

// TestEveryNewerRecordingIsReplayed: none stands there for nothing.
func TestEveryNewerRecordingIsReplayed(t *testing.T) {
	replayed := map[string]bool{"README": true}
	for _, r := range slices.Concat(eventReplays(), userReplays(), accountReplays(), lostReplays()) {
		replayed[r.file] = true
	}
	entries, err := os.ReadDir(newer)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, entry := range entries {
		base := strings.TrimSuffix(entry.Name(), filepath.Ext(entry.Name()))
		there[base] = true
		if !replayed[base] {
			t.Errorf("no replay makes %s", entry.Name())
		}
	}
	for file := range replayed {
		if !there[file] {
			t.Errorf("there is no recording %s: it would be compared with nothing", file)
		}
	}
}
