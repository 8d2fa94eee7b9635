package sky

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cause is one thing that was said about a failure, and where: SkyPilot tries
// several places, and each may refuse for a reason of its own.
type cause struct {
	cloud, region string
	text          string // as it was printed, cleaned
}

// causes collects what may be the reason out of a failure's output, in the order
// it was printed. The reason can stand in a log line on stdout (transcript
// launch-quota), in the last exception on stderr (launch-credentials-missing), in
// a failover block (contract.md 2), or in the record's own words.
func causes(f Failure) []cause {
	c := collector{cloud: f.Cloud}
	for _, text := range []string{f.Stdout, f.Stderr} {
		for line := range strings.Lines(Clean(text)) {
			c.line(strings.TrimRight(line, " \n"))
		}
		c.inException = false
	}
	for line := range strings.Lines(Clean(f.ServerLog)) {
		c.line(strings.TrimRight(line, " \n"))
		c.inException = false // several processes write there: the next line is another's
	}
	for _, text := range []string{f.InitReason, f.LastEvent} {
		if text = strings.TrimSpace(Clean(text)); text != "" {
			c.add(text)
		}
	}
	return c.found
}

type collector struct {
	cloud, region string // being tried
	inException   bool
	found         []cause
}

func (c *collector) add(text string) {
	c.found = append(c.found, cause{c.cloud, c.region, text})
}

func (c *collector) line(line string) {
	if cloud, region, _, ok := parsePlace(line); ok {
		c.cloud, c.region, c.inException = cloud, region, false
		return
	}
	if cloud, region, ok := blockHeader(line); ok {
		c.cloud, c.region, c.inException = cloud, region, false
		return
	}
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "":
		c.inException = false
	case isJobLine(trimmed), strings.HasPrefix(trimmed, "Syncing (to "), strings.HasPrefix(trimmed, "File \""), strings.HasPrefix(trimmed, "Traceback "):
		// Output of the user's own script can say anything, so can a folder's name, and code is no reason.
	case isException(line):
		c.inException = true
		c.add(trimmed)
	case c.inException: // a message of several lines
		c.found[len(c.found)-1].text += "\n" + trimmed
	default:
		c.add(trimmed)
	}
}

// blockHeader reads "✗ AWS (us-east-1) — (cpus=4, mem=16, m6i.xlarge, ...)".
func blockHeader(line string) (cloud, region string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "✗ ")
	where, _, dash := strings.Cut(rest, " — ")
	cloud, region, _ = strings.Cut(where, " (")
	return cloudID(cloud), strings.TrimSuffix(region, ")"), ok && dash
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
	if class == "" || !isLetter(class[0]) {
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
	return strings.HasPrefix(class, "sky.exceptions.")
}

// refusal is the provider's own words, tidied, where a line of a launch's log
// holds them.
func refusal(line string) (words string, ok bool) {
	if !quotesProvider(line) {
		return "", false
	}
	words = providerWords(line)
	return words, words != ""
}

// providerMarks stand where SkyPilot passes on what a cloud said.
var providerMarks = []string{
	"An error occurred (", "handler error: ", "Attempt failed with ", "Got return code ", "<HttpError ",
	"Failed to create instances", "Got an unparsed error: ", "azure.core.exceptions.", "googleapiclient.",
}

// quotesProvider reports whether a text is, at least in part, what a cloud said.
func quotesProvider(text string) bool {
	return slices.ContainsFunc(providerMarks, func(mark string) bool { return strings.Contains(text, mark) })
}

// providerWords is what a cloud said, out of the wrapping that its SDK and
// SkyPilot put around it; "" where there is nothing of its own.
func providerWords(text string) string {
	text = withoutLogPrefix(text)
	if _, said, ok := strings.Cut(text, "An error occurred ("); ok { // botocore
		if _, said, ok = strings.Cut(said, " operation"); ok {
			if _, rest, retried := strings.Cut(said, "): "); retried && strings.HasPrefix(said, " (reached max retries") {
				return tidy(rest)
			}
			return tidy(strings.TrimPrefix(said, ": "))
		}
	}
	if _, said, ok := strings.Cut(text, " due to "); ok && strings.HasSuffix(said, triedEnough) { // recording api-logs-request-limit
		return tidy(strings.TrimSuffix(said, triedEnough))
	}
	if _, said, ok := strings.Cut(text, "Got return code "); ok { // Google
		if _, said, ok = strings.Cut(said, ": "); ok {
			return tidy(strings.Trim(said, "\" "))
		}
	}
	if _, said, ok := strings.Cut(text, "<HttpError "); ok { // googleapiclient: the list that may follow is for programs
		if said, ok = between(said, " returned \"", "\""); ok {
			return tidy(said)
		}
	}
	for _, wrapping := range []string{"handler error: ", "Attempt failed with ", "Failed to create instances: ", "Got an unparsed error: ", "Details: ", "Reason: "} {
		if _, said, ok := strings.Cut(text, wrapping); ok {
			text = said
		}
	}
	if said, ok := labelled(strings.TrimSpace(text), "Reason"); ok { // sky check
		text = said
	}
	text = withoutClasses(text)
	if isGeneric(text) {
		return ""
	}
	return tidy(text)
}

// triedEnough follows the cloud's code where SkyPilot gave up trying again.
const triedEnough = ". Max attempts exceeded."

// withoutLogPrefix drops "W 11-23 06:36:12.023 PID=14116 instance.py:415] ".
func withoutLogPrefix(line string) string {
	if at := strings.Index(line, "] "); at > 0 && strings.Contains(line[:at], "PID=") {
		return line[at+2:]
	}
	return line
}

// withoutClasses drops the class names in front of a message:
// "sky.exceptions.CloudError: botocore error (ClientError): …",
// "[azure.core.exceptions.HttpResponseError] (SkuNotAvailable) …".
func withoutClasses(text string) string {
	for range 4 { // they nest no deeper
		text = strings.TrimSpace(text)
		first, _, _ := strings.Cut(text, "\n")
		switch {
		case strings.HasPrefix(text, "["):
			if _, rest, ok := strings.Cut(text, "] "); ok && strings.Contains(first, ".") {
				text = rest
				continue
			}
		case isException(first):
			_, text, _ = strings.Cut(text, ":")
			continue
		case strings.HasPrefix(text, "(") && !strings.Contains(betweenOr(text, "(", ")"), " "):
			_, text, _ = strings.Cut(text, ")")
			continue
		}
		if class, rest, ok := strings.Cut(text, " error ("); ok && !strings.ContainsAny(class, " \n") {
			if _, rest, ok = strings.Cut(rest, "): "); ok {
				text = rest
				continue
			}
		}
		return text
	}
	return strings.TrimSpace(text)
}

func betweenOr(s, left, right string) string {
	found, _ := between(s, left, right)
	return found
}

// isGeneric: what SkyPilot says whatever the reason was.
func isGeneric(text string) bool {
	for _, empty := range []string{
		"Max attempts exceeded", "Failed to acquire resources in all zones", "Failed to provision all possible",
		"Failed to launch cluster", "Failed to provision resources", "To keep retrying until", "Cloud access is not set up",
		"Reasons for provision failures", "Provision failures (tried",
	} {
		if strings.Contains(text, empty) {
			return true
		}
	}
	return text == ""
}

// maxWords bounds a quotation in a message; the rest is in the detail.
const maxWords = 320

// tidy makes printed text one line that can stand in a sentence for a person:
// white space collapsed, what is of no use there left out, and not too long.
func tidy(text string) string {
	text = strings.Join(strings.FieldsFunc(Clean(text), unicode.IsSpace), " ")
	var kept []string
	for _, sentence := range strings.SplitAfter(text, ". ") {
		if !useless(sentence) {
			kept = append(kept, sentence)
		}
	}
	text = unquoted(strings.Trim(strings.Join(kept, ""), " ."))
	if utf8.RuneCountInString(text) > maxWords {
		text = strings.TrimRightFunc(string([]rune(text)[:maxWords]), func(r rune) bool { return !unicode.IsSpace(r) })
		text = strings.TrimSpace(text) + "…"
	}
	return text
}

// unquoted takes a pair of quotes off that is around all of text.
func unquoted(text string) string {
	if n := len(text); n >= 2 && text[0] == text[n-1] && (text[0] == '"' || text[0] == '\'') {
		return strings.Trim(text[1:n-1], " .")
	}
	return text
}

// useless finds what must not be said to a person (protocol.md), and
// introductions to what is not quoted.
func useless(sentence string) bool {
	sentence = strings.ToLower(strings.TrimSpace(sentence))
	if sentence == "retrying." || strings.HasSuffix(sentence, "commands:") || strings.HasPrefix(sentence, "encoded authorization failure message") {
		return true
	}
	for _, no := range []string{
		"traceback", "see log", "see error log", "logs above", "log above", "details above", "exit status", "exit code",
		"return code", "returncode", "stack trace", "view logs", "sky logs", "sky api logs", "<sky-payload",
	} {
		if strings.Contains(sentence, no) {
			return true
		}
	}
	return false
}

// detailLimit bounds an error's raw tail.
const detailLimit = 4 << 10

// detail is the end of what was printed, escape codes removed: stderr last, as
// the exception stands there.
func detail(stdout, stderr string) string {
	out, errs := tail(Clean(stdout), detailLimit), tail(Clean(stderr), detailLimit)
	switch {
	case errs == "":
		return out
	case out == "":
		return errs
	}
	return out + "\n\n" + errs
}

// cloudName is a cloud's name for a person.
func cloudName(id string) string {
	switch id {
	case "":
		return "the cloud"
	case "azure":
		return "Azure"
	case "kubernetes":
		return "Kubernetes"
	case "lambda":
		return "Lambda"
	case "runpod":
		return "RunPod"
	case "nebius":
		return "Nebius"
	case "gcp":
		return "Google Cloud"
	case "do":
		return "DigitalOcean"
	case "aws", "ibm", "oci", "scp", "ssh":
		return strings.ToUpper(id)
	case "vsphere":
		return "vSphere"
	}
	return strings.ToUpper(id[:1]) + id[1:]
}
