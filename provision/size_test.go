package provision

import (
	"encoding/json"
	"strings"
	"testing"

	"carapace/schema"
)

const maxMessage = 16 << 10

func TestTextsAreBounded(t *testing.T) {
	long := strings.Repeat("ä line of a log that somebody wrote\n", 1000)
	lines := lastLines(strings.SplitAfter(long, "\n"))
	if data, _ := json.Marshal(schema.LogsResult{Lines: lines}); len(data) > maxMessage || len(lines) < 100 {
		t.Errorf("%d lines in %d bytes", len(lines), len(data))
	}
}

func TestOperationsFitIntoAMessage(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("quota", "")
		s := w.start()
		var last schema.Finished
		for range 15 {
			last = s.until(s.Launch(ctx, onAWS))
		}
		result, err := s.ListOperations(ctx, schema.OperationListParams{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if data, _ := json.Marshal(result); len(data) > maxMessage || len(result.Operations) < 5 {
			t.Errorf("%d operations in %d bytes", len(result.Operations), len(data))
		}
		if data, _ := json.Marshal(last); len(data) > maxMessage {
			t.Errorf("the end of an operation takes %d bytes", len(data))
		}
		if last.Operation.Error.Detail == "" {
			t.Error("the error has no detail")
		}
	})
}
