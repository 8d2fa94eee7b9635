package install

// Running is what runs from a folder. The zero value: not known.
type Running struct {
	Known  bool // this system tells what runs from a folder
	Any    bool // at least one process does
	Server bool // SkyPilot's API server does
}

// Machine is what an installation has to know of this computer. The zero value is not
// usable.
type Machine struct {
	Running func(folder string) Running
	// Free returns the bytes that this user may still write on the disk of a folder that
	// exists; its error says that the system does not tell.
	Free func(folder string) (uint64, error)
}

// ThisMachine is the computer that this process runs on.
func ThisMachine() Machine { return Machine{Running: RunningFrom, Free: Free} }
