package provision

import (
	"context"
	"net"
	"strconv"
	"strings"

	"carapace/provision/cloud"
	"carapace/provision/lifecycle"
	"carapace/schema"
)

// endpoints are where a server's open ports are reached; nil where none is open or it can't
// be told. Only a cloud that maps ports is asked, which takes SkyPilot seconds.
func (s *Service) endpoints(ctx context.Context, name, ip string, rec *lifecycle.Cluster) []schema.Endpoint {
	if rec == nil || rec.Spec == nil || len(rec.Spec.Ports) == 0 {
		return nil
	}
	at, known := cloud.Find(rec.View.Cloud)
	if !known || !at.MapsPorts {
		return atAddress(ip, rec.Spec.Ports)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Short)
	defer cancel()
	found, err := s.backend.Client(name).Endpoints(ctx, name)
	if err != nil {
		s.cfg.Log.Warn("where the server's ports are reached could not be found out", "cluster", name, "error", s.backend.Explain(name, err).Message)
		return nil
	}
	var all []schema.Endpoint
	for _, e := range found {
		all = append(all, schema.Endpoint{Port: e.Port, Address: e.Address})
	}
	return all
}

// maxEndpoints bounds the answer: a range can have all ports.
const maxEndpoints = 100

// atAddress are the endpoints of ports, and ranges of them, that are open as they are.
func atAddress(ip string, ports []string) (all []schema.Endpoint) {
	for _, port := range ports {
		from, to, isRange := strings.Cut(port, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		for n := first; err == nil && err2 == nil && n <= last && len(all) < maxEndpoints; n++ {
			all = append(all, schema.Endpoint{Port: strconv.Itoa(n), Address: net.JoinHostPort(ip, strconv.Itoa(n))})
		}
	}
	return all
}
