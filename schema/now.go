package schema

import "time"

// Now is the time as the protocol shows it: UTC, to the millisecond. It does not block.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
