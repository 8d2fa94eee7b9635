package skysim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// inLab runs a test in a bubble with a fake clock, on a fresh lab at the real
// speed of the recordings.
func inLab(t *testing.T, test func(l *lab)) {
	t.Helper()
	l := newLab(t)
	t.Chdir(l.home)
	synctest.Test(t, func(t *testing.T) {
		l.t = t
		test(l)
	})
}

func (l *lab) wantState(want string) {
	l.t.Helper()
	if got := l.status(); got != want {
		l.t.Errorf("the cluster is %q, want %q", got, want)
	}
}

func (l *lab) wantAlive(want int) {
	l.t.Helper()
	if got := l.alive(); got != want {
		l.t.Errorf("%d machines bill, want %d", got, want)
	}
}

func TestWholeLife(t *testing.T) {
	inLab(t, func(l *lab) {
		began := time.Now()
		l.up()
		if took := time.Since(began); took < 60*time.Second || took > 110*time.Second {
			l.t.Errorf("the first launch took %v, recorded 70 to 104 s", took)
		}
		l.wantState(clusterUp)
		l.ok("stop -y carapace-node")
		l.wantState(clusterStopped)
		l.wantAlive(0)
		l.ok("start -y carapace-node")
		l.wantState(clusterUp)
		l.ok("down -y carapace-node")
		l.wantState("")
		l.wantAlive(0)
	})
}

func TestTwoLaunchesMakeOneMachine(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		first := l.submit("launch --async -y -d -c carapace-node task.yaml")
		second := l.submit("launch --async -y -d -c carapace-node task.yaml")
		if a := l.sky("api status -o json " + second); !strings.Contains(a.stdout, `"status": "WAITING"`) {
			l.t.Errorf("the second does not wait:\n%s", a.stdout)
		}
		l.ok("api logs " + first)
		l.ok("api logs " + second)
		l.wantAlive(1)
		if got := len(mustQueue(l)); got != 2 {
			l.t.Errorf("%d jobs, want 2: both launches ran setup and run", got)
		}
	})
}

func mustQueue(l *lab) []*job {
	l.t.Helper()
	var jobs []*job
	if err := l.control().world().update(func(w *world) error { jobs = w.cluster(name).Jobs; return nil }); err != nil {
		l.t.Fatal(err)
	}
	return jobs
}

func TestCancelledLaunchBillsOn(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		id := l.submit("launch --async -y -d -c carapace-node task.yaml")
		time.Sleep(10 * time.Second)
		l.ok("api cancel -y " + id)
		l.wantState(clusterInit)
		l.wantAlive(1)
		if a := l.sky("api logs " + id); a.code != 1 || !strings.Contains(a.stderr, "RequestCancelled") {
			t.Errorf("api logs: exit %d, %s", a.code, a.stderr)
		}
		if a := l.ok("api cancel -y " + id); !strings.Contains(a.stdout, "No requests need to be cancelled.") {
			t.Errorf("a second cancel: %s", a.stdout)
		}
		l.ok("down -y carapace-node")
		l.wantAlive(0)
	})
}

func TestDownEndsALaunchInFlight(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		id := l.submit("launch --async -y -d -c carapace-node task.yaml")
		time.Sleep(10 * time.Second)
		l.ok("down -y carapace-node")
		if a := l.sky("api logs " + id); a.code != 1 || !strings.Contains(a.stderr, "is cancelled by another process") {
			t.Errorf("api logs: exit %d, %s", a.code, a.stderr)
		}
		l.wantState("")
		l.wantAlive(0)
	})
}

func TestRestartOfTheServerWipesRequests(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		id := l.submit("launch --async -y -d -c carapace-node task.yaml")
		time.Sleep(20 * time.Second)
		l.ok("api stop")
		l.ok("api start")
		if a := l.sky("api logs " + id); a.code != 1 || !strings.Contains(a.stderr, "not found") {
			t.Errorf("api logs: exit %d, %s", a.code, a.stderr)
		}
		time.Sleep(5 * time.Minute) // nobody goes on with it, and SkyPilot's daemon calls it UP
		l.wantState(clusterUp)
		if jobs := mustQueue(l); len(jobs) != 0 {
			t.Errorf("%d jobs: setup never ran", len(jobs))
		}
	})
}

func TestStopOutsideIsFoundByTheDaemon(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		time.Sleep(10 * time.Second)
		l.outside(OutsideStop)
		l.wantState(clusterUp)
		time.Sleep(2 * time.Minute)
		l.wantState(clusterStopped)
		l.outside(OutsideStart)
		time.Sleep(2 * time.Minute)
		l.wantState(clusterInit) // its runtime is down until `sky start`
		l.ok("start -y carapace-node")
		l.wantState(clusterUp)
	})
}

func TestAutostop(t *testing.T) {
	for _, test := range []struct {
		line, state string
		said        string
	}{
		{"autostop -y -i 10 carapace-node", clusterStopped, `"autostop": 10`},
		{"autostop -y -i 10 --down carapace-node", "", "Autodowned cluster: "},
	} {
		t.Run(test.line, func(t *testing.T) {
			inLab(t, func(l *lab) {
				l.up()
				time.Sleep(time.Minute)
				l.ok(test.line)
				l.ok("api stop") // autostop lives on the machine: it needs no API server
				time.Sleep(9 * time.Minute)
				l.wantAlive(1)
				time.Sleep(2 * time.Minute)
				l.wantAlive(0)
				a := l.ok(lookLine)
				if !strings.Contains(plain(a.stdout), test.said) {
					t.Errorf("%q is not said:\n%s", test.said, a.stdout)
				}
				l.wantState(test.state)
			})
		})
	}
}

func TestAutostopWaitsForJobs(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		l.task("task.yaml", "echo run", "sleep 3600")
		l.ok("launch -y -c carapace-node -d -i 5 task.yaml")
		time.Sleep(50 * time.Minute)
		l.wantAlive(1)
		time.Sleep(20 * time.Minute)
		l.wantAlive(0)
	})
}

func TestMountsAreReallyCopied(t *testing.T) {
	inLab(t, func(l *lab) {
		l.write("data/public/sub/.gitignore", "*.log\nsecret/\n!keep.log\n")
		for _, file := range []string{"sub/run.log", "sub/keep.log", "sub/secret/key", "sub/deep/other.log", "run.log", "Ü b.txt"} {
			l.write("data/public/"+file, file)
		}
		l.up()
		for file, arrives := range map[string]bool{
			"sub/.gitignore": true, "sub/run.log": false, "sub/keep.log": true, "sub/secret/key": false,
			"sub/deep/other.log": false, "run.log": true, "Ü b.txt": true, "page.txt": true,
		} {
			if got := l.onMachine("/opt/carapace/data/public/" + file); (got != "") != arrives {
				t.Errorf("%s arrived: %v, want %v", file, got != "", arrives)
			}
		}
		if err := os.Remove(filepath.Join(l.home, "data/public/page.txt")); err != nil {
			t.Fatal(err)
		}
		l.ok(launchLine)
		if l.onMachine("/opt/carapace/data/public/page.txt") == "" {
			t.Error("a second sync deleted a file: SkyPilot's never does")
		}
		l.rsync()
		if l.onMachine("/opt/carapace/data/public/page.txt") != "" || l.onMachine("/opt/carapace/data/public/sub/run.log") == "" {
			t.Error("rsync -a --delete did not make a mirror")
		}
	})
}

// onMachine is what a file on the only machine holds, "" when there is none.
func (l *lab) onMachine(remote string) string {
	l.t.Helper()
	machines, err := l.control().Machines()
	if err != nil || len(machines) != 1 {
		l.t.Fatalf("machines: %v, %v", machines, err)
	}
	data, err := os.ReadFile(filepath.Join(machines[0].Disk, filepath.FromSlash(remote)))
	if err != nil && !os.IsNotExist(err) {
		l.t.Fatal(err)
	}
	return string(data)
}

func (l *lab) rsync() {
	l.t.Helper()
	a := l.run(l.t.Context(), "rsync", "-a", "--delete", "-e", "ssh -o BatchMode=yes", filepath.Join(l.home, "data", "public")+"/",
		name+":/opt/carapace/data/public/")
	if a.code != 0 {
		l.t.Fatalf("rsync: exit %d\n%s", a.code, a.stderr)
	}
}

func TestRemotePrograms(t *testing.T) {
	inLab(t, func(l *lab) {
		l.up()
		local := l.home + "/data/public/"
		for _, test := range []struct {
			name    string
			fault   string
			program string
			args    []string
			code    int
			says    string
		}{
			{"ssh runs true", "", "ssh", []string{"-o", "BatchMode=yes", "-T", name, "true"}, 0, ""},
			{"ssh runs nothing else", "", "ssh", []string{name, "rm", "-rf", "/"}, 127, "simulated"},
			{"ssh to nobody", "", "ssh", []string{"nope", "true"}, 255, "Could not resolve hostname"},
			{"ssh to a dead machine", faultUnreachable, "ssh", []string{name, "true"}, 255, "Connection refused"},
			{"rsync to a dead machine", faultUnreachable, "rsync", []string{"-a", local, name + ":/x/"}, 255, "unexplained error"},
			{"rsync to a full disk", faultDiskFull, "rsync", []string{"-a", local, name + ":/x/"}, 11, "No space left"},
			{"rsync of nothing", "", "rsync", []string{"-a", "/nowhere/", name + ":/x/"}, 23, "No such file"},
			{"rsync with filters", "", "rsync", []string{"-a", "--exclude=x", local, name + ":/x/"}, 1, "does not know the option --exclude"},
			{"rsync without a change", "", "rsync", []string{"-an", local, name + ":/x/"}, 1, "does not know all of -an"},
			{"rsync of too little", "", "rsync", []string{"-a", local}, 1, "syntax or usage error"},
			{"another program", "", "curl", []string{"x"}, 127, "command not found"},
		} {
			if test.fault != "" {
				l.inject(test.fault, "")
			}
			a := l.run(l.t.Context(), test.program, test.args...)
			if a.code != test.code || !strings.Contains(a.stderr, test.says) {
				t.Errorf("%s: exit %d, want %d with %q: %s", test.name, a.code, test.code, test.says, a.stderr)
			}
			if test.fault != "" {
				l.heal(test.fault)
			}
		}
	})
}

func TestEveryCloudLaunches(t *testing.T) {
	for _, v := range vendors() {
		t.Run(v.id, func(t *testing.T) {
			inLab(t, func(l *lab) {
				if err := l.control().Clear(); err != nil {
					t.Fatal(err)
				}
				l.ok("api start")
				a := l.ok("launch -y -d -c carapace-node --infra " + v.id + " task.yaml")
				if !strings.Contains(plain(a.stdout), "Launching on "+v.repr+" "+v.regions[0]) {
					t.Errorf("it went elsewhere:\n%s", a.stdout)
				}
				l.wantState(clusterUp)
			})
		})
	}
}
