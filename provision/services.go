package provision

import (
	"context"
	"net"
	"strconv"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// checkService asks a server's service how it is where that is due, and returns when it is to be asked next; zero: when something
// has changed.
func (s *Service) checkService(ctx context.Context, name string) (next time.Time) {
	return s.askService(ctx, name, false)
}

// askService is checkService; wanted: a person asks how the server is, so that it is due. It blocks for some seconds where the
// service does not answer.
func (s *Service) askService(ctx context.Context, name string, wanted bool) (next time.Time) {
	_, rec := s.store.Cluster(name)
	if rec == nil || rec.ServiceRun("") == "" || s.store.Running(name) != nil {
		return time.Time{}
	}
	address, seen := s.serviceAddress(name, rec), s.store.Service(name)
	if seen == nil || seen.Run != rec.ServiceRun(address) || wanted || address != "" && !s.serviceDue(seen).After(time.Now()) {
		answer := s.hearService(ctx, name, address, rec.Spec.Health.Path)
		if ctx.Err() != nil {
			return time.Time{}
		}
		before := seen
		seen = rec.ServiceAnswered(before, address, answer, schema.Now())
		s.store.ServiceAnswered(name, before, seen)
	}
	if address == "" {
		return time.Time{}
	}
	return s.serviceDue(seen)
}

// serviceDue returns when a service that can be asked is to be asked next.
func (s *Service) serviceDue(seen *lifecycle.ServiceSeen) time.Time {
	if seen.Settled() {
		return seen.Asked.Add(s.cfg.Timing.Services.Settled)
	}
	return seen.Asked.Add(s.cfg.Timing.Services.Starting)
}

// hearService asks a service, and its machine's SSH port where it is silent: whether the silence is the service's.
func (s *Service) hearService(ctx context.Context, name, address, path string) (answer lifecycle.ServiceAnswer) {
	if path == "" {
		path = "/"
	}
	if address == "" {
		return answer
	}
	if answer.Status, answer.Answered = s.cfg.AskService(ctx, address, path); !answer.Answered {
		answers, known := s.backend.ProbeMachine(ctx, name)
		answer.Away = known && !answers
	}
	return answer
}

// serviceAddress is where a server's service is asked: at its public address where the launch opened the port there, else at a
// tunnel to it; empty where there is neither. No ssh is started for it.
func (s *Service) serviceAddress(name string, rec *lifecycle.Cluster) string {
	host, port := rec.View.IP, rec.Spec.Health.Port
	if host == "" || !rec.Spec.Opens(port) || mapsPorts(rec.View.Cloud) {
		if host, port = "127.0.0.1", s.tunnels.LocalPort(name, port); port == 0 {
			return ""
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
