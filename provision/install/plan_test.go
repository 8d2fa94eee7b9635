package install

import (
	"slices"
	"testing"
)

// TestVastNeedsANewerSDK: SkyPilot's extra for Vast is content with one that it can't launch with.
func TestVastNeedsANewerSDK(t *testing.T) {
	for _, c := range []struct {
		clouds []string
		want   []string
	}{
		{[]string{"aws"}, []string{"skypilot[aws]==0.14.1"}},
		{[]string{"aws", "vast"}, []string{"skypilot[aws,vast]==0.14.1", "vastai-sdk>=1"}},
	} {
		args := AddSkyPilot("folder", "0.14.1", c.clouds)
		if got := args[4:]; !slices.Equal(got, c.want) {
			t.Errorf("for %v uv is given %v", c.clouds, got)
		}
	}
}
