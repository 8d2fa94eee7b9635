package text

// Words for use in sentences: of a server's status, of an operation's kind, of a setting.
var (
	StatusNoServer     = Entry{Code: "status.no_server", Message: "not there"}
	StatusProvisioning = Entry{Code: "status.provisioning", Message: "being launched"}
	StatusRunning      = Entry{Code: "status.running", Message: "running"}
	StatusStopping     = Entry{Code: "status.stopping", Message: "being stopped"}
	StatusStopped      = Entry{Code: "status.stopped", Message: "stopped"}
	StatusDestroying   = Entry{Code: "status.destroying", Message: "being destroyed"}
	StatusError        = Entry{Code: "status.error", Message: "in an error"}

	OperationLaunch  = Entry{Code: "operation.launch", Message: "launch"}
	OperationStart   = Entry{Code: "operation.start", Message: "start"}
	OperationStop    = Entry{Code: "operation.stop", Message: "stop"}
	OperationDestroy = Entry{Code: "operation.destroy", Message: "destroy"}
	OperationSync    = Entry{Code: "operation.sync", Message: "sync"}
	OperationInstall = Entry{Code: "operation.install", Message: "install"}

	SettingCloud         = Entry{Code: "setting.cloud", Message: "cloud"}
	SettingRegion        = Entry{Code: "setting.region", Message: "region"}
	SettingZone          = Entry{Code: "setting.zone", Message: "zone"}
	SettingInstanceType  = Entry{Code: "setting.instance_type", Message: "machine type"}
	SettingCPUs          = Entry{Code: "setting.cpus", Message: "number of processors"}
	SettingMemory        = Entry{Code: "setting.memory", Message: "size of the memory"}
	SettingDiskSize      = Entry{Code: "setting.disk_size", Message: "size of the disk"}
	SettingDiskTier      = Entry{Code: "setting.disk_tier", Message: "kind of disk"}
	SettingUseSpot       = Entry{Code: "setting.use_spot", Message: "choice between spot and other machines"}
	SettingImageID       = Entry{Code: "setting.image_id", Message: "image"}
	SettingProfile       = Entry{Code: "setting.profile", Message: "profile of credentials"}
	SettingMaxHourlyCost = Entry{Code: "setting.max_hourly_cost", Message: "limit of the price"}
	SettingLabels        = Entry{Code: "setting.labels", Message: "list of labels"}
	SettingPorts         = Entry{Code: "setting.ports", Message: "list of ports"}
	SettingVaults        = Entry{Code: "setting.vaults", Message: "pair of vault folders"}

	TimeSeconds = Entry{Code: "time.seconds", Message: "{amount} seconds"}
	TimeMinutes = Entry{Code: "time.minutes", Message: "{amount} minutes"}
	TimeHours   = Entry{Code: "time.hours", Message: "{amount} hours"}

	// ListAbsent is each thing of a list that was looked for and is not there.
	ListAbsent = Entry{Code: "list.absent", Message: "no {item}"}

	VaultNamePublic  = Entry{Code: "vaultname.public", Message: "public"}
	VaultNamePrivate = Entry{Code: "vaultname.private", Message: "private"}

	MachineSize   = Entry{Code: "size.machine", Message: "{sizes}"}
	MachineCPUs   = Entry{Code: "size.cpus", Message: "{cpus} vCPUs"}
	MachineMemory = Entry{Code: "size.memory", Message: "{memory} GB memory"}
	MachineDisk   = Entry{Code: "size.disk", Message: "{disk} GB disk"}

	// StoredWords are words of a state that was written before texts had codes, and of errors that have none.
	StoredWords = Entry{Code: "stored.words", Message: "{words}"}
)
