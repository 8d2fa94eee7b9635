//go:build !unix

package scenario

import "testing"

func randomTrees(t *testing.T, _ *scene)  { t.Skip("NOT TOLD: SkyPilot does not run here") }
func specialFiles(t *testing.T, _ *scene) { t.Skip("NOT TOLD: SkyPilot does not run here") }
