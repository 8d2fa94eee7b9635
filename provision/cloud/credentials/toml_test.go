package credentials

import "testing"

// What Python's tomllib says of each.
func TestTOMLIsReadAsTomllibDoes(t *testing.T) {
	const none, other, refused = "none", "another type", "refused"
	for content, want := range map[string]string{
		"[a]\nk = 'v'":                        "v",
		"a.k = \"\\u0076\"":                   "v",
		"\"a\" . 'k' = '''v'''":               "v",
		"a = {k = 'v'}":                       "v",
		"[a.k]":                               other,
		"a.k.x = 1":                           other,
		"[a]\nk = 1":                          other,
		"[a]\nk = [{x = 1}, {x = 2}]":         other,
		"[a.b.c]\n[a]\nk = 'v'":               "v",
		"[a.b.c]\n[a]\nb.d = 1\nk = 'v'":      "v",
		"[a]\nb.x = 1\nb.y = 2\nk = 'v'":      "v",
		"[[b]]\nx.y = 1\n[[b]]\nx.y = 1\n[a]": none,
		"[[a]]\nk = 'v'":                      none,
		"'a.k' = 'v'":                         none,
		"":                                    none,
		"[a]\n[a]":                            refused,
		"[a]\nk = 1\nk = 2":                   refused,
		"a = {x = 1, x = 2}":                  refused,
		"a = [{x = 1, x = 2}]":                refused,
		"a = {}\n[a]":                         refused,
		"a = {}\n[a.b]":                       refused,
		"a = {}\na.k = 1":                     refused,
		"a = {b = {}, b.c = 1}":               refused,
		"[a]\nb.x = 1\n[a.b]":                 refused,
		"[a.b]\n[a]\nb.x = 1\n[a.b]":          refused,
		"[a.b]\nx = 1\n[a]\nb.y = 2":          refused,
		"a = []\n[[a]]":                       refused,
		"[[a]]\n[a]":                          refused,
		"[a]\n[[a]]":                          refused,
		"[a]\nk = v":                          refused,
		"[a":                                  refused,
	} {
		file, err := parseTOML([]byte(content))
		value := file.member(tomlDot+"a", "k")
		text, isText := value.(string)
		var got string
		switch {
		case err != nil:
			got = refused
		case !file.isTable(tomlDot+"a") || value == nil:
			got = none
		case isText:
			got = text
		default:
			got = other
		}
		if got != want {
			t.Errorf("%q: %s; want %s", content, got, want)
		}
	}
}
