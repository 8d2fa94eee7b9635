package cloud

import (
	"strings"
	"testing"
)

func TestTableIsSound(t *testing.T) {
	seen := map[string]string{}
	for _, c := range All() {
		for _, name := range append([]string{c.ID}, c.Aliases...) {
			key := strings.ToLower(name)
			if other, twice := seen[key]; twice && other != c.ID {
				t.Errorf("%q names both %s and %s", name, other, c.ID)
			}
			seen[key] = c.ID
		}
		if c.Name == "" || c.Setup == "" || !strings.HasPrefix(c.Docs, "https://") {
			t.Errorf("%s: a name, a repr, a hint or a page is missing: %+v", c.ID, c)
		}
		if c.StopSpot && (!c.Stop || !c.Spot) {
			t.Errorf("%s stops spot machines, but has none or can't stop", c.ID)
		}
		if c.Autostop && !c.Stop {
			t.Errorf("%s: an autostop that can't stop is the trap that this table is for", c.ID)
		}
	}
	if len(All()) != 25 {
		t.Errorf("there are %d clouds; SkyPilot 0.14.1 has 25", len(All()))
	}
}

func TestAllIsACopy(t *testing.T) {
	All()[0].ID = "changed"
	if c, found := Find("aws"); !found || c.ID != "aws" {
		t.Fatal("a caller changed the table")
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"aws": "aws", "AWS": "aws", "k8s": "kubernetes", "kubernetes": "kubernetes",
		"digitalocean": "do", "do": "do", "": "", "nocloud": "", "aws ": "",
	} {
		if c, found := Find(name); c.ID != want || found != (want != "") {
			t.Errorf("Find(%q) = %q, %v", name, c.ID, found)
		}
	}
}

func TestWhatCanEndItself(t *testing.T) {
	for _, tt := range []struct {
		id                           string
		stop, spotStop               bool
		autostop, spotAutostop, down bool
	}{
		{id: "aws", stop: true, autostop: true, down: true},
		{id: "gcp", stop: true, spotStop: true, autostop: true, spotAutostop: true, down: true},
		{id: "kubernetes", down: true},
		{id: "lambda", down: true},
		{id: "runpod", down: true},
		{id: "fluidstack", down: true},
		{id: "cudo", down: true},
		{id: "shadeform", down: true},
		{id: "hyperbolic"},
		{id: "yotta"},
	} {
		c, _ := Find(tt.id)
		got := []bool{c.CanStop(false), c.CanStop(true), c.CanAutostop(false, false), c.CanAutostop(true, false), c.CanAutostop(false, true)}
		want := []bool{tt.stop, tt.spotStop, tt.autostop, tt.spotAutostop, tt.down}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: stop, spot stop, autostop, spot autostop, autodown are %v, want %v", tt.id, got, want)
				break
			}
		}
	}
}
