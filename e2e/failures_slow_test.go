//go:build e2e

package e2e

var slowFailures = []failure{}
