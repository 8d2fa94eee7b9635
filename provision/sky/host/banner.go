package host

import (
	"context"
	"net"
	"time"
)

// bannerLimit is how long a machine may take to answer at its SSH port.
const bannerLimit = 3 * time.Second

// AnswersSSH reports whether something at an address, HOST:PORT, answers with an SSH banner. It
// sends nothing and blocks for three seconds at most.
func AnswersSSH(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, bannerLimit)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	banner := make([]byte, len("SSH-"))
	for read := 0; read < len(banner); {
		n, err := conn.Read(banner[read:])
		if read += n; err != nil {
			return false
		}
	}
	return string(banner) == "SSH-"
}
