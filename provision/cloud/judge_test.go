package cloud

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// judgeVar names the Python that SkyPilot 0.14.1 is installed for; .ci/run's step judge makes one.
const judgeVar = "CARAPACE_JUDGE_PYTHON"

// abilities are what SkyPilot's classes say of a cloud (testdata/abilities.py): the features that it does not support, on
// demand and spot, by the names of CloudImplementationFeatures.
type abilities struct {
	Aliases   []string `json:"aliases"`
	Identity  bool     `json:"identity"`
	MapsPorts bool     `json:"mapsPorts"`
	Demand    []string `json:"demand"`
	Spot      []string `json:"spot"`
	DiskTiers []string `json:"diskTiers"` // best is one of them
	Unknown   string   `json:"unknown"`
}

// SkyPilot's own classes are the judge of the table: which clouds there are, and what each of them can do. Not judged are
// Zones, and what a cluster alone knows: spot machines on Kubernetes and on SSH pools, container images on Slurm.
func TestSkyPilotAgreesOnAbilities(t *testing.T) {
	python := os.Getenv(judgeVar)
	if python == "" {
		t.Skipf("SKIPPED: SkyPilot was not asked: %s is not set (.ci/run judge sets it)", judgeVar)
	}
	script, err := filepath.Abs("testdata/abilities.py")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), python, script)
	cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "SKYPILOT_DISABLE_USAGE_COLLECTION=1"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	said := map[string]abilities{}
	if err := json.Unmarshal(output, &said); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	judged := 0
	for _, c := range All() {
		is, there := said[c.ID]
		if !there {
			t.Errorf("SkyPilot has no cloud %s", c.ID)
			continue
		}
		delete(said, c.ID)
		if !slices.Equal(slices.Sorted(slices.Values(c.Aliases)), slices.Sorted(slices.Values(is.Aliases))) {
			t.Errorf("%s: its aliases are %q, and %q here", c.ID, is.Aliases, c.Aliases)
		}
		type claim struct {
			what        string
			here, there bool
		}
		claims := []claim{{"IdentityCheck", c.IdentityCheck, is.Identity}, {"MapsPorts", c.MapsPorts, is.MapsPorts && c.Ports}}
		if is.Unknown == "" {
			can := func(feature string) bool { return !slices.Contains(is.Demand, feature) }
			claims = append(claims,
				claim{"Stop", c.Stop, can("STOP")},
				claim{"StopSpot", c.StopSpot, can("SPOT_INSTANCE") && !slices.Contains(is.Spot, "STOP")},
				claim{"Autostop", c.Autostop, can("STOP") && can("AUTOSTOP")},
				claim{"Autodown", c.Autodown, can("AUTODOWN")},
				claim{"Spot", c.Spot, can("SPOT_INSTANCE") || c.ID == "kubernetes" || c.ID == "ssh"},
				claim{"Ports", c.Ports, can("OPEN_PORTS")},
				claim{"ImageID", c.ImageID, can("IMAGE_ID")},
				claim{"DockerImage", c.DockerImage, can("DOCKER_IMAGE") || c.ID == "slurm"},
				claim{"DiskTiers", len(c.DiskTiers) > 0, can("CUSTOM_DISK_TIER") && len(is.DiskTiers) > 1},
			)
			judged++
		}
		for _, tier := range c.DiskTiers {
			claims = append(claims, claim{"disk tier " + tier, true, slices.Contains(is.DiskTiers, tier)})
		}
		if len(c.DiskTiers) > 0 && len(c.DiskTiers)+1 != len(is.DiskTiers) {
			t.Errorf("%s: SkyPilot takes the disk tiers %v, and here with best %v", c.ID, is.DiskTiers, c.DiskTiers)
		}
		for _, claim := range claims {
			if claim.here != claim.there {
				t.Errorf("%s: %s is %t, and %t here", c.ID, claim.what, claim.there, claim.here)
			}
		}
	}
	for id := range said {
		t.Errorf("SkyPilot's cloud %s is not in the table", id)
	}
	t.Logf("%d clouds were judged", judged)
	if judged < 20 {
		t.Errorf("%d clouds were judged: this tests little", judged)
	}
}
