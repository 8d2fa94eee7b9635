// Package scenario holds the stories that the sidecar must be able to live
// through, told once: the simulated cloud plays them in `go test ./...`, the real
// SkyPilot CLI in the lab plays the same ones under the build tag e2e. Where the
// two differ, the simulator is wrong.
//
// Nothing here looks into the sidecar: a Peer speaks its protocol over its stdin
// and stdout as an app does, and a World looks at what the cloud and SkyPilot say.
package scenario
