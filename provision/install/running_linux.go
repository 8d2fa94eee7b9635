package install

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// RunningFrom reports what runs from a folder. The program of a Python environment is a link
// to the system's Python, so /proc/PID/exe does not name the folder; the arguments do, and
// so do the libraries that a process has loaded, also after it has changed its title. It
// reads small files of each process and takes some milliseconds.
func RunningFrom(folder string) Running {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return Running{Known: true} // it is not there
	}
	found := Running{Known: true}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		arguments, _ := os.ReadFile(filepath.Join(process, "cmdline")) // it may have ended
		if !uses(process, arguments, folder) && !uses(process, arguments, real) {
			continue
		}
		found.Any = true
		found.Server = found.Server || bytes.Contains(arguments, []byte(serverModule))
	}
	return found
}

// serverModule is what SkyPilot's API server is started with (sky/server/common.py of
// 0.14.1: python -u -m sky.server.server).
const serverModule = "sky.server.server"

func uses(process string, arguments []byte, folder string) bool {
	inside := folder + string(filepath.Separator)
	for argument := range bytes.SplitSeq(arguments, []byte{0}) {
		if bytes.HasPrefix(argument, []byte(inside)) {
			return true
		}
	}
	if exe, err := os.Readlink(filepath.Join(process, "exe")); err == nil && strings.HasPrefix(exe, inside) {
		return true
	}
	maps, _ := os.ReadFile(filepath.Join(process, "maps"))
	return bytes.Contains(maps, []byte(" "+inside))
}
