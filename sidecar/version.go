package main

import "runtime/debug"

// Set by build.sh; a plain `go build` leaves them and the build information of
// the module counts.
var (
	buildVersion string
	buildCommit  string
)

type versionInfo struct{ version, commit string }

func readVersion() versionInfo {
	v := versionInfo{"devel", "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.commit = s.Value
			}
		}
	}
	if buildVersion != "" {
		v.version = buildVersion
	}
	if buildCommit != "" {
		v.commit = buildCommit
	}
	return v
}
