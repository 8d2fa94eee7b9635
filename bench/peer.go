package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// peer is one implementation that is measured.
type peer struct {
	name    string
	command []string
	headers bool   // framed by Content-Length instead of by lines
	binary  string // whose size counts; empty: an interpreter's program
	echoes  bool   // has the method echo
	service string // a request that needs the whole service; empty: there is none behind it
}

// process is a peer that runs.
type process struct {
	peer  peer
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

func (p peer) start() (*process, error) {
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return &process{p, cmd, stdin, bufio.NewReaderSize(stdout, 1<<20)}, nil
}

// end closes the peer's input and waits for its end.
func (p *process) end() error {
	if err := p.stdin.Close(); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.peer.name, err)
	}
	return nil
}

// frame is a request as the peer's framing wants it.
func (p peer) frame(request string) []byte {
	if p.headers {
		return fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(request), request)
	}
	return []byte(request + "\n")
}

// read reads one answer and fails unless it is one with a result.
func (p *process) read() error {
	var answer []byte
	var err error
	if p.peer.headers {
		answer, err = p.readHeaders()
	} else {
		answer, err = p.out.ReadSlice('\n')
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.peer.name, err)
	}
	if !bytes.Contains(answer, []byte(`"result":`)) {
		return fmt.Errorf("%s answered %.200s", p.peer.name, answer)
	}
	return nil
}

func (p *process) readHeaders() ([]byte, error) {
	length := 0
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line == "\r\n" {
			body := make([]byte, length)
			_, err := io.ReadFull(p.out, body)
			return body, err
		}
		if value, ok := strings.CutPrefix(line, "Content-Length:"); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		}
	}
}

// ask writes a framed request and reads its answer.
func (p *process) ask(framed []byte) error {
	if _, err := p.stdin.Write(framed); err != nil {
		return err
	}
	return p.read()
}

// memory is the process's resident memory in bytes (Linux).
func (p *process) memory() (int64, error) { return status(p.cmd.Process.Pid, "VmRSS:") }

// status reads a number of /proc/PID/status, in bytes where it is given in kB.
func status(pid int, field string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != field {
			continue
		}
		n, err := strconv.ParseInt(fields[1], 10, 64)
		if len(fields) == 3 {
			n *= 1024
		}
		return n, err
	}
	return 0, fmt.Errorf("no %s in the status of process %d", field, pid)
}
