package host

import (
	"errors"
	"os"
	"testing"

	"go.uber.org/goleak"

	"carapace/schema"
)

// TestMain: the test binary is also the misbehaving program that the tests of
// ExecRunner start, and the sidecar that a login shell runs.
func TestMain(m *testing.M) {
	if mode := os.Getenv("SKY_TEST_CHILD"); mode != "" {
		child(mode)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == DumpEnvArg {
		_ = DumpEnv(os.Stdout)
		return
	}
	goleak.VerifyTestMain(m)
}

func checkKind(t *testing.T, err error, kind schema.Kind) {
	t.Helper()
	if e, ok := errors.AsType[*schema.Error](err); !ok || e.Kind != kind || e.Hint == "" {
		t.Errorf("error %#v, want kind %s", err, kind)
	}
}
