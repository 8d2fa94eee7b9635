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
// launch of 70 seconds serves several.
func TestLab(t *testing.T) {
	stage := scenario.NewStage(t, t.TempDir())
	w := lab.World{}
	w.Clear(t)
	t.Cleanup(func() { w.Clear(t) })
	scenario.Run(t, w, func(testing.TB) scenario.Stage { return stage })
}
