package provision

import (
	"slices"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// An app shows a bar and a time from the first launch of all on, also one that reads of the operation in
// another sidecar's state folder; the second is estimated by the first.
func TestEveryProgressHasAPercentageAndATime(t *testing.T) {
	inWorld(t, func(w *world) {
		driver, other := w.start(watchful), w.start(watchful)
		for _, want := range []schema.Basis{schema.BasisDefault, schema.BasisHistory} {
			launched, err := driver.Launch(ctx, onAWS)
			if err != nil {
				t.Fatal(err)
			}
			id := launched.Operation.ID
			if op := launched.Operation; op.Percent == nil || op.ExpectedSeconds == 0 || op.Basis != want {
				t.Errorf("accepted: %v %%, %g s by %q, want %q", op.Percent, op.ExpectedSeconds, op.Basis, want)
			}
			op, _, err := driver.waitFor(schema.OperationWaitParams{ID: id, TimeoutSeconds: 3}, nil)
			elsewhere, missing := other.GetOperation(ctx, schema.OperationGetParams{ID: id})
			for _, op := range []schema.Operation{op, elsewhere} {
				if op.Percent == nil || *op.Percent == 0 || op.ExpectedSeconds < op.ElapsedSeconds || op.Basis != want {
					t.Errorf("after 3 s: %v %%, %g s by %q, want %q: %v, %v", op.Percent, op.ExpectedSeconds, op.Basis, want, err, missing)
				}
			}
			end := driver.until(launched, nil)
			if op := end.Operation; op.Percent != nil || op.ExpectedSeconds != 0 || op.Basis != "" {
				t.Errorf("ended: %v %%, %g s by %q", op.Percent, op.ExpectedSeconds, op.Basis)
			}
			for _, p := range driver.host.progress {
				if p.Operation == id && (p.Percent == nil || p.ExpectedSeconds < p.ElapsedSeconds || p.Basis != want) {
					t.Errorf("%s: %v %%, %g of %g s by %q, want %q", p.Phase, p.Percent, p.ElapsedSeconds, p.ExpectedSeconds, p.Basis, want)
				}
			}
			driver.until(driver.Destroy(ctx, schema.DestroyParams{}))
		}
	})
}

// The host of another sidecar of the state folder hears each phase once, while it begins.
func TestAnotherSidecarsProgressIsTold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		driver, other := w.start(watchful), w.start(watchful)
		driver.until(driver.Launch(ctx, onAWS))
		time.Sleep(time.Minute) // it reads the state folder each second
		phases := func(s *sidecar) (of []schema.Phase) {
			for _, p := range s.host.progress {
				if !slices.Contains(of, p.Phase) {
					of = append(of, p.Phase)
				}
			}
			return of
		}
		for _, p := range driver.host.progress {
			if p.Message == text.Join(lifecycle.FirstText(schema.OperationLaunch)) {
				t.Errorf("its driver's host, which has it as the answer, was told %+v", p)
			}
		}
		told, heard := phases(driver), phases(other)
		if len(heard) < 4 || len(heard) != len(other.host.progress) {
			t.Errorf("of %s the other host heard %s, with %d notifications", told, heard, len(other.host.progress))
		}
		percent := 0
		for _, p := range other.host.progress {
			if !slices.Contains(told, p.Phase) || p.Percent == nil || *p.Percent < percent || p.Message == "" || len(p.Texts) == 0 || p.Cluster != other.status().Name {
				t.Fatalf("after %d %%: %+v", percent, p)
			}
			percent = *p.Percent
		}
	})
}
