//go:build unix

// Command there does in a folder what a test asks for, on a server: there FOLDER DEED ARGUMENT….
package main

import (
	"fmt"
	"os"

	"carapace/provision/vault/vaulttest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "there FOLDER DEED ARGUMENT…")
		os.Exit(2)
	}
	told, err := vaulttest.Do(os.Args[1], os.Args[2:]...)
	_, _ = os.Stdout.WriteString(told) //nolint:forbidigo // a program of the tests, not the sidecar
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
