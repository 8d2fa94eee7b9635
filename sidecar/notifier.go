package main

import (
	"carapace/rpc"
	"carapace/schema"
)

// notifier sends what the service tells to the host, each kind of notification
// with what may become of it when the host does not read (docs/protocol.md,
// "Transport"). It implements store.Notifier.
type notifier struct {
	server  *rpc.Server
	outcome *outcome
}

func (n notifier) StatusChanged(c schema.StatusChanged) {
	n.server.Notify(schema.ClusterStatusChanged.Name, c, rpc.Delivery{Class: rpc.Latest, Key: c.Cluster.Name})
}

func (n notifier) Progress(p schema.Progress) {
	n.server.Notify(schema.ClusterProgress.Name, p, rpc.Delivery{Class: rpc.Lossy, Key: p.Operation})
}

func (n notifier) Log(l schema.LogLine) {
	n.server.Notify(schema.ClusterLog.Name, l, rpc.Delivery{Class: rpc.Lossy, Key: l.Cluster})
}

func (n notifier) Finished(f schema.Finished) {
	n.outcome.finished(f.Operation)
	n.server.Notify(schema.OperationFinished.Name, f, rpc.Delivery{Class: rpc.Guaranteed})
}

func (n notifier) Checked(c schema.Check) {
	n.server.Notify(schema.DoctorChecked.Name, schema.Checked{Check: c}, rpc.Delivery{Class: rpc.Latest, Key: schema.DoctorChecked.Name + " " + c.ID})
}

func (n notifier) ConfigChanged(c schema.ConfigChanged) {
	n.server.Notify(schema.ConfigChange.Name, c, rpc.Delivery{Class: rpc.Latest, Key: schema.ConfigChange.Name})
}

func (n notifier) WatchChanged(w schema.VaultWatchChanged) {
	n.server.Notify(schema.VaultWatchChange.Name, w, rpc.Delivery{Class: rpc.Latest, Key: schema.VaultWatchChange.Name + " " + w.Cluster})
}

func (n notifier) TunnelClosed(c schema.TunnelClosed) {
	n.server.Notify(schema.TunnelEnd.Name, c, rpc.Delivery{Class: rpc.Guaranteed})
}
