package skysim

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func (l *lab) outsideAt(action, cluster string) {
	l.t.Helper()
	if err := l.control().OutsideAt(action, cluster); err != nil {
		l.t.Fatal(err)
	}
}

func TestPreempt(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		l.ok("launch -y -d -c spotty --use-spot task.yaml")
		l.ok("launch -y -d -c steady task.yaml")
		l.settle()
		l.outside(OutsidePreempt)
		l.outside(OutsidePreempt) // a second time there is none left
		l.wantAlive(1)
		if a := l.ok("status --refresh -o json spotty steady"); !strings.Contains(plain(a.stdout), "Cluster terminated on the cloud: spotty\n") {
			t.Errorf("%s", a.stdout)
		}
		for _, m := range l.snapshot().Machines {
			if m.Spot != (m.Cause == causePreempted) {
				t.Errorf("%+v", m)
			}
		}
	})
}

func TestReplace(t *testing.T) {
	for action, who := range map[string]user{
		OutsideReplace: {ownHash, ownName}, OutsideReplaceOther: {UserHash(OtherUser), OtherUser},
	} {
		t.Run(action, func(t *testing.T) {
			inLab(t, func(l *lab) {
				l.up()
				l.ok("launch -y -d -c another task.yaml")
				old, _ := l.snapshot().the(name)
				kept, _ := l.snapshot().the("another")
				waits := l.submit("launch --async -y -d -c " + name + " task.yaml")
				l.outsideAt(action, name)
				if a := l.sky("api logs " + waits); a.code != 1 || !strings.Contains(a.stderr, "is cancelled by another process") {
					t.Errorf("the launch in flight: exit %d, %s", a.code, a.stderr)
				}
				r, machines := l.snapshot().the(name)
				if r.Hash == old.Hash || r.Status != clusterUp || r.User != who.Hash || r.UserName != who.Name || r.Autostop != -1 ||
					len(machines) != 1 || machines[0].Hash != r.Hash || machines[0].ID == old.Machine || machines[0].User != who.Hash {
					t.Errorf("%+v, %+v", r, machines)
				}
				if now, _ := l.snapshot().the("another"); now.Hash != kept.Hash || now.Machine != kept.Machine {
					t.Errorf("another cluster was replaced: %+v", now)
				}
				l.ok(lookLine)
				l.wantState(clusterUp)
			})
		})
	}
}

func TestAutostopThatIsDropped(t *testing.T) {
	wantAutostop := func(l *lab, want int) {
		l.t.Helper()
		if r, _ := l.snapshot().the(name); r.Autostop != want || r.AutoDown {
			l.t.Errorf("autostop %d, down %v; want %d", r.Autostop, r.AutoDown, want)
		}
	}
	t.Run("by a look", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.up()
			l.ok("autostop -y -i 10 --down " + name)
			l.outside(OutsideDropAutostop)
			wantAutostop(l, -1)
			time.Sleep(time.Hour)
			l.wantAlive(1)
		})
	})
	// SkyPilot forgets it, too, where a machine that had stopped itself is started
	// at the console
	t.Run("by a start outside", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.up()
			l.ok("autostop -y -i 10 " + name)
			time.Sleep(20 * time.Minute)
			l.wantState(clusterStopped)
			wantAutostop(l, 10)
			l.outside(OutsideStart)
			time.Sleep(2 * time.Minute)
			l.wantState(clusterInit)
			wantAutostop(l, -1)
		})
	})
}

func TestOutsideActions(t *testing.T) {
	c := newLab(t).control()
	for _, action := range OutsideActions() { // nothing is there to be changed
		if err := c.Outside(action); err != nil {
			t.Errorf("%s: %v", action, err)
		}
	}
	if !slices.IsSorted(OutsideActions()) {
		t.Errorf("%q", OutsideActions())
	}
	err := c.Outside("explode")
	if err == nil || !strings.Contains(err.Error(), strings.Join(OutsideActions(), ", ")) {
		t.Errorf("an action that there is none of: %v", err)
	}
}

func TestRunFailsLater(t *testing.T) {
	inLab(t, func(l *lab) {
		l.inject(faultRunFailsLater, "")
		if err := l.control().SetRunTime(5 * time.Minute); err != nil {
			t.Fatal(err)
		}
		l.up()
		time.Sleep(4 * time.Minute)
		if got := l.lastJob(); got != jobRunning {
			t.Errorf("after four minutes it is %s", got)
		}
		if a := l.ok("queue -o json " + name); !strings.Contains(a.stdout, `"status": "RUNNING"`) {
			t.Errorf("%s", a.stdout)
		}
		time.Sleep(2 * time.Minute)
		if got := l.lastJob(); got != jobFailed {
			t.Errorf("after six minutes it is %s", got)
		}
		if a := l.sky("logs " + name + " 1"); a.code != 100 || !strings.Contains(a.stdout, "exited (1)") {
			t.Errorf("exit %d, %s", a.code, a.stdout)
		}
	})
}

// TestInvalidRecord: a record that is left out of SkyPilot's answers can't be named
// either, and its machine bills on.
func TestInvalidRecord(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		l.inject(faultRecordInvalid, name)
		for _, command := range []string{"stop", "down", "start", "autostop"} {
			a := l.ok(command + " -y " + name)
			if !strings.Contains(a.stdout, "Failed to validate status responses for cluster "+name+": ") || !strings.Contains(a.stdout, noSuch) {
				t.Errorf("sky %s: %s", command, a.stdout)
			}
		}
		if a := l.ok("status " + name); !strings.Contains(a.stdout, "Cluster '"+name+"' not found.") { // recording q4-nouser-named-table
			t.Errorf("the table: %s", a.stdout)
		}
		l.wantAlive(1)
		l.heal(faultRecordInvalid)
		if got := l.names(statusLine); got != name+" of me" {
			t.Errorf("afterwards there is %q", got)
		}
	})
}
