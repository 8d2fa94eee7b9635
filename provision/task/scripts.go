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

// noHistory stands before every script. SkyPilot runs setup and run with `bash
// -i`, which expands "!" as in a terminal: a line with "a!b" in double quotes is
// then dropped ("!b: event not found") and the script goes on as if it had
// succeeded. Seen with SkyPilot 0.14.1 in the lab.
const noHistory = "set +H\n"

// setupScript is Docker's installation, then the user's own setup. Docker's part
// is a function in a subshell: nothing of it reaches the user's script, and the
// user's script does not run where it failed.
func setupScript(spec schema.Spec) string {
	if spec.Docker != nil && !*spec.Docker {
		if spec.Setup == "" {
			return ""
		}
		return noHistory + spec.Setup
	}
	if spec.Setup == "" {
		return noHistory + setupDocker
	}
	return noHistory + setupDocker + "\n" + spec.Setup
}

func runScript(spec schema.Spec) string {
	if strings.TrimSpace(spec.Run) == "" {
		return noHistory + runGatekeeper
	}
	return noHistory + spec.Run
}
