package sky

import (
	"strconv"
	"strings"
)

// facts are what a provider's text can be told by: the error codes in it, whatever
// they are written like, the HTTP status, and the words.
type facts struct {
	codes    map[string]bool // QUOTA_EXCEEDED, quotaExceeded and quota-exceeded are all "quotaexceeded"
	statuses map[int]bool    // 403
	words    string          // small letters, one space between two words; of an answer in JSON its message
}

// maxCodes bounds the codes that are kept of a text: it has one or two.
const maxCodes = 512

func factsOf(text string) facts {
	f := facts{codes: map[string]bool{}, statuses: map[int]bool{}, words: plainWords(text)}
	before := ""
	for at := 0; at < len(text); {
		if !isCodeByte(text[at]) {
			at++
			continue
		}
		end := at
		for end < len(text) && isCodeByte(text[end]) {
			end++
		}
		token := strings.TrimRight(text[at:end], ".-/")
		f.take(token, text, at, at+len(token), before)
		before, at = strings.ToLower(token), end
	}
	return f
}

// plainWords are the words of a sentence: without the codes between them, which would
// be found in parts ("Unauthorized" in UnauthorizedOperation).
func plainWords(text string) string {
	if message, ok := dictWords(text); ok && strings.Count(message, " ") > 1 {
		text = message
	}
	var words strings.Builder
	for word := range strings.FieldsSeq(text) {
		if bare := strings.Trim(word, "()[]{}<>.,:;\"'`"); hasCapitalInside(bare) && !strings.Contains(bare, "/") {
			words.WriteByte('.') // what stands on both sides of a code is no phrase
			word = ""
		}
		words.WriteString(strings.ToLower(word))
		words.WriteByte(' ')
	}
	return strings.TrimSpace(words.String())
}

func hasCapitalInside(word string) bool {
	for i := 1; i < len(word); i++ {
		if isUpper(word[i]) && word[i-1] >= 'a' && word[i-1] <= 'z' {
			return true
		}
	}
	return false
}

func isCodeByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '/'
}

// take takes one word in, which stands in text from at to end, behind the word before.
func (f facts) take(word, text string, at, end int, before string) {
	if word == "" || len(f.codes) >= maxCodes {
		return
	}
	if n, err := strconv.Atoi(word); err == nil && n >= 400 && n < 600 && isStatus(text, at, end, before) {
		f.statuses[n] = true
		return
	} else if name := grpcCode(n); err == nil && before == "code" && name != "" {
		f.codes[name] = true
		return
	}
	named := isLetter(word[0]) && (hasShape(word) || isCodePlace(text, at, end, before))
	if !named {
		return
	}
	f.code(word)
	if at := strings.LastIndexByte(word, '/'); at >= 0 { // global/quota-exceeded
		f.code(word[at+1:])
		word = word[at+1:]
	}
	if first, rest, ok := strings.Cut(word, "."); ok { // InvalidAMIID.NotFound, Client.UnauthorizedOperation, StatusCode.UNAUTHENTICATED
		f.code(first)
		f.code(rest[strings.LastIndexByte(rest, '.')+1:])
	}
}

// grpcCode returns gRPC's status code where one is printed as a number, "" for one that tells nothing: Cudo
// Compute's answers, Google's for TPUs.
func grpcCode(n int) string {
	switch n {
	case 3:
		return "invalidargument"
	case 4:
		return "deadlineexceeded"
	case 7:
		return "permissiondenied"
	case 8:
		return "resourceexhausted"
	case 12:
		return "unimplemented"
	case 13:
		return "internal"
	case 14:
		return "unavailable"
	case 16:
		return "unauthenticated"
	}
	return ""
}

func (f facts) code(code string) {
	f.codes[sameCode(code)] = true
}

// sameCode is a code however it is written.
func sameCode(code string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(code))
}

// hasShape: no word of a sentence is written so, with a capital inside, or a line or
// a slash between letters.
func hasShape(word string) bool {
	return hasCapitalInside(word) || strings.ContainsAny(word, "_/") || strings.HasPrefix(word, "AADSTS")
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// isCodePlace: what stands there is a code even if it looks like a word: "(Blocked)",
// "code: 'Conflict'", "Reason: Forbidden", "FORBIDDEN: no".
func isCodePlace(text string, at, end int, before string) bool {
	left := strings.TrimRight(text[:at], "\"' ")
	switch {
	case strings.HasSuffix(left, "(") || strings.HasSuffix(left, "["):
		return end < len(text) && (text[end] == ')' || text[end] == ']')
	case strings.HasSuffix(left, ":") || strings.HasSuffix(left, "="):
		switch before {
		case "code", "reason", "status", "errorcode", "error", "type", "error_code", "id", "statuscode", "grpc_status":
			return true
		}
	}
	if before == "code" { // "return code 'quotaExceeded'"
		return true
	}
	if end >= len(text) || text[end] != ':' {
		return false
	}
	return left == "" || strings.HasSuffix(left, ":") || before == "error" || isAllCapitals(text[at:end])
}

func isAllCapitals(word string) bool {
	return len(word) > 3 && strings.ToUpper(word) == word
}

// isStatus: the number there is an HTTP status: "HttpError 403", "status code: 403",
// "(403)", "403 Forbidden", "422 Client Error".
func isStatus(text string, at, end int, before string) bool {
	switch before {
	case "httperror", "http", "http/1.1", "http/2", "status", "code", "statuscode", "status_code", "error", "response", "http_status":
		return true
	}
	if at > 0 && text[at-1] == '(' && end < len(text) && text[end] == ')' {
		return true
	}
	if at == 0 && strings.HasPrefix(text[end:], ":") {
		return true
	}
	next := strings.TrimLeft(text[end:min(len(text), end+24)], " -:")
	for _, phrase := range []string{
		"Client Error", "Server Error", "Unauthorized", "Payment", "Forbidden", "Not Found", "Too Many", "Internal", "Bad ", "Service", "Gateway",
		"Conflict", "Unprocessable", "Request", "Precondition", "UNAUTHORIZED", "FORBIDDEN",
	} {
		if strings.HasPrefix(next, phrase) {
			return true
		}
	}
	return false
}

// hasCode reports whether one of the codes is there; "*" in one is any part of it.
func (f facts) hasCode(codes []string) bool {
	for _, code := range codes {
		if f.codes[code] {
			return true
		}
		if !strings.Contains(code, "*") {
			continue
		}
		for there := range f.codes {
			if like(there, code) {
				return true
			}
		}
	}
	return false
}

// like reports whether the code is as the pattern says.
func like(code, pattern string) bool {
	first, rest, open := strings.Cut(pattern, "*")
	code, ok := strings.CutPrefix(code, first)
	for ok && open {
		var part string
		if part, rest, open = strings.Cut(rest, "*"); !open {
			return strings.HasSuffix(code, part)
		}
		_, code, ok = strings.Cut(code, part)
	}
	return ok && code == ""
}

// says reports whether one of the phrases is there.
func (f facts) says(phrases []string) bool {
	for _, phrase := range phrases {
		if said(f.words, phrase) {
			return true
		}
	}
	return false
}

// said reports whether the parts of a phrase stand in words in their order, each at
// the beginning of a word; "…" is what may stand between two, a few words at most.
// It looks at a stretch of bounded length behind each first part: linear.
func said(words, phrase string) bool {
	const few = 72
	first, rest, open := strings.Cut(phrase, "…")
	for at := 0; ; {
		i := strings.Index(words[at:], first)
		if i < 0 {
			return false
		}
		begins := at + i
		at = begins + len(first)
		if begins > 0 && isLetter(first[0]) && isLetter(words[begins-1]) {
			continue
		}
		if !open || said(words[at:min(len(words), at+few)], rest) {
			return true
		}
	}
}
