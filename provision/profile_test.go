package provision

import (
	"context"
	"slices"
	"sync"
	"testing"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
)

// What is asked beforehand is asked with the credentials that the launch will use.
func TestEachCallUsesTheProfileOfTheSpec(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		with := map[string][]string{} // by command
		note := func(call sky.Call) {
			mu.Lock()
			defer mu.Unlock()
			if call.Program == "sky" {
				with[call.Args[0]] = call.Env
			}
		}
		var asked []string
		s := w.start(w.through(&interceptor{
			run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
				note(call)
				return next.Run(ctx, call)
			},
			submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
				note(call)
				return next.Submit(ctx, call, output)
			},
		}), func(c *Config) {
			c.Credentials = func(_ cloud.Cloud, profile string) (schema.Credentials, *schema.Error) {
				asked = append(asked, profile)
				return schema.Credentials{Present: true}, nil
			}
		}).unwatched()
		p := onAWS
		p.Spec.Profile = "work"
		uses := func(command string) bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Contains(with[command], "AWS_PROFILE=work") && slices.Contains(with[command], "AWS_DEFAULT_PROFILE=work")
		}
		if _, err := s.Estimate(ctx, schema.EstimateParams{Spec: p.Spec}); err != nil {
			t.Fatal(err)
		}
		if !uses("launch") {
			t.Errorf("the estimate was made with %v", with["launch"])
		}
		if _, err := s.CheckProvider(ctx, schema.ProviderCheckParams{Cloud: "aws", Profile: "work"}); err != nil {
			t.Fatal(err)
		}
		if !uses("check") || !slices.Contains(asked, "work") {
			t.Errorf("the check was made with %v, and credentials were looked for as %q", with["check"], asked)
		}
		w.inject("run_fails_later", "") // the queue is asked only for a job that goes on and prints nothing
		s.until(s.Launch(ctx, p))
		for _, command := range []string{"launch", "status", "queue", "logs", "api"} {
			if !uses(command) {
				t.Errorf("%s was called with %v", command, with[command])
			}
		}
	})
}
