package main

import "testing"

func TestGoroutinesOfTheRuntimeDoNotCount(t *testing.T) {
	const dump = "SIGQUIT: quit\nPC=0x1 m=0\n\ngoroutine 1 [IO wait]:\nmain.main()\n\n" +
		"goroutine 7 [chan receive]:\nmain.worker()\ncreated by main.main in goroutine 1\n\n" +
		"goroutine 10 [GC worker (idle)]:\nruntime.gopark()\ncreated by runtime.gcBgMarkStartWorkers in goroutine 1\n\nrax 0x0\n"
	if got := goroutines(dump); got != 2 {
		t.Errorf("%d goroutines, not 2", got)
	}
}
