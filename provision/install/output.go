package install

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"carapace/schema"
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

var (
	resolvedLine    = regexp.MustCompile(`^Resolved ([0-9]+) packages? in `)
	downloadingLine = regexp.MustCompile(`^Downloading (\S+) \(([0-9.]+)(KiB|MiB|GiB)\)`)
	downloadedLine  = regexp.MustCompile(`^\s*Downloaded (\S+)`)
	preparedLine    = regexp.MustCompile(`^Prepared ([0-9]+) packages? in `)
	installedLine   = regexp.MustCompile(`^Installed ([0-9]+) packages? in `)
)

// Line takes the next line. news is false where it tells nothing that a person would want
// to know; otherwise percent is how far the whole installation has got, and never falls.
func (o *Output) Line(line string) (percent int, message string, news bool) {
	switch {
	case resolvedLine.MatchString(line):
		o.packages, _ = strconv.Atoi(resolvedLine.FindStringSubmatch(line)[1])
		return o.show(percentDownload, fmt.Sprintf("Downloading SkyPilot and what it needs, %d packages.", o.packages))
	case downloadingLine.MatchString(line):
		o.announce(downloadingLine.FindStringSubmatch(line))
		return 0, "", false
	case downloadedLine.MatchString(line):
		return o.downloaded(downloadedLine.FindStringSubmatch(line)[1])
	case preparedLine.MatchString(line):
		return o.show(percentInstall, "Everything is downloaded; putting it in its place.")
	case installedLine.MatchString(line):
		return o.show(percentInstalled, "SkyPilot's packages are in their place.")
	}
	return 0, "", false
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

func (o *Output) downloaded(name string) (percent int, message string, news bool) {
	o.done += o.sizes[name]
	delete(o.sizes, name)
	if o.announced < smallestAnnounced {
		return 0, "", false
	}
	part := min(1, o.done/o.announced)
	return o.show(percentDownload+int(part*(percentInstall-percentDownload)),
		fmt.Sprintf("Downloading SkyPilot and what it needs: %.0f of %.0f MB.", o.done, o.announced))
}

func (o *Output) show(percent int, message string) (int, string, bool) {
	o.shown = max(o.shown, percent)
	return o.shown, message, true
}

// UntrustedCertificate reports whether a failure is that of a connection whose certificate
// was not issued by anybody that uv knows of by itself. The system may know: companies look
// into connections with a certificate of their own.
func UntrustedCertificate(text string) bool {
	return strings.Contains(text, "invalid peer certificate")
}

// Explain returns the failure of uv or pip that printed text, in words for a person. Pure.
func Explain(text, version string) *schema.Error {
	has := func(any ...string) bool {
		for _, mark := range any {
			if strings.Contains(text, mark) {
				return true
			}
		}
		return false
	}
	switch {
	case has("No space left on device", "os error 28", "Disk quota exceeded", "os error 122"):
		return schema.NewError(schema.KindDiskFull, "The disk became full while SkyPilot was being installed.", "Free some space, then try again.")
	case has("there is no version of skypilot", "No matching distribution found for skypilot"):
		return schema.NewError(schema.KindInvalidParams, fmt.Sprintf("There is no version %s of SkyPilot in the Python package index.", version),
			"Leave version out for the one that Carapace was tested with.").WithField("version")
	case UntrustedCertificate(text) || has("CERTIFICATE_VERIFY_FAILED"):
		return schema.NewError(schema.KindNetwork, "The connection to the Python package index is not trusted: its certificate is not known on this computer.",
			"Set SSL_CERT_FILE to the file with your company's certificate, see that this computer's clock is right, then try again.")
	case has("python-build-standalone"):
		return schema.NewError(schema.KindNetwork, "There is no Python "+Oldest+" to "+Newest+" on this computer, and uv could not download one.",
			"Check the network, or install Python "+Newest+" from https://www.python.org/downloads, then try again.")
	case has("Failed to fetch", "Failed to download", "error sending request", "dns error", "Request failed", "operation timed out",
		"NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError", "Temporary failure in name resolution", "(from versions: none)"):
		return schema.NewError(schema.KindNetwork, "The Python package index could not be reached.", "Check the network, a proxy too, then try again.")
	case has("No interpreter found", "No Python interpreter"):
		return NoPython()
	case has("Permission denied", "os error 13", "Read-only file system", "os error 30"):
		return schema.NewError(schema.KindStateUnwritable, "SkyPilot can't be installed: a folder can't be written to.",
			"See that Carapace's state folder and uv's cache are yours and writable, then try again.")
	case has("No solution found"):
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("SkyPilot %s can't be installed with this Python and for these clouds together.", version),
			"Try another version, or fewer clouds; the detail says what does not go together.")
	}
	message := "SkyPilot could not be installed."
	if said := said(text); said != "" {
		message = "SkyPilot could not be installed: " + said + "."
	}
	return schema.NewError(schema.KindInternal, message, "The detail says more; try again, or install SkyPilot by hand.")
}

// said is the line of an output that says what went wrong: the first that says error, or else
// the last.
func said(text string) (line string) {
	for line = range strings.Lines(strings.TrimSpace(text)) {
		if _, after, found := strings.Cut(line, "rror: "); found {
			line = after
			break
		}
	}
	return strings.TrimRight(strings.TrimSpace(line), ".")
}

// NoPython is the refusal of a computer that has neither uv nor a Python.
func NoPython() *schema.Error {
	return schema.NewError(schema.KindUnsupported, "SkyPilot can't be installed yet: it needs Python "+Oldest+" to "+Newest+", and there is neither a Python nor uv on this computer.",
		"Install Python "+Newest+" from https://www.python.org/downloads (on Debian and Ubuntu: sudo apt install python3 python3-venv), or uv from https://docs.astral.sh/uv, then try again.")
}

// WrongPython is the refusal of a Python of a version that SkyPilot does not run on.
func WrongPython(found string) *schema.Error {
	return schema.NewError(schema.KindUnsupported, fmt.Sprintf("SkyPilot can't be installed yet: it needs Python %s to %s, and this computer has Python %s.", Oldest, Newest, found),
		"Install uv from https://docs.astral.sh/uv, which brings a Python of its own, or Python "+Newest+" from https://www.python.org/downloads, then try again.")
}

// NoVenv is the refusal of a Python that can't make environments.
func NoVenv(found string) *schema.Error {
	return schema.NewError(schema.KindUnsupported, fmt.Sprintf("SkyPilot can't be installed yet: this computer's Python %s lacks the part that makes Python environments.", found),
		"On Debian and Ubuntu: sudo apt install python3-venv. Or install uv from https://docs.astral.sh/uv. Then try again.")
}

// NoSpace is the refusal of a disk without enough space.
func NoSpace(need, free uint64) *schema.Error {
	return schema.NewError(schema.KindDiskFull, fmt.Sprintf("SkyPilot needs about %s on the disk, and %s are free.", gigabytes(need), gigabytes(free)),
		"Free some space, or choose fewer clouds, then try again.")
}

func gigabytes(bytes uint64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/1e9) }
