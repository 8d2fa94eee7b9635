package autosync

import (
	"slices"
	"testing"
	"time"

	"carapace/schema"
)

var pace = Pace{Quiet: time.Second, Longest: 10 * time.Second, Poll: 5 * time.Second, Retry: 5 * time.Second, Lease: 5 * time.Second}

// play is a sequence of what happens, at seconds: the rules' answer after each is checked.
type play struct {
	at   float64
	do   string  // change, begin, retry, or an ending
	took float64 // of an ending: seconds
	due  float64 // -1: never by itself
	is   schema.VaultWatchWork
}

func TestRules(t *testing.T) {
	closed := &schema.Error{Kind: schema.KindUnsupported, Message: "It is stopped.", Hint: "Start it."}
	failure := &schema.Error{Kind: schema.KindUnreachable, Message: "It does not answer.", Hint: "Wait."}
	const never = -1
	for name, tt := range map[string]struct {
		in      situation
		failure *schema.Error
		steps   []play
	}{
		"nothing": {steps: []play{{at: 0, do: "", due: never, is: schema.WatchIdle}}},
		"one change waits for others": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 0.5, do: "change", due: 1.5, is: schema.WatchPending},
			{at: 1.5, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 2, do: "made", took: 0.5, due: never, is: schema.WatchIdle},
		}},
		"changes without end are not waited for longer than that": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 9.5, do: "change", due: 10, is: schema.WatchPending},
		}},
		"a change during a mirror is brought by the next, after a rest": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 2, do: "change", due: never, is: schema.WatchSyncing},
			{at: 4, do: "made", took: 3, due: 16, is: schema.WatchPending},
		}},
		"a long mirror rests a minute at most": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 1000, do: "made", took: 999, due: never, is: schema.WatchIdle},
			{at: 1001, do: "change", due: 1060, is: schema.WatchPending},
		}},
		"failures double the wait, and a change does not shorten it": {failure: failure, steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 1, do: "failed", due: 6, is: schema.WatchPaused},
			{at: 2, do: "change", due: 6, is: schema.WatchPaused},
			{at: 6, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 6, do: "failed", due: 16, is: schema.WatchPaused},
			{at: 16, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 16, do: "made", due: never, is: schema.WatchIdle},
			{at: 17, do: "change", due: 18, is: schema.WatchPending},
			{at: 18, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 18, do: "failed", due: 23, is: schema.WatchPaused},
		}},
		"a refusal waits for a change here": {failure: failure, steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 2, do: "refused", due: never, is: schema.WatchRefused},
			{at: 60, do: "change", due: 10, is: schema.WatchPending}, // it has waited longer than the longest
		}},
		"a refusal of what has changed meanwhile is tried again": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 1.5, do: "change", due: never, is: schema.WatchSyncing},
			{at: 2, do: "refused", due: 2.5, is: schema.WatchPending},
		}},
		"an operation's mirror ends a refusal, and forgets no change": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 2, do: "refused", due: never, is: schema.WatchRefused},
			{at: 3, do: "retry", due: 1, is: schema.WatchPending},
		}},
		"one that gave way goes on": {steps: []play{
			{at: 0, do: "change", due: 1, is: schema.WatchPending},
			{at: 1, do: "begin", due: never, is: schema.WatchSyncing},
			{at: 2, do: "cut", due: 2, is: schema.WatchPending},
		}},
		"a server that is stopped": {in: situation{closed: closed}, steps: []play{
			{at: 0, do: "", due: never, is: schema.WatchPaused},
			{at: 0, do: "change", due: 1, is: schema.WatchPaused},
		}},
		"another sidecar": {in: situation{elsewhere: true, closed: closed}, steps: []play{{at: 0, do: "change", due: 1, is: schema.WatchElsewhere}}},
	} {
		r := rules{pace: pace, vault: schema.VaultPublic}
		start := time.Unix(1e9, 0)
		second := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
		for i, step := range tt.steps {
			took := time.Duration(step.took * float64(time.Second))
			switch step.do {
			case "change":
				r.change(second(step.at))
			case "begin":
				r.begin()
			case "retry":
				r.retry()
			case "":
			default:
				how := map[string]ending{"made": made, "cut": cut, "failed": failed, "refused": refused}[step.do]
				reason := tt.failure
				if how == made || how == cut {
					reason = nil
				}
				r.end(how, reason, second(step.at))
				r.rest(took, second(step.at))
			}
			want := time.Time{}
			if step.due != never {
				want = second(step.due)
			}
			if due, now := r.due(), state([]*rules{&r}, tt.in); !due.Equal(want) || now.State != step.is || !now.On {
				t.Errorf("%s, step %d (%s): due %v, not %v; %+v, not %s", name, i, step.do, due.Sub(start), want.Sub(start), now, step.is)
			}
		}
		now := state([]*rules{&r}, tt.in)
		if reason := now.Reason; (now.State == schema.WatchPaused || now.State == schema.WatchRefused) != (reason != nil) && tt.failure != nil {
			t.Errorf("%s: %+v", name, now)
		}
	}
}

// Of two vaults what keeps one back is told, and which of them waits; the other goes on.
func TestStateOfTwoVaults(t *testing.T) {
	at := time.Unix(1e9, 0)
	why, closed := &schema.Error{Kind: schema.KindDeletionsRefused}, &schema.Error{Kind: schema.KindUnsupported}
	one := func(name schema.VaultName, after time.Duration, do string) *rules {
		r := &rules{pace: pace, vault: name}
		if do == "" {
			return r
		}
		r.change(at.Add(after))
		switch do {
		case "touched": // of which the rules do not know yet
			*r = rules{pace: pace, vault: name, touched: true}
		case "syncing":
			r.begin()
		case "refused":
			r.begin()
			r.end(refused, why, at)
		case "failed":
			r.begin()
			r.end(failed, why, at)
		}
		return r
	}
	for _, tt := range []struct {
		public, private string
		in              situation
		is              schema.VaultWatchWork
		reason          *schema.Error
		waiting         []schema.VaultName
		since           time.Duration // -1: nothing waits
	}{
		{"", "", situation{}, schema.WatchIdle, nil, nil, -1},
		{"", "refused", situation{}, schema.WatchRefused, why, []schema.VaultName{schema.VaultPrivate}, 0},
		{"pending", "refused", situation{}, schema.WatchRefused, why, schema.VaultNames, 0},
		{"syncing", "refused", situation{}, schema.WatchSyncing, nil, schema.VaultNames, 0},
		{"failed", "refused", situation{}, schema.WatchRefused, why, schema.VaultNames, 0},
		{"failed", "", situation{}, schema.WatchPaused, why, []schema.VaultName{schema.VaultPublic}, time.Second},
		{"failed", "pending", situation{closed: closed}, schema.WatchPaused, closed, schema.VaultNames, 0},
		{"pending", "", situation{}, schema.WatchPending, nil, []schema.VaultName{schema.VaultPublic}, time.Second},
		{"touched", "syncing", situation{}, schema.WatchSyncing, nil, schema.VaultNames, 0},
		{"pending", "refused", situation{elsewhere: true}, schema.WatchElsewhere, nil, nil, -1},
	} {
		is := state([]*rules{one(schema.VaultPublic, time.Second, tt.public), one(schema.VaultPrivate, 0, tt.private)}, tt.in)
		since := time.Duration(-1)
		if !is.PendingSince.IsZero() {
			since = is.PendingSince.Sub(at)
		}
		if is.State != tt.is || is.Reason != tt.reason || !slices.Equal(is.Waiting, tt.waiting) || since != tt.since {
			t.Errorf("public %q, private %q: %+v", tt.public, tt.private, is)
		}
	}
}

func TestRetriesAreBounded(t *testing.T) {
	r, at := rules{pace: pace}, time.Unix(1e9, 0)
	r.change(at)
	for range 100 {
		r.begin()
		r.end(failed, nil, at)
		if wait := r.due().Sub(at); wait < pace.Retry || wait > maxRetry {
			t.Fatalf("after %d failures it waits %v", r.failures, wait)
		}
		at = r.due()
	}
}
