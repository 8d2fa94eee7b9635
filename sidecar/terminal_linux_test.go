package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"carapace/skysim"
)

// pseudoTerminal is a terminal at which a test sits.
type pseudoTerminal struct {
	t      *testing.T
	master *os.File

	mu    sync.Mutex
	text  bytes.Buffer
	ended chan struct{}
}

// onTerminal starts a command on a terminal of so many columns.
func onTerminal(t *testing.T, cmd *exec.Cmd, columns uint16) *pseudoTerminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo terminals here: ", err)
	}
	var number int
	control(t, master, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		if err == nil {
			err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
		}
		return err
	})
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo terminals here: ", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	p := &pseudoTerminal{t: t, master: master, ended: make(chan struct{})}
	stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	go func() {
		defer close(p.ended)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			p.mu.Lock()
			p.text.Write(buf[:n])
			p.mu.Unlock()
			if err != nil { // EIO: nobody has the terminal open any more
				return
			}
		}
	}()
	t.Cleanup(func() {
		stuck.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // a second time, where the test waited
		<-p.ended
		master.Close()
	})
	return p
}

func control(t *testing.T, f *os.File, do func(fd int) error) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err == nil {
		inner := conn.Control(func(fd uintptr) { err = do(int(fd)) })
		if inner != nil {
			err = inner
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (p *pseudoTerminal) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// until waits until a text is on the terminal.
func (p *pseudoTerminal) until(text string) {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(p.shown(), text) {
		select {
		case <-p.ended:
			if !strings.Contains(p.shown(), text) {
				p.t.Fatalf("the command ended before %q:\n%s", text, p.shown())
			}
		case <-tick.C:
			if time.Now().After(deadline) {
				p.t.Fatalf("%q does not come:\n%s", text, p.shown())
			}
		}
	}
}

func (p *pseudoTerminal) types(text string) {
	p.t.Helper()
	if _, err := p.master.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// rows are what stays on the terminal, without escape codes, of lines that were
// overwritten the last.
func (p *pseudoTerminal) rows() (rows []string) {
	<-p.ended
	for line := range strings.Lines(p.shown()) {
		parts := strings.Split(strings.TrimRight(line, "\r\n"), "\r\x1b[K")
		rows = append(rows, plain(parts[len(parts)-1]))
	}
	return rows
}

// everything that was shown, the overwritten too, as lines without escape codes.
func (p *pseudoTerminal) everything() (lines []string) {
	<-p.ended
	for line := range strings.Lines(p.shown()) {
		for _, part := range strings.Split(strings.TrimRight(line, "\r\n"), "\r\x1b[K") {
			lines = append(lines, plain(part))
		}
	}
	return lines
}

func plain(text string) string {
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		if !found {
			return text
		}
		_, after, _ = strings.Cut(after, "m")
		text = before + after
	}
}

// person is the environment of somebody at a terminal.
func person(cmd *exec.Cmd, more ...string) *exec.Cmd {
	cmd.Env = append(cmd.Env, append([]string{"TERM=xterm"}, more...)...)
	return cmd
}

// On 60 columns no line is torn in two, words stay whole, something moves while a
// person waits, and nothing of what moved stays.
func TestNarrowTerminal(t *testing.T) {
	for name, args := range map[string][]string{"launch": {"launch", "--cloud", "aws", "--simulate"}, "demo": {"demo"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := person(command(t, args...), skysim.EnvSpeed+"=0.02")
			p := onTerminal(t, cmd, 60)
			rows, all := p.rows(), p.everything()
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v\n%s", err, p.shown())
			}
			moved := map[string]bool{}
			for _, line := range all {
				if n := utf8.RuneCountInString(line); n > 60 {
					t.Errorf("a line of %d columns: %s", n, line)
				}
				if strings.Contains(line, "░") {
					moved[line] = true
				}
			}
			if len(moved) < 5 {
				t.Errorf("%d states of the bar were shown", len(moved))
			}
			text := strings.Join(rows, "\n")
			if strings.ContainsAny(text, "░⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") {
				t.Errorf("of what moved something stays:\n%s", text)
			}
			if !strings.Contains(text, "✓ The server is running.") || !strings.Contains(p.shown(), "\x1b[32m") {
				t.Errorf("it does not say in green that the server runs:\n%s", text)
			}
		})
	}
}

func TestTerminalWithoutColors(t *testing.T) {
	t.Parallel()
	for variable, escapes := range map[string]bool{"NO_COLOR=1": true, "TERM=dumb": false} {
		cmd := person(command(t, "status", "--simulate"), variable)
		p := onTerminal(t, cmd, 80)
		p.rows()
		if text := p.shown(); strings.Contains(text, "m") && plain(text) != text || !escapes && strings.Contains(text, "\x1b") {
			t.Errorf("%s: %q", variable, text)
		}
	}
}

// Whoever types the program's name alone is told what it is; the same on a pipe serves.
func TestAloneOnATerminal(t *testing.T) {
	cmd := person(command(t))
	p := onTerminal(t, cmd, 100)
	p.rows()
	if text := p.shown(); !strings.Contains(text, "Launches one server") || !strings.Contains(text, "To begin with:") {
		t.Errorf("it says\n%s", text)
	}
}

// atHome is a home in which the simulated SkyPilot is installed as the real one.
func atHome(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	home, _ := realDemo(t, "0.03")
	cmd := command(t, args...)
	cmd.Dir, cmd.Env = home.Dir, append(home.Env, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00")
	return person(cmd)
}

// A launch is asked for with its price; no is no, and a person who presses Ctrl-C
// while it goes on reads what goes on, what it costs, and how to end it.
func TestAskedWithThePrice(t *testing.T) {
	t.Parallel()
	no := atHome(t, "launch", "--cloud", "aws")
	p := onTerminal(t, no, 100)
	p.until("Launch it? [y/N]")
	p.types("n\r")
	p.rows()
	_ = no.Wait() // its exit code is looked at
	if text := p.shown(); no.ProcessState.ExitCode() != exitError || !strings.Contains(text, "about $0.192 an hour") || !strings.Contains(text, "Nothing was done.") {
		t.Errorf("exit %d\n%s", no.ProcessState.ExitCode(), text)
	}

	yes := command(t, "launch", "--cloud", "aws")
	yes.Dir, yes.Env = no.Dir, no.Env
	p = onTerminal(t, yes, 250)
	p.until("Launch it? [y/N]")
	p.types("y\r")
	p.until("provisioning")
	p.types("\x03")
	text := strings.Join(p.rows(), "\n")
	_ = yes.Wait() // its exit code is looked at
	if code := yes.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		"Interrupted. What was begun is handed over …", "The launch goes on at the cloud without this program.", "The machine costs about $0.192 an hour from when it is up.",
		filepath.Base(yes.Path) + " status\n", filepath.Base(yes.Path) + " cancel",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	cancel := command(t, "cancel", "--json")
	cancel.Dir, cancel.Env = no.Dir, no.Env
	if out, err := cancel.CombinedOutput(); err != nil || !bytes.Contains(out, []byte(`"state": "canceled"`)) {
		t.Errorf("the command: %v\n%s", err, out)
	}
}

func TestDestroyAsksWithWhatIsLost(t *testing.T) {
	t.Parallel()
	launch := atHome(t, "launch", "--yes", "--cloud", "aws")
	if out, err := launch.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	destroy := command(t, "destroy")
	destroy.Dir, destroy.Env = launch.Dir, launch.Env
	p := onTerminal(t, destroy, 60)
	p.until("Destroy carapace-node? [y/N]")
	p.types("y\r")
	text := strings.Join(p.rows(), "\n")
	if err := destroy.Wait(); err != nil || !strings.Contains(text, "for good.") || !strings.Contains(text, "✓ The server is destroyed.") {
		t.Errorf("%v\n%s", err, text)
	}
}

// A server that another state folder launched is not destroyed unasked either: a mistyped --state-dir knows nothing of it.
func TestDestroyAsksOfAServerThatIsNotKnownHere(t *testing.T) {
	t.Parallel()
	launch := atHome(t, "launch", "--yes", "--cloud", "aws")
	if out, err := launch.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	destroy := command(t, "destroy", "--state-dir", t.TempDir())
	destroy.Dir, destroy.Env = launch.Dir, launch.Env
	p := onTerminal(t, destroy, 60)
	p.until("Destroy carapace-node? [y/N]")
	p.types("n\r")
	text := strings.Join(p.rows(), "\n")
	if _ = destroy.Wait(); destroy.ProcessState.ExitCode() != exitError || !strings.Contains(text, "The server is running") || !strings.Contains(text, "Nothing was done.") {
		t.Errorf("exit %d\n%s", destroy.ProcessState.ExitCode(), text)
	}
}

// Where there is no server nobody is asked whether it may be started, destroyed or forgotten.
func TestNothingIsAskedWithoutAServer(t *testing.T) {
	t.Parallel()
	home := atHome(t, "start")
	for _, name := range []string{"start", "destroy", "forget"} {
		cmd := command(t, name)
		cmd.Dir, cmd.Env = home.Dir, home.Env
		p := onTerminal(t, cmd, 100)
		p.types("n\r") // who was asked after all does not wait for ever
		text := strings.Join(p.rows(), "\n")
		if _ = cmd.Wait(); strings.Contains(text, "[y/N]") || strings.TrimSpace(text) == "n" {
			t.Errorf("%s: it is asked, or nothing is said:\n%s", name, text)
		}
	}
}

// The protocol on a terminal is for who tries it out; a person is told what it waits for.
func TestTheProtocolOnATerminal(t *testing.T) {
	t.Parallel()
	cmd := command(t, "--simulate")
	p := onTerminal(t, cmd, 200)
	p.until("--help names the commands")
	p.types("{}\n\x04")
	p.rows()
	_ = cmd.Wait() // what it answers is of no matter
}

// Doctor's checks appear as they end, each once, the launch last.
func TestDoctorOnATerminal(t *testing.T) {
	t.Parallel()
	cmd := person(command(t, "doctor", "--simulate"))
	p := onTerminal(t, cmd, 100)
	rows := p.rows()
	_ = cmd.Wait() // its exit code says whether this machine is fit
	var checks []string
	for _, row := range rows {
		if mark, _, found := strings.Cut(strings.TrimSpace(row), " "); found && strings.Contains("✓!✗", mark) {
			checks = append(checks, row)
		}
	}
	if len(checks) != 12 || !strings.Contains(checks[len(checks)-1], "A launch with the defaults") {
		t.Errorf("%d checks are shown:\n%s", len(checks), strings.Join(rows, "\n"))
	}
}
