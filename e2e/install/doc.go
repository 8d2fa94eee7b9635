// Package install tests skypilot.install for real: from the Python package index, into an
// empty home, as somebody who has just got the app would. Its tests have the build tag e2e and
// run with CARAPACE_INSTALL=1: each downloads some 120 MB.
package install
