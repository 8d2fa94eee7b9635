package redact

import "strings"

// assignmentRules find secrets that show by what stands before them, which stays.
func assignmentRules() []rule {
	all := []rule{
		{"://", true, false, userInfo},
		{"?", true, false, parameter},
		{"&", true, false, parameter},
		{"authorization", false, false, authorization},
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
		all = append(all, rule{start, false, false, assigned(names)})
	}
	return all
}

// assigned finds what is assigned to one of the names: name=value, name: value,
// "name": "value", also with the quotes escaped. Between its words a name may
// have underscores or dashes.
func assigned(names []string) func(t *text, start, end int) span {
	return func(t *text, start, _ int) span {
		if start > 0 && t.s[start-1] == '/' { // a path: /etc/passwd: No such file
			return span{}
		}
		for _, name := range names {
			if after, ok := t.afterName(start, name); ok {
				return value(t, after)
			}
		}
		return span{}
	}
}

func (t *text) afterName(i int, name string) (int, bool) {
	for k := 0; k < len(name); i++ {
		t.visited++
		switch {
		case i >= len(t.s):
			return 0, false
		case lower(t.s[i]) == name[k]:
			k++
		case t.s[i] != '_' && t.s[i] != '-':
			return 0, false
		}
	}
	return i, true
}

const shortestValue = 4

// value is what is assigned after i, without its quotes.
func value(t *text, i int) span {
	i, _ = t.quote(i)
	i = t.run(i, blanks)
	if i >= len(t.s) || t.s[i] != '=' && t.s[i] != ':' {
		return span{}
	}
	from, opened := t.quote(t.run(i+1, blanks))
	var to int
	if opened.mark != 0 {
		to = t.closing(from, opened)
	} else if to = t.run(from, valueLetters); to-from < shortestValue {
		return span{}
	}
	if ordinary(t.s[from:to]) {
		return span{}
	}
	return span{from, to}
}

// userInfo finds the password in scheme://user:password@host, and a token that
// stands there in place of the user.
func userInfo(t *text, start, end int) span {
	if start == 0 || !alphanumeric(t.s[start-1]) {
		return span{}
	}
	authority := t.s[end:t.run(end, authorityLetters)]
	t.visited += len(authority)
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
func parameter(t *text, _, end int) span {
	to := t.run(end, wordOrDashes)
	const longest = len("x-amz-security-token")
	if to >= len(t.s) || t.s[to] != '=' || to-end > longest {
		return span{}
	}
	switch strings.ToLower(t.s[end:to]) {
	case "token", "key", "sig", "signature", "x-amz-signature", "x-amz-security-token", "x-goog-signature":
		return span{to + 1, t.run(to+1, parameterLetters)}
	}
	return span{}
}

// authorization finds the credentials in a request's header.
func authorization(t *text, _, end int) span {
	i, _ := t.quote(end)
	i = t.run(i, blanks)
	if i >= len(t.s) || t.s[i] != ':' && t.s[i] != '=' {
		return span{}
	}
	i, _ = t.quote(t.run(i+1, blanks))
	for _, scheme := range []string{"bearer", "basic"} {
		if !(rule{start: scheme}).starts(t.s[i:]) {
			continue
		}
		from := t.run(i+len(scheme), blanks)
		if from > i+len(scheme) {
			return span{from, t.run(from, credentialLetters)}
		}
	}
	return span{}
}
