package provision

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/schema"
)

// Forget takes a server off the list because a person says that nothing is there:
// one that can't be found any more, or whose launch left nothing. It blocks for a
// small write; the answer says what may remain.
func (s *Service) Forget(_ context.Context, p schema.NameParams) (schema.Cluster, error) {
	name := s.store.NameOf(p.Name)
	err := s.store.Update(func(st *lifecycle.State) error {
		if refusal := lifecycle.AdmitForget(name, st.Clusters[name], st.Running(name)); refusal != nil {
			return refusal
		}
		st.Forget(name, schema.Now())
		return nil
	})
	if err != nil {
		return schema.Cluster{}, store.Error(err)
	}
	c, _ := s.store.Cluster(name)
	return c, nil
}
