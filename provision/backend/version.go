package backend

import (
	"context"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
)

// knownVersion is the version that a program's file printed.
type knownVersion struct {
	path    string
	stamp   host.Stamp
	version sky.Version
}

// Version returns the version of the sky program at path. `sky --version` takes two seconds and more,
// so the answer is kept as long as the program's file and the packages beside it stay the same.
func (s *SkyPilot) Version(ctx context.Context, path string) (sky.Version, error) {
	stamp := host.StampOf(path)
	if version, known := s.printedVersion(path, stamp); known {
		return version, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timing.Short)
	defer cancel()
	version, err := s.usual.Version(ctx)
	if err == nil {
		s.mu.Lock()
		s.known = knownVersion{path, stamp, version}
		s.mu.Unlock()
	}
	return version, err
}

// InstalledVersion is Version without the proof that sky runs: it starts sky only where the
// version is not known by other means. What then does not run, the next call tells.
func (s *SkyPilot) InstalledVersion(ctx context.Context, path string) (sky.Version, error) {
	if version, known := s.KnownVersion(path); known {
		return version, nil
	}
	return s.Version(ctx, path)
}

// KnownVersion returns the version that the sky program at path has printed, or that
// stands beside it, without starting it: false if neither is there. In a simulated cloud no
// version is known. It blocks for reading a folder.
func (s *SkyPilot) KnownVersion(path string) (version sky.Version, known bool) {
	if s.opt.Simulated {
		return sky.Version{}, false
	}
	if version, known := s.printedVersion(path, host.StampOf(path)); known {
		return version, true
	}
	text, ok := host.InstalledVersion(path)
	if !ok {
		return sky.Version{}, false
	}
	return sky.ParseVersion(text)
}

// printedVersion is what the program with that stamp has printed in this process.
func (s *SkyPilot) printedVersion(path string, stamp host.Stamp) (version sky.Version, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known.version, s.known.path == path && s.known.stamp == stamp && !s.opt.Simulated
}
