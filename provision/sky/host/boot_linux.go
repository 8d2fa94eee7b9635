package host

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Boot returns the id of this machine's boot and how long ago that was, sleep
// included; "" where the system does not say. It does not block.
func Boot() (id string, up time.Duration) {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var now unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return "", 0
	}
	return strings.TrimSpace(string(raw)), time.Duration(now.Nano())
}
