package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// ready makes SkyPilot usable before anything is submitted: a version that
// works, and its API server up with an environment of ours (design.md 2).
func (d *driver) ready() *schema.Error {
	_, own := d.contexts()
	d.say(firstPhase(d.kind), "Checking SkyPilot.")
	if refusal := d.s.supported(own); refusal != nil {
		return refusal
	}
	if up, refusal := d.s.cfg.APIServerUp(own); up || refusal != nil {
		return refusal
	}
	d.say(schema.PhasePreparing, "Starting SkyPilot's API server; the first time takes up to a minute.")
	return d.s.startServer(own)
}

func (s *Service) startServer(ctx context.Context) *schema.Error {
	if !s.cfg.Endpoint.Local {
		return schema.NewError(schema.KindAPIServer,
			fmt.Sprintf("SkyPilot's API server at %s does not answer.", s.cfg.Endpoint.URL),
			"Check the network, or ask whoever runs that server.")
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Server)
	defer cancel()
	if err := s.sky.StartServer(ctx, s.serverLog); err != nil {
		return s.explain("", err)
	}
	return nil
}

// serverLog is where SkyPilot's local API server says why it did not start
// (sky/server/common.py writes it anew with each start).
func (s *Service) serverLog() string {
	env := s.cfg.Environment
	data, err := env.ReadFile(filepath.Join(env.Home, ".sky", "api_server", "server.log"))
	if err != nil {
		s.log.Debug("the API server's log could not be read", "error", err)
	}
	return string(data)
}

// supported refuses a SkyPilot that is missing or too old. `sky --version` takes
// two seconds and more, so its answer is kept for as long as the program's file
// stays the same.
func (s *Service) supported(ctx context.Context) *schema.Error {
	path, refusal := s.cfg.Locate(ctx)
	if refusal != nil {
		return refusal
	}
	version, err := s.version(ctx, path)
	if err != nil {
		return s.explain("", err)
	}
	if !version.Supported() {
		return schema.NewError(schema.KindSkyPilotUnsupported,
			fmt.Sprintf("SkyPilot %s is too old: %s or later is needed.", version, sky.Minimum),
			"Update it: uv tool upgrade skypilot, or let Carapace install it.")
	}
	return nil
}

// knownVersion is the version that a program's file printed.
type knownVersion struct {
	path     string
	modified time.Time
	version  sky.Version
}

func (s *Service) version(ctx context.Context, path string) (sky.Version, error) {
	var modified time.Time
	if info, err := os.Stat(path); err == nil {
		modified = info.ModTime()
	}
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known.path == path && known.modified.Equal(modified) && !s.simulated() {
		return known.version, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Short)
	defer cancel()
	version, err := s.sky.Version(ctx)
	if err == nil {
		s.mu.Lock()
		s.known = knownVersion{path, modified, version}
		s.mu.Unlock()
	}
	return version, err
}

// unclaimed makes sure that nobody else has, or is making, a cluster of the name
// that a launch is about to use: SkyPilot itself would accept the second launch
// gladly (transcript launch-async-duplicate). It returns the requests that SkyPilot
// had for that name before.
func (d *driver) unclaimed() ([]sky.Request, *schema.Error) {
	d.say(schema.PhasePreparing, "Making sure that there is no such server yet.")
	_, own := d.contexts()
	ctx, cancel := context.WithTimeout(own, d.s.cfg.Timing.Short)
	defer cancel()
	var report sky.StatusReport
	reportErr := errNotLooked
	looked := d.s.beside("a look before a launch", func() { // two seconds of Python each: side by side
		report, reportErr = d.sky.Status(ctx, false, d.cluster)
	})
	requests, err := d.sky.Requests(ctx, d.cluster)
	looked()
	if err := errors.Join(err, reportErr); err != nil {
		return nil, d.explainError(err)
	}
	elsewhere := worksOn(requests, d.cluster)
	if i := slices.IndexFunc(elsewhere, (*work).makes); i >= 0 {
		w := elsewhere[i]
		return nil, schema.NewError(schema.KindOperationInProgress,
			fmt.Sprintf("%s is being %s with SkyPilot outside of Carapace, since %s.", d.cluster, w.doing, w.request.CreatedAt.Local().Format("15:04:05")),
			"Wait until that has finished; Carapace then looks after the server.").WithDetail("SkyPilot request " + w.request.ID)
	}
	found, there := report.Find(d.cluster)
	rec := d.record()
	unnamed := rec.Machine && rec.Incomplete && rec.Hash == "" // ours, whose hash nobody lived to see
	switch {
	case !there:
		return requests, d.vouched(report) // else another machine would come up beside the one that SkyPilot has lost track of
	case found.Hash == rec.Hash || unnamed:
		return requests, nil
	}
	d.update(func(_ *journal.Operation, rec *journal.Cluster) {
		*rec = journal.Cluster{View: noServer(d.cluster)}
		d.s.settleFound(rec, found)
	})
	return nil, schema.NewError(schema.KindClusterActive,
		fmt.Sprintf("SkyPilot has a server called %s already, which was not launched here.", d.cluster),
		"Carapace looks after it from now on. Use it, or destroy it before you launch another.")
}

// yield ends a launch before its submission: the machine is somebody else's
// doing, so ours has not failed with anything left behind.
func (d *driver) yield(refusal *schema.Error) outcome {
	if refusal.Kind == schema.KindClusterActive || refusal.Kind == schema.KindOperationInProgress {
		d.s.expect(d.cluster)
		return outcome{err: refusal, settle: func(rec *journal.Cluster) {
			if rec.Hash == "" && !rec.Machine { // what the launch had put there is not what the machine will have been launched with
				*rec = bare(gone(d.cluster, refusal.Message), rec)
			}
		}}
	}
	return d.lost(refusal)
}
