package text

// What is wrong with a vault, with a folder to be mounted, or with a mirror before it is made.
var (
	VaultMissing = Entry{
		Code: "vault.missing", Title: "A vault's folder can't be used",
		Message: "The {vault} vault {path} ({named}) {why}.",
		Hint:    "Make the folder, or name another one in {field} or in the environment variable {variable}.",
	}
	// NamedInSpec and the next two are the argument named.
	NamedInSpec     = Entry{Code: "named.spec", Message: "the spec"}
	NamedByVariable = Entry{Code: "named.variable", Message: "{variable}"}
	NamedByDefault  = Entry{Code: "named.default", Message: "the default"}

	// PathNoFolder and the next four are the argument why of entries that say it of a path.
	PathNoFolder   = Entry{Code: "path.no_folder", Message: "is not a folder"}
	PathNeither    = Entry{Code: "path.neither", Message: "is neither a file nor a folder"}
	PathGone       = Entry{Code: "path.gone", Message: "does not exist"}
	PathDenied     = Entry{Code: "path.denied", Message: "can't be read: permission denied"}
	PathUnreadable = Entry{Code: "path.unreadable", Message: "can't be read: {problem}"}

	VaultIsHome = Entry{
		Code: "vault.is_home", Title: "The home folder can't be a vault",
		Message: "The {vault} vault can't be {path}: your whole home folder, with its keys and passwords, would go to the server.",
		Hint:    "Choose a folder of its own.",
	}
	VaultsSame = Entry{
		Code: "vault.same", Title: "Both vaults are the same folder",
		Message: "The public and the private vault are the same folder, {path}.", Hint: "Use two folders that are apart.",
	}
	VaultPrivateInside = Entry{
		Code: "vault.private_inside", Title: "One vault lies inside the other",
		Message: "The private vault {path} lies inside the public one, {folder}.", Hint: "Use two folders that are apart.",
	}
	VaultPublicInside = Entry{
		Code: "vault.public_inside", Title: "One vault lies inside the other",
		Message: "The public vault {path} lies inside the private one, {folder}.", Hint: "Use two folders that are apart.",
	}
	VaultInReserved = Entry{
		Code: "vault.in_reserved", Title: "The folder can't be a vault",
		Message: "The {vault} vault {path} lies in {folder}, which is not for files that a server gets.",
		Hint:    "Choose a folder of its own, elsewhere.",
	}
	VaultHoldsReserved = Entry{
		Code: "vault.holds_reserved", Title: "The folder can't be a vault",
		Message: "{folder} lies in the {vault} vault {path}: what it holds would go to the server.",
		Hint:    "Choose a smaller folder for the vault, or move the other out of it.",
	}

	// Paths.

	PathNUL = Entry{
		Code: "path.nul", Title: "A path can't be used",
		Message: "A path can't hold a NUL character.", Hint: "Remove it.",
	}
	PathRelative = Entry{
		Code: "path.relative", Title: "A path can't be used",
		Message: "The path {path} can't be made absolute: the working directory is gone.", Hint: "Use an absolute path.",
	}
	MountUnreadable = Entry{
		Code: "mount.unreadable", Title: "What is to be mounted can't be read",
		Message: "{path}, which is to be mounted at {target}, {why}.", Hint: "Correct the path, or take the mount out of the spec.",
	}
	MountSpecialName = Entry{
		Code: "mount.special_name", Title: "A path can't be mounted",
		Message: "{path} can't be mounted: SkyPilot can't cope with the quotes or special characters in its path.",
		Hint:    "Rename it, using letters, digits, spaces and ordinary punctuation.",
	}
	VaultWindows = Entry{
		Code: "vault.windows", Title: "SkyPilot does not run on Windows itself",
		Message: "SkyPilot does not run on Windows itself.",
		Hint:    "Set {variable}=default in the environment of Carapace's sidecar: it then runs in the Windows Subsystem for Linux (WSL). Nobody has tried that yet.",
	}
	VaultStateName = Entry{
		Code: "vault.state_name", Title: "The state folder's path can't be used",
		Message: "The state folder {path} has quotes or special characters in its path, and so has a vault: SkyPilot can't cope with both.",
		Hint:    "Rename the vault, or choose another --state-dir.",
	}
	VaultStandIn = Entry{
		Code: "vault.stand_in", Title: "A folder can't be made",
		Message: "The folder {path} can't be made: {problem}.", Hint: "Make the state folder writable, or choose another --state-dir.",
	}
	VaultStandInTaken = Entry{
		Code: "vault.stand_in_taken", Title: "A folder is not empty",
		Message: "The folder {path} can't be made: it is not empty.", Hint: "Empty it, or choose another --state-dir.",
	}

	// What a vault holds.

	VaultUnlisted = Entry{
		Code: "vault.unlisted", Title: "A vault's folder can't be read",
		Message: "{path} {why}.", Hint: "Make the folder readable, or connect the disk that it is on.",
	}
	VaultSlow = Entry{
		Code: "vault.slow", Title: "Looking through a vault took too long",
		Message: "The {vault} vault could not be looked through in time; {files} files were counted.",
		Hint:    "Try again; if the folder is on a slow drive, use a local one.",
	}
	VaultDevice = Entry{
		Code: "vault.device", Title: "A vault holds a pipe or a device",
		Message: "{path} in the {vault} vault is a pipe or a device, which can't be brought to a server.",
		Hint:    "Move it out of the vault.",
	}
	VaultUnreadable = Entry{
		Code: "vault.unreadable", Title: "Something in a vault can't be read",
		Message: "{path} in the {vault} vault {why}.", Hint: "Make it readable for you, or move it out of the vault.",
	}
	VaultManyFiles = Entry{
		Code: "vault.many_files", Title: "The vaults hold too many files",
		Message: "The vaults hold more than {most} files, the most that is brought to a server.",
		Hint:    "Move what the server does not need out of the vaults.",
	}
	VaultLarge = Entry{
		Code: "vault.large", Title: "The vaults are too large",
		Message: "The vaults hold more than {most} GiB, the most that is brought to a server.",
		Hint:    "Move what the server does not need out of the vaults.",
	}
	VaultLinkAbsolute = Entry{
		Code: "vault.link_absolute", Title: "A link in a vault would lead nowhere",
		Message: "The symbolic link {path} in the {vault} vault names an absolute path, {target}, which is not there on the server.",
		Hint:    "Replace the link with the file itself, or with a relative link inside the vault.",
	}
	VaultLinkLeaves = Entry{
		Code: "vault.link_leaves", Title: "A link leads out of its vault",
		Message: "The symbolic link {path} in the {vault} vault leaves it: it points to {target}.",
		Hint:    "Replace the link with the file itself, or move what it points to into the vault.",
	}

	// What a mirror would delete.

	DeletionsEmpty = Entry{
		Code: "deletions.empty", Title: "The vault here is empty",
		Message: "The {vault} vault here, {path}, holds no files: on the server {deleted} of {files} files would be deleted, the first of them “{first}”. Nothing was changed there.",
		Hint:    "If a disk is not there, connect it and try again. If the files are to go on the server, too, allow that.",
	}
	DeletionsOtherFolder = Entry{
		Code: "deletions.other_folder", Title: "The vault here is another folder than before",
		Message: "The {vault} vault's folder, {path}, is not the one that was mirrored last (another disk, or its disk is not there): on the server {deleted} of {files} files would be deleted, the first of them “{first}”. Nothing was changed there.",
		Hint:    "If a disk is not there, connect it and try again. If the files are to go on the server, too, allow that.",
	}
	DeletionsMany = Entry{
		Code: "deletions.many", Title: "Much is missing in the vault here",
		Message: "Much is missing in the {vault} vault here, {path}: on the server {deleted} of {files} files would be deleted, the first of them “{first}”. Nothing was changed there.",
		Hint:    "If a disk is not there, connect it and try again. If the files are to go on the server, too, allow that.",
	}
	DeletionsStart = Entry{
		Code: "deletions.start", Title: "The vault here is empty",
		Message: "The {vault} vault here, {path}, holds no files; {files} were there when the server's was last the same, and all would be deleted on the server. Nothing was started.",
		Hint:    "If a disk is not there, connect it and try again. If the files are to go on the server, too, allow that.",
	}
)

// Why the vaults did not get to the server.
var (
	TransferFailed = Entry{
		Code: "transfer.failed", Title: "The vaults were not brought completely",
		Message: "The vaults could not be brought to the server completely.", Hint: "Try again; what has arrived stays.",
	}
	TransferDeletions = Entry{
		Code: "transfer.deletions", Title: "Files went while the vault was mirrored",
		Message: "More files went from a vault here while it was mirrored than had been looked at before. They are still on the server.",
		Hint:    "Look whether the vault is whole, and try again.",
	}
	TransferDiskFull = Entry{
		Code: "transfer.disk_full", Title: "The server's disk is full",
		Message: "The server's disk is full.", Hint: "Make the vaults smaller, or launch a server with a larger disk.",
	}
	TransferReadOnly = Entry{
		Code: "transfer.read_only", Title: "The server's disk can't be written to",
		Message: "The server's disk can't be written to.", Hint: "Destroy the server and launch it again.",
	}
	TransferKeyRefused = Entry{
		Code: "transfer.key_refused", Title: "The server did not accept the SSH key",
		Message: "The server did not accept the SSH key.",
		Hint:    "Run `sky status` once in a terminal, which writes SkyPilot's SSH configuration anew, and try again.",
	}
	TransferFolderGone = Entry{
		Code: "transfer.folder_gone", Title: "A vault's folder is not on the server",
		Message: "A vault's folder is not on the server, or can't be entered there.", Hint: "Destroy the server and launch it again.",
	}
	TransferNoRsync = Entry{
		Code: "transfer.no_rsync", Title: "A program is missing on the server",
		Message: "rsync is not installed on the server.", Hint: "Install rsync in the spec's setup script.",
	}
	TransferUnknownHost = Entry{
		Code: "transfer.unknown_host", Title: "SSH does not know the server",
		Message: "SSH does not know the server.",
		Hint:    "Run `sky status` once in a terminal, which writes SkyPilot's SSH configuration anew, and try again.",
	}
	TransferShortened = Entry{
		Code: "transfer.shortened", Title: "A file became shorter while it was brought",
		Message: "A file became shorter while it was brought to the server; there it is as it was before.",
		Hint:    "Try again; what has arrived stays.",
	}
	TransferUnreadable = Entry{
		Code: "transfer.unreadable", Title: "Something in a vault can't be read",
		Message: "A vault, or something in it, can't be read.", Hint: "See that the folder is there and all in it is readable for you.",
	}
	TransferDenied = Entry{
		Code: "transfer.denied", Title: "A file on the server can't be written",
		Message: "The server does not allow a file to be written.",
		Hint:    "See who owns the files on the server, or destroy the server and launch it again.",
	}
	TransferConnection = Entry{
		Code: "transfer.connection", Title: "The server was not reached",
		Message: "The server was not reached, or the connection to it was lost.",
		Hint:    "Check the network and try again; what has arrived there stays.",
	}
	TransferBrokenOff = Entry{
		Code: "transfer.broken_off", Title: "Bringing the vaults was broken off",
		Message: "Bringing the vaults to the server was broken off.", Hint: "Try again; what has arrived stays.",
	}
	TransferKilled = Entry{
		Code: "transfer.killed", Title: "Bringing the vaults was ended from outside",
		Message: "rsync was ended from outside.", Hint: "Try again; what has arrived stays.",
	}
	TransferMismatch = Entry{
		Code: "transfer.mismatch", Title: "This computer's rsync does not fit",
		Message: "This machine's rsync and the server's do not understand each other.", Hint: "Install a newer rsync on this machine.",
	}
	// TransferSaid follows in the message of the entries above.
	TransferSaid = Entry{Code: "transfer.said", Message: "rsync says: {said}."}
)

// What files of some names usually hold: SecretFile.Why.
var (
	SecretKeyOrCertificate   = Entry{Code: "secret.key_or_certificate", Message: "a private key or a certificate"}
	SecretKey                = Entry{Code: "secret.key", Message: "a private key"}
	SecretPuTTY              = Entry{Code: "secret.putty", Message: "a private key (PuTTY)"}
	SecretKeyAndCertificate  = Entry{Code: "secret.key_and_certificate", Message: "a private key with its certificate"}
	SecretJava               = Entry{Code: "secret.java", Message: "keys (Java)"}
	SecretKeePass            = Entry{Code: "secret.keepass", Message: "passwords (KeePass)"}
	SecretTerraformState     = Entry{Code: "secret.terraform_state", Message: "the state of Terraform, with passwords in it"}
	SecretSSHKey             = Entry{Code: "secret.ssh_key", Message: "a private SSH key"}
	SecretCredentials        = Entry{Code: "secret.credentials", Message: "credentials"}
	SecretSecrets            = Entry{Code: "secret.secrets", Message: "secrets"}
	SecretOAuth              = Entry{Code: "secret.oauth", Message: "the secret of an OAuth client"}
	SecretServiceAccount     = Entry{Code: "secret.service_account", Message: "the key of a service account"}
	SecretEnvironment        = Entry{Code: "secret.environment", Message: "environment variables, with passwords among them"}
	SecretServers            = Entry{Code: "secret.servers", Message: "passwords of servers"}
	SecretDatabases          = Entry{Code: "secret.databases", Message: "passwords of databases"}
	SecretNPM                = Entry{Code: "secret.npm", Message: "a token of npm"}
	SecretPyPI               = Entry{Code: "secret.pypi", Message: "a token of PyPI"}
	SecretGit                = Entry{Code: "secret.git", Message: "passwords of Git servers"}
	SecretWebServer          = Entry{Code: "secret.web_server", Message: "passwords of a web server"}
	SecretDocker             = Entry{Code: "secret.docker", Message: "passwords of Docker registries"}
	SecretHashiCorp          = Entry{Code: "secret.hashicorp", Message: "a token of HashiCorp Vault"}
	SecretKubernetes         = Entry{Code: "secret.kubernetes", Message: "access to a Kubernetes cluster"}
	SecretWallet             = Entry{Code: "secret.wallet", Message: "a wallet of a cryptocurrency"}
	SecretTerraformVariables = Entry{Code: "secret.terraform_variables", Message: "the variables of Terraform, with passwords among them"}
	SecretGoogle             = Entry{Code: "secret.google", Message: "credentials of Google Cloud"}
)
