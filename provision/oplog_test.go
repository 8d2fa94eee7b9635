package provision

import (
	"slices"
	"testing"
	"time"

	"carapace/schema"
)

// logOf is what a window that was reloaded has of an operation's log.
func (s *sidecar) logOf(id string) (all []schema.LogLine) {
	s.t.Helper()
	for after := 0; ; {
		got, err := s.OperationLog(ctx, schema.OperationLogParams{ID: id, After: after})
		if err != nil || sizeOf(got) > maxList+1024 || got.More && len(got.Lines) == 0 {
			s.t.Fatalf("%d lines of %d bytes, %v", len(got.Lines), sizeOf(got), err)
		}
		all = append(all, got.Lines...)
		if !got.More {
			return all
		}
		after = got.Lines[len(got.Lines)-1].Seq
	}
}

func (r *recorder) logOf(id string) (all []schema.LogLine) {
	for _, line := range r.logs {
		if line.Operation == id {
			all = append(all, line)
		}
	}
	return all
}

// What is printed during an operation reaches the hosts of all sidecars of the state folder, in its order, and can
// be had later: by a window that was reloaded, or opened in its middle, and by the next process.
func TestAnOperationsLogIsShared(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		driver, other := w.start(watchful), w.start(watchful)
		launched, err := driver.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		id := launched.Operation.ID
		time.Sleep(20 * time.Second)
		so := len(other.logOf(id))
		late := w.start(watchful) // it has missed those
		driver.until(launched, nil)
		time.Sleep(time.Minute)
		told := driver.host.logOf(id)
		if so == 0 || len(told) <= so {
			t.Fatalf("%d lines, %d of them after 20 s: this tests nothing", len(told), so)
		}
		for i, line := range told {
			if line.Seq != i+1 || line.At.IsZero() {
				t.Errorf("%+v", line)
			}
		}
		for who, got := range map[string][]schema.LogLine{
			"the driver keeps": driver.logOf(id), "the other keeps": other.logOf(id), "the other's host heard": other.host.logOf(id),
		} {
			if !slices.Equal(got, told) {
				t.Errorf("%s %d lines, not %d", who, len(got), len(told))
			}
		}
		if got := late.host.logOf(id); !slices.Equal(got, told[len(told)-len(got):]) || len(got) == 0 || len(got) > len(told)-so {
			t.Errorf("the late one's host heard %d lines of %d, %d of which came before it", len(got), len(told), so)
		}
		if _, err := other.OperationLog(ctx, schema.OperationLogParams{ID: "../" + id}); err == nil {
			t.Error("a log of no operation")
		}
	})
}

// A process that goes on with a launch reads SkyPilot's log again: its host hears it from the beginning, and nothing is kept twice.
func TestASuccessorKeepsNoLineTwice(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.start()
		launched, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		id := launched.Operation.ID
		time.Sleep(25 * time.Second)
		before := first.logOf(id)
		first.stopNow()
		second := w.start()
		second.until(launched, nil)
		kept := second.logOf(id)
		if len(before) == 0 || len(kept) <= len(before) || !slices.Equal(kept[:len(before)], before) {
			t.Errorf("%d lines were kept before, %d after", len(before), len(kept))
		}
		for i, line := range kept {
			if line.Seq != i+1 || i > 0 && line.Source == kept[i-1].Source && line.Line == kept[i-1].Line && line.Line != "" {
				t.Errorf("line %d: %+v", i, line)
			}
		}
		if heard := second.host.logOf(id); !slices.Equal(heard, kept) {
			t.Errorf("the second's host heard %d lines, %d are kept", len(heard), len(kept))
		}
	})
}
