package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// What a launch takes along at most, both vaults together. Beyond that rsync
// takes hours, and the look at it seconds.
const (
	MaxFiles = 200_000
	MaxBytes = 64 << 30

	maxScan       = 20 * time.Second // on a slow network drive
	maxSuspicious = 20
	maxProblems   = 20 // of each vault; more do not help
)

// Scan counts what the vaults would bring onto the server, and returns what must
// be mended before: files that can't be read, symbolic links that would point
// elsewhere or nowhere on the server, devices and pipes, and too much of it all.
// Sockets are left out. It reads names and sizes, no contents; it stops when ctx
// is done, after 20 seconds, or as soon as a limit is passed, and says so.
func Scan(ctx context.Context, paths Paths) (schema.Upload, []schema.Error) {
	ctx, cancel := context.WithTimeout(ctx, maxScan)
	defer cancel()
	var upload schema.Upload
	var problems []schema.Error
	for _, v := range []struct{ root, what string }{{paths.Public, "public"}, {paths.Private, "private"}} {
		if v.root == "" {
			continue
		}
		s := &scan{ctx: ctx, root: v.root, what: v.what, upload: &upload}
		s.walk()
		problems = append(problems, s.problems...)
		if s.full {
			break
		}
	}
	return upload, problems
}

// Inventory is what one vault holds. The zero value is one that was not looked through.
type Inventory struct {
	lifecycle.MirroredVault

	Largest int64 // bytes of the largest file
}

// LookThrough is [Scan] for one vault before a mirror: what it is and holds, and the
// first thing that stands in the way.
func LookThrough(ctx context.Context, name schema.VaultName, root string) (Inventory, *schema.Error) {
	ctx, cancel := context.WithTimeout(ctx, maxScan)
	defer cancel()
	var upload schema.Upload
	s := &scan{ctx: ctx, root: root, what: string(name), upload: &upload}
	s.walk()
	if len(s.problems) > 0 {
		return Inventory{}, &s.problems[0]
	}
	found := Inventory{Largest: s.largest}
	found.Files, found.Bytes = upload.Files+s.links, upload.Bytes
	found.Device, found.Inode, found.MountPoint = identify(root)
	return found, nil
}

// errStopped ends a walk whose problem was noted.
var errStopped = errors.New("stopped")

type scan struct {
	ctx        context.Context
	root, what string
	upload     *schema.Upload
	problems   []schema.Error
	full       bool // a limit was passed: the other vault need not be looked at
	links      int
	largest    int64 // bytes of the largest file
}

func (s *scan) walk() {
	if err := filepath.WalkDir(s.root, s.visit); err != nil && !errors.Is(err, errStopped) {
		_ = s.problem(schema.KindVaultMissing, s.root+" "+cannot(err), "Make the folder readable.")
	}
}

func (s *scan) visit(path string, entry fs.DirEntry, err error) error {
	if s.ctx.Err() != nil {
		return s.stop(schema.KindTimeout, fmt.Sprintf("The %s vault could not be looked through in time; %d files were counted.", s.what, s.upload.Files),
			"Try again; if the folder is on a slow drive, use a local one.")
	}
	if err != nil {
		return s.unreadable(path, entry, err)
	}
	switch kind := entry.Type(); {
	case kind.IsRegular():
		return s.file(path, entry)
	case kind.IsDir():
		return nil // one that can't be listed comes again, with its error
	case kind&fs.ModeSymlink != 0:
		return s.link(path)
	case kind&fs.ModeSocket != 0:
		return nil
	}
	return s.problem(schema.KindInvalidSpec, fmt.Sprintf("%s in the %s vault is a pipe or a device, which can't be brought to a server.", s.relative(path), s.what), "Move it out of the vault.")
}

// unreadable notes a folder that can't be listed. A file that vanished since its
// folder was read is no problem.
func (s *scan) unreadable(path string, entry fs.DirEntry, err error) error {
	if errors.Is(err, fs.ErrNotExist) && path != s.root {
		return nil
	}
	if err := s.problem(schema.KindVaultMissing, fmt.Sprintf("%s in the %s vault %s.", s.relative(path), s.what, cannot(err)), "Make it readable for you, or move it out of the vault."); err != nil {
		return err
	}
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (s *scan) file(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return s.unreadable(path, nil, err)
	}
	s.upload.Files++
	s.upload.Bytes += info.Size()
	s.largest = max(s.largest, info.Size())
	if looksSecret(entry.Name()) && len(s.upload.Suspicious) < maxSuspicious {
		s.upload.Suspicious = append(s.upload.Suspicious, s.relative(path))
	}
	const hint = "Move what the server does not need out of the vaults."
	switch {
	case s.upload.Files > MaxFiles:
		s.full = true
		return s.stop(schema.KindInvalidSpec, fmt.Sprintf("The vaults hold more than %d files, the most that is brought to a server.", MaxFiles), hint)
	case s.upload.Bytes > MaxBytes:
		s.full = true
		return s.stop(schema.KindInvalidSpec, fmt.Sprintf("The vaults hold more than %d GiB, the most that is brought to a server.", MaxBytes>>30), hint)
	case !canRead(path):
		return s.unreadable(path, nil, fs.ErrPermission)
	}
	return nil
}

// link refuses a symbolic link that would not mean the same on the server. Links
// are brought there as links: one that is relative and stays in its vault does.
func (s *scan) link(path string) error {
	s.links++
	target, err := os.Readlink(path)
	if err != nil {
		return s.unreadable(path, nil, err)
	}
	if filepath.IsAbs(target) {
		return s.problem(schema.KindInvalidSpec, fmt.Sprintf("The symbolic link %s in the %s vault names an absolute path, %s, which is not there on the server.", s.relative(path), s.what, target),
			"Replace the link with the file itself, or with a relative link inside the vault.")
	}
	if s.leaves(path, target) {
		return s.problem(schema.KindInvalidSpec, fmt.Sprintf("The symbolic link %s in the %s vault leaves it: it points to %s.", s.relative(path), s.what, target),
			"Replace the link with the file itself, or move what it points to into the vault.")
	}
	return nil
}

// leaves reports whether a relative link points out of the vault or goes through
// what is outside of it: on the server the vault stands in a folder of another name.
// Other links on the way are followed; from one that points to nothing on, the
// text is judged.
func (s *scan) leaves(path, target string) bool {
	at := filepath.Dir(path)
	for step := range strings.SplitSeq(filepath.ToSlash(target), "/") {
		at = filepath.Join(at, step)
		if resolved, err := filepath.EvalSymlinks(at); err == nil {
			at = resolved
		}
		if relative, err := filepath.Rel(s.root, at); err != nil || !filepath.IsLocal(relative) {
			return true
		}
	}
	return false
}

func (s *scan) relative(path string) string {
	relative, err := filepath.Rel(s.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(strings.ToValidUTF8(relative, "\ufffd"))
}

// problem notes one; when there are enough of them it ends the walk.
func (s *scan) problem(kind schema.Kind, message, hint string) error {
	s.problems = append(s.problems, *schema.NewError(kind, message, hint).WithField("spec.vaults." + s.what))
	if len(s.problems) >= maxProblems {
		return errStopped
	}
	return nil
}

func (s *scan) stop(kind schema.Kind, message, hint string) error {
	_ = s.problem(kind, message, hint)
	return errStopped
}
