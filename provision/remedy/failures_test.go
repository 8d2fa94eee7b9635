package remedy

import (
	"os"
	"slices"
	"strings"
	"testing"

	"carapace/provision/cloud"
	"carapace/schema"
)

// Of the failures that were produced with the real SkyPilot, four in five have a button: by the kind of
// each row, in a situation that its status leaves. What has no kind is no error. -v prints the rows of each
// cloud, and the share.
func TestFailuresHaveRemedies(t *testing.T) {
	page, err := os.ReadFile("../../docs/failures.md")
	if err != nil {
		t.Fatal(err)
	}
	on := "aws" // the cloud of the part of the page
	rows, helped, of := 0, 0, map[string]int{}
	for line := range strings.Lines(string(page)) {
		if title, begins := strings.CutPrefix(line, "## "); begins {
			on = cloudOf(strings.TrimSpace(title))
		}
		cells := strings.Split(line, " | ")
		if len(cells) < 6 || cells[0] == "| failure" || strings.HasPrefix(line, "|---") {
			continue
		}
		rows++
		of[on]++
		kind := schema.Kind(strings.Trim(cells[2], "` "))
		buttons := ids(For(&schema.Error{Kind: kind, Provider: on}, after(cells[5])))
		if buttons != "" {
			helped++
		}
		t.Logf("%s (%s): %s", strings.TrimPrefix(cells[0], "| "), kind, buttons)
	}
	t.Logf("rows by cloud: %v", of)
	t.Logf("%d of %d rows have a remedy: %d %%", helped, rows, 100*helped/max(1, rows))
	if rows < 40 || helped*5 < rows*4 {
		t.Errorf("%d of %d rows have a remedy, and four in five should", helped, rows)
	}
}

// cloudOf is the cloud that a part of the page is about, by its title: "On DigitalOcean". The others are about AWS.
func cloudOf(title string) string {
	for _, c := range cloud.All() {
		if title == "On "+c.Name {
			return c.ID
		}
	}
	return "aws"
}

// after is a situation with the methods that are accepted in a status (lifecycle.Admit), the rest of
// it that of a launch that failed.
func after(status string) *Situation {
	s := everything(schema.OperationLaunch)
	refused := map[string][]string{
		"`running`":   {"cluster.launch", "cluster.start"},
		"`stopped`":   {"cluster.launch", "cluster.stop", "cluster.sync"},
		"`no_server`": {"cluster.launch", "cluster.start", "cluster.stop", "cluster.destroy", "cluster.sync", "cluster.logs"},
		"`error`":     {"cluster.sync"},
	}
	for is, methods := range refused {
		if strings.HasPrefix(status, is) {
			s.Admitted = slices.DeleteFunc(s.Admitted, func(m string) bool { return slices.Contains(methods, m) })
		}
	}
	s.Machine = strings.Contains(status, "costs money") && !strings.Contains(status, "nothing costs")
	return s
}
