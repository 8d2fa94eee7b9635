//go:build race

package chaos

// raceEnabled: the sidecar is built with the race detector too, and takes many
// times as long; its time to end is then not held against it.
const raceEnabled = true
