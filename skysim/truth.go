package skysim

import "time"

// Snapshot is all that is true in the simulated world at one moment: what is at
// the cloud, and what SkyPilot has in its database about it.
type Snapshot struct {
	// Machines are all that were ever made, the oldest first, those of every user
	// and account; one that is terminated does not exist any more.
	Machines []Machine
	// Records are SkyPilot's clusters, all users', the oldest first.
	Records []Record
	// Account is the one that SkyPilot's credentials belong to (SwitchAccount).
	Account string
	// User is what ~/.sky/user_hash says; empty when there is no such file.
	User string
	// ServerUp: the API server runs.
	ServerUp bool
	Faults   []Fault
}

// Machine is one instance in the simulated cloud, as its console would show it.
type Machine struct {
	// ID is the cloud's name for it, Cluster SkyPilot's for what runs on it.
	ID, Cluster string
	// Hash is the cluster hash of the cluster that it was made for, or that took it
	// over last, whether SkyPilot still has a record of it or not.
	Hash string
	// User is the user hash of who had it made, UserName their name.
	User, UserName string
	// Account pays for it; "" is the one that SkyPilot began with.
	Account string
	// State is "running", "stopped" or "terminated"; Cause is what brought it about
	// last, at Since: "user" (somebody asked SkyPilot), "autostop", "outside",
	// "preempted" or "failure" (SkyPilot gave it up).
	State, Cause string
	Since        time.Time
	// Cloud and Region are SkyPilot's ids; Spot tells a spot machine.
	Cloud, Region, Zone string
	Spot                bool
	// Hourly is what it costs an hour as it is now, in USD, its disk aside: the
	// full price while it runs, and on a cloud that bills stopped machines in full;
	// 0 otherwise. A disk costs until it is terminated.
	Hourly float64
	// Spent is what it has cost up to now, in USD, its disk aside.
	Spent float64
	// Disk is the folder with what was copied to it, by remote path.
	Disk string
}

// Exists says whether the machine is still there, running or stopped.
func (m Machine) Exists() bool { return m.State != machineTerminated }

// Record is a cluster in SkyPilot's database, as `sky status` would show it now,
// right or wrong.
type Record struct {
	Name string
	// Hash is the cluster hash, Machine the ID of the machine that SkyPilot means;
	// empty while there is none.
	Hash, Machine  string
	User, UserName string
	// Account owns it: that of the credentials it was made with.
	Account string
	// Status is "INIT", "UP" or "STOPPED".
	Status string
	// Autostop is in minutes, -1: none. AutoDown: it ends in a termination.
	Autostop  int
	AutoDown  bool
	LastEvent string
}

// Snapshot takes all that is true at one moment, after everything that was due.
func (c Control) Snapshot() (Snapshot, error) {
	var s Snapshot
	err := c.world().read(func(w *world) {
		for _, m := range w.Machines {
			s.Machines = append(s.Machines, w.shown(m))
		}
		for _, c := range w.Clusters {
			s.Records = append(s.Records, Record{
				Name: c.Name, Hash: c.Hash, Machine: c.Machine, User: c.User.Hash, UserName: c.User.Name, Account: c.Account,
				Status: c.Status, Autostop: c.Autostop, AutoDown: c.AutoDown, LastEvent: c.LastEvent,
			})
		}
		s.Account, s.ServerUp = w.Account, w.Server.Up
		s.Faults = append(s.Faults, w.Faults...)
	})
	if err != nil {
		return s, err
	}
	s.User, err = localUser(c.Dir)
	return s, err
}

// Machines lists every instance that was ever made, the oldest first: Snapshot's.
func (c Control) Machines() ([]Machine, error) {
	s, err := c.Snapshot()
	return s.Machines, err
}

func (w *world) shown(m *machine) Machine {
	return Machine{
		ID: m.ID, Cluster: m.Cluster, Hash: m.Hash, User: m.User.Hash, UserName: m.User.Name, Account: m.Account,
		State: m.State, Cause: m.Cause, Since: m.Since, Cloud: m.Offer.Cloud, Region: m.Offer.Region, Zone: m.Zone, Spot: m.Offer.Spot,
		Hourly: m.hourly(), Spent: w.spent(m, w.now), Disk: w.disk(m.ID),
	}
}
