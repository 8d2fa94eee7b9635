//go:build unix

package vault

import (
	"flag"
	"fmt"
	"testing"

	"carapace/provision/vault/vaulttest"
)

var trees = flag.Int("trees", 1, "how many random trees are mirrored")

// Two trees at a time: rsync mostly waits for its own processes to end.
//
//	go test ./provision/vault -run TestRandomTrees -trees 1000 -timeout 1h -v
func TestRandomTrees(t *testing.T) {
	t.Parallel()
	m, count := behindSSHD(t), &vaulttest.Tally{}
	t.Run("grown", func(t *testing.T) {
		for first := range min(*trees, 2) {
			t.Run(fmt.Sprint(first), func(t *testing.T) {
				t.Parallel()
				for seed := first; seed < *trees && !t.Failed(); seed += 2 {
					t.Run(fmt.Sprint(seed), func(t *testing.T) {
						vaulttest.RandomTree(t, m.another(t), uint64(seed), count)
					})
					if seed%50 == 0 {
						t.Log(count)
					}
				}
			})
		}
	})
	t.Log(count)
}
