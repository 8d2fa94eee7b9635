package provision

import (
	"context"

	"carapace/schema"
)

// OpenTunnel brings a port of a server to this machine. It blocks until the connection is made, which takes seconds.
func (s *Service) OpenTunnel(ctx context.Context, p schema.TunnelOpenParams) (schema.Tunnel, error) {
	return s.tunnels.Open(ctx, s.store.NameOf(p.Name), p.Port, p.LocalPort)
}

// CloseTunnel ends a tunnel, and blocks until its port is free.
func (s *Service) CloseTunnel(ctx context.Context, p schema.TunnelCloseParams) (schema.Empty, error) {
	return schema.Empty{}, s.tunnels.Close(ctx, p.ID)
}

// ListTunnels lists the tunnels that are open. It does not block.
func (s *Service) ListTunnels(context.Context, schema.Empty) (schema.TunnelListResult, error) {
	return schema.TunnelListResult{Tunnels: s.tunnels.List()}, nil
}
