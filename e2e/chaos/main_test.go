//go:build unix

package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carapace/e2e/ramdisk"
	"carapace/e2e/scenario"
)

// groupVariable makes this test's binary a launcher: it leads a process group of
// its own and then becomes the program that its arguments name.
const groupVariable = "CHAOS_LEAD_GROUP"

var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(groupVariable) != "" {
		lead()
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ramdisk.Use() // what is killed is a process, which loses nothing that it has written
	var err error
	if scratch, err = os.MkdirTemp("", "chaos"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	if err := flag.Set("test.parallel", "4"); err != nil { // all wait for most of their time
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

func lead() {
	err := syscall.Setpgid(0, 0)
	if err == nil {
		_ = os.Unsetenv(groupVariable)
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

var build = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("CHAOS_SIDECAR"); given != "" {
		return filepath.Abs(given)
	}
	return scenario.Build(scratch)
})

func sidecar(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// number is an environment variable's, or the one of the short version.
func number(t testing.TB, variable string, short int) int {
	t.Helper()
	given := os.Getenv(variable)
	if given == "" {
		return short
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// chance is a source of random numbers whose seed is in the log.
func chance(t testing.TB) (seed uint64) {
	t.Helper()
	seed = uint64(number(t, "CHAOS_SEED", int(time.Now().UnixNano()&0xffffff)))
	t.Logf("CHAOS_SEED=%d", seed)
	return seed
}

func source(seed, round uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, round)) }
