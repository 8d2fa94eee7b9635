package redact

import (
	"strings"
	"sync"
)

// rule finds secrets that show by their form, wherever they come from: cloud
// keys, tokens of well-known services, passwords in URLs, key blocks, and what
// is assigned to a telling name.
type rule struct {
	start string // what it begins with; small letters, if any case will do
	exact bool   // whether the letters' case matters
	// find is given the text and where start ends in it; an empty span: it is
	// no secret after all.
	find func(s string, start, end int) span
}

// rules are the rules by the small letter that they start with. A line is read
// once, and most letters start none: that is what makes it cheap.
var rules = sync.OnceValue(func() *[256][]rule {
	var all [256][]rule
	for _, r := range append(tokenRules(), assignmentRules()...) {
		all[lower(r.start[0])] = append(all[lower(r.start[0])], r)
	}
	return &all
})

// byForm returns the spans of what is a secret by its form.
func byForm(s string) (found []span) {
	all := rules()
	for i := range len(s) {
		for _, r := range all[lower(s[i])] {
			if !r.starts(s[i:]) {
				continue
			}
			if at := r.find(s, i, i+len(r.start)); at.from < at.to {
				found = append(found, at)
			}
		}
	}
	return keyBody(s, found)
}

// cutOff says whether what stands in s there, not nothing, was cut short: too
// little of a secret may be left to be told by its form.
func cutOff(s string, from, to int) bool { return from < to && strings.HasPrefix(s[to:], Cut) }

func (r rule) starts(s string) bool {
	if len(s) < len(r.start) {
		return false
	}
	if r.exact {
		return s[:len(r.start)] == r.start
	}
	for i := range len(r.start) {
		if lower(s[i]) != r.start[i] {
			return false
		}
	}
	return true
}

// token is a rule for a word that begins with start and goes on for least
// letters of the set or more.
func token(start string, in func(byte) bool, least int) rule {
	return rule{start, true, func(s string, from, end int) span {
		to := run(s, end, in)
		if to-end < least && !cutOff(s, end, to) || from > 0 && word(s[from-1]) {
			return span{}
		}
		return span{from, to}
	}}
}

func tokenRules() []rule {
	all := []rule{
		token("xoxa-", wordOrDash, 10), token("xoxb-", wordOrDash, 10), token("xoxe-", wordOrDash, 10), // Slack
		token("xoxp-", wordOrDash, 10), token("xoxr-", wordOrDash, 10), token("xoxs-", wordOrDash, 10),
		token("github_pat_", word, 20),
		token("glpat-", wordOrDash, 20),    // GitLab
		token("hf_", alphanumeric, 30),     // Hugging Face
		token("dop_v1_", alphanumeric, 40), // DigitalOcean
		token("ya29.", wordOrDash, 20),     // Google OAuth
		token("AIza", wordOrDash, 30),      // Google API keys
		token("sky_", alphanumeric, 20),    // SkyPilot service accounts
		{"eyJ", true, webToken},
		{"sk-", true, serviceKey}, // OpenAI, Anthropic
		{"sk_", true, serviceKey}, // Stripe
		{"-----BEGIN ", true, keyBlock},
	}
	for _, start := range []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"} {
		all = append(all, token(start, alphanumeric, 20)) // GitHub
	}
	for _, start := range []string{"AKIA", "ASIA", "AROA"} {
		all = append(all, rule{start, true, accessKeyID})
	}
	return all
}

// accessKeyID is an AWS access key's id: 16 capitals and digits, no more.
func accessKeyID(s string, from, end int) span {
	to := run(s, end, func(c byte) bool { return 'A' <= c && c <= 'Z' || digit(c) })
	whole := to-end == 16 || to-end < 16 && cutOff(s, end, to)
	if !whole || from > 0 && word(s[from-1]) || to < len(s) && word(s[to]) {
		return span{}
	}
	return span{from, to}
}

// webToken is a JSON web token: three parts or more.
func webToken(s string, from, end int) span {
	to := run(s, end, func(c byte) bool { return wordOrDash(c) || c == '.' })
	parts := strings.Split(s[end:to], ".")
	whole := len(parts) >= 3 && len(parts[1]) >= 10 && len(parts[2]) >= 5 || cutOff(s, end, to)
	if !whole || len(parts[0]) < 10 || from > 0 && word(s[from-1]) {
		return span{}
	}
	return span{from, to}
}

// serviceKey tells a key from a name that begins with sk- by its randomness.
func serviceKey(s string, from, end int) span {
	to := run(s, end, wordOrDash)
	if from > 0 && word(s[from-1]) {
		return span{}
	}
	if cutOff(s, end, to) {
		return span{from, to}
	}
	if to-end < 20 {
		return span{}
	}
	for _, part := range strings.FieldsFunc(s[end:to], func(c rune) bool { return c == '-' || c == '_' }) {
		if len(part) >= 16 && strings.ContainsAny(part, "0123456789") {
			return span{from, to}
		}
	}
	if !mixed(s[end:to]) {
		return span{}
	}
	return span{from, to}
}

// keyBlock is the body of a private key; what says that it is one stays.
func keyBlock(s string, _, end int) span {
	dashes := strings.Index(s[end:], "-----")
	if dashes < 0 || !strings.HasSuffix(s[end:end+dashes], "PRIVATE KEY") {
		return span{}
	}
	from := end + dashes + len("-----")
	to := strings.Index(s[from:], "-----END")
	if to < 0 {
		return span{from, len(s)}
	}
	return span{from, from + to}
}

// keyBody appends the lines that are nothing but base64 as long as the lines of
// a key block: such a block comes line by line. A hash in hexadecimal is no such
// line, nor is a public key (AAAA…); SkyPilot's mark of a job may stand before it.
func keyBody(s string, found []span) []span {
	const shortest, longest = 60, 76
	for from := 0; from < len(s); {
		to := len(s)
		if i := strings.IndexByte(s[from:], '\n'); i >= 0 {
			to = from + i
		}
		line := strings.TrimRight(s[from:to], " \t\r")
		begin := strings.LastIndexAny(line[max(0, len(line)-longest-1):], " \t") + 1
		begin += max(0, len(line)-longest-1)
		body, before := line[begin:], strings.TrimRight(line[:begin], " \t")
		if len(body) >= shortest && len(body) <= longest && (before == "" || strings.HasSuffix(before, ")")) &&
			run(strings.TrimRight(body, "="), 0, keyLetter) == len(strings.TrimRight(body, "=")) && mixed(body) && !strings.HasPrefix(body, "AAAA") {
			found = append(found, span{from + begin, from + len(line)})
		}
		from = to + 1
	}
	return found
}

// run is where the letters of a set that begin at i end.
func run(s string, i int, in func(byte) bool) int {
	for i < len(s) && in(s[i]) {
		i++
	}
	return i
}

// mixed reports whether there are capitals, small letters and digits in s.
func mixed(s string) bool {
	var capital, small, figure bool
	for i := range len(s) {
		capital = capital || 'A' <= s[i] && s[i] <= 'Z'
		small = small || 'a' <= s[i] && s[i] <= 'z'
		figure = figure || digit(s[i])
	}
	return capital && small && figure
}

func digit(c byte) bool        { return '0' <= c && c <= '9' }
func alphanumeric(c byte) bool { return digit(c) || 'a' <= lower(c) && lower(c) <= 'z' }
func word(c byte) bool         { return alphanumeric(c) || c == '_' }
func wordOrDash(c byte) bool   { return word(c) || c == '-' }
func keyLetter(c byte) bool    { return alphanumeric(c) || c == '+' || c == '/' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
