//go:build e2e && linux

package windows

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/e2e/scenario"
	"carapace/provision/wsl"
	"carapace/schema"
)

// patience is for a busy machine: Wine alone takes seconds to start.
const patience = 5 * time.Minute

// prefix is Wine's folder: making it takes a processor half a minute.
var prefix string

func TestMain(m *testing.M) {
	var err error
	if prefix, err = os.MkdirTemp("", "wine"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(prefix)
	os.Exit(code)
}

// computer is a Windows computer as Wine plays it.
type computer struct {
	t       *testing.T
	dir     string // holds the programs
	command scenario.Command
}

func newComputer(t *testing.T) *computer {
	t.Helper()
	wine, err := exec.LookPath("wine64")
	if err != nil {
		wine = "/usr/lib/wine/wine64" // Debian's, without the 32-bit half
	}
	if _, err := os.Stat(wine); err != nil {
		t.Skip("there is no Wine: apt-get install --no-install-recommends wine64")
	}
	dir := t.TempDir()
	c := &computer{t, dir, scenario.Command{
		Path: wine, Args: []string{filepath.Join(dir, "carapace-sidecar.exe")}, Dir: dir,
		Env: []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml="},
	}}
	c.build("windows", "carapace/sidecar", "carapace-sidecar.exe")
	t.Cleanup(func() { _ = c.program("wineboot", "--kill").Run() })
	if out, err := c.program("wineboot", "--init").CombinedOutput(); err != nil {
		t.Fatalf("Wine does not start: %v\n%s", err, out)
	}
	if library := filepath.Join(prefix, "drive_c/windows/system32/bcryptprimitives.dll"); !exists(library) {
		if err := os.WriteFile(library, random(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (c *computer) build(goos, program, name string) {
	c.t.Helper()
	cmd := exec.Command("go", "build", "-o", filepath.Join(c.dir, name), program)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

func (c *computer) program(args ...string) *exec.Cmd {
	cmd := exec.Command(c.command.Path, args...)
	cmd.Env, cmd.Dir = c.command.Env, c.command.Dir
	return cmd
}

func (c *computer) start(args ...string) *scenario.Peer {
	command := c.command
	command.Args = append(append([]string{}, command.Args...), args...)
	return scenario.Start(c.t, command)
}

// runs counts the processes of a program of this computer, by what /proc says that they were started as.
func (c *computer) runs(name string) (count int) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		raw, _ := os.ReadFile(path) // it may have ended
		first, _, _ := strings.Cut(strings.ReplaceAll(string(raw), `\`, "/"), "\x00")
		if strings.HasSuffix(first, c.dir+"/"+name) {
			count++
		}
	}
	return count
}

// ends waits until no process of a program runs any more.
func (c *computer) ends(name string) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); c.runs(name) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s runs on", name)
		}
	}
}

// windowsCheck is what doctor says of Windows.
func windowsCheck(t *testing.T, p *scenario.Peer) schema.Check {
	t.Helper()
	for _, check := range scenario.Call(t, p, schema.Doctor, schema.Empty{}).Checks {
		if check.ID == "windows" {
			t.Logf("doctor: %s: %s: %s %s", check.Title, check.Status, check.Message, check.Fix)
			return check
		}
	}
	t.Fatalf("doctor does not speak of Windows\n%s", p.Transcript())
	return schema.Check{}
}

// On Windows itself the sidecar starts, serves, and says that SkyPilot does not run there; a launch is
// refused for that on the simulated cloud, too.
func TestOnWindowsItself(t *testing.T) {
	c := newComputer(t)
	out, err := c.program(append(c.command.Args, "--version")...).Output()
	t.Logf("%s", out)
	if err != nil || !strings.HasPrefix(string(out), "sidecar ") {
		t.Fatalf("--version: %q, %v", out, err)
	}
	for _, vault := range []string{"public", "private"} {
		if err := os.MkdirAll(filepath.Join(c.dir, "data", vault), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := c.start()
	scenario.Call(t, p, schema.Initialize, schema.InitializeParams{})
	if check := windowsCheck(t, p); check.Status != schema.CheckFail || !strings.Contains(check.Fix, wsl.Variable) {
		t.Errorf("doctor: %+v", check)
	}
	p.End(t, patience)

	p = c.start("--simulate")
	refusal := scenario.Refused(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: schema.Spec{Cloud: "aws"}}, schema.KindUnsupported)
	t.Logf("a simulated launch: %s %s", refusal.Message, refusal.Hint)
	if !strings.Contains(refusal.Hint, wsl.Variable) {
		t.Errorf("a launch: %+v", refusal)
	}
	p.Kill(t)
	c.ends("carapace-sidecar.exe")
}

// With the switch, Linux's sidecar runs in place of that of Windows, hears when the host goes, and says
// that nobody has tried this. A stand-in plays wsl.exe.
func TestInsideWSL(t *testing.T) {
	c := newComputer(t)
	c.build("linux", "carapace/sidecar", wsl.Program)
	c.build("windows", "carapace/e2e/windows/wsl", "wsl.exe")
	c.build("linux", "carapace/e2e/windows/wsl", "linux")
	inside := func() *scenario.Peer {
		linux := exec.Command(filepath.Join(c.dir, "linux"))
		linux.Env, linux.Stderr = []string{"PATH=/usr/bin:/bin", "HOME=" + c.dir}, os.Stderr
		out, err := linux.StdoutPipe()
		if err == nil {
			err = linux.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = linux.Process.Kill(); _ = linux.Wait() })
		port, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		command := c.command
		command.Env = append(append([]string{}, command.Env...), "WINEPATH="+`Z:`+strings.ReplaceAll(c.dir, "/", `\`), "TEST_LINUX="+strings.TrimSpace(port), wsl.Variable+"=Debian")
		command.Args = append(append([]string{}, command.Args...), "--simulate", "--state-dir", `Z:`+strings.ReplaceAll(c.dir, "/", `\`)+`\state`)
		return scenario.Start(t, command)
	}
	p := inside()
	scenario.Call(t, p, schema.Initialize, schema.InitializeParams{})
	if check := windowsCheck(t, p); check.Status != schema.CheckWarn {
		t.Errorf("doctor: %+v", check)
	}
	if c.runs(wsl.Program) == 0 {
		t.Error("Linux's sidecar does not run")
	}
	if _, err := os.Stat(filepath.Join(c.dir, "state")); err != nil {
		t.Errorf("the state folder: %v", err)
	}
	p.End(t, patience)
	c.ends(wsl.Program)

	p = inside()
	scenario.Call(t, p, schema.Initialize, schema.InitializeParams{})
	p.Kill(t)
	c.ends("wsl.exe")
	c.ends(wsl.Program)
}

// What a process has started ends with it though it is killed, and though nothing of it is read or written: Windows' job
// object sees to that, as Wine plays it.
func TestWhatIsStartedEndsWithUs(t *testing.T) {
	c := newComputer(t)
	c.build("windows", "carapace/e2e/windows/job", "job.exe")
	first := c.program(filepath.Join(c.dir, "job.exe"))
	first.Stderr = os.Stderr
	out, err := first.StdoutPipe()
	if err == nil {
		err = first.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	running := c.runs("job.exe")
	_ = first.Process.Kill()
	_ = first.Wait()
	if err != nil || running != 2 {
		t.Fatalf("%d run: %v", running, err)
	}
	c.ends("job.exe")
}
