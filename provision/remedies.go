package provision

import (
	"errors"

	"carapace/schema"
)

// Remedied returns an error as a request is refused with: with what a person can do about it now. name
// is the server that the request named, "" for the one that there is. What is no *schema.Error is
// returned as it is.
func (s *Service) Remedied(err error, name string) error {
	refusal := (*schema.Error)(nil)
	if !errors.As(err, &refusal) {
		return err
	}
	return s.store.Remedied(refusal, s.store.NameOf(name))
}
