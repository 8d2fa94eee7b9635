package task

import (
	_ "embed"
	"strings"

	"carapace/schema"
)

// setupDocker installs Docker Engine and Compose on Ubuntu and Debian; the file
// says how.
//
//go:embed setup.sh
var setupDocker string

// runGatekeeper starts the Gatekeeper if its compose file is there.
//
//go:embed run.sh
var runGatekeeper string

// setupScript is Docker's installation, then the user's own setup. Docker's part
// is a function in a subshell: nothing of it reaches the user's script, and the
// user's script does not run where it failed.
func setupScript(spec schema.Spec) string {
	if spec.Docker != nil && !*spec.Docker {
		return spec.Setup
	}
	if spec.Setup == "" {
		return setupDocker
	}
	return setupDocker + "\n" + spec.Setup
}

func runScript(spec schema.Spec) string {
	if strings.TrimSpace(spec.Run) == "" {
		return runGatekeeper
	}
	return spec.Run
}
