package store

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"carapace/provision/journal"
	"carapace/schema"
	"carapace/schema/text"
)

// Error turns an error of the state folder into one for a person. A *schema.Error is returned as
// it is. It never returns nil.
func Error(err error) *schema.Error {
	var refusal *schema.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, syscall.ENOSPC):
		return schema.Fail(schema.KindDiskFull, &text.StateNoSpace).WithDetail(err.Error())
	case errors.Is(err, journal.ErrNewer):
		return schema.Fail(schema.KindStateUnwritable, &text.StateNewer).WithDetail(err.Error())
	case errors.Is(err, fs.ErrPermission):
		return schema.Fail(schema.KindStateUnwritable, &text.StateNotYours).WithDetail(err.Error())
	case errors.Is(err, context.Canceled):
		return schema.Fail(schema.KindInterrupted, &text.StateEnding)
	}
	return schema.Fail(schema.KindStateUnwritable, &text.StateUnusable, text.Args{"words": err.Error()}).WithDetail(err.Error())
}
