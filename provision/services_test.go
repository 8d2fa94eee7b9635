package provision

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"carapace/schema"
)

// withHealth is a launch whose service is asked at an open port.
var withHealth = schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", Ports: []string{"8080"}, Health: &schema.Health{Port: 8080, Path: "/healthz"}}}

// questions are a service that counts what it is asked.
type questions struct {
	mu    sync.Mutex
	asked []string
	ask   func(ctx context.Context, address, path string) (int, bool)
}

func (q *questions) count(c *Config) {
	q.ask, c.AskService = c.AskService, func(ctx context.Context, address, path string) (int, bool) {
		q.mu.Lock()
		q.asked = append(q.asked, address+path)
		ask := q.ask
		q.mu.Unlock()
		return ask(ctx, address, path)
	}
}

// sinceThen returns what was asked since it was called last.
func (q *questions) sinceThen() (asked []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked, q.asked = q.asked, nil
	return asked
}

func (q *questions) answer(with func(ctx context.Context, address, path string) (int, bool)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ask = with
}

// service waits until the host was told that a service is in a state, and returns it with how long that took.
func (s *sidecar) service(want schema.ServiceState, patience time.Duration) (*schema.Service, time.Duration) {
	s.t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		told, known := s.host.last(schema.DefaultClusterName).Service, s.status().Service
		if told != nil && known != nil && told.State == want && known.State == want {
			return known, time.Since(began)
		}
		if time.Since(began) > patience {
			s.t.Fatalf("after %s the service is %+v, and told is %+v", patience, known, told)
		}
	}
}

// launchedWith is a sidecar with a running server of a spec.
func (w *world) launchedWith(params schema.LaunchParams, change ...func(*Config)) *sidecar {
	w.t.Helper()
	s := w.start(change...)
	if end := s.until(s.Launch(ctx, params)); end.Operation.State != schema.OperationSucceeded {
		w.t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
	}
	return s
}

// A service starts, is healthy, falls ill and recovers, and is told of at each; nothing else of the server changes by that.
func TestAServiceIsToldOf(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		q := &questions{}
		s := w.launchedWith(withHealth, q.count)
		starting, _ := s.service(schema.ServiceStarting, 5*time.Second)
		at := s.status().IP + ":8080"
		if starting.URL != "http://"+at+"/" || starting.Reason == "" || starting.ReasonText.Code != "service.silent" || starting.CheckedAt.IsZero() {
			t.Errorf("while it starts it is said: %+v", starting)
		}
		asked := q.sinceThen()
		if len(asked) == 0 || asked[0] != at+"/healthz" {
			t.Errorf("asked was %q", asked)
		}
		healthy, took := s.service(schema.ServiceHealthy, time.Minute)
		if n := len(q.sinceThen()); n < int(took/(3*time.Second))-1 || n > int(took/(3*time.Second))+1 {
			t.Errorf("in the %s until it was healthy it was asked %d times", took, n)
		}
		if healthy.Reason != "" || healthy.ReasonText.Code != "" {
			t.Errorf("a healthy one has a reason: %+v", healthy)
		}
		time.Sleep(time.Hour)
		if n := len(q.sinceThen()); n < 118 || n > 122 {
			t.Errorf("in an hour a healthy one was asked %d times", n)
		}
		if after := s.status().Service; !after.Since.Equal(healthy.Since) || time.Since(after.CheckedAt) > time.Minute {
			t.Errorf("after an hour it is said: %+v", after)
		}
		before := s.status()
		w.inject("service_unhealthy", "")
		ill, took := s.service(schema.ServiceUnhealthy, time.Minute)
		if took > 34*time.Second || ill.ReasonText.Code != "service.status" {
			t.Errorf("after %s it is said: %+v", took, ill)
		}
		after := s.status()
		if after.Status != before.Status || after.Description != before.Description || after.Costs.Now != before.Costs.Now || len(after.Warnings) != len(before.Warnings) {
			t.Errorf("it changed more than the service: %+v", after)
		}
		s.host.mu.Lock()
		last := s.host.statuses[len(s.host.statuses)-1]
		s.host.mu.Unlock()
		if !slices.Equal(last.Changed, []string{"service"}) || last.Source != schema.SourcePoll {
			t.Errorf("told was that %q changed, by %s", last.Changed, last.Source)
		}
		w.heal()
		s.service(schema.ServiceHealthy, time.Minute)
	})
}

// A service is asked only while its server runs and the poller is not paused; what it answered before a stop is forgotten.
func TestAServiceIsAskedWhileItsServerRuns(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		q := &questions{}
		s := w.launchedWith(withHealth, q.count)
		s.service(schema.ServiceHealthy, time.Minute)
		paused := true
		if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
			t.Fatal(err)
		}
		q.sinceThen()
		if time.Sleep(time.Hour); len(q.sinceThen()) > 0 {
			t.Error("it was asked while the poller was paused")
		}
		paused = false
		if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
			t.Fatal(err)
		}
		if time.Sleep(time.Second); len(q.sinceThen()) != 1 {
			t.Error("it was not asked after the pause")
		}
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		q.sinceThen()
		if c := s.wantStatus(schema.StatusStopped); c.Service != nil {
			t.Errorf("of a stopped server it is said: %+v", c.Service)
		}
		if time.Sleep(time.Hour); len(q.sinceThen()) > 0 {
			t.Error("it was asked while the server was stopped")
		}
		s.until(s.Start(ctx, schema.StartParams{}))
		if c := s.status(); c.Service == nil || c.Service.State == schema.ServiceHealthy {
			t.Errorf("right after a start it is said: %+v", c.Service)
		}
		s.service(schema.ServiceHealthy, time.Minute)
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if c := s.status(); c.Service != nil {
			t.Errorf("after its end it is said: %+v", c.Service)
		}
	})
}

// Where its machine does not answer from here, the silence is not the service's.
func TestAServiceBehindALostNetwork(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launchedWith(withHealth)
		s.service(schema.ServiceHealthy, time.Minute)
		w.inject("network", "")
		if lost, _ := s.service(schema.ServiceUnknown, time.Minute); lost.ReasonText.Code != "service.away" {
			t.Errorf("it is said: %+v", lost)
		}
		w.heal()
		s.service(schema.ServiceHealthy, time.Minute)
	})
}

// A port that is not open to the internet is not asked, and no ssh is started for it.
func TestAServiceWithoutAWay(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		q := &questions{}
		params := withHealth
		params.Spec.Ports = []string{"443"}
		s := w.launchedWith(params, q.count)
		time.Sleep(5 * time.Second) // before it is found that there is no way it is unknown, too
		closed := s.status().Service
		if closed == nil || closed.State != schema.ServiceUnknown || closed.ReasonText.Code != "service.no_way" || closed.URL != "" || !closed.CheckedAt.IsZero() {
			t.Errorf("it is said: %+v", closed)
		}
		if time.Sleep(time.Hour); len(q.sinceThen()) > 0 {
			t.Error("it was asked")
		}
	})
}

// A server that was launched without a question has no service, and nobody asks.
func TestAServerWithoutAService(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		q := &questions{}
		params := withHealth
		params.Spec.Health = nil
		s := w.launchedWith(params, q.count)
		if time.Sleep(time.Hour); len(q.sinceThen()) > 0 || s.status().Service != nil {
			t.Errorf("it is said: %+v", s.status().Service)
		}
	})
}

// A look that a person asks for asks the service, too; one that hangs holds up neither the watcher's looks nor the end.
func TestAServiceThatHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		q, looks := &questions{}, &counting{}
		s := w.launchedWith(withHealth, q.count, looksOf(looks), unprobed)
		s.service(schema.ServiceHealthy, time.Minute)
		q.sinceThen()
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		if n := len(q.sinceThen()); n < 1 {
			t.Error("a look did not ask the service")
		}
		q.answer(func(ctx context.Context, _, _ string) (int, bool) { <-ctx.Done(); return 0, false })
		time.Sleep(time.Minute)
		before := looks.calls.Load()
		if time.Sleep(10 * time.Minute); looks.calls.Load()-before < 19 {
			t.Errorf("%d looks were made in ten minutes while a service hung", looks.calls.Load()-before)
		}
	})
}

// A second sidecar of the state folder asks for itself, and a launch that is finished with another question has that one.
func TestTwoSidecarsAndOneService(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launchedWith(withHealth)
		other := w.start(func(c *Config) {
			ask := c.AskService
			c.AskService = func(ctx context.Context, address, path string) (int, bool) {
				time.Sleep(time.Second) // else it may have the answer before it is asked
				return ask(ctx, address, path)
			}
		})
		if c := other.status(); c.Service == nil || c.Service.State != schema.ServiceUnknown {
			t.Errorf("before it has asked it says: %+v", c.Service)
		}
		other.service(schema.ServiceHealthy, time.Minute)
	})
}
