// Package fsevents tells what changes in a few folders by the system's events, so that nobody
// has to look at files again and again.
package fsevents

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// ErrRemote is that of a folder on a disk without events.
var ErrRemote = errors.New("a network disk")

// Follow calls changed once it follows the folders, and then after each change of their
// entries, not of what is further below, until ctx ends, and returns nil then. A folder that
// is not there yet, or goes, is waited for: what is above it is followed. An error says why the
// system has no events, or no more of them. It blocks; changed must not.
func Follow(ctx context.Context, folders []string, changed func()) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	f := follower{watcher: w, watched: map[string]string{}}
	for _, folder := range folders {
		f.watched[filepath.Clean(folder)] = ""
	}
	if err := f.watch(); err != nil {
		return err
	}
	changed()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return err
			}
			changed()
		case event := <-w.Events:
			told, err := f.note(event)
			if err != nil {
				return err
			}
			if told {
				changed()
			}
		}
	}
}

// follower has what is watched for each folder: the folder, or what is above it where it is
// not there.
type follower struct {
	watcher *fsnotify.Watcher
	watched map[string]string
}

// note takes an event, and reports whether it tells anything.
func (f *follower) note(event fsnotify.Event) (told bool, err error) {
	if event.Has(fsnotify.Remove | fsnotify.Rename) {
		for folder, at := range f.watched {
			if isWithin(at, event.Name) {
				_ = f.watcher.Remove(at) // another one may have the name soon
				f.watched[folder] = ""
			}
		}
	}
	return f.tells(event.Name), f.watch()
}

// tells reports whether a path is an entry of a folder, the folder, or one above it.
func (f *follower) tells(path string) bool {
	for folder := range f.watched {
		if filepath.Dir(path) == folder || isWithin(folder, path) {
			return true
		}
	}
	return false
}

// watch watches each folder, or what is above it.
func (f *follower) watch() error {
	for folder, before := range f.watched {
		for at := nearest(folder); at != before; at = nearest(folder) { // a folder may come before what is above it is watched
			err := Check(at)
			if err == nil {
				err = f.watcher.Add(at)
			}
			switch {
			case errors.Is(err, fs.ErrNotExist): // it went after it was found
			case err != nil:
				return err
			default:
				before = at
				f.watched[folder] = at
			}
		}
	}
	needed := slices.Collect(maps.Values(f.watched))
	for _, at := range f.watcher.WatchList() {
		if !slices.Contains(needed, at) {
			_ = f.watcher.Remove(at)
		}
	}
	return nil
}

// nearest is a folder, or the next one above it that is there.
func nearest(folder string) string {
	for {
		above := filepath.Dir(folder)
		if info, err := os.Stat(folder); err == nil && info.IsDir() || above == folder {
			return folder
		}
		folder = above
	}
}

// isWithin reports whether a path is another one, or below it.
func isWithin(path, other string) bool {
	return path == other || strings.HasPrefix(path, strings.TrimSuffix(other, string(filepath.Separator))+string(filepath.Separator))
}
