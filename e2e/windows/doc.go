// Package windows runs the sidecar that is built for Windows under Wine, which is no Windows: it
// shows that the program starts there, speaks the protocol, says what does not work, and ends what it
// has started. In place of wsl.exe a program of this package stands: the real one, and with it
// whether the sidecar works in the Windows Subsystem for Linux, was never tried.
//
// Its tests have the build tag e2e and are skipped where there is no Wine:
//
//	go test -tags e2e -v -count=1 ./e2e/windows
package windows
