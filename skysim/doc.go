// Package skysim is a simulated `sky`, with the `rsync` and `ssh` that go with
// it: the same command lines, the same text on the same streams, the same exit
// codes and the same lies as the recordings of the real CLI
// (provision/sky/testdata/transcripts), on a faster clock and without a cloud.
//
// There is no daemon. What would go on in SkyPilot's API server or in the cloud
// is a list of steps with due times in one state file; every command, of
// whatever process, first takes the steps that are due by now. So a simulated
// launch goes on when the process that asked for it has died, as a real one.
//
// The same code runs as a process of its own (the sidecar's binary, started
// with EnvDir in its environment) and inside a test (InProcess), where it uses
// nothing but package time, so that testing/synctest can run its clock.
package skysim
