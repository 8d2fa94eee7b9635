package provision

import "time"

const (
	// sleepGap between two looks at the state file means that the computer slept.
	sleepGap = 15 * time.Second
	// sweepInterval is how long what a sidecar that was killed has left may stay, while
	// another lives.
	sweepInterval = time.Hour
)

// watchFolder reads the state again whenever another process wrote it, resumes what
// nobody drives any more, and tells the watcher when SkyPilot has written
// something. A look at a file's stamp costs microseconds.
func (s *Service) watchFolder() {
	tick := time.NewTicker(s.cfg.Timing.Watch)
	defer tick.Stop()
	last, activity := time.Now().Round(0), s.cfg.Activity()
	swept := time.Time{}
	for {
		if time.Since(swept) > sweepInterval {
			s.operations.Sweep()
			swept = time.Now()
		}
		s.operations.Resume()
		select {
		case <-s.group.Closing():
			return
		case <-s.group.Context().Done():
			return
		case <-tick.C:
		}
		// Timers stand still while a computer sleeps, the time of day does not. Nor
		// can what was known be dated once that was set to another.
		if woke := time.Now().Round(0); woke.Sub(last).Abs() > sleepGap {
			s.watcher.Soon()
		}
		last = time.Now().Round(0)
		s.store.Reload()
		loaded := s.store.LoadSharedLooks()
		if a := s.cfg.Activity(); a != activity || loaded {
			activity = a
			s.watcher.Changed()
		}
	}
}
