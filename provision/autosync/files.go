package autosync

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"carapace/provision/fsevents"
	"carapace/provision/vault"
	"carapace/schema"
)

// follow calls changed after each change below a vault's folder, until ctx ends. It begins with
// the system's events; where there are none (a network disk, too many folders, a folder
// that went away) it looks through the folders again and again instead, and says so with
// polling. It blocks; neither function may block.
func follow(ctx context.Context, folders map[schema.VaultName]string, opt Options, changed func(schema.VaultName), polling func()) {
	if !opt.Poll {
		err := events(ctx, folders, maxWatched, opt.Pace.Poll, changed)
		if ctx.Err() != nil {
			return
		}
		opt.Log.Info("the vaults are looked through again and again", "why", err)
	}
	polling()
	for name := range folders {
		changed(name) // what has changed until now nobody has told
	}
	poll(ctx, folders, opt.Pace, changed)
}

var (
	errTooMany = errors.New("too many folders")
	errGone    = errors.New("a vault's folder went away")
)

// events follows the system's events until ctx ends; its error says why it can't. limit is
// of what weight says. That a vault's folder goes away is not always one, as where a disk is taken away, or a folder above gets another name:
// whether the folders are still those that are watched is looked at from time to time.
func events(ctx context.Context, folders map[schema.VaultName]string, limit int, every time.Duration, changed func(schema.VaultName)) error {
	folders = maps.Clone(folders)
	for name, folder := range folders {
		if err := fsevents.Check(folder); err != nil {
			return err
		}
		folders[name] = vault.Followed(folder)
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	var paths []string
	var watched []fs.FileInfo
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err == nil {
			err = watchBelow(w, folder, &limit)
		}
		if err != nil {
			return err
		}
		paths, watched = append(paths, folder), append(watched, info)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			return err // events were lost, or the system has no more of them
		case <-tick.C:
			for i, path := range paths {
				if info, err := os.Stat(path); err != nil || !os.SameFile(info, watched[i]) {
					return errGone
				}
			}
		case event := <-w.Events:
			of := vaultOf(folders, event.Name)
			changed(of)
			if event.Has(fsnotify.Create) {
				if err := watchBelow(w, event.Name, &limit); err != nil {
					return err
				}
				changed(of) // what happened in a new folder before it was watched nobody has told
			}
		}
	}
}

// vaultOf is the vault that a path is in. No vault is in another.
func vaultOf(folders map[schema.VaultName]string, path string) (in schema.VaultName) {
	for name, folder := range folders {
		if rest, found := strings.CutPrefix(path, folder); found && (rest == "" || rest[0] == filepath.Separator) {
			in = name
		}
	}
	return in
}

// watchBelow watches a folder and all below it. What vanishes meanwhile, or is no folder,
// is passed over. left is how much more may be watched.
func watchBelow(w *fsnotify.Watcher, root string, left *int) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it is the mirror that says what can't be read
		}
		if *left -= weight(entry); *left < 0 {
			return errTooMany
		}
		if !entry.IsDir() {
			return nil
		}
		if err := w.Add(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return err
		}
		return nil
	})
}

// poll looks through the folders until ctx ends. It rests several times as long as a look
// took.
func poll(ctx context.Context, folders map[schema.VaultName]string, pace Pace, changed func(schema.VaultName)) {
	known := map[schema.VaultName]string{}
	for {
		began := time.Now()
		for name, folder := range folders {
			found, problem := vault.LookThrough(ctx, name, folder, nil)
			is := found.Fingerprint
			if problem != nil {
				is = problem.Message
			}
			if before, seen := known[name]; seen && before != is {
				changed(name)
			}
			known[name] = is
		}
		rest := time.NewTimer(max(pace.Poll, share*time.Since(began)))
		select {
		case <-ctx.Done():
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}
