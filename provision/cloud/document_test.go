package cloud

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The page of the clouds is prose by hand and a list of abilities from the table,
// for each cloud. UPDATE_DOCS=1 writes the lists anew; the prose stays.
const cloudsPage = "../../docs/clouds.md"

func TestEveryCloudHasItsSection(t *testing.T) {
	data, err := os.ReadFile(cloudsPage)
	if err != nil {
		t.Fatal(err)
	}
	update := os.Getenv("UPDATE_DOCS") != ""
	parts := strings.Split(string(data), "\n## ")
	clouds := All()
	if len(parts)-1 != len(clouds) {
		t.Fatalf("%s has %d sections, and there are %d clouds", cloudsPage, len(parts)-1, len(clouds))
	}
	for i, c := range clouds {
		title, prose, abilities := splitSection(parts[i+1])
		if want := fmt.Sprintf("%s (%s)", c.Name, c.ID); title != want {
			t.Errorf("section %d is %q, want %q", i+1, title, want)
		}
		checkCredentialsProse(t, c, prose)
		want := abilitiesOf(c)
		if abilities != want && !update {
			t.Errorf("%s: %s does not say what the table says; to write it anew: UPDATE_DOCS=1\n%s", c.ID, cloudsPage, want)
		}
		parts[i+1] = title + "\n\n" + prose + "\n\n" + want + "\n"
	}
	if update {
		if err := os.WriteFile(cloudsPage, []byte(strings.Join(parts, "\n## ")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func splitSection(section string) (title, prose, abilities string) {
	title, rest, _ := strings.Cut(section, "\n\n")
	prose, abilities, _ = strings.Cut(rest, "\n\n")
	return title, prose, strings.TrimSuffix(abilities, "\n")
}

// checkCredentialsProse holds the prose to the sentence that a person is told where
// credentials are missing, and to three sentences at most.
func checkCredentialsProse(t *testing.T, c Cloud, prose string) {
	t.Helper()
	text := strings.Join(strings.Fields(strings.NewReplacer("`", "", `"`, "").Replace(prose)), " ")
	if setup := strings.ReplaceAll(c.Setup.Message, `"`, ""); !strings.Contains(text, setup) {
		t.Errorf("%s: the prose lacks %q", c.ID, c.Setup.Message)
	}
	if n := strings.Count(text, ". ") + 1; n > 3 || !strings.HasSuffix(text, ".") {
		t.Errorf("%s: %d sentences about credentials, or no end; at most three:\n%s", c.ID, n, prose)
	}
}

// abilitiesOf is what a cloud can do, for a person.
func abilitiesOf(c Cloud) string {
	lines := []string{
		"Stop: " + stopWords(c),
		"Spot machines: " + yesNo(c.Spot),
		"Autostop of an idle server: " + autostopWords(c),
		"Ports: " + yesNo(c.Ports),
		"A launch may also name: " + launchWords(c),
	}
	if c.Stop {
		lines = append(lines, "A stopped machine costs: "+stoppedWords(c))
	}
	lines = append(lines, "SkyPilot is installed with it as `skypilot["+c.ID+"]`")
	if len(c.Tools) > 0 {
		lines = append(lines, "Programs that SkyPilot runs: `"+strings.Join(c.Tools, "`, `")+"`")
	}
	return "- " + strings.Join(append(lines, "Page on setting it up: <"+c.Docs+">"), "\n- ")
}

func stopWords(c Cloud) string {
	if c.Stop && c.Spot && !c.StopSpot {
		return "yes, but not a spot machine"
	}
	return yesNo(c.Stop)
}

func autostopWords(c Cloud) string {
	switch stop, down := c.CanAutostop(false, false), c.CanAutostop(false, true); {
	case stop && down && c.Spot && !c.CanAutostop(true, false):
		return "it stops or is destroyed; a spot machine can only be destroyed"
	case stop && down:
		return "it stops or is destroyed"
	case stop:
		return "it stops"
	case down:
		return "it is destroyed"
	}
	return "no"
}

func launchWords(c Cloud) string {
	var may []string
	for _, what := range []struct {
		name string
		can  bool
	}{{"a zone", c.Zones}, {"a disk image", c.ImageID}, {"a container image", c.DockerImage}, {"a disk tier", len(c.DiskTiers) > 0}} {
		if what.can {
			may = append(may, what.name)
		}
	}
	if len(may) == 0 {
		return "nothing"
	}
	return strings.Join(may, ", ")
}

func stoppedWords(c Cloud) string {
	switch {
	case c.Stopped == StoppedDisk:
		return "its disk and reserved addresses (<" + c.StoppedSource + ">)"
	case c.Stopped == StoppedMachine:
		return "as much as a running one (<" + c.StoppedSource + ">)"
	case c.StoppedSource != "":
		return "it depends on the machine; reckon with the full price (<" + c.StoppedSource + ">)"
	}
	return "not known; reckon with the full price"
}

func yesNo(can bool) string {
	if can {
		return "yes"
	}
	return "no"
}
