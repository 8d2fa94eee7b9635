package host

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
)

// A sidecar that is killed can't insist with a sky that does not heed SIGTERM.
func TestRunEndsWithItsSidecar(t *testing.T) {
	sidecar := exec.Command(os.Args[0])
	sidecar.Env = append(os.Environ(), "SKY_TEST_CHILD=sidecar")
	out, err := sidecar.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sidecar.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if killed := sidecar.Process.Kill(); err != nil || killed != nil {
		t.Fatal(line, err, killed)
	}
	_ = sidecar.Wait()
	mustEnd(t, line[:len(line)-1])
}
