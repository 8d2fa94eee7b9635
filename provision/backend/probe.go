package backend

import (
	"context"
	"net"
	"strconv"
)

// ProbeMachine reports whether a cluster's machine answers at its SSH port with an SSH banner, twice
// asked where it does not. known is false where that says nothing: SkyPilot's API server is
// elsewhere, so that its records are not seen to change here, or the way to the machine is not
// direct. It starts no program, and blocks for some milliseconds, for seconds where there is no
// answer. Whoever answers is not known by this: it only decides when SkyPilot is asked.
func (s *SkyPilot) ProbeMachine(ctx context.Context, cluster string) (answers, known bool) {
	reach, err := s.SSHHost(cluster)
	if err != nil || !s.opt.Endpoint.Local || reach.ProxyCommand != "" {
		return false, false
	}
	address := net.JoinHostPort(reach.HostName, strconv.Itoa(reach.Port))
	for range 2 {
		if s.opt.AnswersSSH(ctx, address) {
			return true, true
		}
	}
	return false, true
}
