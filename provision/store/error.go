package store

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"carapace/provision/journal"
	"carapace/schema"
)

// Error turns an error of the state folder into one for a person. A *schema.Error is returned as
// it is. It never returns nil.
func Error(err error) *schema.Error {
	var refusal *schema.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, syscall.ENOSPC):
		return schema.NewError(schema.KindDiskFull, "There is no space left on this computer's disk, so nothing was started.",
			"Free some space, then try again.").WithDetail(err.Error())
	case errors.Is(err, journal.ErrNewer):
		return schema.NewError(schema.KindStateUnwritable, "Carapace's state was written by a newer version, so this one leaves it alone.",
			"Update Carapace, or give another folder with --state-dir.").WithDetail(err.Error())
	case errors.Is(err, fs.ErrPermission):
		return schema.NewError(schema.KindStateUnwritable, "Carapace's state folder can't be written, so nothing was started.",
			"Give yourself the right to write to it, or give another folder with --state-dir.").WithDetail(err.Error())
	case errors.Is(err, context.Canceled):
		return schema.NewError(schema.KindInterrupted, "Carapace is ending, so nothing was started.", "Start it again, then try again.")
	}
	return schema.NewError(schema.KindStateUnwritable, "Carapace's state can't be read or written: "+err.Error()+".",
		"Check that the folder given with --state-dir (default ~/.carapace) is on a disk that works and has space.").WithDetail(err.Error())
}
