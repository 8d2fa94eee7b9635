package cli

import (
	"regexp"
	"strings"
	"sync"

	"carapace/schema"
)

// commandOf has the command that carries a method out; of the others 'call METHOD' does. It is a function, as is
// flagOf, so that a host that is served does not pay for a table.
func commandOf() map[string]string {
	return map[string]string{
		"skypilot.install": "install", "provider.list": "clouds", "provider.check": "clouds CLOUD", "provider.regions": "regions CLOUD", "provider.sizes": "sizes CLOUD",
		"cluster.launch": "launch", "cluster.status": "status", "cluster.start": "start", "cluster.stop": "stop", "cluster.destroy": "destroy",
		"cluster.forget": "forget", "cluster.cancel": "cancel", "cluster.list": "list",
		"cluster.sync": "sync", "cluster.logs": "logs", "cluster.cost": "cost", "cluster.connection": "ssh", "vault.status": "vaults", "vault.watch": "vaults watch",
	}
}

// flagOf has the flag that gives a field of a method's params.
func flagOf() map[string]string {
	return map[string]string{
		"allowDeletions": "--allow-deletions", "maxHourlyCost": "--max-price", "useSpot": "--spot", "instanceType": "--instance-type",
		"diskSize": "--disk", "diskTier": "--disk-tier", "retryUntilUp": "--retry", "dryRun": "--dry-run", "idleMinutes": "--autostop",
		"autostop.down": "--autostop-down", "health.port": "--health", "health.path": "--health", "vaults.public": "--public", "vaults.private": "--private",
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
	return regexp.MustCompile(`\b(?:spec\.)?(?:` + strings.Join(words, "|") + `)\b`)
}

// forPeople writes what the service says with the words of the command line; command makes a line that runs this
// program again. What it needs is made with the first text, once for all screens of a program.
func forPeople(command func(words ...string) string) func(text string) string {
	word := sync.OnceValue(protocolWord)
	flags, commands := sync.OnceValue(flagOf), sync.OnceValue(commandOf)
	return func(text string) string {
		var said strings.Builder
		end := 0
		for _, at := range word().FindAllStringIndex(text, -1) {
			if isOwn(text, at[0], at[1]) {
				continue
			}
			said.WriteString(text[end:at[0]])
			end = at[1]
			found := strings.TrimPrefix(text[at[0]:at[1]], "spec.")
			switch flag, does := flags()[found], commands()[found]; {
			case flag != "":
				said.WriteString(flag)
			case does != "":
				said.WriteString("'" + command(does) + "'")
			default:
				said.WriteString("'" + command("call", found) + "'")
			}
		}
		return said.String() + text[end:]
	}
}

// remedy is the command that carries out what words of the protocol name, about the server of a name: that of a refusal may be
// another than the one that was given.
func (a *app) remedy(words, server string) string {
	return forPeople(func(does ...string) string { return a.commandFor(server, does...) })(words)
}

// isOwn reports whether text[from:to] is part of what the person named so, as a folder: a
// path, a longer name, or anything in double quotes.
func isOwn(text string, from, to int) bool {
	const joins = `/\~-_.=@`
	before, after := text[:from], text[to:]
	switch {
	case strings.Count(before, `"`)%2 == 1 && strings.Contains(after, `"`):
		return true
	case before != "" && strings.ContainsRune(joins, rune(before[len(before)-1])):
		return true
	case after == "" || after[0] == '.' && (len(after) == 1 || after[1] == ' ' || after[1] == '\n'): // the sentence's full stop
		return false
	}
	return strings.ContainsRune(joins, rune(after[0]))
}
