package vault

import (
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// What a mirror may delete on the server without being told so: fewer than either.
// A folder whose disk is not there looks like one that a person has emptied.
const (
	freeDeletions = 10 // files
	freeShare     = 10 // a tenth of the files there

	// together is how long deletions count together: a folder that goes slowly is mirrored many times
	// meanwhile by a continuous sync, a few files less each time.
	together = time.Hour
)

// Guard is one vault before its mirror: what it was when the server's was last the
// same, what it is now, and what the mirror would do. The zero value refuses nothing.
type Guard struct {
	Vault       schema.VaultName
	Local       string
	Before      *lifecycle.MirroredVault // nil: not known
	Now         Inventory
	Differences Differences
	Allowed     bool // a person has consented to the deletions
}

// Refusal returns why the mirror may not be made, or nil. Pure.
func (g *Guard) Refusal() *schema.Error {
	if g.Allowed {
		return nil
	}
	return g.asks()
}

// asks is Refusal, whether or not somebody has consented.
func (g *Guard) asks() *schema.Error {
	deleted, there := g.Differences.Deleted, g.Now.Files-g.Differences.Added+g.Differences.Deleted
	earlier, _ := g.earlier()
	var says *text.Entry
	switch {
	case deleted == 0:
		return nil
	case g.Now.Files == 0:
		says = &text.DeletionsEmpty
	case g.changed():
		says = &text.DeletionsOtherFolder
	case deleted+earlier > freeDeletions && (deleted+earlier)*freeShare > there+earlier:
		says = &text.DeletionsMany
	default:
		return nil
	}
	return schema.Fail(schema.KindDeletionsRefused, says, text.Args{
		"vault": g.Vault, "path": g.Local, "deleted": deleted, "files": there, "first": g.Differences.FirstDeleted[0],
	}).WithField(g.Vault.Field())
}

// earlier is how many files the mirrors of the last hour have deleted unasked, and since when; of longer where
// a refusal still waits for its answer. Pure.
func (g *Guard) earlier() (files int, since time.Time) {
	if b := g.Before; b != nil && b.Deleted > 0 && (b.Refused || g.Now.Began.Sub(b.DeletedSince) < together) {
		return b.Deleted, b.DeletedSince
	}
	return 0, g.Now.Began
}

// Made is what to remember of the vault when the mirror has made the server's the same at a time. Pure.
func (g *Guard) Made(compared schema.Comparison, at time.Time) lifecycle.MirroredVault {
	same := g.Now.MirroredVault
	same.Began, same.At, same.Compared = g.Now.Began, at, compared
	if earlier, since := g.earlier(); !g.Allowed && earlier+g.Differences.Deleted > 0 {
		same.Deleted, same.DeletedSince = earlier+g.Differences.Deleted, since
	}
	return same
}

// Change is what the mirror would do, as a host is told of it, with so many names of each kind at most.
func (g *Guard) Change(compared schema.Comparison, names int) schema.VaultChange {
	change := g.Differences.change(g.Vault, compared, names)
	change.NeedsConsent = g.asks() != nil
	return change
}

// Emptied returns why a start may not begin, or nil: the vault here held files when it was
// mirrored last and holds none now, so that its mirror would be refused once the machine is up
// and costs money. It needs no look at the server. Pure.
func (g *Guard) Emptied() *schema.Error {
	if g.Allowed || g.Before == nil || g.Before.Files == 0 || g.Now.Files > 0 {
		return nil
	}
	return schema.Fail(schema.KindDeletionsRefused, &text.DeletionsStart, text.Args{
		"vault": g.Vault, "path": g.Local, "files": g.Before.Files,
	}).WithField(g.Vault.Field())
}

// ChangedHere reports whether a name, size, time or permission here is another than when the
// vault was mirrored last, or that is not known. Pure.
func (g *Guard) ChangedHere() bool {
	return g.Before == nil || g.Before.Fingerprint == "" || g.Before.Fingerprint != g.Now.Fingerprint
}

// MaxDelete is the most that rsync may delete, files and folders: what was looked at,
// and a few that may have gone since where nobody would be asked about them: never all. Pure.
func (g *Guard) MaxDelete() int {
	if g.Now.Files == 0 || g.changed() {
		return g.Differences.Deletions
	}
	return g.Differences.Deletions + min(freeDeletions, g.Now.Files-1)
}

// changed reports whether the folder is another one than was mirrored last. Devices may
// be numbered anew when a computer starts, so that is no reason to refuse a mirror that
// deletes nothing.
func (g *Guard) changed() bool {
	b, n := g.Before, g.Now.MirroredVault
	return b != nil && (b.Device != n.Device || b.Inode != n.Inode || b.MountPoint && !n.MountPoint)
}

// What is compared by contents at the most. Each side reads all of a file for that
// without a word, and the other gives up after --timeout.
const (
	maxReadFile  = 4 << 30
	maxReadBytes = 16 << 30
)

// Compare is how a vault's files are to be compared with those on the server: by their
// contents where that was asked for, or else a change could be missed, and takes a bearable time. Pure.
func Compare(contents bool, now Inventory) schema.Comparison {
	if (contents || now.Raced) && now.Largest <= maxReadFile && now.Bytes <= maxReadBytes {
		return schema.CompareContents
	}
	return schema.CompareSizeAndTime
}
