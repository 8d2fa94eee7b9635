package main

import (
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// become refuses: Windows can't do that.
func become(argv []string) error {
	return schema.Fail(schema.KindUnsupported, &text.ExecWindows, text.Args{"command": strings.Join(argv, " ")})
}
