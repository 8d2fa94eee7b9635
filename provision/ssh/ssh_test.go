package ssh

import "testing"

func TestWhatSSHSays(t *testing.T) {
	all := map[string]*Failure{"another key": HostKeyChanged, "no key": KeyRefused, "no such host": UnknownHost, "no such port": PortTaken}
	for says, want := range map[string]string{
		"@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @":                                                                     "another key",
		"No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.":                       "another key",
		"ubuntu@192.0.2.1: Permission denied (publickey).":                                                                                "no key",
		"ubuntu@192.0.2.1: Permission denied (password,keyboard-interactive).":                                                            "no key",
		"Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures":                                                  "no key",
		"ssh: Could not resolve hostname node: Name or service not known":                                                                 "no such host",
		"bind [127.0.0.1]:1: Address already in use\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 1\nCould not request local": "no such port",
		"rsync: [sender] send_files failed to open \"/v/x\": Permission denied (13)":                                                      "",
		"ssh: connect to host 192.0.2.1 port 22: Connection refused":                                                                      "",
		"": "",
	} {
		for name, failure := range all {
			if failure.In(says) != (name == want) {
				t.Errorf("%q is %s: %v", says, name, failure.In(says))
			}
		}
	}
}
