//go:build unix

package vault

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"carapace/schema"
)

var measure = flag.Bool("measure", false, "measure mirrors beside plain rsync: see bench/vaults.sh")

// measured is how often each is measured. The least is told: what others do on the machine only
// adds to it.
const measured = 3

// spent is what a piece of work has taken: time, and the processor's time of all processes on
// both sides. The zero value is none yet.
type spent struct{ wall, processor time.Duration }

// times is how many times as much as another it is.
func (s spent) times(other spent) string {
	return fmt.Sprintf("%.2f times the time, %.2f times the processor's", float64(s.wall)/float64(other.wall), float64(s.processor)/float64(other.processor))
}

func (s spent) String() string {
	return fmt.Sprintf("%.2f s (processor %.2f s)", s.wall.Seconds(), s.processor.Seconds())
}

// processor is what this process and those that it waited for have used, sshd's too.
func processor(t *testing.T) (all time.Duration) {
	t.Helper()
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var used unix.Rusage
		if err := unix.Getrusage(who, &used); err != nil {
			t.Fatal(err)
		}
		all += time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return all
}

// TestMirrorBesidePlainRsync prints what a mirror takes with all that goes before it (the look
// through the vault here, the comparison) beside rsync -a over the same sshd, in turns; beside
// rsync -a --checksum where files are compared by their contents. Each rsync has a connection
// of its own, as on a server.
func TestMirrorBesidePlainRsync(t *testing.T) {
	if !*measure {
		t.Skip("only with -measure")
	}
	m := behindSSHD(t)
	m.SSH = append(m.SSH, "-o", "ControlPath=none")
	for _, size := range []struct {
		what  string
		files int
		bytes int64
	}{{"500 MB in one file", 1, 500 << 20}, {"100,000 files of 100 bytes", 100_000, 100}, {"10,000 files of 100 bytes", 10_000, 100}} {
		m.Local = t.TempDir()
		random := rand.NewChaCha8([32]byte{})
		for i := range size.files {
			folder := m.here(fmt.Sprint(i / 1000))
			m.must(os.MkdirAll(folder, 0o755))
			f, err := os.Create(filepath.Join(folder, fmt.Sprint(i)))
			m.must(err)
			_, err = io.CopyN(f, random, size.bytes)
			m.must(err, f.Close())
		}
		least := map[string]spent{}
		timed := func(what string, work func()) {
			began, used := time.Now(), processor(t)
			work()
			wall := time.Since(began)
			m.sshd.Wait() // what it used is known when it has ended
			took, known := spent{wall, processor(t) - used}, least[what]
			if known.wall > 0 {
				took = spent{min(took.wall, known.wall), min(took.processor, known.processor)}
			}
			least[what] = took
		}
		run := func(args []string) string {
			out, errs, code := m.run(args, nil)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			return out
		}
		parent := t.TempDir()
		ways := []struct {
			by   schema.Comparison
			name string
			more []string
		}{{schema.CompareSizeAndTime, "rsync -a", nil}, {schema.CompareContents, "rsync -a --checksum", []string{checksum}}}
		for range measured {
			for _, way := range ways {
				to := filepath.Join(parent, "plain")
				m.must(os.Mkdir(to, 0o755))
				args := append([]string{"-a", "--delete", "-e", sshCommand(m.SSH)}, way.more...)
				args = append(args, m.Local+"/", "node:"+to+"/")
				timed(way.name, func() { run(args) })
				timed(way.name+nothing, func() { run(args) })
				m.must(os.RemoveAll(to))

				m.Compare, m.Remote = way.by, filepath.Join(parent, "ours")
				m.must(os.Mkdir(m.Remote, 0o755))
				timed(string(way.by), func() {
					d := m.compare(m.through())
					plan := d.plan(m.Local, 0)
					plan.Report = ReportTotals
					meter := Meter{Total: d.Brought}
					if meter.Take([]byte(run(m.Mirror(plan))), time.Now()); meter.Done != meter.Total {
						t.Errorf("%+v of %+v are told of", meter.Done, meter.Total)
					}
				})
				timed(string(way.by)+nothing, func() { m.compare(m.through()) })
				m.must(os.RemoveAll(m.Remote))
			}
			timed("through", func() { m.through() })
		}
		for _, end := range []string{"", nothing} {
			for _, way := range ways {
				plain, ours := least[way.name+end], least[string(way.by)+end]
				t.Logf("%s%s: %s %v, a mirror by %s %v: %s", size.what, end, way.name, plain, way.by, ours, ours.times(plain))
			}
		}
		t.Logf("%s: the look through the vault here %v of it", size.what, least["through"])
		m.must(os.RemoveAll(m.Local))
	}
}

const nothing = ", nothing to do"
