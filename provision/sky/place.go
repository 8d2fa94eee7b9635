package sky

import (
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
)

// place is where in SkyPilot's output something stood. Whose words they are follows
// from it, not from what they look like: a cloud can say anything.
type place int

const (
	// inLog is a line of SkyPilot's own log.
	inLog place = iota
	// afterMark is what follows a mark that SkyPilot's provisioners print before a
	// cloud's words (see marks).
	afterMark
	// underHeader is what stands below "✗ CLOUD (region) — …", the header of a
	// place that was tried.
	underHeader
	// asError is an exception: a request's own error, or one of those before it.
	asError
	// asRaised is an exception in the log of the provisioning, where none of the CLI's
	// own stands.
	asRaised
	// inCheck is why `sky check` has a cloud disabled.
	inCheck
	// inRecord is what the cluster's record says of itself.
	inRecord
)

// statement is one thing that was said about a failure.
type statement struct {
	// by is the cloud that said it, or that was being asked when it was said; as in
	// schema.Spec.Cloud, "" where it is not known.
	by     string
	region string // that was being tried, "" where none was
	place  place
	text   string // as it was printed, cleaned
	// existing: what was tried was about a machine that is there; nothing was to be made.
	existing bool
	prefix   string // that the log's formatter has put before each line of the text but the first
}

// foreign: these may be a provider's words, and are judged as such. SkyPilot's own
// exceptions can pass on what a cloud said; those that only sum up do not.
func (s statement) foreign() bool {
	switch s.place {
	case inLog:
		return false
	case asError:
		return !sumsUp(s.text)
	}
	return true
}

// sumsUp: an exception that says that a launch failed, whatever the reasons were, and
// names those below it.
func sumsUp(text string) bool {
	const beginning = 300
	for _, says := range []string{"Failed to acquire resources", "Failed to provision all possible", "Failed to launch cluster"} {
		if strings.Contains(text[:min(len(text), beginning)], says) {
			return true
		}
	}
	return false
}

// skyPilots: an exception of SkyPilot's own. What it says to the letter is looked for
// before what a provider may say, which it may pass on.
func (s statement) skyPilots() bool {
	class, _, _ := strings.Cut(s.text, ":")
	return s.place == asError && strings.HasPrefix(class, "sky.exceptions.") && class != "sky.exceptions.CloudError"
}

// refused: nobody but a provider, or SkyPilot's code for it, says something in this
// place, and it is a refusal whatever it says.
func (s statement) refused() bool {
	switch s.place {
	case afterMark, underHeader, inCheck:
		return true
	case asError, asRaised:
		class, _, _ := strings.Cut(s.text, ":")
		return s.by != "" && !skyPilotsOwn(class) && !sumsUp(s.text)
	}
	return false
}

// skyPilotsOwn: exceptions that are no cloud's word: SkyPilot's, with the exception
// of the one that it wraps a cloud's in, and those of Python that show a defect.
func skyPilotsOwn(class string) bool {
	switch class {
	case "sky.exceptions.CloudError", "sky.exceptions.ResourcesUnavailableError", "sky.exceptions.ProvisionPrechecksError":
		return false
	case "AttributeError", "KeyError", "TypeError", "IndexError", "NameError", "UnboundLocalError", "AssertionError",
		"NotImplementedError", "ImportError", "ModuleNotFoundError", "FileNotFoundError", "PermissionError", "OSError", "UnicodeDecodeError":
		return true
	}
	return strings.HasPrefix(class, "sky.exceptions.")
}

// maxStatement bounds what is looked at of one statement, and of all that is quoted.
const maxStatement = 16 << 10

// reader takes SkyPilot's output apart, line by line. A statement's text is a piece
// of that output, never a copy: the work is linear in the output.
type reader struct {
	found []statement

	by, region string // being tried
	existing   bool
	exception  place  // what an exception is in what is being read
	out        string // the output that is being read, cleaned
	open       int    // where the statement that may go on begins, -1: none does
	traceback  bool   // code is being shown
	block      blockState
	prefix     string // of the log line with the last mark
}

// blockState is where in a failed place's block the reader is.
type blockState int

const (
	noBlock     blockState = iota
	blockBegins            // behind the header
	blockReason            // behind SkyPilot's own sentence
	blockText              // within the provider's words
	blockOver              // behind them: what comes is SkyPilot's advice
)

// statements collects what was said of a failure, in the order in which it was
// printed.
func statements(f Failure) []statement {
	r := reader{by: f.Cloud, exception: asError, existing: f.Operation != schema.OperationLaunch && f.Operation != schema.OperationInstall}
	r.read(Clean(f.Stdout))
	r.exception = asRaised
	r.read(Clean(f.ProvisionLog))
	r.exception = asError
	r.read(Clean(f.Stderr))
	r.readEach(Clean(f.ServerLog))
	for _, text := range []string{f.InitReason, f.LastEvent} {
		if text = strings.TrimSpace(Clean(text)); text != "" {
			r.add(inRecord, text)
		}
	}
	for i, s := range r.found {
		if s.prefix != "" {
			r.found[i].text, r.found[i].prefix = strings.ReplaceAll(s.text, "\n"+s.prefix, "\n"), ""
		}
	}
	return r.found
}

// read takes one stream.
func (r *reader) read(out string) {
	r.begin(out)
	for at := 0; at < len(out); {
		end := at + strings.IndexByte(out[at:], '\n')
		if end < at {
			end = len(out)
		}
		r.line(at, end)
		at = end + 1
	}
	r.begin("")
}

// readEach takes a file into which several processes write: each line stands alone.
func (r *reader) readEach(out string) {
	for line := range strings.Lines(out) {
		r.read(strings.TrimRight(line, " \n"))
	}
}

func (r *reader) begin(out string) {
	r.out, r.open, r.traceback, r.block, r.prefix = out, -1, false, noBlock, ""
}

func (r *reader) add(p place, text string) {
	r.found = append(r.found, statement{by: r.by, region: r.region, place: p, text: bounded(text), existing: r.existing})
}

func bounded(text string) string {
	if len(text) > maxStatement {
		return strings.ToValidUTF8(text[:maxStatement], "")
	}
	return text
}

// start begins a statement that the next lines may belong to; extend takes them in.
func (r *reader) start(p place, at, end int) {
	r.open = at
	r.add(p, r.out[at:end])
}

func (r *reader) extend(end int) {
	if end-r.open <= maxStatement {
		r.last().text, r.last().prefix = r.out[r.open:end], r.prefix
	}
}

func (r *reader) last() *statement { return &r.found[len(r.found)-1] }

// line takes the line that stands in the output from at to end.
func (r *reader) line(at, end int) {
	line := strings.TrimRight(r.out[at:end], " ")
	end = at + len(line)
	if by, region, _, ok := parsePlace(line); ok {
		r.by, r.region = by, region
		r.close()
		return
	}
	if by, region, ok := blockHeader(line); ok {
		r.by, r.region = by, region
		r.close()
		r.block = blockBegins
		return
	}
	if r.block != noBlock && r.blockLine(line, end) {
		return
	}
	r.logLine(line, end)
}

func (r *reader) close() { r.open, r.traceback, r.block, r.prefix = -1, false, noBlock, "" }

// blockLine takes a line below a header. SkyPilot indents what it puts there by
// two, but for empty lines.
func (r *reader) blockLine(line string, end int) bool {
	if line != "" && !strings.HasPrefix(line, "  ") {
		r.close()
		return false
	}
	said := strings.TrimSpace(line)
	at := end - len(said)
	switch {
	case said == "" || r.block == blockOver:
	case r.block == blockBegins && sumsUp(said):
		r.block = blockReason
		r.add(inLog, said)
	case strings.HasPrefix(said, "Hint: "):
		r.block = blockOver
	case r.block == blockReason && strings.HasPrefix(said, "Reason: "):
		r.block = blockText
		r.start(underHeader, at+len("Reason: "), end)
	case r.block == blockText:
		r.extend(end)
	default:
		r.block = blockText
		r.start(underHeader, at, end)
	}
	return true
}

// logLine takes any other line.
func (r *reader) logLine(line string, end int) {
	bare := withoutLogPrefix(line)
	prefix := line[:len(line)-len(bare)]
	said := strings.TrimSpace(bare)
	at := end - len(said)
	switch {
	case said == "":
		r.open, r.traceback = -1, false
	case r.inTraceback(bare, said), noReason(said):
	case strings.HasPrefix(said, "Reason: ") && r.open >= 0 && r.last().place == r.exception && sumsUp(r.last().text):
		r.prefix = prefix
		r.start(underHeader, at+len("Reason: "), end)
	case isException(bare):
		r.prefix = prefix
		r.start(r.exception, at, end)
	case r.open >= 0 && prefix == r.prefix && (r.last().place == r.exception || r.last().place == underHeader): // a message of several lines
		r.extend(end)
	case r.goesOn(prefix, said):
		r.extend(end)
	default:
		r.open, r.prefix = -1, ""
		if words, by, ok := marked(said); ok {
			r.mark(words, by, prefix, end)
			return
		}
		r.add(inLog, said)
	}
}

func (r *reader) mark(words, by, prefix string, end int) {
	r.start(afterMark, end-len(words), end)
	r.prefix = prefix
	if last := r.last(); last.by == "" {
		last.by = by
	}
}

// goesOn: the line belongs to the message with the mark before it. The log's formatter
// repeats its prefix on each line of a message; a message without one goes on where
// the error of an HTTP client does.
func (r *reader) goesOn(prefix, said string) bool {
	if r.open < 0 || r.last().place != afterMark {
		return false
	}
	if prefix != "" {
		return prefix == r.prefix
	}
	for _, begins := range []string{"Reason: ", "HTTP response ", "Code: ", "Message: ", "Inner error: ", "Exception Details", "{", "status = ", "details = ", "debug_error_string = ", "\t"} {
		if strings.HasPrefix(said, begins) {
			return true
		}
	}
	return false
}

// inTraceback takes the code that Python shows between "Traceback" and the exception.
func (r *reader) inTraceback(bare, said string) bool {
	switch {
	case strings.HasPrefix(said, "Traceback (most recent call last)"), strings.HasPrefix(said, "Full traceback:"):
		r.open, r.traceback = -1, true
		return true
	case r.traceback && strings.HasPrefix(bare, " "):
		return true
	}
	r.traceback = false
	return strings.HasPrefix(said, "File \"")
}

// noReason: lines that may say anything, and are no reason: output of the user's own
// script, a folder's name, and what SkyPilot says of something that it goes on without.
func noReason(said string) bool {
	return isJobLine(said) || strings.HasPrefix(said, "Syncing (to ") || strings.HasPrefix(said, "Error occurred when trying to check quota.")
}

// blockHeader reads "✗ AWS (us-east-1) — (cpus=4, mem=16, m6i.xlarge, ...)".
func blockHeader(line string) (by, region string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "✗ ")
	where, _, dash := strings.Cut(rest, " — ")
	by, region, _ = strings.Cut(where, " (")
	return cloudID(by), strings.TrimSuffix(region, ")"), ok && dash
}

// isJobLine: "(setup pid=516) …", "(carapace-node, pid=28010) …".
func isJobLine(line string) bool {
	who, _, ok := strings.Cut(line, ")")
	return ok && strings.HasPrefix(who, "(") && strings.Contains(who, "pid=")
}

// isException: "sky.exceptions.CloudError: …", "ValueError: …" in the first
// column.
func isException(line string) bool {
	class, _, ok := strings.Cut(line, ": ")
	if !ok {
		class = strings.TrimSuffix(line, ":")
	}
	if class == "" || len(class) > 200 || !isLetter(class[0]) {
		return false
	}
	for i := range len(class) {
		if c := class[i]; !isLetter(c) && !isDigit(c) && c != '.' && c != '_' {
			return false
		}
	}
	for _, end := range []string{"Error", "Exception", "Cancelled", "Mismatch", "Timeout", "InvalidCloudCredentials", "InvalidCloudConfigs"} {
		if strings.HasSuffix(class, end) {
			return true
		}
	}
	dot := strings.LastIndexByte(class, '.') // oci.exceptions.InvalidConfig, vim.fault.InvalidLogin
	return dot > 0 && dot+1 < len(class) && isUpper(class[dot+1]) && strings.Count(class, ".") > 1 || strings.HasPrefix(class, "sky.exceptions.")
}

// withoutLogPrefix drops "W 11-23 06:36:12.023 PID=14116 instance.py:415] ".
func withoutLogPrefix(line string) string {
	const longest = 120
	if at := strings.Index(line[:min(len(line), longest)], "] "); at > 0 && strings.Contains(line[:at], "PID=") {
		return line[at+2:]
	}
	return line
}

// cloudID is a cloud's id where SkyPilot prints its name.
func cloudID(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// cloudName is a cloud's name for a person, "" where none is known: the registry has words for that.
func cloudName(id string) string {
	if c, ok := cloud.Find(id); ok {
		return c.Called()
	}
	if id == "" {
		return ""
	}
	return strings.ToUpper(id[:1]) + id[1:]
}

// cloudIn is the cloud that a text speaks of, "" where none shows: by the SDK or the
// part of SkyPilot that an error came from, and by what SkyPilot's own sentences name.
func cloudIn(text string) string {
	for _, shows := range cloudShows {
		if strings.Contains(text, shows.text) {
			return shows.cloud
		}
	}
	return ""
}

var cloudShows = []struct{ text, cloud string }{
	{"sky.provision.do.", "do"},
	{"DigitalOceanError", "do"},
	{"attribute 'droplets'", "do"},
	{"LambdaCloudError", "lambda"},
	{"PaperspaceCloudError", "paperspace"},
	{"FluidstackAPIError", "fluidstack"},
	{"HyperbolicError", "hyperbolic"},
	{"PrimeintellectAPIError", "primeintellect"},
	{"PrimeintellectResourcesUnavailableError", "primeintellect"},
	{"MithrilError", "mithril"},
	{"MithrilHttpError", "mithril"},
	{"YottaAPIError", "yotta"},
	{"VsphereError", "vsphere"},
	{"runpod.error", "runpod"},
	{"oci.exceptions", "oci"},
	{"kubernetes.client", "kubernetes"},
	{"nebius.", "nebius"},
	{"cudo_compute", "cudo"},
	{"botocore", "aws"},
	{"An error occurred (", "aws"},
	{"AWS ", "aws"},
	{"AWS(", "aws"},
	{"aws sts", "aws"},
	{"sky check aws", "aws"},
	{"googleapiclient", "gcp"},
	{"google.", "gcp"},
	{"gcloud", "gcp"},
	{"GCP ", "gcp"},
	{"GCP(", "gcp"},
	{"sky check gcp", "gcp"},
	{"azure.", "azure"},
	{"az login", "azure"},
	{"Azure ", "azure"},
	{"Azure(", "azure"},
	{"sky check azure", "azure"},
	{"Lambda", "lambda"},
	{" lambda", "lambda"}, // not Python's "<lambda>"
	{"AWS", "aws"},
	{"GCP", "gcp"},
	{"Azure", "azure"},
}
