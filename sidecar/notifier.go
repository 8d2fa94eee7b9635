package main

import (
	"sync/atomic"

	"carapace/rpc"
	"carapace/schema"
)

// notifier sends what the service tells to the host, each kind of notification
// with what may become of it when the host does not read (protocol.md,
// Transport). It implements provision.Notifier; before the server is there,
// nothing is sent, because the service is made first.
type notifier struct{ server atomic.Pointer[rpc.Server] }

func (n *notifier) send(method string, params any, d rpc.Delivery) {
	if server := n.server.Load(); server != nil {
		server.Notify(method, params, d)
	}
}

func (n *notifier) StatusChanged(c schema.StatusChanged) {
	n.send(schema.ClusterStatusChanged.Name, c, rpc.Delivery{Class: rpc.Latest, Key: c.Cluster.Name})
}

func (n *notifier) Progress(p schema.Progress) {
	n.send(schema.ClusterProgress.Name, p, rpc.Delivery{Class: rpc.Lossy, Key: p.Operation})
}

func (n *notifier) Log(l schema.LogLine) {
	n.send(schema.ClusterLog.Name, l, rpc.Delivery{Class: rpc.Lossy, Key: l.Cluster})
}

func (n *notifier) Finished(f schema.Finished) {
	n.send(schema.OperationFinished.Name, f, rpc.Delivery{Class: rpc.Guaranteed})
}
