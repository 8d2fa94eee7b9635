package sky

import (
	"context"
	"strings"
)

// Endpoint is where a port of a cluster's machine is reached from the internet.
type Endpoint struct {
	Port    string // on the machine
	Address string // HOST:PORT, or a URL
}

// Endpoints asks where the open ports of a cluster that is up are reached: some clouds
// map them to other ports. SkyPilot asks the cloud, and waits for ports that are not
// ready. The error is also that of a cluster without open ports (transcript
// status-endpoints-none).
func (c *Client) Endpoints(ctx context.Context, cluster string) ([]Endpoint, error) {
	if err := checkCluster(cluster); err != nil {
		return nil, err
	}
	res, err := c.run(ctx, Call{Purpose: Question, Args: []string{"status", "--endpoints", cluster}})
	if err != nil {
		return nil, err
	}
	found := parseEndpoints(res.Stdout)
	if res.Code != 0 || len(found) == 0 {
		return nil, fail(Failure{Cluster: cluster}, res)
	}
	return found, nil
}

// parseEndpoints reads lines like "443: 127.0.1.16:20443" and "80: http://host/path".
func parseEndpoints(output string) (found []Endpoint) {
	for line := range strings.Lines(Clean(output)) {
		port, address, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && port != "" && leadingDigits(port) == port && address != "" && !strings.ContainsAny(address, " \t") {
			found = append(found, Endpoint{Port: port, Address: address})
		}
	}
	return found
}
