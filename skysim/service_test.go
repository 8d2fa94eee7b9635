package skysim

import (
	"net"
	"testing"
	"time"
)

// What a server is for listens at its open ports alone, some time after it came up, until it is stopped.
func TestAskService(t *testing.T) {
	inLab(t, func(l *lab) {
		l.task("ports.yaml", "  disk_size: 100\n", "  disk_size: 100\n  ports: [8080-8090]\n")
		l.ok("launch -y -c carapace-node -d ports.yaml")
		address := func() (ip string) {
			if err := l.control().world().read(func(w *world) { ip = w.machine(w.cluster(name).Machine).IP }); err != nil {
				l.t.Fatal(err)
			}
			return ip
		}
		want := func(what, ip, port string, status int) {
			l.t.Helper()
			got, answered := l.control().AskService(l.t.Context(), net.JoinHostPort(ip, port), "/")
			if got != status || answered != (status != 0) {
				l.t.Errorf("%s: %d (%v), want %d", what, got, answered, status)
			}
		}
		want("right after the launch", address(), "8081", 0)
		time.Sleep(time.Minute)
		want("a minute later", address(), "8081", 200)
		want("another port", address(), "8091", 0)
		want("another machine", "192.0.2.77", "8081", 0)
		l.inject(faultServiceUnhealthy, "")
		want("with the fault", address(), "8081", 503)
		l.heal(faultServiceUnhealthy)
		l.inject(faultUnreachable, "")
		want("a machine that does not answer", address(), "8081", 0)
		l.heal(faultUnreachable)
		ip := address()
		l.ok("stop -y carapace-node")
		want("a stopped server", ip, "8081", 0)
		l.ok("start -y carapace-node")
		want("a server that was started again", address(), "8081", 200)
	})
}
