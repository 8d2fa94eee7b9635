package schema

// TunnelOpenParams says which port of a server to bring to this machine.
type TunnelOpenParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// Port of the server's own loopback interface: nothing of the server has to be open to the internet.
	Port int `json:"port"`
	// LocalPort is the port of this machine; left out, a free one.
	LocalPort int `json:"localPort,omitempty"`
}

// Tunnel is a port of a server that is reached on this machine's loopback interface, through SSH.
type Tunnel struct {
	ID        string `json:"id"`        // for tunnel.close
	Cluster   string `json:"cluster"`   // the server's name
	Port      int    `json:"port"`      // of the server
	LocalPort int    `json:"localPort"` // of 127.0.0.1 on this machine
	URL       string `json:"url"`       // where a web page of the server's is: http://127.0.0.1 and the port
}

// TunnelCloseParams names a tunnel.
type TunnelCloseParams struct {
	// ID of the tunnel. One that is not open any more is no error.
	ID string `json:"id"`
}

// TunnelListResult lists the tunnels of this sidecar.
type TunnelListResult struct {
	Tunnels []Tunnel `json:"tunnels"` // those that are open, the oldest first; none: []
}

// TunnelClosed tells that a tunnel has ended: that nothing listens at its port any more.
type TunnelClosed struct {
	Tunnel Tunnel `json:"tunnel"`           // as it was
	Reason *Error `json:"reason,omitempty"` // why; missing where tunnel.close ended it
}
