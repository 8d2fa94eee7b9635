package host

import (
	"os"
	"path/filepath"
)

// Activity is a fingerprint of what SkyPilot's API server on this machine has
// written last: two that are equal mean that nothing happened in between. The
// zero value is that of a server that has written nothing, or is elsewhere.
type Activity struct {
	// Clusters changes when a cluster's record does, and also, with nothing
	// changed, whenever the server's own daemon has looked at the cloud (measured:
	// a write every 60 to 80 s with one cluster UP).
	Clusters Trace
	// Requests changes when any client asks the server for anything (measured: a
	// plain `sky status` writes here and not in Clusters). The daemon's own looks
	// leave it alone.
	Requests Trace
}

// Trace is one database's part in an Activity.
type Trace struct{ database, log mark }

// mark tells one version of a file from the next.
type mark struct{ size, modified int64 }

// ActivityFiles are the databases whose files an Activity is made of.
type ActivityFiles struct{ clusters, requests string }

// FilesOf says where the API server keeps its databases: under the user's home,
// or SKY_RUNTIME_DIR if that is set (sky/skylet/runtime_utils.py of 0.14.1). It
// is the zero value, of which the Activity is always zero, for a server that is
// not on this machine. Pure.
func FilesOf(e Endpoint, h Host) ActivityFiles {
	home := h.Home
	if dir := h.getenv("SKY_RUNTIME_DIR"); dir != "" {
		home = dir
	}
	if !e.Local || home == "" {
		return ActivityFiles{}
	}
	return ActivityFiles{
		clusters: filepath.Join(home, ".sky", "state.db"),
		requests: filepath.Join(home, ".sky", "api_server", "requests.db"),
	}
}

// Folders are those that the files are in; none for the zero value.
func (f ActivityFiles) Folders() []string {
	if f == (ActivityFiles{}) {
		return nil
	}
	return []string{filepath.Dir(f.clusters), filepath.Dir(f.requests)}
}

// Activity looks at the files, four calls of stat in a few microseconds. SkyPilot's
// databases are in WAL mode, so that what is new stands in the log first and in
// the database itself only much later. It is safe for concurrent use.
func (f ActivityFiles) Activity() Activity {
	if f == (ActivityFiles{}) {
		return Activity{}
	}
	return Activity{Clusters: traceOf(f.clusters), Requests: traceOf(f.requests)}
}

func traceOf(database string) Trace {
	return Trace{markOf(database), markOf(database + "-wal")}
}

func markOf(path string) mark {
	info, err := os.Stat(path)
	if err != nil {
		return mark{} // not there yet, or the server has ended and tidied up
	}
	return mark{info.Size(), info.ModTime().UnixNano()}
}
