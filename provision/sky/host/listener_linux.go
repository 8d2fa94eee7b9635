package host

import "os"

// OtherPeople are the users of this computer who can log in, but for this one and
// root; those of a directory in the network are not known.
func OtherPeople() []string {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return nil
	}
	return parsePeople(string(passwd), os.Getuid())
}

// sockets are the users whose sockets at a port are in a state.
func sockets(port int, state string) (uids []int) {
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		if raw, err := os.ReadFile(table); err == nil {
			uids = append(uids, parseSockets(string(raw), port, state)...)
		}
	}
	return uids
}
