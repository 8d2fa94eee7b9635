package text

// How what a server is for is, where it is not healthy.
var (
	ServiceNoWay = Entry{
		Code:    "service.no_way",
		Message: "Port {port} of the server is not open to the internet, and there is no tunnel to it.",
	}
	ServiceAway = Entry{
		Code:    "service.away",
		Message: "The server does not answer from this computer.",
	}
	ServiceSilent = Entry{
		Code:    "service.silent",
		Message: "Port {port} of the server does not answer.",
	}
	ServiceOtherProtocol = Entry{
		Code:    "service.other_protocol",
		Message: "What answers at port {port} of the server does not speak plain HTTP.",
	}
	ServiceStatus = Entry{
		Code:    "service.status",
		Message: "Port {port} of the server answers with the HTTP status {answer}.",
	}
)
