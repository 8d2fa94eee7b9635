package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"carapace/schema"
)

// Status is what is known of a server: from memory in microseconds, or, with
// refresh, from the cloud in seconds. A look that fails is no error: the answer
// says how old it is.
func (s *Service) Status(ctx context.Context, p schema.StatusParams) (schema.Cluster, error) {
	name := s.nameOf(p.Name)
	s.mu.Lock()
	refusal := s.ours(s.state, name)
	s.mu.Unlock()
	if refusal != nil {
		return schema.Cluster{}, refusal
	}
	if p.Refresh {
		s.lookAt(ctx, []string{name})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(name), nil
}

func notFound(name string) *schema.Error {
	return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("There is no server called %s.", name),
		"cluster.list names the servers that there are.").WithField("name")
}

// List is every server that is ours; one that is gone is not in it.
func (s *Service) List(ctx context.Context, p schema.ListParams) (schema.ListResult, error) {
	if p.Refresh {
		if names := s.watched(); len(names) > 0 {
			s.lookAt(ctx, names)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result := schema.ListResult{Clusters: []schema.Cluster{}}
	for name := range s.state.Clusters {
		if c := s.view(name); c.Status != schema.StatusNoServer {
			result.Clusters = append(result.Clusters, c)
		}
	}
	slices.SortFunc(result.Clusters, func(a, b schema.Cluster) int { return strings.Compare(a.Name, b.Name) })
	return result, nil
}

// GetOperation is one operation, also one of an earlier run of the sidecar.
func (s *Service) GetOperation(_ context.Context, p schema.OperationGetParams) (schema.Operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.state.Operation(p.ID)
	if op == nil {
		return schema.Operation{}, schema.NewError(schema.KindInvalidParams, "There is no operation with that id.",
			"operation.list names the last hundred.").WithField("id")
	}
	return s.operationView(op), nil
}

// ListOperations is the operations, newest first, as many as fit into a message,
// without the details of their errors.
func (s *Service) ListOperations(_ context.Context, p schema.OperationListParams) (schema.OperationListResult, error) {
	p = p.WithDefaults()
	if p.Limit < 0 {
		return schema.OperationListResult{}, schema.NewError(schema.KindInvalidParams, "limit must be 1 or more.", "Leave it out for 50.").WithField("limit")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result, size := schema.OperationListResult{Operations: []schema.Operation{}}, 0
	for _, op := range slices.Backward(s.state.Operations) {
		if p.Cluster != "" && p.Cluster != op.Cluster {
			continue
		}
		shown := brief(s.operationView(op))
		size += sizeOfOperation(shown)
		if len(result.Operations) == p.Limit || size > maxList {
			break
		}
		result.Operations = append(result.Operations, shown)
	}
	return result, nil
}
