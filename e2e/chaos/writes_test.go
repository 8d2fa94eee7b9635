//go:build linux

package chaos

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"carapace/schema"
)

// TestKilledAtWrites kills the sidecar in the very calls by which it makes things
// last or takes them away, during a launch: the first that a thread makes, the
// second, and so on. It needs strace.
func TestKilledAtWrites(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("there is no strace here")
	}
	request := launchRequest(t)
	points := number(t, "CHAOS_WRITES", 2)
	for _, call := range []string{"fsync", "unlinkat"} { // the simulated sky makes none of them in a launch
		for nth := 1; nth <= points; nth++ {
			t.Run(fmt.Sprint(call, nth), func(t *testing.T) {
				s := newStage(t)
				cmd := exec.Command(strace, append([]string{
					"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call,
					"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, nth), sidecar(t),
				}, s.args("--wait")...)...)
				cmd.Env, cmd.Dir, cmd.Stdin = s.environ(quick), s.project, bytes.NewReader(request)
				_ = cmd.Run() // killed, or, where no thread makes so many calls, at the end of the launch
				t.Logf("%v", cmd.ProcessState)
				r := &round{stage: s, from: schema.StatusNoServer}
				r.conclude(t)
			})
		}
	}
}
