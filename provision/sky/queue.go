package sky

import (
	"context"
	"strings"
)

func queueArgs(cluster string) []string { return []string{"queue", cluster, "-o", "json"} }

// Queue lists the jobs of a server that is up, newest first. A server that is
// not up, or not there, is an error, though `sky` exits with 0 (recordings
// queue-stopped, queue-unknown).
func (c *Client) Queue(ctx context.Context, cluster string) ([]Job, error) {
	if err := checkCluster(cluster); err != nil {
		return nil, err
	}
	var queues map[string][]jobRow
	res, err := c.ask(ctx, queueArgs(cluster), value(&queues), Failure{Cluster: cluster})
	if err != nil {
		return nil, err
	}
	jobs, ok := jobsOf(queues, cluster)
	if !ok {
		return nil, fail(Failure{Cluster: cluster}, res)
	}
	return jobs, nil
}

// jobRow is a job as `sky queue NAME -o json` prints it.
type jobRow struct {
	ID     number `json:"job_id"`
	Status words  `json:"status"`
}

// jobsOf is false where the cluster could not be asked, which then is missing, or
// where a job without an id or a status says nothing.
func jobsOf(queues map[string][]jobRow, cluster string) ([]Job, bool) {
	found, ok := queues[cluster]
	jobs := make([]Job, 0, len(found))
	for _, r := range found {
		if r.ID == 0 || r.Status == "" {
			return nil, false
		}
		jobs = append(jobs, Job{ID: int(r.ID), Status: jobStatus(string(r.Status))})
	}
	return jobs, ok
}

// jobStatus drops the enum's name, which some versions print: JobStatus.RUNNING.
func jobStatus(s string) string {
	return strings.TrimPrefix(s, "JobStatus.")
}
