package lifecycle

import (
	"encoding/json"

	"carapace/schema"
)

// Config is what is kept for an app. The zero value keeps nothing.
type Config struct {
	schema.Config

	unknown map[string]json.RawMessage // members of a newer version
}

// Set changes what the params of config.set name.
func (c *Config) Set(p schema.ConfigSetParams) {
	if p.Cloud != nil && *p.Cloud != c.Cloud {
		c.Region = "" // of another cloud it means nothing, or another place
	}
	set(&c.Cloud, p.Cloud)
	set(&c.Region, p.Region)
	set(&c.MaxHourlyCost, p.MaxHourlyCost)
	set(&c.PublicVault, p.PublicVault)
	set(&c.PrivateVault, p.PrivateVault)
	set(&c.IntervalSeconds, p.IntervalSeconds)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// Complete returns a spec with what is kept in place of what it leaves out; everywhere leaves the cloud to SkyPilot. The vaults are not
// filled in: the environment goes before what is kept.
func (c Config) Complete(spec schema.Spec, everywhere bool) schema.Spec {
	if spec.Cloud == "" && !everywhere {
		spec.Cloud = c.Cloud
	}
	if spec.Region == "" && spec.Zone == "" && spec.Cloud == c.Cloud {
		spec.Region = c.Region
	}
	if spec.MaxHourlyCost == 0 {
		spec.MaxHourlyCost = c.MaxHourlyCost
	}
	return spec
}

// MarshalJSON writes it with its unknown members.
func (c Config) MarshalJSON() ([]byte, error) { return withUnknown(c.Config, c.unknown) }

// UnmarshalJSON reads it and keeps unknown members.
func (c *Config) UnmarshalJSON(data []byte) error { return keepUnknown(data, &c.Config, &c.unknown) }
