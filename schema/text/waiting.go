package text

// Waiting for the end of an operation.
var (
	WaitTooMany = Entry{
		Code: "wait.too_many", Title: "Too many requests are waiting",
		Message: "{most} requests wait for the end of an operation already.", Hint: "Wait until one of them was answered, or ask for the operation without waiting.",
	}
	WaitNothing = Entry{
		Code: "wait.nothing", Title: "There is nothing to wait for",
		Message: "Nothing is in progress, and nothing was before.", Hint: "Begin something first, such as a launch.",
	}
	WaitGoesOn = Entry{
		Code: "wait.goes_on", Title: "It has not ended yet",
		Message: "The {operation} has not ended yet. {words}", Hint: "Nothing has gone wrong: it goes on, and can be waited for again.",
	}
	ParamsTimeout = Entry{
		Code: "params.timeout", Title: "The time-out is wrong",
		Message: "timeoutSeconds must be from 0 to {most}.", Hint: "Leave it out to wait until the operation has ended.",
	}
)
