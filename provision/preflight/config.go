package preflight

import (
	"math"
	"path/filepath"
	"strings"

	"carapace/provision/cloud"
	"carapace/provision/lifecycle"
	"carapace/provision/task"
	"carapace/provision/wsl"
	"carapace/schema"
	"carapace/schema/text"
)

// CheckConfig returns why something can't be kept, naming its field, or nil. It writes the cloud as provider.list does. Whether a folder
// is there is no matter of it: a disk may be mounted later.
func (pre *Preflight) CheckConfig(c *lifecycle.Config) *schema.Error {
	if found, known := cloud.Find(c.Cloud); known {
		c.Cloud = found.ID
	}
	spec := schema.Spec{Cloud: c.Cloud, Region: c.Region, MaxHourlyCost: c.MaxHourlyCost}
	for _, refusal := range task.Validate(spec.WithDefaults()) { // as a launch with it would be refused
		refusal.Kind = schema.KindInvalidParams
		return pre.backend.Clean(refusal.WithField(strings.TrimPrefix(refusal.Field, "spec.")))
	}
	for _, vault := range []struct{ field, path string }{{"publicVault", c.PublicVault}, {"privateVault", c.PrivateVault}} {
		if vault.path != "" && (len(vault.path) > maxPath || !pre.isAbs(vault.path) || strings.ContainsRune(vault.path, 0)) {
			return schema.Fail(schema.KindInvalidParams, &text.ParamsAbsolute, text.Args{"field": vault.field, "most": maxPath}).WithField(vault.field)
		}
	}
	if s := c.IntervalSeconds; s != 0 && (math.IsNaN(s) || s < 1 || s > 30) {
		return schema.Fail(schema.KindInvalidParams, &text.ParamsInterval).WithField("intervalSeconds")
	}
	return nil
}

// maxPath bounds a path, in bytes, as Linux does.
const maxPath = 4096

// isAbs reports whether a path is absolute: here, or in Windows for an app of Windows.
func (pre *Preflight) isAbs(path string) bool {
	_, ofWindows := wsl.OfHost(path, pre.opt.Environment.Getenv)
	return ofWindows || filepath.IsAbs(path)
}

// kept is what finds a variable, or what is kept in place of one that is not set.
func (pre *Preflight) kept(variable string) string {
	value, config := pre.opt.Environment.Getenv(variable), pre.store.Config()
	switch {
	case value != "":
	case variable == "PUBLIC_VAULT":
		return config.PublicVault
	case variable == "PRIVATE_VAULT":
		return config.PrivateVault
	}
	return value
}
