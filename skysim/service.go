package skysim

import (
	"context"
	"net"
	"strconv"
	"time"

	"carapace/schema"
)

// serviceStarts is how long after its run command has begun what a server is for answers.
const serviceStarts = 20 * time.Second

const (
	httpOK          = 200
	httpUnavailable = 503
)

// AskService asks what a simulated machine is for, at an address, HOST:PORT. It answers at the ports that its launch opened, some time after
// its run command has begun, with 200, or with 503 where the fault service_unhealthy is. It blocks for reading a file.
func (c Control) AskService(_ context.Context, address, _ string) (status int, answered bool) {
	host, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	err := c.world().read(func(w *world) {
		if there := w.answering(host); there != nil && (schema.Spec{Ports: there.Task.Ports}).Opens(number) && w.serves(there) {
			status = w.serviceStatus(there)
		}
	})
	return status, err == nil && status != 0
}

// serves reports whether what a cluster is for listens.
func (w *world) serves(c *cluster) bool {
	if len(c.Jobs) == 0 {
		return false
	}
	j := c.Jobs[len(c.Jobs)-1]
	return (j.Status == jobRunning || j.Status == jobSucceeded) && !w.now.Before(w.after(j.Start, serviceStarts))
}

// serviceStatus is what it answers with.
func (w *world) serviceStatus(c *cluster) int {
	if w.fault(faultServiceUnhealthy, c.Name, c.Offer.Region, c.Offer.Cloud) {
		return httpUnavailable
	}
	return httpOK
}
