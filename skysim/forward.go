package skysim

import (
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// forward is `ssh -N -L ADDRESS:PORT:ADDRESS:PORT ALIAS`. Whoever connects gets a web page that says what this is, until the
// machine can't be reached any more.
func (p *process) forward(to, alias string) error {
	part := strings.Split(to, ":")
	if len(part) != 4 {
		return &exit{255, "Bad local forwarding specification '" + to + "'"}
	}
	listener, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", net.JoinHostPort(part[0], part[1]))
	if err != nil {
		return &exit{255, "channel_setup_fwd_listener_tcpip: cannot listen to port: " + part[1] + "\nCould not request local forwarding."}
	}
	ended := make(chan struct{})
	defer func() { _ = listener.Close(); <-ended }()
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			welcome(conn, p.pageStatus(alias), "This server is simulated. Its port "+part[3]+" answers with this page.\n")
		}
	}()
	for _, arg := range p.args {
		if words, found := strings.CutPrefix(arg, "LocalCommand=echo "); found {
			p.say(words)
		}
	}
	for {
		if err := p.wait(100 * time.Millisecond); err != nil {
			return err
		}
		gone := false
		if err := p.world.read(func(w *world) {
			_, end := w.reach(alias)
			gone = end != nil
		}); err != nil || gone {
			return &exit{255, "Timeout, server " + alias + " not responding."}
		}
	}
}

// pageStatus is the status with which the page behind an alias comes.
func (p *process) pageStatus(alias string) (status int) {
	_ = p.world.read(func(w *world) {
		if c := w.cluster(alias); c != nil {
			status = w.serviceStatus(c)
		}
	})
	return status
}

// welcome answers a request for a web page; a status of 0 is no answer.
func welcome(conn net.Conn, status int, page string) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	request := make([]byte, 4<<10)
	if n, _ := conn.Read(request); n > 0 && status != 0 {
		_, _ = io.WriteString(conn, "HTTP/1.0 "+strconv.Itoa(status)+"\r\nContent-Type: text/plain\r\n\r\n"+page)
	}
}
