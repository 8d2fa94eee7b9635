package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// What a launch takes along at most, both vaults together. Beyond that rsync
// takes hours, and the look at it seconds.
const (
	MaxFiles = 200_000
	MaxBytes = 64 << 30

	maxScan       = 20 * time.Second // on a slow network drive
	maxSuspicious = 20
	maxProblems   = 20 // of each vault; more do not help
	maxSecrets    = 10 // of each vault
	maxLeftOut    = 5
	maxLargest    = 5
)

// Scan counts what the vaults would bring onto the server, and returns what must
// be mended before: files that can't be read, symbolic links that would point
// elsewhere or nowhere on the server, devices and pipes, and too much of it all.
// Sockets are left out. It reads names and sizes, no contents; it stops when ctx
// is done, after 20 seconds, or as soon as a limit is passed, and says so.
func Scan(ctx context.Context, paths Paths) (schema.Upload, []schema.Error) {
	ctx, cancel := context.WithTimeout(ctx, maxScan)
	defer cancel()
	upload := schema.Upload{Complete: true}
	var problems []schema.Error
	for _, v := range []struct {
		root string
		name schema.VaultName
	}{{paths.Public, schema.VaultPublic}, {paths.Private, schema.VaultPrivate}} {
		if v.root == "" {
			continue
		}
		s := newScan(ctx, v.root, v.name, &upload)
		s.walk()
		problems = append(problems, s.problems...)
		upload.Vaults = append(upload.Vaults, s.vault)
		if s.stopped {
			upload.Complete = false
			break
		}
	}
	return upload, problems
}

// Inventory is what one vault holds. The zero value is one that was not looked through.
type Inventory struct {
	lifecycle.MirroredVault

	Largest int64     // bytes of the largest file
	Began   time.Time // the look through it

	// Raced is true where a file's time lies within the last mirror's, in seconds, of which rsync compares no
	// parts: it may have been changed after it was brought, and have the same size and time there.
	Raced bool

	sizes map[uint64]int64 // by the names' hashes: a third of the memory that the names would take
}

// names are hashed with it, so that nobody can choose two of the same hash.
var seed = maphash.MakeSeed()

// Size is the bytes of a file by its name in the vault, 0 for one that was not there.
func (i Inventory) Size(name string) int64 { return i.sizes[maphash.String(seed, name)] }

// LookThrough is [Scan] for one vault before a mirror: what it is and holds, and the
// first thing that stands in the way. Its fingerprint is of names, sizes, times,
// permissions and links' targets, not of contents. last is the vault's last mirror; nil: not known.
func LookThrough(ctx context.Context, name schema.VaultName, root string, last *lifecycle.MirroredVault) (Inventory, *schema.Error) {
	ctx, cancel := context.WithTimeout(ctx, maxScan)
	defer cancel()
	found := Inventory{sizes: map[uint64]int64{}, Began: time.Now().Add(-lag)}
	var upload schema.Upload
	s := newScan(ctx, root, name, &upload)
	s.print, s.sizes, s.last = sha256.New(), found.sizes, last
	s.walk()
	if len(s.problems) > 0 {
		return Inventory{}, &s.problems[0]
	}
	found.Raced = s.raced
	found.Files, found.Bytes = upload.Files+s.vault.Links, upload.Bytes
	if len(s.vault.Largest) > 0 {
		found.Largest = s.vault.Largest[0].Bytes
	}
	found.Device, found.Inode, found.MountPoint = identify(s.root)
	found.Fingerprint = hex.EncodeToString(s.print.Sum(nil)[:16])
	return found, nil
}

// lag is how far the times that the kernel gives to files may be behind its clock.
const lag = 20 * time.Millisecond

type scan struct {
	ctx        context.Context
	root, what string
	upload     *schema.Upload     // of both vaults
	vault      schema.VaultUpload // of this one
	problems   []schema.Error
	stopped    bool                     // it has ended early: a limit was passed, or the time is over
	print      hash.Hash                // of what a mirror by size and time compares; nil: nobody asks
	line       []byte                   // what goes into it next
	sizes      map[uint64]int64         // Inventory's; nil: nobody asks
	last       *lifecycle.MirroredVault // nil: not known
	raced      bool                     // Inventory's
}

func newScan(ctx context.Context, root string, name schema.VaultName, upload *schema.Upload) *scan {
	return &scan{ctx: ctx, root: Followed(root), what: string(name), upload: upload, vault: schema.VaultUpload{Vault: name, Local: root}}
}

// note adds an entry to the fingerprint. The walk is in the order of the names. fmt would take
// as long here as the file system does (measured with 100,000 files).
func (s *scan) note(path, target string, info fs.FileInfo) {
	if s.print == nil {
		return
	}
	size := info.Size()
	if info.IsDir() {
		size = 0 // of the list of its entries, as the file system keeps it
	}
	line := append(strconv.AppendQuote(s.line[:0], path), ' ')
	line = append(strconv.AppendQuote(line, target), ' ')
	line = append(strconv.AppendInt(line, size, 10), ' ')
	line = append(strconv.AppendInt(line, info.ModTime().UnixNano(), 10), ' ')
	line = append(strconv.AppendUint(line, uint64(info.Mode()), 8), '\n')
	_, _ = s.print.Write(line) // a hash never fails
	s.line = line
}

func (s *scan) walk() {
	_ = filepath.WalkDir(s.root, s.visit) // visit notes each error
}

func (s *scan) visit(path string, entry fs.DirEntry, err error) error {
	if s.ctx.Err() != nil {
		return s.stop(schema.Fail(schema.KindTimeout, &text.VaultSlow, text.Args{"vault": s.what, "files": s.upload.Files}))
	}
	if err != nil {
		return s.unreadable(path, entry, err)
	}
	switch kind := entry.Type(); {
	case kind.IsRegular():
		return s.file(path, entry)
	case kind.IsDir():
		return s.folder(path, entry)
	case kind&fs.ModeSymlink != 0:
		return s.link(path, entry)
	case kind&fs.ModeSocket != 0:
		if s.vault.LeftOut++; s.vault.LeftOut <= maxLeftOut {
			s.vault.FirstLeftOut = append(s.vault.FirstLeftOut, printable(s.relative(path)))
		}
		return nil
	}
	s.problem(schema.Fail(schema.KindInvalidSpec, &text.VaultDevice, text.Args{"path": s.relative(path), "vault": s.what}))
	return nil
}

// unreadable notes a folder that can't be listed. A file that vanished since its
// folder was read is no problem.
func (s *scan) unreadable(path string, entry fs.DirEntry, err error) error {
	if path == s.root {
		s.problem(schema.Fail(schema.KindVaultMissing, &text.VaultUnlisted, text.Args{"path": path, "why": cannot(err)}))
		return fs.SkipDir
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.problem(schema.Fail(schema.KindVaultMissing, &text.VaultUnreadable, text.Args{"path": s.relative(path), "vault": s.what, "why": cannot(err)}))
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
	s.vault.Files++
	s.vault.Bytes += info.Size()
	s.vault.Largest = rank(s.vault.Largest, maxLargest, info.Size(), func() string { return printable(s.relative(path)) })
	if tells := secretIn(entry.Name()); tells != nil {
		s.suspect(path, tells)
	}
	switch {
	case s.upload.Files > MaxFiles:
		return s.stop(schema.Fail(schema.KindInvalidSpec, &text.VaultManyFiles, text.Args{"most": MaxFiles}))
	case s.upload.Bytes > MaxBytes:
		return s.stop(schema.Fail(schema.KindInvalidSpec, &text.VaultLarge, text.Args{"most": MaxBytes >> 30}))
	case (s.print == nil || !ownerReads(info)) && !canRead(path): // rsync finds what a disk denies to a file's owner; a launch asks for each
		return s.unreadable(path, nil, fs.ErrPermission)
	}
	if s.sizes != nil {
		s.sizes[maphash.String(seed, strings.TrimPrefix(strings.TrimPrefix(path, s.root), string(filepath.Separator)))] = info.Size()
	}
	if l := s.last; l != nil && !l.Began.IsZero() && info.ModTime().Unix() >= l.Began.Unix() && info.ModTime().Unix() <= l.At.Unix() {
		s.raced = true
	}
	s.note(path, "", info)
	return nil
}

// folder notes one. It comes again, with an error, if it can't be listed.
func (s *scan) folder(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return s.unreadable(path, nil, err)
	}
	s.note(path, "", info)
	return nil
}

// rank adds a file to the largest, of which there are so many at most; path is called where it
// is one of them. Pure.
func rank(largest []schema.UploadFile, most int, bytes int64, path func() string) []schema.UploadFile {
	if len(largest) == most && bytes <= largest[most-1].Bytes {
		return largest
	}
	largest = append(largest, schema.UploadFile{Path: path(), Bytes: bytes})
	for at := len(largest) - 1; at > 0 && largest[at-1].Bytes < bytes; at-- { // of equal ones the first that was met comes first
		largest[at-1], largest[at] = largest[at], largest[at-1]
	}
	return largest[:min(len(largest), most)]
}

// suspect notes a file that looks like a secret.
func (s *scan) suspect(path string, tells *text.Entry) {
	if len(s.upload.Suspicious) < maxSuspicious {
		s.upload.Suspicious = append(s.upload.Suspicious, s.relative(path))
	}
	if s.vault.Secrets++; s.vault.Secrets <= maxSecrets {
		why := text.Text{Code: tells.Code}
		s.vault.FirstSecrets = append(s.vault.FirstSecrets, schema.SecretFile{Path: printable(s.relative(path)), Why: why.Message(), Code: why.Code})
	}
}

// link refuses a symbolic link that would not mean the same on the server. Links
// are brought there as links: one that is relative and stays in its vault does.
func (s *scan) link(path string, entry fs.DirEntry) error {
	if path == s.root { // one that leads nowhere
		return s.unreadable(path, nil, fs.ErrNotExist)
	}
	s.vault.Links++
	info, err := entry.Info()
	if err != nil {
		return s.unreadable(path, nil, err)
	}
	target, err := os.Readlink(path)
	if err != nil {
		return s.unreadable(path, nil, err)
	}
	if filepath.IsAbs(target) {
		s.problem(schema.Fail(schema.KindInvalidSpec, &text.VaultLinkAbsolute, text.Args{"path": s.relative(path), "vault": s.what, "target": target}))
		return nil
	}
	if s.leaves(path, target) {
		s.problem(schema.Fail(schema.KindInvalidSpec, &text.VaultLinkLeaves, text.Args{"path": s.relative(path), "vault": s.what, "target": target}))
	}
	s.note(path, target, info)
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

// problem notes one, as long as there are not enough of them.
func (s *scan) problem(refusal *schema.Error) {
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, *refusal.WithField(schema.VaultName(s.what).Field()))
	}
}

// stop ends the walk, and is noted however many problems there are: it says why the rest
// was not counted.
func (s *scan) stop(refusal *schema.Error) error {
	s.problems = s.problems[:min(len(s.problems), maxProblems-1)]
	s.problem(refusal)
	s.stopped = true
	return fs.SkipAll
}
