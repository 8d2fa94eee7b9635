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
	res, err := c.run(ctx, nil, queueArgs(cluster))
	if err != nil {
		return nil, err
	}
	jobs, ok := parseQueue(res.Stdout, cluster)
	if !ok {
		return nil, fail(Failure{Cluster: cluster}, res)
	}
	return jobs, nil
}

// parseQueue reads `sky queue NAME -o json`. A cluster that could not be asked
// is missing from the object; a job without an id or a status says nothing.
func parseQueue(output, cluster string) ([]Job, bool) {
	var queues map[string][]struct {
		ID     number `json:"job_id"`
		Status text   `json:"status"`
		Start  number `json:"start_at"`
		End    number `json:"end_at"`
	}
	if !decodeLast(output, &queues) {
		return nil, false
	}
	rows, ok := queues[cluster]
	jobs := make([]Job, 0, len(rows))
	for _, r := range rows {
		if r.ID == 0 || r.Status == "" {
			return nil, false
		}
		jobs = append(jobs, Job{
			ID: int(r.ID), Status: jobStatus(string(r.Status)),
			StartAt: epoch(r.Start), EndAt: epoch(r.End),
		})
	}
	return jobs, ok
}

// jobStatus drops the enum's name, which some versions print: JobStatus.RUNNING.
func jobStatus(s string) string {
	return strings.TrimPrefix(s, "JobStatus.")
}
