package provision

import (
	"context"
	"sort"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/watch"
	"carapace/schema"
	"carapace/schema/text"
)

// Status is what is known of a server: from memory in microseconds, or, with
// refresh, from the cloud in seconds. A look that fails is no error: the answer
// says how old it is.
func (s *Service) Status(ctx context.Context, p schema.StatusParams) (schema.Cluster, error) {
	name := s.store.NameOf(p.Name)
	var refusal *schema.Error
	s.store.Read(func(st *lifecycle.State) { refusal = st.AdmitName(name, s.cfg.Name) })
	if refusal != nil {
		return schema.Cluster{}, refusal
	}
	if p.Refresh {
		s.watcher.Look(ctx, []string{name})
		s.askRunJob(ctx, name, true)
		s.askService(ctx, name, true)
	}
	c, _ := s.store.Cluster(name)
	return c, nil
}

// settleTime is how long Settle may take: a person waits for its answer.
const settleTime = 30 * time.Second

// Inherited reports whether the operation in progress on a server was begun by
// another process; name is as in a request.
func (s *Service) Inherited(name string) bool { return s.operations.Inherited(s.store.NameOf(name)) }

// Settle takes up the operation that a process has left which lives no more, asks
// SkyPilot once, and brings it to its end if it has ended there. For whoever asks
// once and ends: nobody else might. It blocks for 30 s at most.
func (s *Service) Settle(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	s.operations.Settle(ctx, s.store.NameOf(name))
}

// List is every server that is ours; one that is gone is not in it.
func (s *Service) List(ctx context.Context, p schema.ListParams) (schema.ListResult, error) {
	if p.Refresh {
		if names := s.watcher.Watched(); len(names) > 0 {
			s.watcher.Look(ctx, names)
		}
	}
	result := schema.ListResult{Clusters: s.store.Clusters()}
	sort.Slice(result.Clusters, func(i, k int) bool { return result.Clusters[i].Name < result.Clusters[k].Name })
	return result, nil
}

// GetOperation is one operation, also one of an earlier run of the sidecar.
func (s *Service) GetOperation(_ context.Context, p schema.OperationGetParams) (schema.Operation, error) {
	op, found := s.store.Show(p.ID)
	if !found {
		return schema.Operation{}, schema.Fail(schema.KindInvalidParams, &text.ParamsOperation).WithField("id")
	}
	return op, nil
}

// OperationLog is what is kept of an operation's log. It blocks for the read of a small file.
func (s *Service) OperationLog(ctx context.Context, p schema.OperationLogParams) (schema.OperationLogResult, error) {
	if _, err := s.GetOperation(ctx, schema.OperationGetParams{ID: p.ID}); err != nil {
		return schema.OperationLogResult{}, err
	}
	lines, size := s.logs.Read(p.ID, p.After), 0
	for i, line := range lines {
		if size += sizeOf(line); size > maxList && i > 0 {
			return schema.OperationLogResult{Lines: lines[:i], More: true}, nil
		}
	}
	return schema.OperationLogResult{Lines: lines}, nil
}

// ListOperations is the operations, newest first, as many as fit into a message,
// without the details of their errors.
func (s *Service) ListOperations(_ context.Context, p schema.OperationListParams) (schema.OperationListResult, error) {
	p = p.WithDefaults()
	if p.Limit < 0 {
		return schema.OperationListResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsLimit).WithField("limit")
	}
	result, size := schema.OperationListResult{Operations: []schema.Operation{}}, 0
	for _, op := range s.store.Operations(p.Cluster, p.Limit) {
		shown := brief(op)
		if size += sizeOf(shown); size > maxList {
			break
		}
		result.Operations = append(result.Operations, shown)
	}
	return result, nil
}

// intervalOf is the time between two looks that is kept; 0: none is.
func intervalOf(st *lifecycle.State) time.Duration {
	return time.Duration(st.Config.IntervalSeconds * float64(time.Second))
}

// ConfigurePoller sets how often the sidecar looks at the cloud by itself, for
// this process.
func (s *Service) ConfigurePoller(_ context.Context, p schema.PollerParams) (schema.PollerResult, error) {
	if p.IntervalSeconds != 0 && (p.IntervalSeconds < 1 || p.IntervalSeconds > 30) {
		return schema.PollerResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsInterval).WithField("intervalSeconds")
	}
	settings, interval := s.watcher.Configure(func(now *watch.Settings) {
		if p.IntervalSeconds != 0 {
			now.Interval = time.Duration(p.IntervalSeconds * float64(time.Second))
		}
		if p.Paused != nil {
			now.Paused = *p.Paused
		}
	})
	return schema.PollerResult{IntervalSeconds: lifecycle.Seconds(interval), Paused: settings.Paused, Adaptive: settings.Interval == 0}, nil
}

// probeMachine reports whether a server's machine answers at its port; known is false where that
// does not show that nothing has changed.
func (s *Service) probeMachine(ctx context.Context, name string) (answers, known bool) {
	if rec := s.store.Remembered(name); !rec.CanBeProbed() {
		return false, false
	}
	return s.backend.ProbeMachine(ctx, name)
}
