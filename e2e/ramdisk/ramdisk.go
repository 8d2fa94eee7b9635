// Package ramdisk keeps the temporary files of a package's tests in memory. A test on fake
// time writes the state of hours within a second, each write with its fsync: on a disk that
// was a third of the processor time of all tests, and most of their waiting.
package ramdisk

// Use makes [os.TempDir], and with it the folders of tests and of the programs that they
// start, a folder in memory: for a TestMain, before the first test. It changes nothing
// where the caller has set TMPDIR, and where the system has no such folder that is large
// enough and runs programs. Tests of what a disk keeps through a crash do without it.
func Use() { use() }
