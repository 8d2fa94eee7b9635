package redact

import (
	"regexp"
	"sync"
)

// patterns are secrets that show by their form, wherever they come from: cloud
// keys, tokens of well-known services, passwords in URLs, key blocks. Compiled
// on first use: process start must not pay for it.
var patterns = sync.OnceValue(func() []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, p := range []string{
		`\b(?:AKIA|ASIA|AROA)[A-Z0-9]{16}\b`,                             // AWS access key ids
		`\bgh[pousr]_[A-Za-z0-9]{20,}`,                                   // GitHub
		`\bsk[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{20,}`,         // Stripe, OpenAI, Anthropic
		`\bxox[abprs]-[A-Za-z0-9-]{10,}`,                                 // Slack
		`\bya29\.[A-Za-z0-9_-]{20,}`,                                     // Google OAuth
		`\bAIza[A-Za-z0-9_-]{30,}`,                                       // Google API keys
		`\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}`, // JSON web tokens
		`\bsky_[A-Za-z0-9]{20,}`,                                         // SkyPilot service accounts
	} {
		all = append(all, regexp.MustCompile(p))
	}
	return all
})

// assigned are secrets that show by the name before them; the name stays.
var assigned = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(@)`), // user:password@host
		regexp.MustCompile(`(?i)((?:aws_)?(?:secret_access_key|session_token|secret_key|password|passwd|api_key|access_token)["']?\s*[=:]\s*["']?)[^\s"',;&]{4,}()`),
		regexp.MustCompile(`(?i)([?&](?:token|key|sig|signature|x-amz-signature|x-amz-security-token)=)[^&\s"']+()`),
		regexp.MustCompile(`(?i)(authorization:\s*(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]+()`),
		regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|$)`),
	}
})

func byForm(s string) string {
	for _, p := range patterns() {
		s = p.ReplaceAllString(s, Mask)
	}
	for _, p := range assigned() {
		s = p.ReplaceAllString(s, "${1}"+Mask+"${2}")
	}
	return s
}
