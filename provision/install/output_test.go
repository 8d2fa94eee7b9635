package install

import (
	"os"
	"strings"
	"testing"

	"carapace/schema"
)

// The outputs are those of uv 0.13.9 and pip 23 to 26 without a terminal, shortened.
func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       schema.Kind
		says       string
	}{
		{"no name service", "error: Request failed after 3 retries in 6.7s\n  cause: Failed to fetch: https://index.example/simple/skypilot/\n  cause: dns error\n", schema.KindNetwork, "could not be reached"},
		{"pip without network", "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: Could not find a version that satisfies the requirement uv (from versions: none)\nERROR: No matching distribution found for uv", schema.KindNetwork, "could not be reached"},
		{"a company's certificate", "error: Failed to fetch: https://index.example/simple/setuptools/\n  cause: invalid peer certificate: UnknownIssuer\n", schema.KindNetwork, "not trusted"},
		{"no Python and no network", "error: Failed to download `https://github.example/astral-sh/python-build-standalone/releases/cpython-3.13.18.tar.gz`\n  cause: dns error", schema.KindNetwork, "no Python 3.9 to 3.13"},
		{"a version that does not exist", "Using Python 3.11.2 environment at: t/v\nerror: No solution found when resolving dependencies\n  cause: Because there is no version of skypilot[aws]==99.99.99 and you require skypilot[aws]==99.99.99, we can conclude that your requirements are unsatisfiable.\n", schema.KindInvalidParams, "no version 99.99.99"},
		{"packages that do not go together", "error: No solution found when resolving dependencies\n  cause: Because a depends on b<2 and c depends on b>2", schema.KindUnsupported, "together"},
		{"a full disk", "  cause: failed to write to file `/x/service-2.json`: No space left on device (os error 28)\n\nhint: `awscli` was included because `skypilot[aws]` depends on it", schema.KindDiskFull, "full"},
		{"no write permission", "error: failed to create directory `/x`: Permission denied (os error 13)", schema.KindStateUnwritable, "written"},
		{"something else", "warning: x\nerror: Failed to build `y`\n  cause: z\n\nhint: w", schema.KindInternal, "Failed to build `y`"},
		{"nothing", "", schema.KindInternal, "could not be installed."},
	} {
		e := Explain(tt.text, "99.99.99")
		if e.Kind != tt.want || !strings.Contains(e.Message, tt.says) || e.Hint == "" {
			t.Errorf("%s: %s: %s", tt.name, e.Kind, e.Message)
		}
	}
}

// The recording is of an installation for aws into an empty cache.
func TestProgressOfARecordedInstallation(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/uv-pip-install-aws.txt")
	if err != nil {
		t.Fatal(err)
	}
	var o Output
	var said []string
	last := 0
	for line := range strings.Lines(string(data)) {
		percent, says, news := o.Line(strings.TrimRight(line, "\n"))
		if !news {
			continue
		}
		if percent < last || percent > 100 {
			t.Errorf("%d %% after %d %%", percent, last)
		}
		message := says.Message()
		last, said = percent, append(said, message)
		if strings.ContainsAny(message, "+=/") {
			t.Errorf("a raw line: %s", message)
		}
	}
	if last != percentInstalled || len(said) < 15 || len(said) > 30 {
		t.Errorf("%d %%, %d sentences", last, len(said))
	}
	if want := "Downloading SkyPilot and what it needs: 118 of 118 MB."; said[len(said)-3] != want {
		t.Errorf("%q, want %q", said[len(said)-3], want)
	}
}

// With everything in uv's cache nothing is downloaded.
func TestProgressFromTheCache(t *testing.T) {
	t.Parallel()
	var o Output
	for line, want := range map[string]bool{"Using Python 3.11.2 environment at: t/v": false, " + aiohttp==3.14.0": false, " Downloaded x": false, "": false} {
		if _, _, news := o.Line(line); news != want {
			t.Errorf("%q: %v", line, news)
		}
	}
	if percent, _, news := o.Line("Installed 107 packages in 1.23s"); !news || percent != percentInstalled {
		t.Errorf("%d %v", percent, news)
	}
}

func TestSpace(t *testing.T) {
	t.Parallel()
	for clouds, measured := range map[string]uint64{ // du -sm after the first run, with uv and its cache
		"aws": 570 + 90, "gcp": 490 + 90, "azure": 970 + 90, "aws gcp azure": 1275 + 90, "kubernetes": 390 + 90, "oci": 627 + 90, "vast": 466 + 90,
	} {
		need := Space(strings.Fields(clouds)) / megabyte
		if need < measured || need > measured+400 {
			t.Errorf("%s: %d MB, and it took %d", clouds, need, measured)
		}
	}
	if e := NoSpace(1500e6, 200e6); !strings.Contains(e.Message, "1.5 GB") || !strings.Contains(e.Message, "0.2 GB") || e.Kind != schema.KindDiskFull {
		t.Errorf("%+v", e)
	}
}

func TestPythons(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]bool{"3.11\n": true, "3.9": true, "3.13": true, "3.8": false, "3.14": false, "2.7": false, "": false} {
		if PythonFits(printed) != want {
			t.Errorf("%q", printed)
		}
	}
}
