package rpc

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also makes the test binary a server on its own standard input and
// output, for the benchmarks and for tests that need a real process.
func TestMain(m *testing.M) {
	if mode := os.Getenv(childEnv); mode != "" {
		runChild(mode)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
