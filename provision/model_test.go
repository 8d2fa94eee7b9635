package provision

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carapace/skysim"
)

// TestModel runs random programs against two sidecars that share one state folder:
// requests, faults and changes of the simulated cloud, deaths, and losses of the
// state file, in any order. After each step what both sidecars show is compared with
// what the simulator knows to be true (model_check_test.go). A program follows from
// its seed alone; one that fails prints both.
//
//	MODEL_RUNS=300 go test ./provision -run TestModel -v -timeout 0
//	MODEL_SEED=17 MODEL_RUNS=1 go test ./provision -run TestModel -v     # one program
//
// MODEL_SKIP=3,4,9 leaves steps out of it, to find those that matter.
func TestModel(t *testing.T) {
	t.Parallel()
	seed, runs := fromEnv(t, "MODEL_SEED", 1), fromEnv(t, "MODEL_RUNS", 3)
	reached := &outcomes{counts: map[string]int{}}
	for n := range runs {
		t.Run(fmt.Sprint("seed", seed+n), func(t *testing.T) {
			program := programOf(seed + n)
			inWorld(t, func(w *world) { runProgram(w, program, reached) })
		})
	}
	t.Logf("%d programs, %d steps, %d looks at what is true\n%s", runs, reached.steps, reached.checks, reached)
	if runs >= longRun && !t.Failed() {
		for _, outcome := range mustBeReached {
			if reached.counts[outcome] == 0 {
				t.Errorf("no program reached %q", outcome)
			}
		}
	}
}

// longRun is how many programs have to reach every outcome.
const longRun = 200

// mustBeReached lacks one cause: the simulated SkyPilot never says AUTOSTOPPING, from
// which alone an autostop is known.
var mustBeReached = []string{
	"existence none", "existence asked", "existence seen", "existence lost",
	"launch succeeded", "launch failed", "launch canceled", "start succeeded", "start failed", "start canceled",
	"stop succeeded", "stop failed", "destroy succeeded", "destroy failed", "sync succeeded", "sync failed", "sync canceled",
	"cause user", "cause outside", "cause preempted", "cause failure", "cause unknown",
	"not ours: this user's", "not ours: alice's", "forgotten", "state lost", "state lost while both run", "killed in an operation",
}

func fromEnv(t *testing.T, variable string, usual int) int {
	t.Helper()
	given := os.Getenv(variable)
	if given == "" {
		return usual
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// step is one thing that happens. Its zero value is none.
type step struct {
	do   string
	who  int           // which sidecar is asked
	what string        // which fault, change, spec or loss
	wait time.Duration // that passes afterwards; untilEnd: until no operation is in progress
	at   float64       // 0 to 1, which of the earlier states a loss brings back
}

const untilEnd = -1

func (s step) String() string {
	text := fmt.Sprintf("%-8s %-22s sidecar %d", s.do, s.what, s.who)
	if s.do == "lose" {
		text += fmt.Sprintf(", at %.2f", s.at)
	}
	if s.wait == untilEnd {
		return text + ", then until nothing is in progress"
	}
	return fmt.Sprintf("%s, then %s", text, s.wait)
}

// kindOfStep is what a step may do, and how often it is chosen.
type kindOfStep struct {
	do    string
	often int
	what  []string
}

var kindsOfSteps = []kindOfStep{
	{"launch", 14, []string{"plain", "plain", "plain", "spot", "spot", "autostop", "autodown", "elsewhere", "second"}},
	{"stop", 8, []string{""}},
	{"start", 9, []string{""}},
	{"destroy", 7, []string{"", "", "", "purge"}},
	{"sync", 5, []string{""}},
	{"cancel", 9, []string{""}},
	{"forget", 3, []string{""}},
	{"refresh", 5, []string{""}},
	{"inject", 9, []string{
		"quota", "capacity", "permission", "rate_limited", "api_server_dies", "network", "throttled", "stop_refused", "down_refused",
		"start_refused", "setup_failed", "mount_failed", "disk_full", "launch_hangs", "answer_lost", "unreachable", "record_invalid",
		"run_failed", "credentials_invalid", "spot_preempted",
	}},
	{"heal", 8, []string{""}},
	{"outside", 8, []string{
		skysim.OutsideStop, skysim.OutsideTerminate, skysim.OutsideStart, skysim.OutsidePreempt, skysim.OutsideReplace, skysim.OutsideReplaceOther,
	}},
	{"by hand", 7, []string{"down", "down", "purge", "purge", "launch", "launch"}},
	{"foreign", 2, []string{""}},
	{"kill", 6, []string{"one", "both"}},
	{"lose", 6, []string{"delete", "cut", "restore", "restore", "restore"}},
	{"kill and lose", 6, []string{"delete", "cut", "restore", "restore", "restore"}},
	{"wait", 4, []string{""}},
}

// programOf is the program of a seed. Most begin with a launch: little happens
// without one.
func programOf(seed int) (program []step) {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	if rng.IntN(5) > 0 {
		program = append(program, stepOf(rng, kindsOfSteps[0]))
	}
	total := 0
	for _, kind := range kindsOfSteps {
		total += kind.often
	}
	for range 10 + rng.IntN(16) {
		at := rng.IntN(total)
		program = append(program, stepOf(rng, kindsOfSteps[slices.IndexFunc(kindsOfSteps, func(k kindOfStep) bool {
			at -= k.often
			return at < 0
		})]))
	}
	var kept []step
	skip := strings.Split(os.Getenv("MODEL_SKIP"), ",")
	for n, s := range program {
		if !slices.Contains(skip, strconv.Itoa(n)) {
			kept = append(kept, s)
		}
	}
	return kept
}

func stepOf(rng *rand.Rand, kind kindOfStep) step {
	s := step{do: kind.do, what: kind.what[rng.IntN(len(kind.what))], who: rng.IntN(2), at: rng.Float64()}
	switch chance := rng.IntN(10); {
	case kind.do == "wait":
		s.wait = time.Duration(1+rng.IntN(40)) * time.Minute
	case chance < 4:
		s.wait = untilEnd
	case chance < 8:
		s.wait = time.Duration(rng.IntN(90_000)) * time.Millisecond
	}
	return s
}

// outcomes counts what programs came to.
type outcomes struct {
	counts        map[string]int
	steps, checks int
}

func (o *outcomes) count(outcome string) { o.counts[outcome]++ }

func (o *outcomes) String() string {
	var lines []string
	for outcome, n := range o.counts {
		lines = append(lines, fmt.Sprintf("%6d  %s", n, outcome))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[8:], b[8:]) })
	return strings.Join(lines, "\n")
}
