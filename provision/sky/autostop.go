package sky

import (
	"context"
	"strconv"
	"strings"
)

func autostopArgs(cluster string, minutes int, down, cancel bool) []string {
	if cancel {
		return []string{"autostop", "-y", "--cancel", cluster}
	}
	args := []string{"autostop", "-y", "-i", strconv.Itoa(minutes)}
	if down {
		args = append(args, "--down")
	}
	return append(args, cluster)
}

// Autostop sets the idle time in minutes after which a server that is up stops
// itself, or with down destroys itself; with cancel it takes that away. A refusal
// is an error though `sky` exits with 0 (recording autostop-stopped); that there
// is none proves nothing: read Status again.
func (c *Client) Autostop(ctx context.Context, cluster string, minutes int, down, cancel bool) error {
	if err := checkCluster(cluster); err != nil {
		return err
	}
	res, err := c.run(ctx, Call{Args: autostopArgs(cluster, minutes, down, cancel)})
	switch {
	case err != nil:
		return err
	case strings.Contains(Clean(res.Stdout), "Cluster(s) not found"):
		return ErrNoCluster
	case res.Code != 0, strings.Contains(res.Stdout, "Cluster(s) failed."):
		return fail(Failure{Cluster: cluster}, res)
	}
	return nil
}
