package cloud

// StoppedCost says what goes on costing while a machine is stopped.
type StoppedCost string

const (
	// StoppedUnknown: it is not known, or it depends on the type of machine, or
	// the cloud can't stop. Only "it may cost as much as before" can be said.
	StoppedUnknown StoppedCost = ""
	// StoppedDisk: the machine's disk and its reserved addresses.
	StoppedDisk StoppedCost = "disk"
	// StoppedMachine: the whole machine bills on, as if it ran.
	StoppedMachine StoppedCost = "machine"
)

// CostsWhenStopped returns what goes on costing while a machine, spot or not, is
// stopped. It is StoppedUnknown where such a machine can't be stopped.
func (c Cloud) CostsWhenStopped(spot bool) StoppedCost {
	if !c.CanStop(spot) {
		return StoppedUnknown
	}
	return c.Stopped
}
