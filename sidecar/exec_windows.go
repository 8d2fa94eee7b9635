package main

import "carapace/schema"

// execShell refuses: SkyPilot does not run on Windows, and its SSH keys are where it runs.
func execShell(command string, _ []string) error {
	return schema.NewError(schema.KindUnsupported, "Windows can't become another program.", "Run it yourself: "+command)
}
