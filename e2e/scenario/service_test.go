package scenario

import (
	"net/http"
	"testing"
	"time"

	"carapace/schema"
)

// What the server is for is seen to start and to be healthy, to fall ill and to recover: at its open port, and through a tunnel.
func TestService(t *testing.T) {
	t.Parallel()
	s := &scene{Stage: NewStage(t, t.TempDir()), world: simulated{cloud: AWS()}, Cloud: AWS()}
	s.sidecar(t)
	spec := s.Small()
	for _, health := range []schema.Health{{Port: 0}, {Port: 8080, Path: "healthz"}} {
		spec.Health = &health
		Refused(t, s.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: spec}, schema.KindInvalidSpec)
	}
	becomes := func(want schema.ServiceState) schema.Service {
		t.Helper()
		for deadline := time.Now().Add(s.world.Patience()); ; time.Sleep(20 * time.Millisecond) {
			is := Call(t, s.Peer, schema.ClusterStatus, schema.StatusParams{Name: ClusterName}).Service
			if is != nil && is.State == want {
				return *is
			}
			if time.Now().After(deadline) {
				t.Fatalf("the service is %+v, want %s", is, want)
			}
		}
	}
	story := func() (url string) {
		t.Helper()
		url = becomes(schema.ServiceHealthy).URL
		Call(t, s.Peer, schema.SimulateInject, schema.InjectParams{Fault: "service_unhealthy"})
		Await(t, s.Peer, schema.ClusterStatusChanged, "the service's fall", s.world.Patience(), func(c schema.StatusChanged) bool {
			return len(c.Changed) == 1 && c.Changed[0] == "service" && c.Source == schema.SourcePoll && c.Cluster.Service.State == schema.ServiceUnhealthy
		})
		if ill := becomes(schema.ServiceUnhealthy); ill.ReasonText.Args["answer"] != float64(http.StatusServiceUnavailable) {
			t.Errorf("it is said: %+v", ill)
		}
		Call(t, s.Peer, schema.SimulateClear, schema.Empty{})
		becomes(schema.ServiceHealthy)
		return url
	}
	spec.Ports, spec.Health = []string{"8080"}, &schema.Health{Port: 8080, Path: "/healthz"}
	s.launch(t, spec)
	if c := Call(t, s.Peer, schema.ClusterStatus, schema.StatusParams{Name: ClusterName}); story() != "http://"+c.IP+":8080/" {
		t.Errorf("it is at %s", c.Service.URL)
	}
	s.destroy(t)

	spec.Ports = nil
	s.launch(t, spec)
	if closed := becomes(schema.ServiceUnknown); closed.URL != "" {
		t.Errorf("without a way it is at %s", closed.URL)
	}
	tunnel := Call(t, s.Peer, schema.TunnelOpen, schema.TunnelOpenParams{Port: 8080})
	if url := story(); url != tunnel.URL+"/" {
		t.Errorf("it is at %s, and the tunnel at %s", url, tunnel.URL)
	}
	Call(t, s.Peer, schema.TunnelClose, schema.TunnelCloseParams{ID: tunnel.ID})
	becomes(schema.ServiceUnknown)
}
