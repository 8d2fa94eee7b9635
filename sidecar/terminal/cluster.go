package terminal

import (
	"fmt"
	"strings"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// Machine shows where a server stands and what it is, in one line and without the
// sentence that the end of an operation has just said.
func (s *Screen) Machine(c schema.Cluster) {
	s.Line("    " + strings.Join(append([]string{s.Bold(Words(c.Status))}, machine(c)...), " · "))
}

func machine(c schema.Cluster) (facts []string) {
	for _, fact := range []string{c.InstanceType, c.Resources, c.IP} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	return facts
}

// Cluster shows all of a server that a person needs to know.
func (s *Screen) Cluster(c schema.Cluster) {
	s.Line(s.Bold(c.Name) + ": " + s.word(c.Status))
	s.Line("  " + c.Description)
	if facts := machine(c); len(facts) > 0 {
		s.Line("  " + strings.Join(facts, " · "))
	}
	if price := Price(c.Costs); price != "" {
		s.Line("  Price: " + price)
	} else if c.Status == schema.StatusProvisioning && c.Costs.Sentence != "" {
		s.Line("  " + c.Costs.Sentence)
	}
	if c.Autostop != nil && !c.Autostop.Lost {
		what := "stops"
		if c.Autostop.Down {
			what = "destroys"
		}
		s.Line(fmt.Sprintf("  Autostop: %s itself after %d idle minutes", what, c.Autostop.IdleMinutes))
	}
	if c.Service != nil {
		where := ""
		if c.Service.URL != "" {
			where = " at " + c.Service.URL
		}
		s.Line("  " + join("Service: "+string(c.Service.State)+where+".", c.Service.Reason))
	}
	if c.Operation != nil {
		s.Line(fmt.Sprintf("  In progress: %s, %s (%s)", c.Operation.Kind, c.Operation.Message, text.Span(time.Duration(c.Operation.ElapsedSeconds*float64(time.Second)))))
	}
	if c.Error != nil && c.Error.Hint != "" {
		s.Line("  " + c.Error.Hint)
	}
	for _, w := range c.Warnings {
		if strings.Contains(c.Description, w.Message) {
			w.Message = ""
		}
		if c.Error != nil && w.Hint == c.Error.Hint {
			w.Hint = ""
		}
		if said := join(w.Message, w.Hint); said != "" {
			s.Warning(said)
		}
	}
	switch {
	case c.Stale:
		s.Stale(c.CheckedAt, c.Reachability.Error)
	case !c.CheckedAt.IsZero():
		s.Line("  Looked at " + s.ago(c.CheckedAt) + ".")
	}
}

// Stale warns that the last look failed, and why, where that is known; at is when the one before it was made, zero if none was.
func (s *Screen) Stale(at time.Time, why *schema.Error) {
	said := "The last look failed: this is what was known " + s.ago(at) + "."
	if why != nil {
		said = join(said, why.Message)
	}
	s.Warning(said)
}

// Words are a status as a person says it: "no server".
func Words(status schema.Status) string { return strings.ReplaceAll(string(status), "_", " ") }

// word is a status in its color.
func (s *Screen) word(status schema.Status) string {
	with := yellow
	switch status {
	case schema.StatusRunning:
		with = green
	case schema.StatusError:
		with = red
	case schema.StatusNoServer, schema.StatusStopped:
		with = ""
	}
	return s.styled(with, Words(status))
}

// ago is a time for a person.
func (s *Screen) ago(at time.Time) string {
	if at.IsZero() {
		return "before"
	}
	if d := s.options.Now().Sub(at); d >= time.Second {
		return text.Span(d) + " ago"
	}
	return "just now"
}

// Price is what costs say for a person: "$0.192 an hour, $140 a month"; "" where no
// price is known.
func Price(c schema.Costs) string {
	if c.Hourly == 0 {
		return ""
	}
	price := text.New(&text.MoneyRate, text.Args{"hourly": c.Hourly}).Message()
	if c.Monthly > 0 {
		price = text.New(&text.MoneyRateMonth, text.Args{"hourly": c.Hourly, "monthly": c.Monthly}).Message()
	}
	if c.Basis != "" {
		price += " (" + c.Basis + ")"
	}
	return price
}

func join(sentences ...string) string {
	var said []string
	for _, s := range sentences {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, " ")
}

// Check shows one check: a mark, what was found, and what to do.
func (s *Screen) Check(c schema.Check) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark, with := "✓", green
	switch c.Status {
	case schema.CheckWarn:
		mark, with = "!", yellow
	case schema.CheckFail:
		mark, with = "✗", red
	}
	s.print(with, fmt.Sprintf("  %s %s", mark, join(c.Title+":", c.Message)))
	if c.Fix != "" {
		s.print("", "    "+c.Fix)
	}
}

// Provider shows a cloud and whether there are credentials for it.
func (s *Screen) Provider(p schema.Provider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Credentials.Present {
		s.print(green, fmt.Sprintf("  ✓ %-14s %s (%s)", p.ID, p.Name, p.Credentials.Source))
		return
	}
	s.print("", fmt.Sprintf("  - %-14s %s", p.ID, p.Name))
	how := p.Credentials.Hint
	if problem := p.Credentials.Problem; problem != nil {
		how = join(problem.Message, problem.Hint)
	}
	if how != "" {
		s.print(dim, "    "+how)
	}
}
