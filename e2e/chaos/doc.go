// Package chaos treats the sidecar as the world does: it kills it with no
// warning, starts several at the same moment, closes or stalls its pipes, and
// lets it live through very many servers. All with real processes and the
// simulated cloud; what a cloud is left with is read from the simulator itself.
//
// `go test ./e2e/chaos` is a short version. The long ones:
//
//	CHAOS_ROUNDS=2000 go test ./e2e/chaos -run Killed -timeout 0 -v   # kills at random instants
//	CHAOS_RACES=500   go test ./e2e/chaos -run Race -timeout 0 -v     # sidecars that launch at once
//	CHAOS_LIVES=300   go test ./e2e/chaos -run Soak -timeout 0 -v     # servers in one process
//	CHAOS_RESTORES=300 go test ./e2e/chaos -run StateIsLost -timeout 0 -v # state files lost and put back
//	CHAOS_WRITES=40   go test ./e2e/chaos -run Writes -timeout 0 -v # kills in the calls that write
//
// CHAOS_SEED repeats a run of kills as far as chance allows: the instants are the
// same, what the machine does in between is not. CHAOS_SIDECAR names a binary to
// test in place of one that is built from this tree.
package chaos
