package sky

import (
	"slices"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// rule says what sort of failure a statement is about. Within a statement the first
// rule that fits wins; among several statements of one failure, the one whose rule
// stands first: so what a person can act on stands before what may pass by itself,
// and what says nothing stands last.
//
// A rule is about SkyPilot's own words (any, all, prefix: what it prints, to the
// letter) or about a provider's (codes, says, sorts, status), or either. A provider's
// code says more than its words do, and those more than the sort of error that many
// things are: so all rules' codes are looked for first (see passes).
type rule struct {
	kind schema.Kind

	// any: one of these is in the text; all: these are in it too; prefix is what
	// the text begins with.
	any, all []string
	prefix   string
	// unless: none of these is.
	unless []string

	// codes: one of these is an error code in the provider's text, written as
	// sameCode writes them, "*" being any part.
	codes []string
	// says: one of these phrases is in it (see said).
	says []string
	// sorts: codes that name a sort of error, such as InternalError, and whose words
	// can tell more.
	sorts []string
	// status: it is one of these HTTP statuses.
	status []int
	// by: only that cloud's words; "" for every one's.
	by string
	// existing: only where a machine that is there was to be stopped, removed or looked at.
	existing bool
	// check: only where `sky check` says why a cloud is disabled.
	check bool
	// last: only what fits no other rule.
	last bool
	// refused: whatever stands where only a provider speaks.
	refused bool

	// nothing: it tells that something failed, and not why.
	nothing bool
	// mute: the text has no words worth quoting.
	mute bool
	// final: nothing changes by trying again, whatever the kind's registry says.
	final bool

	// tells is what a person is told. Where it has no hint, advices has one for the kind and
	// cloud. Its arguments are those of finding.arguments.
	tells *text.Entry
	// field is the path of the spec's field that is to be changed.
	field string
	// source says where the codes and words are documented, or were seen.
	source string
}

// pass is what rules are tried by at a time.
type pass int

const (
	byOwnAffair pass = iota // the rules that are about SkyPilot alone
	byCode
	byWords
	bySort
	byStatus
	byNothing // the rules that are last
	passes
)

// fits reports whether the rule is about the statement, as far as the pass goes. known
// gives what a provider's text can be told by; it is asked for only where that matters.
func (r *rule) fits(s statement, known func() facts, by pass) bool {
	switch {
	case r.by != "" && r.by != s.by, r.existing && !s.existing, r.check && s.place != inCheck, r.last != (by == byNothing):
		return false
	case r.refused:
		return s.refused() && providerWords(s.text) != ""
	case by == byOwnAffair:
		return (!r.ofProviders() || s.skyPilots()) && r.fitsSkyPilot(s)
	case by == byNothing:
		return r.fitsSkyPilot(s) || s.foreign() && known().says(r.says)
	}
	return by == byWords && r.fitsSkyPilot(s) || s.foreign() && r.fitsProvider(known, by)
}

// ofProviders: a provider's words can fit it too.
func (r *rule) ofProviders() bool {
	return len(r.codes)+len(r.says)+len(r.sorts)+len(r.status) > 0
}

// fitsSkyPilot: these words are SkyPilot's own, to the letter. It says them in every
// place: a handler's mark stands before its own exceptions too. What the CLI's
// exceptions begin with tells nothing of one that was raised at the server.
func (r *rule) fitsSkyPilot(s statement) bool {
	if len(r.any)+len(r.all)+len(r.prefix) == 0 || r.prefix != "" && s.place == asRaised || !strings.HasPrefix(s.text, r.prefix) {
		return false
	}
	if slices.ContainsFunc(r.unless, func(part string) bool { return strings.Contains(s.text, part) }) {
		return false
	}
	for _, part := range r.all {
		if !strings.Contains(s.text, part) {
			return false
		}
	}
	return len(r.any) == 0 || slices.ContainsFunc(r.any, func(part string) bool { return strings.Contains(s.text, part) })
}

func (r *rule) fitsProvider(known func() facts, by pass) bool {
	switch {
	case by == byCode && len(r.codes) > 0:
		return known().hasCode(r.codes)
	case by == byWords && len(r.says) > 0:
		return known().says(r.says)
	case by == bySort && len(r.sorts) > 0:
		return known().hasCode(r.sorts)
	case by == byStatus && len(r.status) > 0:
		f := known()
		return slices.ContainsFunc(r.status, func(n int) bool { return f.statuses[n] })
	}
	return false
}

// classify finds a statement's rule and its rank, the lower the more it says.
func classify(s statement) (*rule, int) {
	var f *facts
	known := func() facts {
		if f == nil {
			all := factsOf(s.text)
			f = &all
		}
		return *f
	}
	for by := range passes {
		for rank := range rules {
			if rules[rank].fits(s, known, by) {
				return &rules[rank], rank
			}
		}
	}
	return nil, len(rules)
}

// StaleIdentity reports whether a launch failed because SkyPilot's API server
// goes on with credentials that were corrected since: it then asks for zones by
// ids such as use1-az1 (transcript api-logs-stale-identity). Restarting the
// server mends it. Pure.
func StaleIdentity(output string) bool {
	for line := range strings.Lines(Clean(output)) {
		if rules[staleIdentity].fitsSkyPilot(statement{text: line}) {
			return true
		}
	}
	return false
}

const staleIdentity = 0

// AnswerLost reports whether a launch's output says that a call reached the cloud
// and its answer never came (recording api-logs-cloud-hangs). What was asked for
// may have been done all the same, and SkyPilot, which gives up, will not know of
// it. Pure.
func AnswerLost(output string) bool {
	return slices.ContainsFunc(answerLost, func(said string) bool { return strings.Contains(output, said) })
}

// answerLost is what botocore, then urllib3 and http.client, say of it.
var answerLost = []string{
	"Read timeout on endpoint URL", "Connection was closed before we received a valid response",
	"Read timed out", "read operation timed out", "Remote end closed connection without response",
}
