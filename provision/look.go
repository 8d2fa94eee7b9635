package provision

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// lookAt asks the cloud about servers and settles what it says. Looks are made
// one at a time; ctx ends one early.
func (s *Service) lookAt(ctx context.Context, names []string) {
	asked := s.looksBegun(names)
	select {
	case s.looking <- struct{}{}:
		defer func() { <-s.looking }()
	case <-ctx.Done():
		return
	}
	for i, name := range names {
		answered := s.looksBegun(names)[i] != asked[i] // by the one that had waited before
		if ctx.Err() == nil && !answered {
			if !s.guarded("a look", func() { s.lookAtOne(ctx, name) }) {
				s.blind(name, now(), s.explain(name, errNotLooked))
			}
		}
	}
	s.shareLooks()
}

// looksBegun counts the looks that this process has begun at each server. Whether
// one is newer than a question is told by that, not by a clock, which may be set back.
func (s *Service) looksBegun(names []string) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make([]int, len(names))
	for i, name := range names {
		counts[i] = s.begun[name]
	}
	return counts
}

func (s *Service) lookAtOne(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Refresh)
	defer cancel()
	s.mu.Lock()
	s.begun[name]++
	s.mu.Unlock()
	before, begun := s.lastOperation(name), now()
	g, doubt := s.glance(ctx, name)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
	case doubt != nil:
		s.blind(name, begun, doubt)
	default:
		s.seen(name, begun, before, g)
	}
}

// glance is what a look at the cloud has brought.
type glance struct {
	report sky.StatusReport
	work   *work // what SkyPilot is at with the server, where the report does not say; nil: nothing
}

// glance asks SkyPilot about a server, and the cloud through it. An error says
// that nothing is known.
func (s *Service) glance(ctx context.Context, name string) (glance, *schema.Error) {
	report, err := s.client(name).Status(ctx, true, name)
	if err != nil {
		return glance{}, s.explain(name, err)
	}
	w, doubt := s.workBehind(ctx, name, report)
	if doubt != nil {
		return glance{}, doubt
	}
	switch failure := report.Failures[name]; {
	case failure == "" || w != nil:
		return glance{report, w}, s.vouched(ctx, name, report)
	case failure == sky.NotRefreshed:
		return glance{}, cloudSilent()
	default:
		return glance{}, s.clean(sky.Explain(sky.Failure{Cluster: name, Stdout: failure}))
	}
}

// cloudSilent is why a record was not refreshed although nobody works on the
// server: another look of SkyPilot's own waits for the cloud, which one that
// refuses calls looks like too, for minutes (transcript status-throttled).
func cloudSilent() *schema.Error {
	return schema.NewError(schema.KindNetwork, "The cloud does not answer SkyPilot.",
		"This machine's connection may be down, or the cloud may be, or it refuses calls because there were too many (a rate limit). It is asked again all the time.").
		WithDetail(sky.NotRefreshed)
}

// era is the time between two changes that operations make to a server: its last
// operation, and whether that was over.
type era struct {
	operation string
	over      bool
}

func (s *Service) lastOperation(name string) era {
	s.mu.Lock()
	defer s.mu.Unlock()
	return eraOf(s.state, name)
}

func eraOf(st *journal.State, name string) era {
	for _, op := range slices.Backward(st.Operations) {
		if op.Cluster == name {
			return era{op.ID, op.Ended()}
		}
	}
	return era{over: true}
}

// seen settles a successful look that was begun after the given operation, unless
// one has begun or ended meanwhile: then its driver has said what is true, and the
// look may be older than that.
func (s *Service) seen(name string, at time.Time, begun era, g glance) {
	s.note(func(st *journal.State) error {
		err := s.settleLook(st, name, begun, g)
		if st.Forgot && name == s.cfg.Name {
			st.Forgot, err = false, nil // SkyPilot has said what there is
		}
		return err
	})
	s.sawAt(name, at)
}

func (s *Service) settleLook(st *journal.State, name string, begun era, g glance) error {
	found, exists := g.report.Find(name)
	if !begun.over || eraOf(st, name) != begun {
		return errUnchanged
	}
	rec := st.Clusters[name]
	if rec == nil && !exists {
		return errUnchanged
	}
	if rec == nil {
		rec = ensure(st, name)
	}
	if !exists && rec.Hash == "" && s.mayAppear(st, name) {
		return errUnchanged
	}
	before, last := *rec, st.Operation(begun.operation)
	changed := false
	if exists {
		changed = s.settleSeen(rec, found, g.work, last)
	} else {
		changed = settleGone(rec, name, g.report.Gone[name], last)
	}
	rec.Source = sourceOf(before.View, changed)
	before.Source = rec.Source
	if reflect.DeepEqual(before, *rec) {
		return errUnchanged
	}
	return nil
}

// mayAppear says whether SkyPilot's record of a launch may only be late: that of a
// submission which was given up.
func (s *Service) mayAppear(st *journal.State, name string) bool {
	op := st.Operation(eraOf(st, name).operation)
	return op != nil && time.Since(op.EndedAt) < s.cfg.Timing.Late
}

// sourceOf says whose doing a change was that no operation of ours made. Coming
// back from not being able to look is nobody's doing.
func sourceOf(before schema.Cluster, changed bool) schema.ChangeSource {
	if changed && !merelyUnreachable(before.Error) {
		return schema.SourceExternal
	}
	return schema.SourcePoll
}

// Blindness: one failed look makes a server stale; two in a row, or a minute of
// them, make it an error (design.md 7).
const (
	blindLooks = 2
	blindTime  = time.Minute
)

func (s *Service) blind(name string, begun time.Time, failure *schema.Error) {
	l := s.missed(name, begun)
	s.log.Warn("the cloud could not be looked at", "cluster", name, "failures", l.Failures, "error", failure.Message)
	if l.Failures < blindLooks && time.Since(l.Since) < blindTime {
		return
	}
	s.note(func(st *journal.State) error {
		rec := st.Clusters[name]
		if rec == nil || !rec.Machine || st.Running(name) != nil || rec.View.Status == schema.StatusError {
			return errUnchanged
		}
		sentence := fmt.Sprintf("The server can't be looked at: %s When it last could, it was %s. It may be costing money.", failure.Message, words(rec.View.Status))
		set(rec, schema.StatusError, sentence, asBlindness(failure))
		rec.Source = schema.SourcePoll
		return nil
	})
}

// asBlindness makes sure that an error of looking is never taken for one of the
// machine's: launching another one over it must stay refused.
func asBlindness(failure *schema.Error) *schema.Error {
	if merelyUnreachable(failure) {
		return failure
	}
	c := *failure
	c.Kind, c.Retryable = schema.KindNetwork, true
	return &c
}
