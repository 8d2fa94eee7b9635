package operation

import (
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
)

// These let the tests of the service stop an operation between two steps of
// [Runner.Begin], and end one early.

// JournalForTest journals a request without starting its driver.
func (r *Runner) JournalForTest(req Request) (*lifecycle.Operation, error) {
	return r.record(req, true)
}

// DriveForTest starts the driver of an operation.
func (r *Runner) DriveForTest(op *lifecycle.Operation, lease *journal.Lease) { r.drive(op, lease) }

// FinishForTest ends an operation from outside its driver's goroutine.
func (r *Runner) FinishForTest(id string, out lifecycle.Outcome) { r.driverOf(id).finish(out) }

// SubmissionsForTest are the output files of what is being submitted for a cluster.
func (r *Runner) SubmissionsForTest(cluster string) []string { return r.submissions(cluster) }
