package host

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const manyProcesses = `
    1     0   9000 /sbin/init splash
  700     1 180000 /venv/bin/python -m sky.server.server --host=127.0.0.1 --port=46580
  701   700 170000 SkyPilot:executor:short:701
  702   701  10000 ssh -T somewhere
  703   700 170000 SkyPilot:executor:long:703
  800     1 180000 /venv/bin/python -m sky.server.server --host=127.0.0.1 --port=50000
  801   800 170000 SkyPilot:executor:short:801
  900     1   5000 vim sky.server.server
  broken
`

// A laptop may have several API servers: what the others take is not told.
func TestServerProcesses(t *testing.T) {
	all := parseProcesses(manyProcesses)
	for port, want := range map[string][]int{"46580": {700, 701, 703, 702}, "50000": {800, 801}, "1": nil} {
		var pids []int
		var bytes int64
		for _, p := range serverProcesses(all, port) {
			pids = append(pids, p.pid)
			bytes += p.resident
		}
		if !slices.Equal(pids, want) {
			t.Errorf("of the server at %s there are %v, not %v", port, pids, want)
		}
		if port == "46580" && bytes != 530_000<<10 {
			t.Errorf("they take %d bytes", bytes)
		}
	}
}

// A worker has its parent's command until it has one of its own, whichever of the two is listed first.
func TestAWorkerIsNotTheServer(t *testing.T) {
	const command = " 1000 python -m sky.server.server --host=127.0.0.1 --port=46580\n"
	for _, printed := range []string{"99 1" + command + "100 99" + command, "100 99" + command + "99 1" + command} {
		if tree := serverProcesses(parseProcesses(printed), "46580"); len(tree) != 2 || tree[0].pid != 99 {
			t.Errorf("of %q %d processes are the server's, the first of them %d", printed, len(tree), tree[0].pid)
		}
	}
}

// A program that is started as SkyPilot's API server takes some memory here, and one that is
// elsewhere none of this machine's.
func TestServerMemory(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("this system does not say")
	}
	at := Endpoint{URL: "http://127.0.0.1:1", Local: true}
	if bytes, known := ServerMemory(at); known {
		t.Fatalf("a server that does not run takes %d bytes", bytes)
	}
	server := exec.Command(os.Args[0], "-m", "sky.server.server", "--host=127.0.0.1", "--port=1")
	server.Env = append(os.Environ(), "SKY_TEST_CHILD=hang")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "hanging") {
		t.Fatal(line, err)
	}
	if bytes, known := ServerMemory(at); !known || bytes < 1<<20 || bytes > 1<<30 {
		t.Errorf("it takes %d bytes, known %v", bytes, known)
	}
	at.Local = false
	if _, known := ServerMemory(at); known {
		t.Error("a server elsewhere takes memory here")
	}
}
