package text

// A terminal on the server.
var (
	ExecWindows = Entry{
		Code: "exec.windows", Title: "Windows can't become another program",
		Message: "Windows can't become another program.", Hint: "Run it yourself: {command}",
	}
	ExecFailed = Entry{
		Code: "exec.failed", Title: "The program can't be started",
		Message: "The program that logs in can't be started: {problem}.", Hint: "Install the client of OpenSSH, then try again.",
	}
)
