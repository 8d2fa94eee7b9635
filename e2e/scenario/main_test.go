package scenario

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"carapace/e2e/ramdisk"
)

// built is the folder of the sidecar's binary, removed at the end.
var built string

// build builds the sidecar once for all tests of the package.
var build = sync.OnceValues(func() (string, error) { return Build(built) })

func sidecar(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMain(m *testing.M) {
	if mode := os.Getenv(wrongMode); mode != "" {
		wrongSky(mode, os.Args[1:])
		return
	}
	if mode := os.Getenv(fakeMode); mode != "" {
		os.Exit(fakeSidecar(mode, os.Stdin, os.Stdout))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ramdisk.Use()
	var err error
	if built, err = os.MkdirTemp("", "scenario"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(built)
	if err := flag.Set("test.parallel", "8"); err != nil { // the stories wait for most of their time
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if leak := goleak.Find(); code == 0 && leak != nil {
		fmt.Fprintln(os.Stderr, leak)
		return 1
	}
	return code
}
