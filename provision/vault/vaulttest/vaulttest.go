// Package vaulttest is what tests of mirrors have in common, be the server a plain sshd or a
// machine of the lab: special files and random trees, and what has to hold of them.
package vaulttest
