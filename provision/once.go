package provision

import (
	"carapace/schema"
	"carapace/schema/text"
)

// maxID is how long an id of the caller's own may be.
const maxID = 100

// once makes a request that has an id repeatable: a host whose sidecar died before it
// answered asks again and gets the operation that the first request began. An id is looked
// up again after a refusal, because of two requests at the same time one is refused.
func (s *Service) once(
	kind schema.OperationKind, requestID string, begin func() (schema.OperationResult, error),
) (schema.OperationResult, error) {
	if requestID == "" {
		return begin()
	}
	if refusal := checkID("requestId", requestID); refusal != nil {
		return schema.OperationResult{}, refusal
	}
	if begun, ok := s.store.Requested(kind, requestID); ok {
		return begun, nil
	}
	result, err := begin()
	if err != nil {
		if begun, ok := s.store.Requested(kind, requestID); ok {
			return begun, nil
		}
	}
	return result, err
}

func checkID(field, id string) *schema.Error {
	if len(id) <= maxID {
		return nil
	}
	return schema.Fail(schema.KindInvalidParams, &text.ParamsID, text.Args{"field": field, "most": maxID}).WithField(field)
}
