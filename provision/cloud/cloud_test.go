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
		if c.Name == "" || c.Setup == nil || !strings.HasPrefix(c.Docs, "https://") {
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

func TestWhatAStoppedMachineCosts(t *testing.T) {
	for _, c := range All() {
		switch c.Stopped {
		case StoppedUnknown:
		case StoppedDisk, StoppedMachine:
			if !strings.HasPrefix(c.StoppedSource, "https://") {
				t.Errorf("%s: %q without a page that says so", c.ID, c.Stopped)
			}
		default:
			t.Errorf("%s: %q is no cost", c.ID, c.Stopped)
		}
		if !c.Stop && (c.Stopped != StoppedUnknown || c.StoppedSource != "") {
			t.Errorf("%s can't stop, but has a cost while stopped", c.ID)
		}
	}
	for _, tt := range []struct {
		id          string
		plain, spot StoppedCost
	}{
		{"aws", StoppedDisk, StoppedUnknown}, // a spot machine can't be stopped there
		{"gcp", StoppedDisk, StoppedDisk},
		{"do", StoppedMachine, StoppedUnknown},
		{"nebius", StoppedDisk, StoppedDisk},
		{"oci", StoppedUnknown, StoppedUnknown}, // depends on the type
		{"seeweb", StoppedUnknown, StoppedUnknown},
		{"lambda", StoppedUnknown, StoppedUnknown}, // can't stop
	} {
		c, _ := Find(tt.id)
		if plain, spot := c.CostsWhenStopped(false), c.CostsWhenStopped(true); plain != tt.plain || spot != tt.spot {
			t.Errorf("%s: %q, spot %q; want %q, %q", tt.id, plain, spot, tt.plain, tt.spot)
		}
	}
}

// The list is section 5 of the recordings of SkyPilot 0.14.1: every other class's
// get_user_identities returns None.
func TestWhereSkyPilotChecksTheAccount(t *testing.T) {
	checks := map[string]bool{"aws": true, "azure": true, "gcp": true, "kubernetes": true, "nebius": true, "ssh": true}
	for _, c := range All() {
		if c.IdentityCheck != checks[c.ID] {
			t.Errorf("%s: IdentityCheck is %v", c.ID, c.IdentityCheck)
		}
	}
}
