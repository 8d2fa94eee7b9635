package host

import "os"

// hold does nothing: on Windows a lock ends with the handle that took it, and
// SkyPilot itself runs on Linux and macOS only (docs/skypilot.md, "Platforms").
func hold(*os.File) error { return nil }

// SubmissionRuns reports false; see hold.
func SubmissionRuns(string) bool { return false }
