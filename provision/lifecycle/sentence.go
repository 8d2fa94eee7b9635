package lifecycle

import (
	"fmt"
	"strings"

	"carapace/schema"
)

// AutodownSentence describes a server that has most likely ended by its autostop.
const AutodownSentence = "The server is gone: most likely it was idle and has destroyed itself, as its autostop says."

func placeOf(v schema.Cluster) string {
	switch {
	case v.Cloud == "":
		return ""
	case v.Region == "":
		return v.Cloud
	}
	return v.Cloud + " " + v.Region
}

// Sentence returns a text with a full stop at its end, unless it ends with punctuation.
func Sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?…:") {
		return s
	}
	return s + "."
}

// TryAgain returns the hint of an operation that was interrupted.
func TryAgain(kind schema.OperationKind) string {
	switch kind {
	case schema.OperationLaunch:
		return "Launch again to finish it, or destroy the server. " + MayBeThere
	case schema.OperationStart:
		return "Start it again, or destroy the server. " + MayCost
	}
	return fmt.Sprintf("Ask for the %s again.", kind)
}

// sizeOf returns a machine's size for a person, without what is 0.
func sizeOf(cpus, memoryGB float64, diskGB int) string {
	var parts []string
	if cpus > 0 {
		parts = append(parts, fmt.Sprintf("%g vCPUs", cpus))
	}
	if memoryGB > 0 {
		parts = append(parts, fmt.Sprintf("%g GB memory", memoryGB))
	}
	if diskGB > 0 {
		parts = append(parts, fmt.Sprintf("%d GB disk", diskGB))
	}
	return strings.Join(parts, ", ")
}

// Words returns a status for use in a sentence.
func Words(status schema.Status) string {
	switch status {
	case schema.StatusNoServer:
		return "not there"
	case schema.StatusProvisioning:
		return "being launched"
	case schema.StatusStopping:
		return "being stopped"
	case schema.StatusDestroying:
		return "being destroyed"
	case schema.StatusError:
		return "in an error"
	}
	return string(status)
}

// join joins two sentences with a space; either may be empty.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
