// Package mirror compares the vaults here with a server's and makes the server's the same:
// rsync over SkyPilot's SSH alias, to no other machine than the server, one rsync at a time.
// Operations, vault.status and the continuous sync all go through it.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"carapace/provision/backend"
	"carapace/provision/hostkeys"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
	"carapace/schema/text"
)

// Mirrors runs rsync for the servers' vaults. Its methods are safe for concurrent use and
// block until rsync has ended, or their context.
type Mirrors struct {
	sky      *backend.SkyPilot
	hostKeys hostkeys.Pins
	reserved []string
	running  chan struct{} // holds one while an rsync runs

	mu     sync.Mutex // guards what follows; nothing is called under it
	report vault.Report
}

// New returns the mirrors through a SkyPilot. reserved are the folders that are apart from
// all vaults.
func New(through *backend.SkyPilot, hostKeys hostkeys.Pins, reserved []string) *Mirrors {
	return &Mirrors{sky: through, hostKeys: hostKeys, reserved: reserved, running: make(chan struct{}, 1)}
}

// Vault is one vault beside the server's. Compare fills in what Make needs.
type Vault struct {
	vault.Guard
	vault.Transfer

	cluster, hash string
}

// Of returns the vaults of a server that has any, none of them compared yet. The error is
// that of a vault in a place where none may be, or of a file of host keys that can't be read.
func (m *Mirrors) Of(cluster string, rec lifecycle.Cluster) ([]Vault, *schema.Error) {
	if rec.Vaults == nil {
		return nil, nil
	}
	paths := vault.Paths{Public: vault.Followed(rec.Vaults.Public), Private: vault.Followed(rec.Vaults.Private)}
	if refusal := paths.Clear(m.reserved); refusal != nil {
		return nil, refusal
	}
	ssh, refusal := m.options(cluster, rec.Identity.Hash)
	if refusal != nil {
		return nil, refusal
	}
	var all []Vault
	for _, v := range []struct {
		name          schema.VaultName
		local, remote string
	}{{schema.VaultPublic, paths.Public, task.RemotePublic}, {schema.VaultPrivate, paths.Private, task.RemotePrivate}} {
		if v.local == "" {
			continue // rsync would copy the root folder
		}
		one := Vault{
			vault.Guard{Vault: v.name, Local: v.local},
			vault.Transfer{Local: v.local, Alias: cluster, Remote: v.remote, SSH: ssh},
			cluster, rec.Identity.Hash,
		}
		if before, known := rec.Mirrored[v.name]; known {
			one.Before = &before
		}
		all = append(all, one)
	}
	return all, nil
}

// options returns those of ssh to a server, its host key pinned.
func (m *Mirrors) options(cluster, hash string) ([]string, *schema.Error) {
	pins, refusal := m.hostKeys.Options(hash)
	return append(m.sky.SSHOptions(cluster), pins...), refusal
}

// reach has SkyPilot write its SSH file for the server where that is not there: a start that SkyPilot's API server lost half
// way leaves none. It starts no process where the file is there.
func (m *Mirrors) reach(ctx context.Context, v *Vault) (refusal *schema.Error) {
	if _, err := m.sky.SSHHost(v.cluster); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := m.sky.EnsureSSHHost(ctx, v.cluster); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m.sky.Explain(v.cluster, err)
	}
	v.SSH, refusal = m.options(v.cluster, v.hash)
	return refusal
}

// Pinned reports whether the server's host key is kept, so that its vaults are mirrored to no
// other machine. It blocks for reading a small file.
func (m *Mirrors) Pinned(rec lifecycle.Cluster) bool {
	return m.hostKeys.Known(rec.Identity.Hash)
}

// ChangedHere looks through a vault and reports whether anything in it has changed since it
// was mirrored last, or a mirror has begun since that was not made, without asking the server.
func (m *Mirrors) ChangedHere(ctx context.Context, v *Vault) (bool, *schema.Error) {
	now, problem := vault.LookThrough(ctx, v.Vault, v.Guard.Local, v.Before)
	if problem != nil {
		return false, problem
	}
	v.Now = now
	return v.ChangedHere() || v.Before.Unsure, nil
}

// Compare looks through a vault here and asks the server how its own differs; nothing is
// changed. The connection is checked, or its host key learned, before anything of the
// vault's contents is sent.
func (m *Mirrors) Compare(ctx context.Context, v *Vault, contents bool) *schema.Error {
	now, problem := vault.LookThrough(ctx, v.Vault, v.Guard.Local, v.Before)
	if problem != nil {
		return problem
	}
	if refusal := m.reach(ctx, v); refusal != nil {
		return refusal
	}
	v.Now, v.Compare = now, vault.Compare(contents, now)
	if _, failure := m.rsync(ctx, v, v.Look(), func() sky.Call {
		v.Differences = vault.Differences{Size: v.Now.Size}
		return sky.Call{Line: func(stream schema.Stream, line string) {
			if stream == schema.StreamStdout {
				v.Differences.Line(line)
			}
		}}
	}); failure != nil {
		return failure
	}
	return m.hostKeys.Learned(v.hash)
}

// Make makes the server's the same, where Compare has found that it is not, and returns
// what to remember of it. progress is called with each piece of news; it must not block.
func (m *Mirrors) Make(ctx context.Context, v *Vault, progress func(schema.Transfer)) (lifecycle.MirroredVault, *schema.Error) {
	if v.Differences.Any {
		plan := vault.Plan{
			MaxDelete: v.MaxDelete(), Report: m.canReport(ctx), Compress: v.Differences.Shrinks(v.Guard.Local), Contents: v.Differences.ByContents,
		}
		var meter *vault.Meter
		code, failure := m.rsync(ctx, v, v.Mirror(plan), func() sky.Call {
			meter = &vault.Meter{Total: v.Differences.Brought, Size: v.Now.Size}
			progress(meter.Transfer(v.Vault))
			return sky.Call{Answer: answer(func(piece []byte) {
				if meter.Take(piece, time.Now()) {
					progress(meter.Transfer(v.Vault))
				}
			})}
		})
		if failure != nil {
			return lifecycle.MirroredVault{}, failure
		}
		if vault.Vanished(code) {
			return lifecycle.MirroredVault{}, schema.Fail(schema.KindInterrupted, &text.MirrorFilesWent, text.Args{"vault": v.Vault}).
				WithField(v.Vault.Field())
		}
		meter.Done = meter.Total
		progress(meter.Transfer(v.Vault))
	}
	return v.Made(v.Compare, schema.Now()), nil
}

type answer func(piece []byte)

// Write implements [io.Writer].
func (a answer) Write(piece []byte) (int, error) {
	a(piece)
	return len(piece), nil
}

// canReport asks this machine's rsync, once, what it can tell of its progress.
func (m *Mirrors) canReport(ctx context.Context) vault.Report {
	m.mu.Lock()
	known := m.report
	m.mu.Unlock()
	if known != vault.ReportNothing {
		return known
	}
	result, err := m.sky.Run(ctx, sky.Call{Program: "rsync", Args: []string{"--version"}})
	if err != nil || result.Code != 0 {
		return vault.ReportNothing // the mirror itself says what is wrong
	}
	known = vault.ReportOf(result.Stdout)
	m.mu.Lock()
	m.report = known
	m.mu.Unlock()
	return known
}

// rsync runs rsync. Its reason for a failure can be lost with its connection (seen in the lab
// with a full disk), so it tries once more if rsync gave none, or if files vanished here
// meanwhile. watch makes the call that takes the output of one try.
func (m *Mirrors) rsync(ctx context.Context, v *Vault, args []string, watch func() sky.Call) (code int, failure *schema.Error) {
	select {
	case m.running <- struct{}{}:
		defer func() { <-m.running }()
	case <-ctx.Done():
		return 0, ended(ctx)
	}
	for try := 1; ; try++ {
		call := watch()
		call.Program, call.Args = "rsync", args
		result, err := m.sky.Run(ctx, call)
		if ctx.Err() != nil {
			return 0, ended(ctx)
		}
		if err != nil {
			return 0, m.sky.Explain(v.cluster, err)
		}
		if refusal := m.hostKeys.Refusal(v.hash, result.Stderr); refusal != nil && result.Code != 0 {
			return 0, m.sky.Clean(refusal)
		}
		failure := vault.ExplainRsync(result.Stderr, result.Code)
		switch {
		case failure == nil && (try > 1 || !vault.Vanished(result.Code)):
			return result.Code, nil
		case failure != nil && (try > 1 || !vault.SaidNothing(result.Stderr)):
			return result.Code, m.sky.Clean(failure)
		}
	}
}

// ended is what is said where the context has ended: whoever ended it says more.
func ended(ctx context.Context) *schema.Error {
	return schema.Fail(schema.KindInterrupted, &text.MirrorCutShort).WithDetail(strings.TrimSpace(fmt.Sprint(context.Cause(ctx))))
}
