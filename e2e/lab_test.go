//go:build e2e

// Package e2e plays the scenarios with the real SkyPilot CLI, in the lab.
package e2e

import (
	"os"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
)

func TestMain(m *testing.M) {
	os.Exit(lab.Main(m))
}

// TestLab tells every story to the real SkyPilot, all on one stage, so that a
// launch of 70 seconds serves several. E2E_CLOUD names another cloud than AWS; what
// that one can't do is left out. With E2E_STORIES=short it is the few of RunShort.
func TestLab(t *testing.T) {
	w := lab.World{}
	if id := os.Getenv("E2E_CLOUD"); id != "" && id != scenario.AWS().ID {
		w = on(t, id)
	}
	tell := scenario.Run
	if os.Getenv("E2E_STORIES") == "short" {
		tell = scenario.RunShort
	}
	tell(t, w, oneStage(t, w))
}

// TestOtherClouds shows in minutes that a server lives on a cloud that can stop one and
// on a cloud that can't, each with SkyPilot's own code for it.
func TestOtherClouds(t *testing.T) {
	for _, id := range []string{"do", "lambda"} {
		t.Run(id, func(t *testing.T) {
			w := on(t, id)
			scenario.RunShort(t, w, oneStage(t, w))
		})
	}
}

// on is the lab with an account at a cloud.
func on(t *testing.T, id string) lab.World {
	t.Helper()
	c, known := scenario.CloudOf(id)
	if !known {
		t.Fatalf("the suite knows no cloud %q", id)
	}
	w := lab.World{On: c}
	w.OpenAccount(t)
	return w
}

// oneStage is one stage for all stories, with nothing on it before and after.
func oneStage(t *testing.T, w lab.World) func(testing.TB) scenario.Stage {
	t.Helper()
	stage := scenario.NewStage(t, t.TempDir())
	w.Clear(t)
	t.Cleanup(func() { w.Clear(t) })
	return func(testing.TB) scenario.Stage { return stage }
}
