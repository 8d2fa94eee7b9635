//go:build linux

package jobwatch

import (
	"bytes"
	"os/exec"
	"testing"

	"carapace/provision/hostkeys/sshdtest"
)

// The command as a real shell behind a real sshd runs it: it finds a process with SkyPilot's mark, takes
// itself for none, and says that there is none of another job.
func TestTheCommandOnARealMachine(t *testing.T) {
	sshdtest.Needs(t)
	daemon := sshdtest.Listen(t, "ed25519")
	config := daemon.Configure(t)
	job := exec.CommandContext(t.Context(), "bash", "-c", `echo "SKYPILOT_JOB_ID <9712345>" && read -r line; true`)
	hold, err := job.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Start(); err != nil {
		t.Skip("NOT TESTED without bash:", err)
	}
	defer func() { _ = hold.Close(); _ = job.Wait() }()
	first := func(id int) string {
		ssh := exec.CommandContext(t.Context(), "ssh", "-F", config, "-T", "node", command(id))
		out, err := ssh.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := ssh.Start(); err != nil {
			t.Fatal(err)
		}
		said := make([]byte, 100)
		n, _ := out.Read(said)
		_ = ssh.Process.Kill()
		_ = ssh.Wait()
		return string(bytes.TrimSpace(said[:n]))
	}
	if said := first(9712345); said != wordRuns {
		t.Errorf("of a job that runs it says %q", said)
	}
	for _, id := range []int{971234, 97123451, 9712346} {
		if said := first(id); said != wordEnded {
			t.Errorf("of job %d, which does not run, it says %q", id, said)
		}
	}
}
