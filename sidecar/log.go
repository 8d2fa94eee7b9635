package main

import (
	"log/slog"
	"os"

	"carapace/provision/redact"
)

// newLog returns the log, which goes to stderr with every secret taken out, and
// the redactor that knows them.
func newLog(level slog.Level) (*slog.Logger, *redact.Redactor) {
	redactor := &redact.Redactor{}
	handler := slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch v := a.Value.Any().(type) {
			case string:
				a.Value = slog.StringValue(redactor.String(v))
			case error:
				a.Value = slog.StringValue(redactor.String(v.Error()))
			}
			return a
		},
	})
	return slog.New(handler), redactor
}
