package sky

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// What a Client's methods return, apart from ctx's error and *schema.Error.
var (
	// ErrRequestGone: SkyPilot's API server does not know the request. It forgets
	// all of them when it restarts (docs/skypilot.md, "Requests"), and each after a day.
	ErrRequestGone = errors.New("SkyPilot's API server no longer knows the request")
	// ErrAlreadyUp: there was nothing to start, so there is no request
	// (recording start-recover-async).
	ErrAlreadyUp = errors.New("SkyPilot says that the server is up already")
	// ErrUnanswered: a submission ended without a request id, and without saying
	// that there is none: it was killed, or printed nothing that is known. What it
	// was to submit may have been submitted. A *schema.Error is in the chain.
	ErrUnanswered = errors.New("SkyPilot did not say whether it has the request")
	// ErrNoCluster: SkyPilot has no cluster of that name, so there is no request
	// (transcripts start-unknown, stop-unknown, down-unknown: exit code 0).
	ErrNoCluster = errors.New("SkyPilot knows no server of that name")
)

// Client is the SkyPilot command line as methods. Each starts one short `sky`
// process, which takes 2 s and more, and blocks until it has ended or ctx is
// done; then the error is ctx's. Every other error is one of those above or a
// *schema.Error. A Client is safe for concurrent use.
type Client struct {
	runner Runner
	local  bool
}

// NewClient returns a Client that runs `sky` by r. local says that its API server
// runs on this machine, and so by its clock: then Status can tell a record that is
// older than the look it came with.
func NewClient(r Runner, local bool) *Client { return &Client{runner: r, local: local} }

// run runs one sky command.
func (c *Client) run(ctx context.Context, call Call) (Result, error) {
	call.Program = "sky"
	res, err := c.runner.Run(ctx, call)
	return settled(ctx, res, err)
}

// Expect says that an operation will run n commands within a minute, other than a submission: their
// Python may start now. Again it renews what it has said. It does not block, and asks nothing.
func (c *Client) Expect(n int) { c.runner.Expect(Call{Program: "sky"}, n) }

// submit runs one sky command that goes on when we die.
func (c *Client) submit(ctx context.Context, output string, call Call) (Result, error) {
	call.Program = "sky"
	res, err := c.runner.Submit(ctx, call, output)
	return settled(ctx, res, err)
}

func settled(ctx context.Context, res Result, err error) (Result, error) {
	if ctx.Err() != nil {
		return res, ctx.Err() // whatever the dying program printed: it was us
	}
	return res, startError(err)
}

// startError makes an error of the Runner one for a person. The program did not
// run at all.
func startError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*schema.Error](err); ok {
		return err
	}
	return schema.Fail(schema.KindSkyPilotNotFound, &text.SkyPilotNotStarted, text.Args{"problem": err.Error()})
}

// fail explains a command that ended without what it was asked for.
func fail(f Failure, res Result) error {
	f.Stdout, f.Stderr = res.Stdout, res.Stderr
	return Explain(f)
}

// checkCluster refuses what must not stand on a command line: the argv builders
// rely on names not looking like flags. The rule is SkyPilot's own
// (CLUSTER_NAME_VALID_REGEX, transcript launch-bad-name).
func checkCluster(name string) error {
	if ValidClusterName(name) {
		return nil
	}
	return schema.Fail(schema.KindInvalidSpec, &text.ParamsName, text.Args{"value": name}).WithField("name")
}

// ValidClusterName reports whether SkyPilot takes name for a cluster's. Pure.
func ValidClusterName(name string) bool {
	if name == "" || !isLetter(name[0]) {
		return false
	}
	for i := 1; i < len(name); i++ {
		if c := name[i]; !isLetter(c) && !isDigit(c) && !strings.ContainsRune("-_.", rune(c)) {
			return false
		}
	}
	last := name[len(name)-1]
	return isLetter(last) || isDigit(last)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// splitTask takes a task file apart into the folder to run sky in and the name to
// give it. sky splits its argument like a shell, so that a space or a quote in a
// home folder's name would make it something else; and what it does not take for
// a task file it runs as a command, on a machine that it launches (transcript
// launch-not-yaml). A bare name of our own says nothing else to anybody.
func splitTask(path string) (dir, name string, err error) {
	dir, name = filepath.Split(path)
	ext := filepath.Ext(name)
	if filepath.IsAbs(path) && (ext == ".yaml" || ext == ".yml") && ValidClusterName(name) {
		return filepath.Clean(dir), name, nil
	}
	return "", "", schema.Fail(schema.KindInternal, &text.SkyPilotTaskFile, text.Args{"path": path})
}
