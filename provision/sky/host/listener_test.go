package host

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// The kernel's tables, as recorded on a machine with sockets of several users.
func TestParseSockets(t *testing.T) {
	const four = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:B5F4 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1234 1 0000000000000000 100 0 0 10 0
   1: 00000000:B5F5 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 1235 1 0000000000000000 100 0 0 10 0
   2: 0100007F:B5F6 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 1236 1 0000000000000000 100 0 0 10 0
   3: 0B01A8C0:B5F7 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 1237 1 0000000000000000 100 0 0 10 0
`
	const six = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:B5F4 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1002        0 1 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000000000000:B5F5 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0000000000000000 100 0 0 10 0
   2: 000080FE000000000000000001000000:B5F6 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 3 1 0000000000000000 100 0 0 10 0
`
	for _, tt := range []struct {
		name, table string
		port        int
		want        string
		state       string
	}{
		{"of this machine", four, 0xB5F4, "[1000]", listening},
		{"of all addresses", four, 0xB5F5, "[65534]", listening},
		{"a connection", four, 0xB5F6, "[]", listening},
		{"of another address", four, 0xB5F7, "[]", listening},
		{"six, of this machine", six, 0xB5F4, "[1002]", listening},
		{"six, of all addresses", six, 0xB5F5, "[0]", listening},
		{"six, of a link", six, 0xB5F6, "[]", listening},
		{"nobody", four, 80, "[]", listening},
		{"no table", "x\ny: z\n", 80, "[]", listening},
		{"who is connected", four, 0xB5F6, "[1000]", established},
		{"who listens is not connected", four, 0xB5F4, "[]", established},
	} {
		var words []string
		for _, uid := range parseSockets(tt.table, tt.port, tt.state) {
			words = append(words, strconv.Itoa(uid))
		}
		if got := "[" + strings.Join(words, " ") + "]"; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestParsePeople(t *testing.T) {
	const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1::/:/usr/sbin/nologin
me:x:1000:1000:Me:/home/me:/bin/zsh
alice:x:1001:1001::/home/alice:/bin/bash
service:x:1002:1002::/:/usr/sbin/nologin
ended:x:1003:1003::/:/bin/false
bob:x:2000:2000::/home/bob:/bin/sh
nobody:x:65534:65534::/nonexistent:/bin/sh
broken
`
	if got := strings.Join(parsePeople(passwd, 1000), " "); got != "alice bob" {
		t.Errorf("%q", got)
	}
}

func TestListenerAtOurOwnPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	e := Endpoint{URL: "http://" + listener.Addr().String(), Local: true}
	l, known := ListenerAt(e)
	if known != (runtime.GOOS == "linux") || known && (l.UID != os.Getuid() || l.Foreign() || l.Name() == "") {
		t.Errorf("%+v, %v", l, known)
	}
	if refusal := RefuseForeign(e); refusal != nil {
		t.Error(refusal)
	}
	for _, elsewhere := range []string{"http://192.0.2.1:46580", "simulated:/x", "http://localhost", "://"} {
		if l, known := ListenerAt(Endpoint{URL: elsewhere}); known {
			t.Errorf("%s: %+v", elsewhere, l)
		}
	}
}

// countingRunner is a Runner that counts what reaches it.
type countingRunner struct{ calls []string }

func (r *countingRunner) Run(_ context.Context, call sky.Call) (sky.Result, error) {
	r.calls = append(r.calls, call.Program+" "+strings.Join(call.Args, " "))
	return sky.Result{}, nil
}

func (r *countingRunner) Expect(sky.Call, int) {}

func (r *countingRunner) Submit(ctx context.Context, call sky.Call, _ string) (sky.Result, error) {
	return r.Run(ctx, call)
}

// Nothing of the user's reaches another user's program: a listener is started as
// nobody, at what is SkyPilot's own address.
func TestAnotherUsersListenerIsRefused(t *testing.T) {
	port := foreignListener(t)
	local := Endpoint{URL: "http://127.0.0.1:" + port, Local: true}
	counted := &countingRunner{}
	w := Wary(counted, local)
	_, runErr := w.Run(context.Background(), sky.Call{Program: "sky", Args: []string{"status"}})
	_, submitErr := w.Submit(context.Background(), sky.Call{Program: "sky", Args: []string{"launch"}}, "")
	for _, err := range []error{runErr, submitErr} {
		if e, ok := errors.AsType[*schema.Error](err); !ok || e.Kind != schema.KindAPIServer || !strings.Contains(e.Message, "another user") {
			t.Errorf("%v", err)
		}
	}
	for _, call := range []sky.Call{{Program: "sky", Args: []string{"--version"}}, {Program: "rsync"}} {
		if _, err := w.Run(context.Background(), call); err != nil {
			t.Errorf("%s: %v", call.Program, err)
		}
	}
	if len(counted.calls) != 2 {
		t.Errorf("%q", counted.calls)
	}
	// One that was configured is the user's own choice.
	if _, err := Wary(counted, Endpoint{URL: local.URL}).Run(context.Background(), sky.Call{Program: "sky", Args: []string{"status"}}); err != nil {
		t.Error(err)
	}
}

// foreignListener is the port of a program of another user's.
func foreignListener(t *testing.T) (port string) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root can start another user's program, and only Linux tells whose it is")
	}
	python, err := exec.LookPath("/usr/bin/python3")
	setpriv, privErr := exec.LookPath("setpriv")
	if err != nil || privErr != nil {
		t.Skip("python3 and setpriv are needed")
	}
	cmd := exec.Command(setpriv, "--reuid=65534", "--clear-groups", python, "-c",
		"import socket,sys; s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); print(s.getsockname()[1], flush=True); sys.stdin.read()")
	cmd.Dir = "/"
	stdin, inErr := cmd.StdinPipe()
	out, err := cmd.StdoutPipe()
	if err = errors.Join(err, inErr); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	buffer := make([]byte, 16)
	n, err := out.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(buffer[:n]))
}
