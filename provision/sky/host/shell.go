package host

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// DumpEnvArg is the hidden argument with which this program calls DumpEnv and
// ends. A login shell is made to run it.
const DumpEnvArg = "--carapace-dump-env"

// The marks around what DumpEnv writes: a shell's start-up files print what they
// like before and after. NUL can't come from a variable.
const (
	dumpBegin = "\x00carapace-env\x00"
	dumpEnd   = "\x00carapace-end\x00"
)

// shellLimit is how long a login shell may take. Some start-up files wait for
// input or the network.
const shellLimit = 3 * time.Second

// DumpEnv writes PATH, and the names of the variables that are set, between marks.
// Of none but PATH the value: it may be a secret.
func DumpEnv(w io.Writer) error {
	var out strings.Builder
	out.WriteString(dumpBegin + "PATH=" + os.Getenv("PATH"))
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); value != "" {
			out.WriteString("\x00" + name)
		}
	}
	out.WriteString(dumpEnd)
	_, err := io.WriteString(w, out.String())
	return err
}

// shellAnswer is what a login shell has said. The zero value: it said nothing.
type shellAnswer struct {
	path string
	set  map[string]bool // the names of the variables that have a value there
}

// parseDump finds what DumpEnv wrote among a shell's own output.
func parseDump(raw []byte) (answer shellAnswer) {
	_, rest, found := bytes.Cut(raw, []byte(dumpBegin+"PATH="))
	text, _, ended := bytes.Cut(rest, []byte(dumpEnd))
	if !found || !ended {
		return shellAnswer{}
	}
	path, names, _ := strings.Cut(string(text), "\x00")
	answer = shellAnswer{path: path, set: map[string]bool{}}
	for name := range strings.SplitSeq(names, "\x00") {
		answer.set[name] = true
	}
	return answer
}

// askLoginShell asks the user's login shell; the zero value if it can't or won't say
// in time. It runs in a group of its own, which is killed after.
func askLoginShell(ctx context.Context, h Host) shellAnswer {
	shell := h.getenv("SHELL")
	if h.Self == "" || !h.isAbs(shell) || h.GOOS == "windows" || !isExecutable(shell) {
		return shellAnswer{}
	}
	ctx, stop := context.WithTimeout(ctx, shellLimit)
	defer stop()
	var out boundedBuffer
	cmd := exec.Command(shell, shellArgs(filepath.Base(shell), h.Self)...)
	if base := filepath.Base(shell); base != "pwsh" {
		// A leading dash makes every Unix shell a login shell. Their flags for it
		// differ, and tcsh takes its own only when it stands alone.
		cmd.Args[0] = "-" + base
	}
	cmd.Env, cmd.Dir, cmd.Stdout = h.Environ, h.Home, &out
	r := NewExecRunner(ExecOptions{Grace: shellLimit / 6})
	_ = r.runGroup(ctx, cmd) // a shell that failed after it said its PATH has said it
	return parseDump(out.b)
}

// shellArgs is the argv, without its first word, that has a shell run this
// program. -i: some users set PATH in the file that only interactive shells read.
func shellArgs(shell, self string) []string {
	quoted := "'" + strings.ReplaceAll(self, "'", `'\''`) + "' " + DumpEnvArg
	switch shell {
	case "nu":
		return []string{"-i", "-c", "^" + quoted}
	case "pwsh":
		return []string{"-Login", "-Command", "& " + quoted}
	case "csh", "tcsh":
		return []string{"-c", quoted} // interactive ones want a terminal
	}
	return []string{"-i", "-c", quoted}
}

// boundedBuffer keeps the first megabyte.
type boundedBuffer struct{ b []byte }

func (w *boundedBuffer) Write(p []byte) (int, error) {
	if room := 1<<20 - len(w.b); room > 0 {
		w.b = append(w.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}
