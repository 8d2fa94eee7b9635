package sky

import (
	"context"
	"time"
)

// The default is the last 30 days; a server that is gone may have been stopped for
// longer.
func costReportArgs() []string { return []string{"cost-report", "-o", "json"} }
func historyArgs() []string    { return append(costReportArgs(), "--days", "3650") }

// CostRow is what one cluster has cost: SkyPilot's estimate, without disk and
// traffic. A name has one row for each Hash it has had.
type CostRow struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Hash       string
	LaunchedAt time.Time
	Duration   time.Duration // of running
	Total      float64       // USD
	Status     string        // as in Cluster.State, or TERMINATED: there is no record of it any more
	LastEvent  string        // SkyPilot's last event of the cluster; see [EventTerminated]
}

// EventTerminated is SkyPilot's last event of a cluster of which a look at the cloud
// showed no instance: autodown, console and preemption are this one text. Anything
// else on a row that is TERMINATED proves nothing: "Cluster was terminated by user …"
// is written before the cloud is asked, and stays after a --purge (recorded with
// 0.14.1; backends/backend_utils.py).
const EventTerminated = "All nodes terminated, cleaning up the cluster."

// Hourly is the row's cost for an hour of running in USD, 0 where it has not run
// yet.
func (r CostRow) Hourly() float64 {
	if r.Duration <= 0 {
		return 0
	}
	return r.Total / r.Duration.Hours()
}

// CostReport lists what every cluster of the last days has cost, those that are
// gone too. It needs SkyPilot 0.13.0; an older one is KindSkyPilotUnsupported.
func (c *Client) CostReport(ctx context.Context) ([]CostRow, error) {
	return c.costRows(ctx, costReportArgs())
}

// History is CostReport for all servers that there ever were.
func (c *Client) History(ctx context.Context) ([]CostRow, error) {
	return c.costRows(ctx, historyArgs())
}

func (c *Client) costRows(ctx context.Context, args []string) ([]CostRow, error) {
	var found []costRow
	if _, err := c.ask(ctx, args, rows(&found), Failure{}); err != nil {
		return nil, err
	}
	return costsOf(found), nil
}

// costRow is a row as `sky cost-report -o json` prints it.
type costRow struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Hash       words  `json:"cluster_hash"`
	LaunchedAt number `json:"launched_at"`
	Duration   number `json:"duration"`
	Total      number `json:"total_cost"`
	Status     words  `json:"status"`
	LastEvent  words  `json:"last_event"`
}

func costsOf(found []costRow) []CostRow {
	costs := make([]CostRow, 0, len(found))
	for _, r := range found {
		costs = append(costs, CostRow{
			Hash: string(r.Hash), LaunchedAt: epoch(r.LaunchedAt),
			Duration: seconds(r.Duration), Total: float64(r.Total), Status: string(r.Status), LastEvent: string(r.LastEvent),
		})
	}
	return costs
}

// seconds is a duration that SkyPilot prints as seconds; what can't be one is 0.
func seconds(n number) time.Duration {
	if n < 0 || n > 1e9 {
		return 0
	}
	return time.Duration(float64(n) * float64(time.Second))
}
