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

// listeners are the users who listen at a port.
func listeners(port int) (uids []int) {
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		if raw, err := os.ReadFile(table); err == nil {
			uids = append(uids, parseListeners(string(raw), port)...)
		}
	}
	return uids
}
