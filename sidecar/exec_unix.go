//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"

	"carapace/schema"
	"carapace/schema/text"
)

// become makes this process become another program. It returns only if that fails.
func become(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err == nil {
		err = syscall.Exec(path, argv, os.Environ())
	}
	return schema.Fail(schema.KindUnsupported, &text.ExecFailed, text.Args{"problem": err.Error()})
}
