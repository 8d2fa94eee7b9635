package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// What Probe returns where there is no healthy server of SkyPilot's.
var (
	// ErrServerDown: nothing listens there, or it does not answer in time.
	ErrServerDown = errors.New("SkyPilot's API server does not answer")
	// ErrForeignServer: what listens there is not SkyPilot.
	ErrForeignServer = errors.New("another program has taken the port of SkyPilot's API server")
	// ErrNoProbe: the address is not plain http. Ask sky.
	ErrNoProbe = errors.New("only a server on this machine or behind plain http can be probed")
)

// Health is what SkyPilot's API server says of itself.
type Health struct {
	Status     string // healthy, unhealthy, version_mismatch, needs_auth
	Version    string // SkyPilot's
	APIVersion string
}

// Healthy reports whether the server can be used.
func (h Health) Healthy() bool { return h.Status == "healthy" }

// probeLimit is how long a server on this machine may take for its answer.
const probeLimit = 2 * time.Second

// maxAnswer bounds an answer: of the health it has 400 bytes, of a request a few KiB and what was asked for, of a day's
// requests some MiB.
const maxAnswer = 16 << 20

// Probe asks an API server how it is, in milliseconds and without Python. It
// blocks for probeLimit at most. It speaks HTTP/1.0 by hand because net/http
// would double the size of the program and its start for this one request: with
// 1.0 an answer is never chunked and ends with the connection.
func Probe(ctx context.Context, e Endpoint) (Health, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return Health{}, ErrNoProbe
	}
	answer, err := get(ctx, u, "/api/health", probeLimit)
	if err != nil {
		return Health{}, fmt.Errorf("%w (%s): %w", ErrServerDown, e.URL, err)
	}
	health, ok := parseHealth(answer)
	if !ok {
		return Health{}, fmt.Errorf("%w (%s)", ErrForeignServer, e.URL)
	}
	return health, nil
}

// get asks a server for a path below its address, and returns its answer with the head. It blocks
// for limit at most.
func get(ctx context.Context, u *url.URL, path string, limit time.Duration) (answer string, err error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "80")
	}
	raw, err := exchange(ctx, host, "GET "+u.Path+path+" HTTP/1.0\r\nHost: "+u.Host+"\r\nAccept: application/json\r\n\r\n")
	return string(raw), err
}

// bodyOf returns the body of an answer in HTTP; ok is false if it is none.
func bodyOf(answer string) (body string, ok bool) {
	head, body, ok := strings.Cut(answer, "\r\n\r\n")
	return body, ok && strings.HasPrefix(head, "HTTP/1.")
}

func exchange(ctx context.Context, host, request string) ([]byte, error) {
	conn, end, err := send(ctx, host, request)
	if err != nil {
		return nil, err
	}
	defer end()
	raw, err := io.ReadAll(io.LimitReader(conn, maxAnswer))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return raw, err
}

// send connects to an address, HOST:PORT, and sends a request. Until end is called, which closes the connection, reads of it end
// with ctx.
func send(ctx context.Context, address, request string) (conn net.Conn, end func(), err error) {
	var dialer net.Dialer
	conn, err = dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	unblock := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	end = func() { unblock(); _ = conn.Close() }
	if _, err := io.WriteString(conn, request); err != nil {
		end()
		return nil, nil, err
	}
	return conn, end, nil
}

// parseHealth reads an answer: a status line, headers, JSON with a status and a
// version. A server that wants a password answers 401 without them.
func parseHealth(answer string) (Health, bool) {
	body, ok := bodyOf(answer)
	if !ok {
		return Health{}, false
	}
	var members map[string]any
	if json.Unmarshal([]byte(body), &members) != nil {
		return Health{}, false
	}
	member := func(name string) string { text, _ := members[name].(string); return text }
	h := Health{Status: member("status"), Version: member("version"), APIVersion: member("api_version")}
	return h, h.Status != "" && h.APIVersion != ""
}
