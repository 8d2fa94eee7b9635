package sky

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"carapace/provision/redact"
)

// providerWords is what a cloud said, out of the wrapping that its SDK and
// SkyPilot put around it; "" where there is nothing of its own.
func providerWords(text string) string {
	text = withoutLogPrefix(text)
	for _, unwrap := range []func(string) (string, bool){botocoreWords, googleWords, dictWords, grpcWords} {
		if words, ok := unwrap(text); ok {
			return tidy(words)
		}
	}
	for _, wrapping := range []string{"Details: ", "Reason: "} {
		if _, said, ok := strings.Cut(text, wrapping); ok {
			text = said
		}
	}
	if said, ok := labelled(strings.TrimSpace(text), "Reason"); ok { // sky check
		text = said
	}
	text = unmarked(text)
	if said, again, ok := strings.Cut(text, "\nCode: "); ok && strings.Contains(again, "\nMessage: ") { // azure-core says it all twice
		text = said
	}
	if text, _, _ = strings.Cut(text, " for url: "); isGeneric(text) { // requests' HTTPError
		return ""
	}
	return tidy(withoutCodes(withoutClasses(text)))
}

// botocoreWords: "An error occurred (CODE) when calling the CALL operation: …".
func botocoreWords(text string) (string, bool) {
	if _, said, ok := strings.Cut(text, "An error occurred ("); ok {
		if _, said, ok = strings.Cut(said, " operation"); ok {
			if _, rest, retried := strings.Cut(said, "): "); retried && strings.HasPrefix(said, " (reached max retries") {
				return rest, true
			}
			return strings.TrimPrefix(said, ": "), true
		}
	}
	if _, said, ok := strings.Cut(text, " due to "); ok && strings.HasSuffix(said, triedEnough) { // recording api-logs-request-limit
		return strings.TrimSuffix(said, triedEnough), true
	}
	return "", false
}

// googleWords: "Got return code 'CODE' in ZONE: "…"", and googleapiclient's error,
// in which the list that may follow is for programs.
func googleWords(text string) (string, bool) {
	if _, said, ok := strings.Cut(text, "Got return code "); ok {
		if _, said, ok = strings.Cut(said, ": "); ok {
			return strings.Trim(said, "\" "), true
		}
	}
	if _, said, ok := strings.Cut(text, "<HttpError "); ok {
		return between(said, " returned \"", "\"")
	}
	return "", false
}

// dictWords: the message in a JSON or Python dictionary, as Kubernetes' client, OCI's
// and others print the answer that they got.
func dictWords(text string) (string, bool) {
	for _, key := range []string{`"message":`, `'message':`, `"msg":`, `'msg':`, " msg ="} {
		_, value, ok := strings.Cut(text, key)
		value = strings.TrimLeft(value, " ")
		if !ok || value == "" || value[0] != '"' && value[0] != '\'' {
			continue
		}
		if words := quotedWords(value); words != "" {
			return words, true
		}
	}
	return "", false
}

// quotedWords is what stands between the quote that s begins with and the next one
// that no backslash stands before.
func quotedWords(s string) string {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\n`, " ").Replace(s[1:i])
		}
	}
	return ""
}

// grpcWords: details = "…".
func grpcWords(text string) (string, bool) {
	_, value, ok := strings.Cut(text, "details = \"")
	if !ok {
		return "", false
	}
	words := quotedWords("\"" + value)
	return words, words != ""
}

// triedEnough follows the cloud's code where SkyPilot gave up trying again.
const triedEnough = ". Max attempts exceeded."

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

// withoutCodes drops the codes in front of a message, which are for programs:
// "global/quota-exceeded: ", "FORBIDDEN: ", "Error: 422 Unprocessable Entity: ".
func withoutCodes(text string) string {
	for range 4 { // they nest no deeper
		code, rest, ok := strings.Cut(text, ": ")
		code = strings.TrimPrefix(code, "Request error ")
		word, phrase, _ := strings.Cut(code, " ")
		switch {
		case !ok || strings.TrimSpace(rest) == "" || len(code) > 80:
			return text
		case code == "Error", phrase == "" && isCode(word), len(word) == 3 && word[0] >= '4' && isDigit(word[0]) && isDigit(word[1]) && isDigit(word[2]):
			text = rest
		default:
			return text
		}
	}
	return text
}

func isCode(word string) bool {
	return word != "" && isLetter(word[0]) && (hasShape(word) || isAllCapitals(word)) && !strings.ContainsAny(word, "'\"")
}

// isGeneric: what SkyPilot says whatever the reason was.
func isGeneric(text string) bool {
	for _, empty := range []string{
		"Max attempts exceeded", "Failed to acquire resources", "Failed to provision all possible",
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

// useless finds what must not be said to a person (docs/protocol.md), and
// introductions to what is not quoted.
func useless(sentence string) bool {
	sentence = strings.ToLower(strings.TrimSpace(sentence))
	if sentence == "retrying." || strings.HasSuffix(sentence, "commands:") || strings.HasPrefix(sentence, "encoded authorization failure message") {
		return true
	}
	for _, no := range []string{
		"traceback", "see log", "see error log", "logs above", "log above", "details above", "exit status", "exit code",
		"return code", "returncode", "stack trace", "view logs", "sky logs", "sky api logs", "<sky-payload",
		"object has no attribute", // Python's own words
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
	out, errs := redact.Tail(Clean(stdout), detailLimit), redact.Tail(Clean(stderr), detailLimit)
	switch {
	case errs == "":
		return out
	case out == "":
		return errs
	}
	return out + "\n\n" + errs
}
