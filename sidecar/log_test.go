package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowReader is a stderr that nobody reads until it is let go.
type slowReader struct {
	gone chan struct{}
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *slowReader) Write(p []byte) (int, error) {
	<-s.gone
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func TestBacklogNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &slowReader{gone: make(chan struct{})}
		b := newBacklog(out)
		for i := range 3 * backlogLines {
			fmt.Fprintf(b, "line %d\n", i)
		}
		began := time.Now()
		b.flush()
		if took := time.Since(began); took > flushTime {
			t.Errorf("the end was held up for %s", took)
		}
		close(out.gone)
		synctest.Wait() // it has read all
		b.flush()
		text := out.text.String()
		if first, last := strings.Index(text, "line 0\n"), strings.Index(text, fmt.Sprintf("line %d\n", backlogLines-1)); first < 0 || last < first {
			t.Errorf("lines are missing, or out of order: %.80q…", text)
		}
		if strings.Contains(text, fmt.Sprintf("line %d\n", 3*backlogLines-1)) || !strings.Contains(text, "dropped") {
			t.Errorf("more was kept than may be, or nobody says so: …%q", text[max(0, len(text)-200):])
		}
	})
}

func TestBacklogIsWrittenAtTheEnd(t *testing.T) {
	var out bytes.Buffer
	b := newBacklog(&out)
	for i := range 100 {
		fmt.Fprintf(b, "line %d\n", i)
	}
	b.flush()
	if got := strings.Count(out.String(), "\n"); got != 100 {
		t.Errorf("%d lines", got)
	}
}

// A host that keeps stderr open and does not read it: what it asks is answered all
// the same, and the process ends.
func TestStderrIsNotRead(t *testing.T) {
	t.Parallel()
	cmd := command(t, "--simulate")
	state := filepath.Join(cmd.Dir, ".carapace", "simulate")
	if err := errors.Join(os.MkdirAll(state, 0o700), os.WriteFile(filepath.Join(state, "state.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err) // damage, which the sidecar logs before anything else
	}
	stderr, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	defer theirs.Close()
	fillPipe(t, theirs)
	var stdout bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n"), &stdout, theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	if err := cmd.Wait(); err != nil || !strings.Contains(stdout.String(), `"id":1,"result"`) {
		t.Errorf("%v: the answers were %.200q", err, stdout.String())
	}
}

// fillPipe writes until a pipe takes no more.
func fillPipe(t *testing.T, w *os.File) {
	t.Helper()
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Skip("a pipe that can't be tried is not one of this system's: ", err)
	}
	for {
		if _, err := w.Write(make([]byte, 4096)); errors.Is(err, os.ErrDeadlineExceeded) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
