package skysim

import (
	"crypto/md5" //nolint:gosec // SkyPilot's way to derive a hash, no secret
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The actions of Control.Outside: what happens behind SkyPilot's back. It knows
// of them when it looks.
const (
	OutsideStop      = "stop"      // the machine is stopped at the cloud's console
	OutsideTerminate = "terminate" // the machine is terminated there
	OutsideStart     = "start"     // a stopped machine is started there; SkyPilot's runtime on it is not
	OutsidePreempt   = "preempt"   // the cloud takes a spot machine back; others stay
	// SkyPilot drops the autostop of a record, as its look does when it finds the
	// cluster abnormal and no head node (backends/backend_utils.py:
	// _update_cluster_status); the machine's own is canceled, too.
	OutsideDropAutostop = "drop_autostop"
	// Somebody did `sky down` and `sky launch` by hand: another cluster has the
	// name, with another cluster hash and machine. In the second, another user did.
	OutsideReplace      = "replace"
	OutsideReplaceOther = "replace_other"
)

// OutsideActions lists every action that Control.Outside knows, sorted.
func OutsideActions() []string {
	names := []string{
		OutsideStop, OutsideTerminate, OutsideStart, OutsidePreempt, OutsideDropAutostop, OutsideReplace, OutsideReplaceOther,
	}
	slices.Sort(names)
	return names
}

// OtherUser is the name of the user that OutsideReplaceOther acts as.
const OtherUser = "alice"

// UserHash is the user hash of a user by name, as SkyPilot would derive it from
// the names of the user and of a computer: eight hexadecimal digits.
func UserHash(userName string) string {
	sum := md5.Sum([]byte(userName)) //nolint:gosec // as the import
	return hex.EncodeToString(sum[:])[:8]
}

// Outside does something to every machine, or every cluster, behind SkyPilot's
// back. An action that is not known is an error that lists those that are.
func (c Control) Outside(action string) error { return c.OutsideAt(action, "") }

// OutsideAt is Outside for one cluster; its name "" means every one. For a name
// that nothing has it does nothing.
func (c Control) OutsideAt(action, cluster string) error {
	if !slices.Contains(OutsideActions(), action) {
		return fmt.Errorf("there is no action %q; there are %s", action, strings.Join(OutsideActions(), ", "))
	}
	own := user{Name: ownName}
	if action == OutsideReplace {
		p := process{env: Env{Dir: c.Dir}}
		if err := p.identify(); err != nil {
			return err
		}
		own = p.user
	}
	return c.change(func(w *world) {
		switch action {
		case OutsideReplace:
			w.replace(cluster, own)
		case OutsideReplaceOther:
			w.replace(cluster, user{UserHash(OtherUser), OtherUser})
		case OutsideDropAutostop:
			w.dropAutostop(cluster)
		default:
			w.atConsole(action, cluster)
		}
	})
}

// atConsole does something to machines.
func (w *world) atConsole(action, cluster string) {
	for _, m := range w.Machines {
		if cluster != "" && m.Cluster != cluster {
			continue
		}
		switch {
		case action == OutsideStop && m.State == machineRunning:
			w.turn(m, machineStopped, causeOutside, w.now)
			m.RuntimeDown = true
		case action == OutsideStart && m.State == machineStopped:
			w.turn(m, machineRunning, causeOutside, w.now)
			m.RuntimeDown = true
		case action == OutsideTerminate:
			w.turn(m, machineTerminated, causeOutside, w.now)
		case action == OutsidePreempt && m.Offer.Spot && m.State == machineRunning:
			w.turn(m, machineTerminated, causePreempted, w.now)
		}
	}
}

func (w *world) dropAutostop(cluster string) {
	for _, c := range w.Clusters {
		if cluster == "" || c.Name == cluster {
			c.Autostop, c.AutoDown = -1, false
		}
	}
}

// replace makes clusters anew, each by its name and on the same kind of machine:
// what SkyPilot had in hand for the old one ends, as with `sky down`.
func (w *world) replace(cluster string, u user) {
	for _, old := range slices.Clone(w.Clusters) {
		if cluster != "" && old.Name != cluster {
			continue
		}
		down := w.accept("sky.down", old.Name, "sky down -y "+old.Name, u, plan{}, w.now)
		w.endOthers(down, w.now)
		down.succeed(w.now)
		old.event(w.now, down.byUser("terminated"))
		if m := w.machine(old.Machine); m != nil {
			w.turn(m, machineTerminated, causeUser, w.now)
		}
		w.remove(old, w.now)
		w.standUp(old.Name, u, old.Offer, old.Task, w.now)
	}
}

// standUp makes a cluster that is up, with its machine, in no time: somebody else
// launched it.
func (w *world) standUp(name string, u user, o offer, t task, at time.Time) *cluster {
	c := &cluster{
		Name: name, Hash: newID(), User: u, Account: w.Account, Created: at, Launched: at, Updated: at, IdleSince: at,
		Status: clusterUp, EverUp: true, Offer: o, Task: t, LastUse: "sky launch -y -d -c " + name + " task.yaml", Autostop: -1,
	}
	c.inUse(at)
	c.event(at, eventProvisioned)
	w.Clusters = append(w.Clusters, c)
	v, _ := vendorOf(o.Cloud)
	w.makeMachine(c, strings.Join(v.zonesOf(o.Region)[:min(1, len(v.zones))], ""), at)
	return c
}
