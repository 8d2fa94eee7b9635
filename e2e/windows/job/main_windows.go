// Command job starts itself and waits, with all that it starts bound to its own end: what becomes of the
// second when the first is killed is the test's. Neither lives longer than a test.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"carapace/provision/sky/host"
)

func main() {
	if len(os.Args) == 1 {
		if err := start(); err != nil {
			fmt.Fprintln(os.Stderr, "job:", err)
			os.Exit(1)
		}
	}
	time.Sleep(10 * time.Minute)
}

func start() error {
	if err := host.EndWithUs(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := exec.Command(self, "second").Start(); err != nil {
		return err
	}
	fmt.Println("both run")
	return nil
}
