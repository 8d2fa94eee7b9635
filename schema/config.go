package schema

// Config is what the sidecar keeps for an app in the state folder, and what every sidecar of the folder goes by. What a request says itself, goes
// before it.
type Config struct {
	// Cloud is where a launch goes whose spec names none: one of provider.list's ids. Left out: SkyPilot chooses.
	Cloud string `json:"cloud,omitempty"`
	// Region is where on that cloud a launch goes whose spec names neither region nor zone. Left out: SkyPilot chooses.
	Region string `json:"region,omitempty"`
	// MaxHourlyCost is the limit of a launch whose spec has none: its maxHourlyCost, in USD. Left out: no limit.
	MaxHourlyCost float64 `json:"maxHourlyCost,omitempty"`
	// PublicVault is the folder of a launch whose spec names none, where PUBLIC_VAULT is not set either; an absolute path.
	PublicVault string `json:"publicVault,omitempty"`
	// PrivateVault is the same of the private vault, and of PRIVATE_VAULT.
	PrivateVault string `json:"privateVault,omitempty"`
	// IntervalSeconds is the time between two looks at the cloud, 1 to 30; poller.configure sets it otherwise for one process. Left out: the sidecar chooses.
	IntervalSeconds float64 `json:"intervalSeconds,omitempty"`
}

// ConfigSetParams changes what is kept: what is left out stays as it is; "" and 0 take a value away.
type ConfigSetParams struct {
	// Cloud as in Config. Another one than before takes the region away, where region does not name one.
	Cloud           *string  `json:"cloud,omitempty"`
	Region          *string  `json:"region,omitempty"`          // as in Config
	MaxHourlyCost   *float64 `json:"maxHourlyCost,omitempty"`   // as in Config
	PublicVault     *string  `json:"publicVault,omitempty"`     // as in Config
	PrivateVault    *string  `json:"privateVault,omitempty"`    // as in Config
	IntervalSeconds *float64 `json:"intervalSeconds,omitempty"` // as in Config
}

// ConfigChanged tells that somebody has set something: this host, or that of another sidecar of the state folder.
type ConfigChanged struct {
	Config Config `json:"config"` // all that is kept now
}
