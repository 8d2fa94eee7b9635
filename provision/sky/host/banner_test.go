package host

import (
	"context"
	"net"
	"testing"
	"time"
)

// greets takes one connection and says something at once, as sshd does.
func greets(t *testing.T, banner string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		if conn, err := l.Accept(); err == nil {
			_, _ = conn.Write([]byte(banner))
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestAnswersSSH(t *testing.T) {
	for banner, want := range map[string]bool{
		"SSH-2.0-OpenSSH_9.2p1\r\n":    true,
		"SSH-":                         true,
		"SSH":                          false,
		"HTTP/1.1 400 Bad Request\r\n": false,
	} {
		if got := AnswersSSH(context.Background(), greets(t, banner)); got != want {
			t.Errorf("%q: %v", banner, got)
		}
	}
}

func TestAnswersSSHNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it takes connections and says nothing
	short, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	if AnswersSSH(short, l.Addr().String()) {
		t.Error("a port that says nothing answers")
	}
}
