package skysim

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

func (l *lab) snapshot() Snapshot {
	l.t.Helper()
	s, err := l.control().Snapshot()
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// the is the only record or machine of a name; the zero value when there is none.
func (s Snapshot) the(name string) (Record, []Machine) {
	var record Record
	var machines []Machine
	for _, r := range s.Records {
		if r.Name == name {
			record = r
		}
	}
	for _, m := range s.Machines {
		if m.Cluster == name && m.Exists() {
			machines = append(machines, m)
		}
	}
	return record, machines
}

// names are those of the records that a `sky status -o json` shows.
func (l *lab) names(line string) string {
	l.t.Helper()
	out := l.ok(line).stdout
	var records []record
	if err := json.Unmarshal([]byte(out[strings.Index(out, "["):]), &records); err != nil {
		l.t.Fatalf("sky %s: %v\n%s", line, err, out)
	}
	names := make([]string, 0, len(records))
	for _, r := range records {
		names = append(names, r.Name+" of "+r.UserName)
	}
	return strings.Join(names, ", ")
}

func (l *lab) foreign(name, userName string) string {
	l.t.Helper()
	hash, err := l.control().MakeForeign(name, userName)
	if err != nil {
		l.t.Fatal(err)
	}
	return hash
}

func TestUserHash(t *testing.T) {
	inLab(t, func(l *lab) {
		if got := l.snapshot().User; got != "" {
			t.Errorf("before any program the user is %q", got)
		}
		l.ok("api start")
		want := func(what, want string) {
			t.Helper()
			a := l.ok("api info")
			if !strings.Contains(a.stdout, "("+want+")") {
				t.Errorf("%s: want user %s:\n%s", what, want, a.stdout)
			}
		}
		want("at first", ownHash)
		if data, err := os.ReadFile(userFile(l.env.Dir)); err != nil || string(data) != ownHash {
			t.Errorf("the file holds %q, %v", data, err)
		}
		if err := l.control().SetUser("0badc0de"); err != nil {
			t.Fatal(err)
		}
		want("after another was set", "0badc0de")
		l.env.UserID = "sa-team-1"
		want("with the environment's", "sa-team-1")
		l.env.UserID = "-no hash"
		want("with an environment that is none", "0badc0de")
		for range 2 { // twice is once
			if err := l.control().ForgetUser(); err != nil {
				t.Fatal(err)
			}
		}
		want("made again", ownHash)
		if err := l.control().SetUser("../x"); err == nil {
			t.Error("a hash that is none was set")
		}
	})
}

func TestWhoseClustersAreShown(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		l.foreign("hers", "alice")
		for line, want := range map[string]string{
			"status -o json":            name + " of me",
			"status -u -o json":         "hers of alice, " + name + " of me",
			"status -o json hers":       "hers of alice",
			"status -o json h* " + name: "hers of alice, " + name + " of me",
		} {
			if got := l.names(line); got != want {
				t.Errorf("sky %s shows %q, want %q", line, got, want)
			}
		}
		if _, err := l.control().MakeForeign("hers", "bob"); err == nil {
			t.Error("a name was given twice")
		}
		l.ok("down -y -a") // only one's own
		if got := l.names("status -u -o json"); got != "hers of alice" {
			t.Errorf("after down -a there is %q", got)
		}
		l.ok("down -y hers") // nothing keeps others off (recording u-bbbb-named)
		l.wantAlive(0)
	})
}

// TestLostUser is the loss of ~/.sky whose API server is elsewhere: the record is
// somebody else's now, and a launch under the name goes on with it.
func TestLostUser(t *testing.T) {
	inLab(t, func(l *lab) {
		if err := l.control().SetUser("0badc0de"); err != nil {
			t.Fatal(err)
		}
		l.up()
		if err := l.control().ForgetUser(); err != nil {
			t.Fatal(err)
		}
		if got := l.names("status -o json"); got != "" {
			t.Errorf("shown as one's own: %q", got)
		}
		l.ok(launchLine)
		r, machines := l.snapshot().the(name)
		if r.User != "0badc0de" || len(machines) != 1 || machines[0].User != "0badc0de" {
			t.Errorf("%+v, %+v", r, machines)
		}
	})
}

func TestSnapshot(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		hash := l.foreign("hers", "alice")
		time.Sleep(time.Hour)
		l.ok("stop -y " + name)
		l.inject(faultQuota, "")
		l.account("other")
		s := l.snapshot()
		if s.Account != "other" || s.User != ownHash || !s.ServerUp || len(s.Faults) == 0 {
			t.Errorf("%+v", s)
		}
		mine, mines := s.the(name)
		if mine.Status != clusterStopped || mine.Hash == "" || len(mines) != 1 || mines[0].State != machineStopped || mines[0].Hash != mine.Hash ||
			mines[0].ID != mine.Machine || mines[0].User != ownHash || mines[0].Cause != causeUser || mines[0].Hourly != 0 {
			t.Errorf("%+v, %+v", mine, mines)
		}
		// four CPUs cost 0.192 an hour; it ran for a little more than one
		if spent := mines[0].Spent; spent < 0.192 || spent > 0.21 {
			t.Errorf("it has cost %v", spent)
		}
		hers, machines := s.the("hers")
		if hers.Hash != hash || hers.UserName != "alice" || hers.User != UserHash("alice") || len(machines) != 1 || machines[0].Hourly != 0.192 ||
			machines[0].Account != "" || machines[0].Region != "us-east-1" {
			t.Errorf("%+v, %+v", hers, machines)
		}
	})
}

// TestStoppedMachinesThatBill holds DigitalOcean apart: it bills a droplet that is
// powered off in full.
func TestStoppedMachinesThatBill(t *testing.T) {
	for cloud, hourly := range map[string]float64{"do": 0.143, "paperspace": 0} {
		inLab(t, func(l *lab) {
			l.heal(faultCredentialsMissing)
			l.ok("api start")
			l.ok("launch -y -d -c " + name + " --infra " + cloud + " --cpus 8+ --memory 16+ task.yaml")
			l.ok("stop -y " + name)
			if _, machines := l.snapshot().the(name); len(machines) != 1 || machines[0].State != machineStopped || machines[0].Hourly != hourly {
				t.Errorf("%s: %+v, want %v an hour", cloud, machines, hourly)
			}
		})
	}
}

func TestPurgedMachineStays(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		l.inject(faultDownRefused, "")
		old, _ := l.snapshot().the(name)
		l.ok("down -y --purge " + name)
		r, machines := l.snapshot().the(name)
		if r.Name != "" || len(machines) != 1 || machines[0].Hash != old.Hash || machines[0].Hourly != 0.192 {
			t.Fatalf("%+v, %+v", r, machines)
		}
		// SkyPilot finds it by its tags, and nobody else's
		l.ok(launchLine)
		r, again := l.snapshot().the(name)
		if len(again) != 1 || again[0].ID != machines[0].ID || r.Hash == old.Hash || again[0].Hash != r.Hash {
			t.Errorf("%+v, %+v", r, again)
		}
	})
}

func TestLostDatabase(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		if err := l.control().LoseDatabase(); err != nil {
			t.Fatal(err)
		}
		if a := l.ok(statusLine); !strings.Contains(plain(a.stdout), "Cluster(s) not found: "+name+".") {
			t.Errorf("status: %s", a.stdout)
		}
		l.wantAlive(1)
		l.ok(launchLine) // which finds the machine
		l.wantAlive(1)
	})
}

// rows are those of a cost report by name, the latest of each first.
func (l *lab) costs() map[string]costRecord {
	l.t.Helper()
	var records []costRecord
	if err := json.Unmarshal([]byte(l.ok("cost-report -o json").stdout), &records); err != nil {
		l.t.Fatal(err)
	}
	rows := map[string]costRecord{}
	for _, r := range records {
		if _, ok := rows[r.Name]; !ok {
			rows[r.Name] = r
		}
	}
	return rows
}

// TestCostReportRows goes through the ways in which a cluster ends. What a row
// says of one that was purged is what it says of one that was destroyed.
func TestCostReportRows(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		for _, c := range []string{"live", "stopped", "downed", "purged", "autodowned", "outside"} {
			l.ok("launch -y -d -c " + c + " task.yaml")
		}
		l.foreign("hers", "alice")
		l.inject(faultQuota, "")
		l.sky("launch -y -d -c failed task.yaml")
		time.Sleep(time.Minute)
		l.ok("autostop -y -i 0 --down autodowned")
		l.ok("stop -y stopped")
		l.ok("down -y downed")
		l.inject(faultDownRefused, "purged")
		l.ok("down -y --purge purged")
		if err := l.control().OutsideAt(OutsideTerminate, "outside"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		before := l.costs()
		const byUser = "Cluster was terminated by user me (request ID: "
		for c, want := range map[string]struct{ status, event string }{
			"live": {clusterUp, eventHealthy}, "hers": {clusterUp, eventHealthy}, "stopped": {clusterStopped, eventStopped},
			"downed": {terminated, byUser}, "purged": {terminated, byUser},
			"autodowned": {terminated, eventTerminated}, "outside": {terminated, eventTerminated},
			"failed": {terminated, "Provision failed: Reasons for provision failures"},
		} {
			row := before[c]
			if row.Status != want.status || !strings.HasPrefix(row.LastEvent, want.event) {
				t.Errorf("%s: %s, %q", c, row.Status, row.LastEvent)
			}
			if closed := row.Usage[len(row.Usage)-1][1] != nil; closed != (want.status != clusterUp) {
				t.Errorf("%s: its use has ended: %v", c, closed)
			}
			if hers := row.UserHash == UserHash("alice"); hers != (c == "hers") {
				t.Errorf("%s belongs to %s", c, row.UserHash)
			}
		}
		// a stopped cluster goes on being counted: each look moves the end of its use
		time.Sleep(time.Hour)
		after := l.costs()
		for c, more := range map[string]bool{"live": true, "stopped": true, "downed": false, "purged": false, "failed": false} {
			if got := after[c].TotalCost > before[c].TotalCost; got != more {
				t.Errorf("%s costs more: %v", c, got)
			}
		}
	})
}

// TestDaemonFindsByItself: what the daemon has found nobody says, and the end that
// it notes is that of its own look, not of the next command.
func TestDaemonFindsByItself(t *testing.T) {
	for _, end := range []struct {
		what string
		do   func(*lab)
	}{
		{"autodown", func(l *lab) { l.ok("autostop -y -i 5 --down " + name) }},
		{"terminated", func(l *lab) { l.outside(OutsideTerminate) }},
	} {
		t.Run(end.what, func(t *testing.T) {
			inLab(t, func(l *lab) {
				l.up()
				began := time.Now()
				end.do(l)
				time.Sleep(24 * time.Hour)
				a := l.ok(lookLine)
				if got := plain(a.stdout); got != "Cluster(s) not found: "+name+".\n[]\n" {
					t.Errorf("said: %q", got)
				}
				ended := time.Unix(*l.costs()[name].Usage[0][1], 0).Sub(began)
				if ended > 7*time.Minute {
					t.Errorf("the end was noted after %v", ended)
				}
			})
		})
	}
}

// TestDaemonSleepsWithTheServer: without the API server nobody looks.
func TestDaemonSleepsWithTheServer(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		l.ok("api stop")
		l.outside(OutsideTerminate)
		time.Sleep(24 * time.Hour)
		l.wantState(clusterUp)
	})
}

// TestProvisionLogStays: what happens after a launch changes nothing in its log.
func TestProvisionLogStays(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		line := "logs --provision " + name
		before := l.ok(line).stdout
		time.Sleep(time.Hour)
		if after := l.ok(line).stdout; before == "" || after != before {
			t.Errorf("it was\n%s\nand is\n%s", before, after)
		}
	})
}
