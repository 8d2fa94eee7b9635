package sky

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// Minimum is the oldest SkyPilot that works: the first with `-o json`
// (docs/skypilot.md, "Versions"). Tested is the one that this code was tried with.
const (
	Minimum = "0.12.0"
	Tested  = "0.14.1"
)

// Version is a version of SkyPilot as PEP 440 has it, as far as SkyPilot uses
// that. The zero value is no version.
type Version struct {
	Text    string // as it was printed
	release [4]int
	stage   int // dev, a, b, rc before the release; post after it
	number  int
}

// The order of what can follow a release number.
const (
	stageDev = iota - 4
	stageAlpha
	stageBeta
	stageCandidate
	stageFinal
	stagePost
)

// Version runs `sky --version`, the one call that needs no API server. A program
// that is not SkyPilot's sky is KindSkyPilotNotFound.
func (c *Client) Version(ctx context.Context) (Version, error) {
	res, err := c.run(ctx, Call{Purpose: Question, Args: []string{"--version"}})
	if err != nil {
		return Version{}, err
	}
	if v, ok := ParseVersionOutput(res.Stdout); ok {
		return v, nil
	}
	return Version{}, notSkyPilot(res)
}

// notSkyPilot is what came instead of a version. A full disk keeps even that from
// SkyPilot, which writes the user's hash first (recording version-disk-full).
func notSkyPilot(res Result) error {
	if e := Explain(Failure{Stdout: res.Stdout, Stderr: res.Stderr}); e.Kind == schema.KindDiskFull {
		return schema.Fail(e.Kind, &text.SkyPilotNoSpace).WithDetail(e.Detail)
	}
	return schema.Fail(schema.KindSkyPilotNotFound, &text.SkyPilotForeign).WithDetail(detail(res.Stdout, res.Stderr))
}

// ParseVersionOutput reads what `sky --version` printed. Pure.
func ParseVersionOutput(output string) (Version, bool) {
	for line := range strings.Lines(Clean(output)) {
		if v, ok := strings.CutPrefix(line, "skypilot, version "); ok {
			return ParseVersion(strings.TrimSpace(v))
		}
	}
	return Version{}, false
}

// ParseVersion reads a version such as 0.14.1, 0.12.3.post1, 0.13.0rc1 or
// 1.0.0.dev20260101. Pure.
func ParseVersion(s string) (Version, bool) {
	v := Version{Text: s, stage: stageFinal}
	rest, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(s), "v"), "+") // a local label does not count
	for i := 0; ; i++ {
		digits := leadingDigits(rest)
		if digits == "" {
			return Version{}, false
		}
		if i < len(v.release) {
			v.release[i] = atoi(digits)
		}
		rest = rest[len(digits):]
		if len(rest) < 2 || rest[0] != '.' || !isDigit(rest[1]) {
			return v.suffixed(rest)
		}
		rest = rest[1:]
	}
}

// suffixed reads what follows the release: at most one of dev, a, b, rc, post
// with its number.
func (v Version) suffixed(rest string) (Version, bool) {
	if rest == "" {
		return v, true
	}
	rest = strings.TrimLeft(rest, ".-_")
	for _, s := range []struct {
		mark  string
		stage int
	}{
		{"dev", stageDev},
		{"alpha", stageAlpha},
		{"beta", stageBeta},
		{"post", stagePost},
		{"rc", stageCandidate},
		{"a", stageAlpha},
		{"b", stageBeta},
		{"c", stageCandidate},
		{"r", stagePost},
	} {
		if number, ok := strings.CutPrefix(rest, s.mark); ok {
			v.stage, v.number = s.stage, atoi(leadingDigits(strings.TrimLeft(number, ".-_")))
			return v, true
		}
	}
	return Version{}, false
}

func leadingDigits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

// atoi is the number in a string of digits, no greater than an int holds.
func atoi(digits string) int {
	n, _ := strconv.Atoi(digits) // its value is the greatest int where there are too many digits
	return n
}

// Compare is negative, 0 or positive where v is older than, the same as or newer
// than w.
func (v Version) Compare(w Version) int {
	for i := range v.release {
		if c := cmp.Compare(v.release[i], w.release[i]); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(v.stage, w.stage), cmp.Compare(v.number, w.number))
}

// Supported reports whether the version is Minimum or newer. A development
// build of the main branch calls itself 1.0.0.dev0 and so is newer than all.
func (v Version) Supported() bool {
	minimum, _ := ParseVersion(Minimum)
	return v.Compare(minimum) >= 0
}

// Accepts reports whether a sky of Minimum or newer works with an API server of
// this version: 0.11.0 is the oldest that it takes (docs/skypilot.md, "Versions").
func (v Version) Accepts() bool {
	oldest, _ := ParseVersion("0.11.0")
	return v.Compare(oldest) >= 0
}

// String is the version as it was printed.
func (v Version) String() string { return v.Text }
