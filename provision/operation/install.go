package operation

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"carapace/provision/install"
	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// BeginInstall is [Runner.Begin] for an installation of SkyPilot. The clouds are added to
// those of the installation that is current. It refuses where the disk has too little space,
// and while SkyPilot's API server runs from the folder that would be replaced.
func (r *Runner) BeginInstall(ctx context.Context, version string, clouds []string) (schema.OperationResult, error) {
	now := r.installations().Current()
	if refusal := r.checkServer(ctx, now); refusal != nil {
		return schema.OperationResult{}, refusal
	}
	clouds = slices.Concat(now.Clouds, clouds)
	slices.Sort(clouds)
	clouds = slices.Compact(clouds)
	need := install.Space(clouds)
	if free, err := r.machine.Free(r.store.Dir()); err == nil && free < need {
		return schema.OperationResult{}, install.NoSpace(need, free)
	}
	return r.Begin(ctx, Request{Kind: schema.OperationInstall, Version: version, Clouds: clouds})
}

func (s shared) installations() install.Folders { return install.Under(s.store.Dir()) }

// checkServer refuses to replace an installation from which SkyPilot's API server runs: it
// would load the rest of its code from a folder that is about to go, and the new sky could not
// speak with it. Where the system does not tell what runs from a folder, any API server of this
// computer counts.
func (s shared) checkServer(ctx context.Context, now install.Installed) *schema.Error {
	if now.Folder == "" {
		return nil
	}
	running := s.machine.Running(now.Folder)
	if !running.Known {
		up, _ := s.backend.APIServerUp(ctx)
		running.Server = up && s.backend.Local()
	}
	if !running.Server {
		return nil
	}
	return schema.Fail(schema.KindAPIServer, &text.InstallServerRuns, text.Args{"program": install.Sky(now.Folder)})
}

// tidyInstallations removes what installations have left, beside the caller: that takes
// seconds. It does nothing while an installation goes on.
func (r *Runner) tidyInstallations() {
	if !r.installations().Leftover() {
		return
	}
	r.group.Go("removing old installations", func() {
		lease, _, err := r.leases.Try("", "removing an old one")
		if err != nil || lease == nil {
			return
		}
		r.installations().Retire(r.machine.Running, time.Now())
		lease.Release() // nobody has to wait for the rest
		r.installations().Remove()
	})
}

// install installs SkyPilot beside the one that is there: into a folder of its own, from which
// it is run once before it becomes the current one. Whatever fails, the old one stays. A
// process that takes the operation up begins anew: uv finds most of what was downloaded in its
// cache.
func (d *driver) install() lifecycle.Outcome {
	folders, op := d.installations(), d.operation()
	was := folders.Current()
	if was.Operation == d.id { // its process died before it could journal the end
		return d.installed(was)
	}
	folders.Retire(d.machine.Running, time.Now())
	folders.Remove()
	next := install.Installed{Folder: folders.Next(op.Version), Clouds: op.Clouds, Operation: d.id}
	failure := d.fill(next)
	if failure == nil {
		failure = d.switchTo(next, was)
	}
	if failure == nil {
		return d.installed(next)
	}
	_ = os.RemoveAll(next.Folder) // what stays is not current, and is removed by the next
	if was.Folder != "" {
		failure = failure.And(text.New(&text.InstallOldStays))
	}
	return lifecycle.Outcome{Err: d.backend.Clean(failure)} // a package index's address may hold a password
}

// undoInstall is the end of an installation that was canceled.
func (d *driver) undoInstall() lifecycle.Outcome {
	folders := d.installations()
	now := folders.Current()
	if now.Operation == d.id {
		return lifecycle.Outcome{Canceled: true, Texts: []text.Text{text.New(&text.InstallTooLateToCancel)}}
	}
	folders.Retire(d.machine.Running, time.Now()) // an earlier process may have begun
	folders.Remove()
	if now.Folder == "" {
		return lifecycle.Outcome{Canceled: true, Texts: []text.Text{text.New(&text.InstallCanceled), text.New(&text.InstallNothingLeft)}}
	}
	return lifecycle.Outcome{Canceled: true, Texts: []text.Text{text.New(&text.InstallCanceled), text.New(&text.InstallOldStays)}}
}

// installed is the outcome of an installation that is current.
func (d *driver) installed(now install.Installed) lifecycle.Outcome {
	_, mustCtx := d.contexts()
	used, refusal := d.backend.Locate(mustCtx)
	if refusal != nil {
		return lifecycle.Outcome{Err: refusal}
	}
	said := []text.Text{text.New(&text.InstallDone, text.Args{"version": d.operation().Version, "clouds": now.Clouds})}
	if used != install.Sky(now.Folder) {
		said = append(said, text.New(&text.InstallOtherUsed))
	}
	return lifecycle.Outcome{Texts: said}
}

// switchTo makes an installation the current one as soon as no other operation goes on: their
// next call would be made with another sky than their last.
func (d *driver) switchTo(next, was install.Installed) *schema.Error {
	ctx, _ := d.contexts()
	ctx, cancel := context.WithTimeout(ctx, d.timing.Provision)
	defer cancel()
	for {
		if refusal := d.checkServer(ctx, was); refusal != nil {
			return refusal
		}
		wait, err := d.trySwitch(next)
		switch {
		case err != nil:
			return store.Error(err)
		case wait == nil:
			return nil
		}
		d.reportPercent(install.PercentSwitching, schema.PhaseVerifying,
			text.New(&text.ProgressWaitsToSwitch, text.Args{"version": d.operation().Version, "operation": wait.Kind, "name": wait.Cluster}))
		if !supervisor.Sleep(ctx, d.timing.Retry) {
			return d.tookTooLong(ctx, d.timing.Provision)
		}
	}
}

// trySwitch switches, unless another operation goes on, which it returns. It holds the
// journal's lock, so that none can begin meanwhile, nor a cancel be accepted.
func (d *driver) trySwitch(next install.Installed) (wait *lifecycle.Operation, err error) {
	updateErr := d.store.Update(func(st *lifecycle.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() || !op.CancelRequested.IsZero() {
			return context.Canceled
		}
		if wait = st.AdmitSwitch(d.id); wait == nil {
			err = d.installations().Switch(next)
		}
		return store.ErrUnchanged
	})
	if !errors.Is(updateErr, store.ErrUnchanged) {
		return nil, updateErr
	}
	return wait, err
}
