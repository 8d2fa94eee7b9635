package provision

import (
	"sync/atomic"
	"time"

	"carapace/provision/fsevents"
	"carapace/provision/supervisor"
)

const (
	// sleepGap more than was waited for between two looks at the state file means that the
	// computer slept.
	sleepGap = 15 * time.Second
	// sweepInterval is how long what a sidecar that was killed has left may stay, while
	// another lives.
	sweepInterval = time.Hour
	// newsRest is how long what is written is left to be written to its end: SkyPilot's
	// databases are written many times for one change.
	newsRest = 100 * time.Millisecond
)

// watchFolder reads the state again whenever another process wrote it, resumes what
// nobody drives any more, and tells the watcher when SkyPilot has written
// something. It waits for the system's events, and wakes by itself only while there is
// something that no event tells; where there are no events it looks at the files' stamps again
// and again, which costs microseconds.
func (s *Service) watchFolder() {
	news, events := make(chan struct{}, 1), atomic.Bool{}
	ended := s.followFiles(news, &events)
	defer ended()
	last, waited, activity := time.Now().Round(0), time.Duration(0), s.cfg.SkyPilotFiles.Activity()
	swept := time.Time{}
	for {
		if time.Since(swept) > sweepInterval {
			s.operations.Sweep()
			swept = time.Now()
		}
		s.operations.Resume()
		waited = s.untilFolder(events.Load())
		if !s.awaitNews(news, waited) {
			return
		}
		// Timers stand still while a computer sleeps, the time of day does not. Nor
		// can what was known be dated once that was set to another.
		if woke := time.Now().Round(0); woke.Sub(last) > waited+sleepGap || last.Sub(woke) > sleepGap {
			s.watcher.Soon()
		}
		last = time.Now().Round(0)
		s.store.Reload()
		loaded := s.store.LoadSharedLooks()
		if a := s.cfg.SkyPilotFiles.Activity(); a != activity || loaded {
			activity = a
			s.watcher.Changed()
		}
	}
}

// followFiles sends news of the state folder and of SkyPilot's files while the system has events
// of them, and sets events for as long. The function ends it.
func (s *Service) followFiles(news chan struct{}, events *atomic.Bool) (end func()) {
	if s.cfg.NoFileEvents {
		return func() {}
	}
	ctx, cancel := s.group.UntilClosing()
	tell := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	ended := s.group.Beside("the files' events", func() {
		defer tell()
		defer events.Store(false)
		folders := append(s.cfg.SkyPilotFiles.Folders(), s.store.Dir())
		err := fsevents.Follow(ctx, folders, func() {
			events.Store(true)
			tell()
		})
		if err != nil {
			s.cfg.Log.Info("the state folder is looked at again and again", "why", err)
		}
	})
	return func() { cancel(); ended() }
}

// untilFolder returns how long news may be waited for. What no event tells: that the driver of
// an operation has died, that a disk takes writes again, and, where there is a server, that the
// computer slept.
func (s *Service) untilFolder(events bool) time.Duration {
	switch {
	case !events || s.store.Unwritten() || s.operations.DrivenElsewhere():
		return s.cfg.Timing.Watch
	case len(s.watcher.Watched()) > 0:
		return s.cfg.Timing.Asleep
	}
	return sweepInterval
}

// awaitNews waits for news, and at most for a time; false: the host has gone.
func (s *Service) awaitNews(news chan struct{}, atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-s.group.Closing():
		return false
	case <-s.group.Context().Done():
		return false
	case <-timer.C:
	case <-news:
		return supervisor.Sleep(s.group.Context(), newsRest)
	}
	return true
}
