package install

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"carapace/schema"
	"carapace/schema/text"
)

// The percentages at which the parts of an installation begin. Downloading is most of the
// time: 13 of 16 seconds with a fast connection.
const (
	PercentBegun      = 1
	PercentFetching   = 5 // uv itself
	PercentChoosing   = 10
	percentDownload   = 15
	percentInstall    = 80
	percentInstalled  = 90
	PercentVerifying  = 92
	PercentSwitching  = 98
	smallestAnnounced = 1 // uv names the size of the packages over one megabyte only
)

// Output follows what uv prints while it installs packages: how far it has got, in words for
// a person. The zero value is the beginning. It is not safe for concurrent use.
type Output struct {
	packages  int // to install
	sizes     map[string]float64
	announced float64 // megabytes
	done      float64
	shown     int
}

// uvLines are the lines of uv that say how far it is.
type uvLines struct{ resolved, downloading, downloaded, prepared, installed *regexp.Regexp }

// lines makes them when an installation needs them: nothing is compiled when the process starts.
var lines = sync.OnceValue(func() *uvLines {
	return &uvLines{
		resolved:    regexp.MustCompile(`^Resolved ([0-9]+) packages? in `),
		downloading: regexp.MustCompile(`^Downloading (\S+) \(([0-9.]+)(KiB|MiB|GiB)\)`),
		downloaded:  regexp.MustCompile(`^\s*Downloaded (\S+)`),
		prepared:    regexp.MustCompile(`^Prepared ([0-9]+) packages? in `),
		installed:   regexp.MustCompile(`^Installed ([0-9]+) packages? in `),
	}
})

// Line takes the next line. news is false where it tells nothing that a person would want
// to know; otherwise percent is how far the whole installation has got, and never falls.
func (o *Output) Line(line string) (percent int, says text.Text, news bool) {
	of := lines()
	switch {
	case of.resolved.MatchString(line):
		o.packages, _ = strconv.Atoi(of.resolved.FindStringSubmatch(line)[1])
		return o.show(percentDownload, text.New(&text.InstallDownloading, text.Args{"packages": o.packages}))
	case of.downloading.MatchString(line):
		o.announce(of.downloading.FindStringSubmatch(line))
		return 0, text.Text{}, false
	case of.downloaded.MatchString(line):
		return o.downloaded(of.downloaded.FindStringSubmatch(line)[1])
	case of.prepared.MatchString(line):
		return o.show(percentInstall, text.New(&text.InstallPlacing))
	case of.installed.MatchString(line):
		return o.show(percentInstalled, text.New(&text.InstallPlaced))
	}
	return 0, text.Text{}, false
}

func (o *Output) announce(found []string) {
	size, err := strconv.ParseFloat(found[2], 64)
	if err != nil {
		return
	}
	switch found[3] {
	case "KiB":
		size /= 1 << 10
	case "GiB":
		size *= 1 << 10
	}
	if o.sizes == nil {
		o.sizes = map[string]float64{}
	}
	o.announced += size - o.sizes[found[1]]
	o.sizes[found[1]] = size
}

func (o *Output) downloaded(name string) (percent int, says text.Text, news bool) {
	o.done += o.sizes[name]
	delete(o.sizes, name)
	if o.announced < smallestAnnounced {
		return 0, text.Text{}, false
	}
	part := min(1, o.done/o.announced)
	return o.show(percentDownload+int(part*(percentInstall-percentDownload)),
		text.New(&text.InstallDownloaded, text.Args{"megabytes": math.Round(o.done), "most": math.Round(o.announced)}))
}

func (o *Output) show(percent int, says text.Text) (int, text.Text, bool) {
	o.shown = max(o.shown, percent)
	return o.shown, says, true
}

// UntrustedCertificate reports whether a failure is that of a connection whose certificate
// was not issued by anybody that uv knows of by itself. The system may know: companies look
// into connections with a certificate of their own.
func UntrustedCertificate(printed string) bool {
	return strings.Contains(printed, "invalid peer certificate")
}

// Explain returns the failure of uv or pip that printed something, in words for a person. Pure.
func Explain(printed, version string) *schema.Error {
	has := func(any ...string) bool {
		for _, mark := range any {
			if strings.Contains(printed, mark) {
				return true
			}
		}
		return false
	}
	switch {
	case has("No space left on device", "os error 28", "Disk quota exceeded", "os error 122"):
		return schema.Fail(schema.KindDiskFull, &text.InstallDiskFull)
	case has("there is no version of skypilot", "No matching distribution found for skypilot"):
		return schema.Fail(schema.KindInvalidParams, &text.InstallNoVersion, text.Args{"version": version}).WithField("version")
	case UntrustedCertificate(printed) || has("CERTIFICATE_VERIFY_FAILED"):
		return schema.Fail(schema.KindNetwork, &text.InstallCertificate)
	case has("python-build-standalone"):
		return schema.Fail(schema.KindNetwork, &text.InstallPythonDownload, text.Args{"minimum": Oldest, "newest": Newest})
	case has("Failed to fetch", "Failed to download", "error sending request", "dns error", "Request failed", "operation timed out",
		"NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError", "Temporary failure in name resolution", "(from versions: none)"):
		return schema.Fail(schema.KindNetwork, &text.InstallNetwork)
	case has("No interpreter found", "No Python interpreter"):
		return NoPython()
	case has("Permission denied", "os error 13", "Read-only file system", "os error 30"):
		return schema.Fail(schema.KindStateUnwritable, &text.InstallUnwritable)
	case has("No solution found"):
		return schema.Fail(schema.KindUnsupported, &text.InstallConflict, text.Args{"version": version})
	}
	if said := said(printed); said != "" {
		return schema.Fail(schema.KindInternal, &text.InstallFailedSaying, text.Args{"words": said})
	}
	return schema.Fail(schema.KindInternal, &text.InstallFailed)
}

// said is the line of an output that says what went wrong: the first that says error, or else
// the last.
func said(printed string) (line string) {
	for line = range strings.Lines(strings.TrimSpace(printed)) {
		if _, after, found := strings.Cut(line, "rror: "); found {
			line = after
			break
		}
	}
	return strings.TrimRight(strings.TrimSpace(line), ".")
}

// NoPython is the refusal of a computer that has neither uv nor a Python.
func NoPython() *schema.Error {
	return schema.Fail(schema.KindUnsupported, &text.InstallNoPython, text.Args{"minimum": Oldest, "newest": Newest})
}

// WrongPython is the refusal of a Python of a version that SkyPilot does not run on.
func WrongPython(found string) *schema.Error {
	return schema.Fail(schema.KindUnsupported, &text.InstallWrongPython, text.Args{"minimum": Oldest, "newest": Newest, "version": found})
}

// NoVenv is the refusal of a Python that can't make environments.
func NoVenv(found string) *schema.Error {
	return schema.Fail(schema.KindUnsupported, &text.InstallNoVenv, text.Args{"version": found})
}

// NoSpace is the refusal of a disk without enough space.
func NoSpace(need, free uint64) *schema.Error {
	return schema.Fail(schema.KindDiskFull, &text.InstallNoSpace, text.Args{"need": gigabytes(need), "free": gigabytes(free)})
}

func gigabytes(bytes uint64) string { return fmt.Sprintf("%.1f", float64(bytes)/1e9) }
