package cli

import (
	"regexp"
	"strings"

	"carapace/schema"
)

// commandOf has the command that carries a method out; of the others 'call METHOD' does. It is a function, as is
// flagOf, so that a host that is served does not pay for a table.
func commandOf() map[string]string {
	return map[string]string{
		"skypilot.install": "install", "provider.list": "clouds", "provider.check": "clouds CLOUD",
		"cluster.launch": "launch", "cluster.status": "status", "cluster.start": "start", "cluster.stop": "stop", "cluster.destroy": "destroy",
		"cluster.sync": "sync", "cluster.logs": "logs", "cluster.cost": "cost", "cluster.connection": "ssh",
	}
}

// flagOf has the flag that gives a field of a method's params.
func flagOf() map[string]string {
	return map[string]string{
		"allowDeletions": "--allow-deletions", "maxHourlyCost": "--max-price", "useSpot": "--spot", "instanceType": "--instance-type",
		"diskSize": "--disk", "diskTier": "--disk-tier", "retryUntilUp": "--retry", "dryRun": "--dry-run", "idleMinutes": "--autostop",
	}
}

// protocolWord is a word that only a host of the protocol knows.
func protocolWord() *regexp.Regexp {
	var words []string
	for _, m := range schema.Methods {
		if strings.Contains(m.Name, ".") {
			words = append(words, regexp.QuoteMeta(m.Name))
		}
	}
	for field := range flagOf() {
		words = append(words, field)
	}
	return regexp.MustCompile(`\b(?:spec\.)?(` + strings.Join(words, "|") + `)\b`)
}

// forPeople writes what the service says with the words of the command line.
func forPeople(text string) string {
	flags, commands := flagOf(), commandOf()
	return protocolWord().ReplaceAllStringFunc(text, func(word string) string {
		word = strings.TrimPrefix(word, "spec.")
		if flag := flags[word]; flag != "" {
			return flag
		}
		if command := commands[word]; command != "" {
			return "'sidecar " + command + "'"
		}
		return "'sidecar call " + word + "'"
	})
}
