package sky

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"carapace/schema"
)

// Estimate asks SkyPilot's optimizer which machines fit the task in taskFile, an
// absolute path that ends in .yaml, the chosen one among them. One row a cloud,
// with the price of an hour in USD. It makes nothing at the cloud. It needs a
// name that no cluster has: for an existing one there is no table.
func (c *Client) Estimate(ctx context.Context, taskFile string) ([]schema.Offer, error) {
	dir, file, err := splitTask(taskFile)
	if err != nil {
		return nil, err
	}
	name := "carapace-estimate-" + uuid.NewString()[:8]
	res, err := c.run(ctx, Call{Purpose: Question, Dir: dir, Args: dryRunArgs(name, file)})
	if err != nil {
		return nil, err
	}
	offers := parseOffers(res.Stdout)
	if res.Code != 0 || len(offers) == 0 {
		return nil, fail(Failure{Operation: schema.OperationLaunch, Asked: true}, res)
	}
	return offers, nil
}

// parseOffers reads the last table of a launch's output.
func parseOffers(output string) []schema.Offer {
	var t offerTable
	for line := range strings.Lines(Clean(output)) {
		t.line(strings.TrimRight(line, "\n"))
	}
	return t.offers
}
