package host

import (
	"bytes"
	"context"
	"strconv"
	"time"
)

// serviceLimit is how long a service on a server may take for its answer.
const serviceLimit = 5 * time.Second

// maxServiceHead bounds what is read of a service's answer: its first line and its headers.
const maxServiceHead = 64 << 10

// AskService asks a service at an address, HOST:PORT, for a page over plain HTTP, and returns the status of its answer; 0 where
// it answers in something else, or with more headers than are read. answered is false where there is no answer in five seconds,
// for which it blocks at most. Whoever answers is not trusted: nothing but the number is kept, no redirect is followed, and no
// body is waited for. It speaks HTTP by hand for the reason that Probe has, but 1.1, which some proxies insist on.
func AskService(ctx context.Context, address, path string) (status int, answered bool) {
	return askService(ctx, address, path, serviceLimit)
}

func askService(ctx context.Context, address, path string, limit time.Duration) (status int, answered bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, end, err := send(ctx, address, "GET "+path+" HTTP/1.1\r\nHost: "+address+"\r\nUser-Agent: carapace\r\nAccept: */*\r\nConnection: close\r\n\r\n")
	if err != nil {
		return 0, false
	}
	defer end()
	head, filled := make([]byte, maxServiceHead), 0
	for filled < len(head) {
		n, err := conn.Read(head[filled:])
		if filled += n; bytes.Contains(head[max(0, filled-n-3):filled], []byte("\r\n\r\n")) {
			return statusOf(head[:filled]), true
		}
		if err != nil {
			return 0, filled > 0 && ctx.Err() == nil // what ends before its headers do is no HTTP
		}
	}
	return 0, true
}

// statusOf reads the first line of an answer in HTTP/1: 0 where it is none.
func statusOf(head []byte) int {
	const version = "HTTP/1.1 "
	if len(head) < len(version)+len("200\r") || !bytes.HasPrefix(head, []byte("HTTP/1.")) || head[len(version)-1] != ' ' {
		return 0
	}
	if after := head[len(version)+3]; after != ' ' && after != '\r' {
		return 0
	}
	status, err := strconv.Atoi(string(head[len(version) : len(version)+3]))
	if err != nil || status < 100 {
		return 0
	}
	return status
}
