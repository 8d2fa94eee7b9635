package journal

// private relies on the user profile's own access list: Windows has no mode
// bits, and a folder made below the profile is the user's alone.
func private(string) error { return nil }

// syncDir has no counterpart on Windows: a folder can't be opened for syncing.
func syncDir(string) {}
