package sky

import "strings"

// mark is what SkyPilot prints before a cloud's words.
type mark struct {
	text string
	// until is where the words begin, if something of SkyPilot's own stands between:
	// the name of the machine in "Failed to terminate instance i-1: …".
	until string
	// keep: the mark belongs to the words; it is how an SDK writes an error.
	keep bool
	// names: the cloud's name follows.
	names bool
	// by is the cloud that alone is written so, "" where several are.
	by string
}

// marks are those of SkyPilot 0.14.1, as sky/provision/CLOUD/instance.py and
// utils.py, and the handlers in backends/cloud_vm_ray_backend.py, print them; and
// the SDKs' own.
var marks = []mark{
	{text: "run_instances error", until: ": "}, // lambda, runpod, nebius, cudo, fluidstack, paperspace, vast, scp
	{text: "run_instances: ", by: "cudo"},
	{text: "Failed to create instance", until: ": "},    // shadeform; azure, gcp ("instances: ")
	{text: "Failed to create cluster", until: ": "},     // yotta
	{text: "Failed to launch instance", until: ": "},    // yotta, mithril, hyperbolic, nebius
	{text: "API error during instance launch: "},        // primeintellect, verda
	{text: "Resource unavailability error: "},           // primeintellect
	{text: "Unexpected error during instance launch: "}, // primeintellect
	{text: "Start instance error: ", by: "nebius"},      //
	{text: "Failed to terminate instance", until: ": "}, // fluidstack, gcp, hyperbolic, lambda, paperspace, primeintellect, runpod, shadeform, verda
	{text: "Failed to stop instance ", until: ": ", by: "vast"},
	{text: "Failed to remove instance ", until: ": ", by: "vast"},
	{text: "Failed to terminate cluster", until: ": "},   // yotta
	{text: "Terminate instance failed: ", by: "oci"},     //
	{text: "instance creation error: ", by: "scp"},       //
	{text: "vpc creation error: ", by: "scp"},            //
	{text: "security group creation error: ", by: "scp"}, //
	{text: "firewall rule error: ", by: "scp"},           // add, delete
	{text: "stop_instances error: ", by: "scp"},          //
	{text: "terminate_instances error: ", by: "scp"},     //
	{text: "Error in _power_on for ", until: ": ", by: "seeweb"},
	{text: "Error in _power_off for ", until: ": ", by: "seeweb"},
	{text: "Failed to query ", until: " status", names: true}, // each cloud's machines: backends/backend_utils.py
	{text: "handler error: "},                                 // AWS, SCP
	{text: "Attempt failed with ", by: "aws"},
	{text: "Got return code ", keep: true, by: "gcp"},
	{text: "<HttpError ", keep: true, by: "gcp"},
	{text: "googleapiclient.", keep: true, by: "gcp"},
	{text: "Got an unparsed error: ", by: "gcp"},
	{text: "An error occurred (", keep: true, by: "aws"},
	{text: "botocore.exceptions.", keep: true, by: "aws"},
	{text: "azure.core.exceptions.", keep: true, by: "azure"},
	{text: "oci.exceptions.", keep: true, by: "oci"},
	{text: "kubernetes.client.exceptions.", keep: true, by: "kubernetes"},
	{text: "sbatch: error: ", by: "slurm"},
}

// marked returns a cloud's words out of a line of SkyPilot's log: what follows the
// first mark in it. by is the cloud, where the mark tells.
func marked(line string) (words, by string, ok bool) {
	first := len(line)
	for _, m := range marks {
		if at := strings.Index(line, m.text); at >= 0 && at < first {
			if said, there := m.after(line[at:]); there {
				first, words, by, ok = at, said, m.by, true
				if name, _, more := strings.Cut(line[at+len(m.text):], " "); m.names && more {
					by = cloudID(name)
				}
			}
		}
	}
	return words, by, ok && words != ""
}

// unmarked is a text without the first mark of SkyPilot's own in it, and what stands
// before that.
func unmarked(text string) string {
	first, words := len(text), text
	for _, m := range marks {
		if at := strings.Index(text, m.text); !m.keep && at >= 0 && at < first {
			if said, there := m.after(text[at:]); there {
				first, words = at, said
			}
		}
	}
	return words
}

// after is what the mark stands before.
func (m mark) after(line string) (words string, ok bool) {
	if m.keep {
		return line, true
	}
	words = line[len(m.text):]
	if m.until == "" {
		return words, true
	}
	const between = 200 // of SkyPilot's own
	at := strings.Index(words[:min(len(words), between)], m.until)
	if at < 0 {
		return "", false
	}
	return strings.TrimLeft(words[at+len(m.until):], ":. "), true
}

// refusal is the provider's own words, tidied, where a line of a launch's log
// holds them.
func refusal(line string) (words string, ok bool) {
	if noReason(line) {
		return "", false
	}
	said, _, ok := marked(line)
	words = providerWords(said)
	return words, ok && words != ""
}
