package redact

import "strings"

// assignmentRules find secrets that show by what stands before them, which stays.
func assignmentRules() []rule {
	all := []rule{
		{"://", true, userInfo},
		{"?", true, parameter},
		{"&", true, parameter},
		{"authorization", false, authorization},
	}
	for start, names := range map[string][]string{
		"pass":     {"password", "passwd", "passphrase"},
		"secret":   {"secretaccesskey", "secretkey"},
		"session":  {"sessiontoken"},
		"security": {"securitytoken"},
		"access":   {"accesstoken"},
		"refresh":  {"refreshtoken"},
		"client":   {"clientsecret"},
		"private":  {"privatekey"},
		"auth":     {"authtoken"},
		"account":  {"accountkey"}, // Azure
		"api":      {"apikey"},
	} {
		all = append(all, rule{start, false, assigned(names)})
	}
	return all
}

// assigned finds what is assigned to one of the names: name=value, name: value,
// "name": "value", also with the quotes escaped. Between its words a name may
// have underscores or dashes.
func assigned(names []string) func(s string, start, end int) span {
	return func(s string, start, _ int) span {
		if start > 0 && s[start-1] == '/' { // a path: /etc/passwd: No such file
			return span{}
		}
		for _, name := range names {
			if after, ok := afterName(s, start, name); ok {
				return value(s, after)
			}
		}
		return span{}
	}
}

func afterName(s string, i int, name string) (int, bool) {
	for k := 0; k < len(name); i++ {
		switch {
		case i >= len(s):
			return 0, false
		case lower(s[i]) == name[k]:
			k++
		case s[i] != '_' && s[i] != '-':
			return 0, false
		}
	}
	return i, true
}

const shortestValue = 4

// value is what is assigned after i, without its quotes.
func value(s string, i int) span {
	i, _ = quote(s, i)
	i = run(s, i, blank)
	if i >= len(s) || s[i] != '=' && s[i] != ':' {
		return span{}
	}
	i = run(s, i+1, blank)
	from, mark := quote(s, i)
	to := run(s, from, func(c byte) bool { return c > ' ' && strings.IndexByte(`"',;&`, c) < 0 })
	if mark != "" {
		to = closing(s, from, mark)
	} else if to-from < shortestValue {
		return span{}
	}
	if ordinary(s[from:to]) {
		return span{}
	}
	return span{from, to}
}

// quote is where a quotation mark at i, if there is one, ends, and the mark with
// the backslashes before it.
func quote(s string, i int) (int, string) {
	end := run(s, i, func(c byte) bool { return c == '\\' })
	if end < len(s) && (s[end] == '"' || s[end] == '\'') {
		return end + 1, s[i : end+1]
	}
	return i, ""
}

// closing is where the text ends that the mark has opened: at the same mark with
// no more backslashes before it, or at the line's end.
func closing(s string, from int, mark string) int {
	end := len(s)
	if i := strings.IndexByte(s[from:], '\n'); i >= 0 {
		end = from + i
	}
	for at := from; ; at += len(mark) {
		i := strings.Index(s[at:end], mark)
		if i < 0 {
			return end
		}
		at += i
		if at == from || s[at-1] != '\\' {
			return at
		}
	}
}

// userInfo finds the password in scheme://user:password@host, and a token that
// stands there in place of the user.
func userInfo(s string, start, end int) span {
	if start == 0 || !alphanumeric(s[start-1]) {
		return span{}
	}
	authority := s[end:run(s, end, func(c byte) bool { return c > ' ' && strings.IndexByte(`/?#"'<>`, c) < 0 })]
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return span{}
	}
	if colon := strings.IndexByte(authority[:at], ':'); colon >= 0 {
		return span{end + colon + 1, end + at}
	}
	const shortestToken = 20 // no user's name is that long
	if at < shortestToken {
		return span{}
	}
	return span{end, end + at}
}

// parameter finds a secret among a URL's parameters.
func parameter(s string, _, end int) span {
	to := run(s, end, wordOrDash)
	if to >= len(s) || s[to] != '=' {
		return span{}
	}
	switch strings.ToLower(s[end:to]) {
	case "token", "key", "sig", "signature", "x-amz-signature", "x-amz-security-token", "x-goog-signature":
		return span{to + 1, run(s, to+1, func(c byte) bool { return c > ' ' && strings.IndexByte(`&"'<>`, c) < 0 })}
	}
	return span{}
}

// authorization finds the credentials in a request's header.
func authorization(s string, _, end int) span {
	i, _ := quote(s, end)
	i = run(s, i, blank)
	if i >= len(s) || s[i] != ':' && s[i] != '=' {
		return span{}
	}
	i, _ = quote(s, run(s, i+1, blank))
	for _, scheme := range []string{"bearer", "basic"} {
		if !(rule{start: scheme}).starts(s[i:]) {
			continue
		}
		from := run(s, i+len(scheme), blank)
		if from > i+len(scheme) {
			return span{from, run(s, from, func(c byte) bool { return keyLetter(c) || strings.IndexByte("-._~=", c) >= 0 })}
		}
	}
	return span{}
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
