package skysim

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
)

// Control changes a simulated world from outside of SkyPilot. Its methods block
// for a moment only, and are safe for concurrent use with everything that runs
// on the same folder.
type Control struct {
	// Dir is the state folder, as in Env.
	Dir string
	// Scale is the clock, as in Env: the same as that of the programs that run.
	Scale float64
}

func (c Control) world() store { return store{dir: c.Dir, scale: Env{Scale: c.Scale}.scale()} }

// change is an update that cannot fail by itself.
func (c Control) change(change func(*world)) error {
	return c.world().update(func(w *world) error { change(w); return nil })
}

// Inject makes something go wrong from now on, everywhere or at a cloud, region
// or cluster. A name that is not known is an error that lists those that are.
func (c Control) Inject(fault, at string) error {
	if !slices.Contains(FaultNames(), fault) {
		return fmt.Errorf("there is no fault %q; there are %s", fault, strings.Join(FaultNames(), ", "))
	}
	return c.change(func(w *world) {
		if !slices.Contains(w.Faults, Fault{fault, at}) {
			w.Faults = append(w.Faults, Fault{fault, at})
		}
		if fault == faultServerDown {
			w.resetServer()
		}
	})
}

// Clear ends all faults. What they did stays done.
func (c Control) Clear() error { return c.change(func(w *world) { w.Faults = nil }) }

// Faults lists what is wrong now.
func (c Control) Faults() ([]Fault, error) {
	var faults []Fault
	err := c.world().read(func(w *world) { faults = slices.Clone(w.Faults) })
	return faults, err
}

// RequestEnd is what the API server's GET /api/status says of a request: sky.EndUnknown where the
// server is down or does not know it. It blocks for reading a file.
func (c Control) RequestEnd(_ context.Context, id string) sky.RequestEnd {
	end := sky.EndUnknown
	err := c.world().read(func(w *world) {
		switch r := w.request(id); {
		case !w.Server.Up || r == nil:
		case !r.ended():
			end = sky.EndNotYet
		case r.Status == requestSucceeded:
			end = sky.EndedWell
		default:
			end = sky.EndedBadly
		}
	})
	if err != nil {
		return sky.EndUnknown
	}
	return end
}

// AnswersSSH reports whether a machine at an address, HOST:PORT, answers at its SSH port. Without
// a network here none does. It blocks for reading a file.
func (c Control) AnswersSSH(_ context.Context, address string) (answers bool) {
	host, _, _ := net.SplitHostPort(address)
	err := c.world().read(func(w *world) { answers = w.answering(host) != nil })
	return answers && err == nil
}

// answering returns the cluster whose machine has an address, as long as it answers there; nil: none.
func (w *world) answering(host string) *cluster {
	for _, c := range w.Clusters {
		if c.Machine == "" || w.machine(c.Machine).IP != host || w.fault(faultNetwork) || w.fault(faultUnreachable) {
			continue
		}
		if _, refusal := w.reach(c.Name); refusal == nil {
			return c
		}
	}
	return nil
}

// SetRunTime says how long the fault run_fails_later lets a job run before it
// fails, in the time of the recordings; 0 means 90 seconds. Jobs that run already
// keep their time.
func (c Control) SetRunTime(d time.Duration) error {
	return c.change(func(w *world) { w.RunLasts = d })
}

// SwitchAccount gives SkyPilot the credentials of another account with every
// cloud; "" is the one that it began with. Machines stay in the account that made
// them, and go on. On a cloud that it asks whose the credentials are (aws, azure,
// gcp, nebius) SkyPilot then refuses to touch a cluster of another account; on the
// others it finds no machine, and its next look removes the record as if the
// machine had been terminated. Machines of the user's own (kubernetes, ssh, slurm)
// belong to no account.
func (c Control) SwitchAccount(account string) error {
	return c.change(func(w *world) { w.Account = account })
}

// SetUser makes ~/.sky/user_hash under Home say another user, as on another
// computer. A hash that SkyPilot would not take is an error.
func (c Control) SetUser(hash string) error {
	if !validUserHash(hash) {
		return fmt.Errorf("%q is no user hash: letters, digits and dashes, with no dash in front", hash)
	}
	return setLocalUser(c.Dir, hash)
}

// ForgetUser removes ~/.sky/user_hash, as the loss of ~/.sky does whose API server
// is on another computer: its records stay. The next program makes the file again,
// with the hash that it had before any SetUser: SkyPilot derives it from the names
// of the user and of the computer.
func (c Control) ForgetUser() error {
	err := os.Remove(userFile(c.Dir))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// LoseDatabase makes SkyPilot forget every cluster, request and row of its
// history, as a lost or replaced database of the API server does. Machines stay,
// and so does the key to them, which the loss of all of ~/.sky takes away, too: a
// launch that finds the machine then waits in vain (the fault ssh_never_up).
func (c Control) LoseDatabase() error {
	return c.change(func(w *world) {
		w.Clusters, w.Past = nil, nil
		w.resetServer()
	})
}

// MakeForeign makes a cluster of another user, up and running on AWS in us-east-1,
// both at the cloud and in SkyPilot's database, and returns its cluster hash. The
// user's hash is UserHash of their name. A name that is taken is an error.
func (c Control) MakeForeign(name, userName string) (hash string, err error) {
	err = c.world().update(func(w *world) error {
		if w.cluster(name) != nil {
			return fmt.Errorf("there is a cluster %q already", name)
		}
		v, _ := vendorOf("aws")
		t := task{CPUs: "4+", Memory: "16+", Disk: defaultDisk}
		o, _ := v.cheapest(&t, nil)
		hash = w.standUp(name, user{UserHash(userName), userName}, o, t, w.now).Hash
		return nil
	})
	return hash, err
}
