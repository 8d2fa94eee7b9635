package vault

import (
	"fmt"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// What a mirror may delete on the server without being told so: fewer than either.
// A folder whose disk is not there looks like one that a person has emptied.
const (
	freeDeletions = 10 // files
	freeShare     = 10 // a tenth of the files there
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
func (g Guard) Refusal() *schema.Error {
	deleted, there := g.Differences.Deleted, g.Now.Files-g.Differences.Added+g.Differences.Deleted
	reason := ""
	switch {
	case g.Allowed || deleted == 0:
		return nil
	case g.Now.Files == 0:
		reason = fmt.Sprintf("The %s vault here, %s, holds no files", g.Vault, g.Local)
	case g.changed():
		reason = fmt.Sprintf("The %s vault's folder, %s, is not the one that was mirrored last (another disk, or its disk is not there)", g.Vault, g.Local)
	case deleted > freeDeletions && deleted*freeShare > there:
		reason = fmt.Sprintf("Much is missing in the %s vault here, %s", g.Vault, g.Local)
	default:
		return nil
	}
	return schema.NewError(schema.KindDeletionsRefused,
		fmt.Sprintf("%s: on the server %d of %d files would be deleted, the first of them %s. Nothing was changed there.", reason, deleted, there, first(g.Differences.FirstDeleted)),
		"If a disk is not there, connect it and try again. If the files are to go on the server, too, ask again with allowDeletions.").WithField("spec.vaults." + string(g.Vault))
}

// Emptied returns why a start may not begin, or nil: the vault here held files when it was
// mirrored last and holds none now, so that its mirror would be refused once the machine is up
// and costs money. It needs no look at the server. Pure.
func (g Guard) Emptied() *schema.Error {
	if g.Allowed || g.Before == nil || g.Before.Files == 0 || g.Now.Files > 0 {
		return nil
	}
	return schema.NewError(schema.KindDeletionsRefused,
		fmt.Sprintf("The %s vault here, %s, holds no files; %d were there when the server's was last the same, and all would be deleted on the server. Nothing was started.", g.Vault, g.Local, g.Before.Files),
		"If a disk is not there, connect it and try again. If the files are to go on the server, too, ask again with allowDeletions.").WithField("spec.vaults." + string(g.Vault))
}

// ChangedHere reports whether a name, size, time or permission here is another than when the
// vault was mirrored last, or that is not known. Pure.
func (g Guard) ChangedHere() bool {
	return g.Before == nil || g.Before.Fingerprint == "" || g.Before.Fingerprint != g.Now.Fingerprint
}

// MaxDelete is the most that rsync may delete, files and folders: what was looked at,
// and a few that may have gone since where nobody would be asked about them. Pure.
func (g Guard) MaxDelete() int {
	if g.Now.Files == 0 || g.changed() {
		return g.Differences.Deletions
	}
	return g.Differences.Deletions + freeDeletions
}

// changed reports whether the folder is another one than was mirrored last. Devices may
// be numbered anew when a computer starts, so that is no reason to refuse a mirror that
// deletes nothing.
func (g Guard) changed() bool {
	b, n := g.Before, g.Now.MirroredVault
	return b != nil && (b.Device != n.Device || b.Inode != n.Inode || b.MountPoint && !n.MountPoint)
}

func first(names []string) string {
	if len(names) == 0 {
		return "unknown"
	}
	return "“" + names[0] + "”"
}

// What is compared by contents at the most. Each side reads all of a file for that
// without a word, and the other gives up after --timeout.
const (
	maxReadFile  = 4 << 30
	maxReadBytes = 16 << 30
)

// Compare is how a vault's files are to be compared with those on the server: by their
// contents where that was asked for and takes a bearable time. Pure.
func Compare(contents bool, now Inventory) schema.Comparison {
	if contents && now.Largest <= maxReadFile && now.Bytes <= maxReadBytes {
		return schema.CompareContents
	}
	return schema.CompareSizeAndTime
}
