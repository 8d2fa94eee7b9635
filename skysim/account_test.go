package skysim

import (
	"strings"
	"testing"
	"time"
)

// anywhere brings the cluster up on a cloud in another account than the one that
// SkyPilot has afterwards.
func (l *lab) anywhere(cloud string) {
	l.t.Helper()
	l.heal(faultCredentialsMissing)
	l.ok("api start")
	l.ok("launch -y -d -c " + name + " --cpus 2+ --memory 2+ --infra " + cloud + " task.yaml")
	l.settle()
	l.account("other")
}

// TestOtherAccountUnnoticed is on the clouds that SkyPilot asks for nobody's name:
// it finds no machine, and says what it says of one that was terminated.
func TestOtherAccountUnnoticed(t *testing.T) {
	for _, cloud := range []string{"lambda", "runpod", "do", "paperspace", "vast", "oci"} {
		t.Run(cloud, func(t *testing.T) {
			for _, end := range []struct{ line, says string }{
				{lookLine, "Cluster terminated on the cloud: " + name},
				{"down -y " + name, "Terminating cluster " + name + "...done."},
			} {
				inLab(t, func(l *lab) {
					l.anywhere(cloud)
					if a := l.ok(end.line); !strings.Contains(plain(a.stdout), end.says) {
						t.Errorf("sky %s: %s", end.line, a.stdout)
					}
					l.wantState("")
					l.wantAlive(1)
				})
			}
			inLab(t, func(l *lab) {
				l.anywhere(cloud)
				time.Sleep(2 * time.Minute) // the daemon does it without a word
				l.wantState("")
				l.ok("launch -y -d -c " + name + " --cpus 2+ --memory 2+ --infra " + cloud + " task.yaml")
				l.wantAlive(2)
				_, machines := l.snapshot().the(name)
				if machines[0].Account != "" || machines[1].Account != "other" {
					t.Errorf("%+v", machines)
				}
			})
		})
	}
}

// TestOtherAccountRefused is on the clouds where SkyPilot compares the owner.
func TestOtherAccountRefused(t *testing.T) {
	for _, cloud := range []string{"aws", "gcp", "azure", "nebius"} {
		t.Run(cloud, func(t *testing.T) {
			inLab(t, func(l *lab) {
				l.anywhere(cloud)
				for line, code := range map[string]int{
					lookLine: 0, "stop -y " + name: 0, "down -y " + name: 0, "start -y -f " + name: 0, "queue -o json " + name: 0,
					"autostop -y -i 5 " + name: 1, launchLine: 1, "logs " + name + " 1": 1, "exec " + name + " true": 1,
				} {
					a := l.sky(line)
					if a.code != code || !strings.Contains(a.stdout+a.stderr, "is owned by account ['") {
						t.Errorf("sky %s: exit %d\n%s%s", line, a.code, a.stdout, a.stderr)
					}
				}
				time.Sleep(time.Hour)
				l.wantState(clusterUp)
				l.wantAlive(1)
				l.account("")
				l.ok("down -y " + name)
				l.wantAlive(0)
			})
		})
	}
}

func TestPurgeOfAnotherAccount(t *testing.T) {
	inLab(t, func(l *lab) {
		l.anywhere("aws")
		if a := l.ok("down -y --purge " + name); !strings.Contains(a.stdout, "ignoring the identity mismatch error") {
			t.Errorf("%s", a.stdout)
		}
		l.wantState("")
		l.wantAlive(1)
	})
}

// TestOwnMachinesHaveNoAccount: a switch of accounts hides no pod.
func TestOwnMachinesHaveNoAccount(t *testing.T) {
	inLab(t, func(l *lab) {
		l.anywhere("kubernetes")
		l.ok(lookLine)
		l.wantState(clusterUp)
	})
}

func TestIdentity(t *testing.T) {
	for _, v := range vendors() {
		own, other := identity(v.id, ""), identity(v.id, "other")
		if len(own) != len(other) {
			t.Errorf("%s: %q and %q", v.id, own, other)
		}
		for i := range own {
			if own[i] == other[i] || identity(v.id, "third")[i] == other[i] {
				t.Errorf("%s: two accounts are %q", v.id, own[i])
			}
		}
	}
}

// TestAutodownIsTheRecordsWord: what had an autodown is called autodowned, whoever
// ended its machine.
func TestAutodownIsTheRecordsWord(t *testing.T) {
	for line, says := range map[string]string{
		"autostop -y -i 60 --down " + name: "Autodowned cluster: " + name,
		"autostop -y -i 60 " + name:        "Cluster terminated on the cloud: " + name,
	} {
		inLab(t, func(l *lab) {
			l.up()
			l.settle()
			l.ok(line)
			l.outside(OutsideTerminate)
			if a := l.ok(lookLine); !strings.Contains(plain(a.stdout), says) {
				t.Errorf("after sky %s: %s", line, a.stdout)
			}
		})
	}
}
