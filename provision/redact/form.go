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
	whole bool   // whether it must not go on a word
	// find is given the text, where start begins and where it ends; an empty span:
	// it is no secret after all.
	find func(t *text, start, end int) span
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

// byForm returns the spans of what is a secret by its form, and how many bytes it
// has read for that.
func byForm(s string) (found []span, visited int) {
	all := rules()
	var t *text // most lines need none
	for i := range len(s) {
		for _, r := range all[lower(s[i])] {
			if r.whole && i > 0 && word(s[i-1]) || !r.starts(s[i:]) {
				continue
			}
			if t == nil {
				t = &text{s: s}
			}
			if at := r.find(t, i, i+len(r.start)); at.from < at.to {
				found = append(found, at)
			}
		}
	}
	visited = len(s)
	if t != nil {
		visited += t.visited
	}
	return keyBody(s, found), visited
}

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
func token(start string, in letters, least int) rule {
	return rule{start, true, true, func(t *text, from, end int) span {
		to := t.run(end, in)
		if to-end < least && !t.cutOff(end, to) {
			return span{}
		}
		return span{from, to}
	}}
}

func tokenRules() []rule {
	all := []rule{
		token("xoxa-", wordOrDashes, 10), token("xoxb-", wordOrDashes, 10), token("xoxe-", wordOrDashes, 10), // Slack
		token("xoxp-", wordOrDashes, 10), token("xoxr-", wordOrDashes, 10), token("xoxs-", wordOrDashes, 10),
		token("github_pat_", wordLetters, 20),
		token("glpat-", wordOrDashes, 20),   // GitLab
		token("hf_", alphanumerics, 30),     // Hugging Face
		token("dop_v1_", alphanumerics, 40), // DigitalOcean
		token("ya29.", wordOrDashes, 20),    // Google OAuth
		token("AIza", wordOrDashes, 30),     // Google API keys
		token("sky_", alphanumerics, 20),    // SkyPilot service accounts
		{"eyJ", true, true, webToken},
		{"sk-", true, true, serviceKey}, // OpenAI, Anthropic
		{"sk_", true, true, serviceKey}, // Stripe
		{"-----BEGIN ", true, false, keyBlock},
	}
	for _, start := range []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"} {
		all = append(all, token(start, alphanumerics, 20)) // GitHub
	}
	for _, start := range []string{"AKIA", "ASIA", "AROA"} {
		all = append(all, rule{start, true, true, accessKeyID})
	}
	return all
}

// accessKeyID is an AWS access key's id: 16 capitals and digits, no more.
func accessKeyID(t *text, from, end int) span {
	to := t.run(end, capitalsAndDigits)
	whole := to-end == 16 || to-end < 16 && t.cutOff(end, to)
	if !whole || to < len(t.s) && word(t.s[to]) {
		return span{}
	}
	return span{from, to}
}

// webToken is a JSON web token: three parts or more. What begins within the first
// part of one that is none has the same parts after it, and is none either.
func webToken(t *text, from, end int) span {
	if from < t.past[webTokens] {
		return span{}
	}
	to := t.run(end, webLetters)
	first := t.index(end, to, ".")
	t.past[webTokens] = to
	if first < 0 {
		first = to
	}
	if first-end >= 10 && (t.cutOff(end, to) || t.signedPart(first, to)) {
		return span{from, to}
	}
	t.past[webTokens] = first
	return span{}
}

// signedPart reports whether after a token's first part, which ends there, come a
// second of ten letters and a third of five.
func (t *text) signedPart(first, to int) bool {
	if first == to {
		return false
	}
	second := t.index(first+1, to, ".")
	return second-first > 10 && t.index(second+1, min(second+6, to), ".") < 0 && to-second > 5
}

// serviceKey tells a key from a name that begins with sk- by its randomness. The end
// of a name is no more random than all of it.
func serviceKey(t *text, from, end int) span {
	if from < t.past[serviceKeys] {
		return span{}
	}
	to := t.run(end, wordOrDashes)
	t.past[serviceKeys] = to
	if t.cutOff(end, to) {
		return span{from, to}
	}
	t.visited += to - end
	if to-end < 20 || !random(t.s[end:to]) {
		return span{}
	}
	return span{from, to}
}

// random reports whether a word has a long part with digits, or letters of all kinds.
func random(s string) bool {
	length, figure := 0, false
	for i := range len(s) {
		if s[i] == '-' || s[i] == '_' {
			length, figure = 0, false
			continue
		}
		length, figure = length+1, figure || digit(s[i])
		if length >= 16 && figure {
			return true
		}
	}
	return mixed(s)
}

// keyBlock is the body of a private key; what says that it is one stays.
func keyBlock(t *text, start, end int) span {
	if start < t.past[keyBlocks] {
		return span{}
	}
	dashes := t.index(end, len(t.s), "-----")
	if dashes < 0 || !strings.HasSuffix(t.s[end:dashes], "PRIVATE KEY") {
		return span{}
	}
	from := dashes + len("-----")
	to := t.index(from, len(t.s), "-----END")
	if to < 0 {
		to = len(t.s)
	}
	t.past[keyBlocks] = to
	return span{from, to}
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
			base64Only(strings.TrimRight(body, "=")) && mixed(body) && !strings.HasPrefix(body, "AAAA") {
			found = append(found, span{from + begin, from + len(line)})
		}
		from = to + 1
	}
	return found
}

func base64Only(s string) bool {
	for i := range len(s) {
		if !keyLetter(s[i]) {
			return false
		}
	}
	return true
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
