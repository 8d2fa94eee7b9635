package text

// A port of a server is brought to this machine through SSH.
var (
	TunnelPort = Entry{
		Code: "tunnel.port", Title: "There is no such port",
		Message: "{field} must be from 1 to 65535.", Hint: "Name the port at which the service listens.",
	}
	TunnelTooMany = Entry{
		Code: "tunnel.too_many", Title: "Too many tunnels are open",
		Message: "{most} tunnels are open, which is the most.", Hint: "Close one that is not needed.",
	}
	TunnelPortTaken = Entry{
		Code: "tunnel.port_taken", Title: "The port of this computer can't be used",
		Message: "This computer's port {port} is taken, or this user may not have it.", Hint: "Leave localPort out for a free one.",
	}
	TunnelNotMade = Entry{
		Code: "tunnel.not_made", Title: "The server was not reached",
		Message: "The connection to the server {name} was not made.", Hint: "Check the network, and look at the server's status; then try again.",
	}
	TunnelBroke = Entry{
		Code: "tunnel.broke", Title: "The connection was lost",
		Message: "The connection to the server {name} was lost, and the tunnel with it.", Hint: "Check the network, and look at the server's status; then open it again.",
	}
)
