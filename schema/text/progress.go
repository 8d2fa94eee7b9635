package text

// What an operation is doing.
var (
	ProgressSkyPilot        = Entry{Code: "progress.skypilot", Message: "Checking SkyPilot."}
	ProgressAPIServer       = Entry{Code: "progress.api_server", Message: "Starting SkyPilot's API server; the first time takes up to a minute."}
	ProgressNameFree        = Entry{Code: "progress.name_free", Message: "Making sure that there is no such server yet."}
	ProgressEarlierKeys     = Entry{Code: "progress.earlier_credentials", Message: "SkyPilot still uses earlier credentials; starting its API server anew."}
	ProgressKeysRefused     = Entry{Code: "progress.credentials_refused", Message: "SkyPilot does not accept the credentials; asking it why."}
	ProgressMachine         = Entry{Code: "progress.machine", Message: "Starting the machine."}
	ProgressUp              = Entry{Code: "progress.up", Message: "Checking that the server is up."}
	ProgressComparing       = Entry{Code: "progress.comparing", Message: "Comparing the {vault} vault with the server's."}
	ProgressMirroring       = Entry{Code: "progress.mirroring", Message: "Bringing the {vault} vault up to date."}
	ProgressSetup           = Entry{Code: "progress.setup", Message: "Setting the server up."}
	ProgressServing         = Entry{Code: "progress.serving", Message: "Starting what the server is for."}
	ProgressRun             = Entry{Code: "progress.run", Message: "Running the server's run command."}
	ProgressStopped         = Entry{Code: "progress.stopped", Message: "Looking whether the server has stopped."}
	ProgressRepairing       = Entry{Code: "progress.repairing", Message: "The cloud refused; making the server usable again."}
	ProgressEnding          = Entry{Code: "progress.ending", Message: "Ending what was in progress."}
	ProgressRemoving        = Entry{Code: "progress.removing", Message: "Removing the server and all that belongs to it."}
	ProgressRemoved         = Entry{Code: "progress.removed", Message: "Looking whether anything is left."}
	ProgressLaunchFailed    = Entry{Code: "progress.launch_failed", Message: "The launch failed; looking whether a machine is left."}
	ProgressFailed          = Entry{Code: "progress.failed", Message: "That did not work; looking what the server is doing now."}
	ProgressCanceling       = Entry{Code: "progress.canceling", Message: "Canceling."}
	ProgressCancelingAtSky  = Entry{Code: "progress.canceling_request", Message: "Canceling what SkyPilot is doing."}
	ProgressRequestLost     = Entry{Code: "progress.request_lost", Message: "SkyPilot's API server was restarted and has lost the request; asking for it again."}
	ProgressTryingAgain     = Entry{Code: "progress.trying_again", Message: "Trying again."}
	ProgressWaiting         = Entry{Code: "progress.waiting", Message: "Still waiting, {waited} so far."}
	ProgressMachineIsSilent = Entry{
		Code: "progress.machine_silent",
		Message: "SkyPilot tells nothing until the machine answers on SSH: the cloud may be slow, have a queue, or be refusing calls because of a rate limit, " +
			"or the machine may be there and not answer yet. It is given up after {seconds}; you can cancel it.",
	}

	// What SkyPilot's log tells, as provision/sky/progress.go reads it.

	ProgressChoosing     = Entry{Code: "progress.choosing", Message: "SkyPilot compares the machines that fit."}
	ProgressChose        = Entry{Code: "progress.chose", Message: "Chose {sizes} on {place}."}
	ProgressChoseSized   = Entry{Code: "progress.chose_sized", Message: "Chose {size} on {place} ({cpus} vCPUs, {memory} GB)."}
	ProgressAsking       = Entry{Code: "progress.asking", Message: "Asking {cloud} for the machine{where}."}
	ProgressAnotherPlace = Entry{Code: "progress.another_place", Message: "That makes {tries} places so far."}
	ProgressRestarting   = Entry{Code: "progress.restarting", Message: "Starting the stopped machine in {place}."}
	ProgressMachineUp    = Entry{Code: "progress.machine_up", Message: "The machine is up; installing SkyPilot's runtime on it."}
	ProgressContainerUp  = Entry{Code: "progress.container_up", Message: "The container is up."}
	ProgressRuntime      = Entry{Code: "progress.runtime", Message: "The machine answers and SkyPilot's runtime is on it."}
	ProgressNoRuntime    = Entry{Code: "progress.no_runtime", Message: "SkyPilot could not set its runtime up on the machine."}
	ProgressFiles        = Entry{Code: "progress.files", Message: "Bringing the files onto the server."}
	ProgressFilesTo      = Entry{Code: "progress.files_to", Message: "Bringing files to {target}."}
	ProgressFilesThere   = Entry{Code: "progress.files_there", Message: "The files are on the server."}
	ProgressSetupHanding = Entry{Code: "progress.setup_handing", Message: "Handing setup to the server."}
	ProgressSetupHanded  = Entry{Code: "progress.setup_handed", Message: "Setup is handed to the server."}
	ProgressSetupSays    = Entry{Code: "progress.setup_says", Message: "Setup says: {said}."}
	ProgressLocked       = Entry{Code: "progress.locked", Message: "Waiting for another operation on this server to end."}
	ProgressRefused      = Entry{Code: "progress.refused", Message: "{cloud} refused{where}: {said}."}
	ProgressNextPlace    = Entry{Code: "progress.next_place", Message: "That place did not work; SkyPilot looks for another."}
	ProgressNoPlace      = Entry{Code: "progress.no_place", Message: "No place worked; SkyPilot tries again."}

	// An installation.

	ProgressEnvironment   = Entry{Code: "progress.environment", Message: "Making a Python environment for SkyPilot."}
	ProgressGettingUV     = Entry{Code: "progress.getting_uv", Message: "Getting uv, which installs SkyPilot, from the Python package index."}
	ProgressPackages      = Entry{Code: "progress.packages", Message: "Choosing SkyPilot's packages for {clouds}."}
	ProgressFirstRun      = Entry{Code: "progress.first_run", Message: "Running SkyPilot for the first time, which takes some seconds."}
	ProgressWaitsToSwitch = Entry{Code: "progress.waits_to_switch", Message: "SkyPilot {version} is ready; it is used as soon as the {operation} of {name} has ended."}
)
