package provision

import (
	"context"
	"net"
	"strconv"

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
	if !mapsPorts(rec.View.Cloud) {
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

// mapsPorts reports whether a cloud opens a server's ports elsewhere than at its address.
func mapsPorts(id string) bool {
	at, known := cloud.Find(id)
	return known && at.MapsPorts
}

// maxEndpoints bounds the answer: a range can have all ports.
const maxEndpoints = 100

// atAddress are the endpoints of ports, and ranges of them, that are open as they are.
func atAddress(ip string, ports []string) (all []schema.Endpoint) {
	for _, port := range ports {
		first, last, ok := schema.ParsePorts(port)
		for n := first; ok && n <= last && len(all) < maxEndpoints; n++ {
			all = append(all, schema.Endpoint{Port: strconv.Itoa(n), Address: net.JoinHostPort(ip, strconv.Itoa(n))})
		}
	}
	return all
}
