package text

// What a server is and what became of it: descriptions, and the errors and warnings of a server.
var (
	ServerNone         = Entry{Code: "server.none", Message: "No server was launched from here yet. Launch one to get started."}
	ServerNoneOfName   = Entry{Code: "server.none_of_name", Message: "There is no server called {name}. There is another one: {other}."}
	ServerRunning      = Entry{Code: "server.running", Message: "The server is running."}
	ServerRunningOn    = Entry{Code: "server.running_on", Message: "The server is running on {place}."}
	ServerStopped      = Entry{Code: "server.stopped", Message: "The server is stopped."}
	ServerAdopted      = Entry{Code: "server.adopted", Message: "It was found at SkyPilot, not launched here, and is looked after from now on."}
	ServerMaybeThere   = Entry{Code: "server.maybe_there", Message: "What Carapace knew of the server was damaged; SkyPilot is being asked whether there is one."}
	ServerOffTheList   = Entry{Code: "server.off_the_list", Message: "The server was taken off the list."}
	ServerOffUnknown   = Entry{Code: "server.off_the_list_unknown", Message: "Should a machine of it be there all the same, Carapace does not know of it."}
	ServerEnded        = Entry{Code: "server.ended", Message: "The server ended at {at}."}
	ServerCantBeLooked = Entry{Code: "server.cant_be_looked_at", Message: "The server can't be looked at: {why} When it last could, it was {status}."}
	ServerAsItWas      = Entry{Code: "server.as_it_was", Message: "The server is as it was."}
	ServerUntouched    = Entry{Code: "server.untouched", Message: "Carapace does not touch it."}

	// An operation in progress.

	ServerLaunching       = Entry{Code: "server.launching", Message: "The server is being launched."}
	ServerStarting        = Entry{Code: "server.starting", Message: "The server is being started again."}
	ServerStopping        = Entry{Code: "server.stopping", Message: "The server is being stopped."}
	ServerDestroying      = Entry{Code: "server.destroying", Message: "The server is being destroyed with all that is on it."}
	ServerLaunchCanceling = Entry{Code: "server.launch_canceling", Message: "The launch is being canceled; what it made is being removed."}
	ServerCanceling       = Entry{Code: "server.canceling", Message: "The {operation} is being canceled; the server is being stopped, its disk is kept."}

	// What others do to it.

	ServerForeignLaunch         = Entry{Code: "server.foreign_launch", Message: "The server is being launched with SkyPilot outside of Carapace."}
	ServerForeignStart          = Entry{Code: "server.foreign_start", Message: "The server is being started with SkyPilot outside of Carapace."}
	ServerForeignStop           = Entry{Code: "server.foreign_stop", Message: "The server is being stopped with SkyPilot outside of Carapace."}
	ServerForeignDestroy        = Entry{Code: "server.foreign_destroy", Message: "The server is being destroyed with SkyPilot outside of Carapace."}
	ServerForeignLaunchOrStart  = Entry{Code: "server.foreign_launch_or_start", Message: "The server is being launched or started with SkyPilot outside of Carapace."}
	ServerSkyPilotStillAt       = Entry{Code: "server.skypilot_still_at", Message: "SkyPilot is still at the {operation} that was asked for at {at}."}
	ServerAutostopStopping      = Entry{Code: "server.autostop_stopping", Message: "The server was idle and is stopping by itself."}
	ServerAutostopDestroying    = Entry{Code: "server.autostop_destroying", Message: "The server was idle and is destroying itself, as its autostop says."}
	ServerAutostopStopped       = Entry{Code: "server.autostop_stopped", Message: "The server was idle and has stopped by itself, as its autostop says."}
	ServerAutostopStoppedLikely = Entry{Code: "server.autostop_stopped_likely", Message: "The server has stopped, most likely by itself because it was idle, as its autostop says."}
	ServerStoppedOutside        = Entry{Code: "server.stopped_outside", Message: "The server was stopped outside of Carapace, noticed at {at}."}

	// Its end without an operation of ours. These are warnings, too.

	ServerAutostopDestroyed       = Entry{Code: "server.autostop_destroyed", Message: "The server was idle and has destroyed itself, as its autostop says."}
	ServerAutostopDestroyedLikely = Entry{Code: "server.autostop_destroyed_likely", Message: "The server is gone: most likely it was idle and has destroyed itself, as its autostop says."}
	ServerPreempted               = Entry{
		Code: "server.preempted", Title: "The cloud took the spot machine back",
		Message: "The server is gone, noticed at {at}: most likely the cloud has taken its spot machine back, if nobody removed it outside of Carapace.",
	}
	ServerRemovedOutside = Entry{
		Code: "server.removed_outside", Title: "The server was removed outside of Carapace",
		Message: "The server was removed outside of Carapace, noticed at {at}.",
	}
	ServerRemovedBefore  = Entry{Code: "server.removed_before", Message: "The server is gone: it was removed outside of Carapace before the {operation} was done."}
	ServerDestroyedAfter = Entry{Code: "server.destroyed_after_all", Message: "The server is destroyed: what was asked for at {at} has been done after all."}

	HintLaunchNew       = Entry{Code: "hint.launch_new", Message: "Launch a new server when you need one."}
	HintLaunchNewNoSpot = Entry{Code: "hint.launch_new_without_spot", Message: "Launch a new server; only spot machines are taken back by the cloud."}

	// Errors of a server.

	ServerUnreachable = Entry{
		Code: "server.unreachable", Title: "SkyPilot can't work with the server",
		Message: "The cloud says that the server runs, but SkyPilot can't work with it.",
	}
	HintStartAgain         = Entry{Code: "hint.start_again", Message: "Start it again to bring it back. If that fails, destroy it."}
	HintStartAgainAutostop = Entry{
		Code:    "hint.start_again_unless_idle",
		Message: "If it is ending itself because it was idle (autostop), that shows in a minute. Otherwise start it again to bring it back. If that fails, destroy it.",
	}
	ServerStateUnknown = Entry{
		Code: "server.state_unknown", Title: "SkyPilot says something new of the server",
		Message: "SkyPilot says {state} of the server, which this version of Carapace does not know.",
		Hint:    "Update Carapace, or look at the server with `sky status` in a terminal.",
	}
	ServerUnfinished = Entry{
		Code: "server.unfinished", Title: "The launch was interrupted",
		Message: "The launch was interrupted before the server was ready.",
		Hint:    "Launch again to finish it, or destroy it.",
	}
	ServerKnowledgeLost = Entry{
		Code: "server.knowledge_lost", Title: "SkyPilot is being asked for the server",
		Message: "What Carapace knew of the server was lost; it was launched from this computer, and SkyPilot is being asked for it.",
		Hint:    "Wait for the next look. If SkyPilot does not find it, look in the cloud's console.",
	}

	// A server that can't be found.

	LostForgotten = Entry{
		Code: "lost.forgotten", Title: "SkyPilot was told to forget the server",
		Message: "SkyPilot was told to forget the server, whatever the cloud says of it.",
	}
	LostReplaced = Entry{
		Code: "lost.replaced", Title: "Another server bears its name",
		Message: "Another server bears its name at SkyPilot now, and nothing says how this one ended.",
	}
	LostNeverShown = Entry{
		Code: "lost.never_shown", Title: "SkyPilot never showed the machine",
		Message: "SkyPilot never showed a machine of a launch that was cut short, although the cloud may have made one.",
	}
	LostOtherCredentials = Entry{
		Code: "lost.other_credentials", Title: "The server is not found with these credentials",
		Message: "SkyPilot finds no such machine, but it looked with other credentials than the server was launched with, or it can't be told whether they are the same.",
		Hint:    "Use the credentials of the launch and look again.",
	}
	LostUnknown = Entry{
		Code: "lost.unknown", Title: "SkyPilot does not know the server any more",
		Message: "SkyPilot does not know the server any more, nor what became of it.",
		Hint:    "If SkyPilot was reinstalled or uses another API server now, undo that. Otherwise look in the cloud's console and remove it there if it is; then take the server off the list here.",
	}
	HintRemoveInConsole = Entry{Code: "hint.remove_in_console", Message: "Look in the cloud's console and remove it there if it is; then take the server off the list here."}
	ConsoleLook         = Entry{Code: "console.look", Message: "Look in the cloud's console."}
	ConsoleLookIn       = Entry{Code: "console.look_in", Message: "Look in the cloud's console, in {region}."}

	// Warnings of a server that works all the same.

	OrphanMayRun = Entry{
		Code: "orphan.may_run", Title: "Another machine may be running",
		Message: "While the server was launched, the cloud did not answer when it was asked for a machine in {region}: SkyPilot may not know of one there.",
		Hint:    "Look in the cloud's console and remove it there.",
	}
	RunFailed = Entry{
		Code: "run.failed", Title: "The run command has failed",
		Message: "The server runs, but its run command has failed.",
		Hint:    "Read the run log, mend the cause, then stop and start the server to run it again.",
	}
	RunMayFail = Entry{
		Code: "run.may_have_failed", Title: "The run command may not run",
		Message: "The server runs, but its run command may not: {why}",
		Hint:    "Read the run log, mend the cause, then stop and start the server to run it again.",
	}
	RunWithoutSecrets = Entry{
		Code: "run.without_secrets", Title: "The scripts ran without secrets",
		Message: "The server's scripts were run without the spec's secrets, because Carapace does not keep them.",
		Hint:    "If they need them, have setup store what it needs on the server, or destroy the server and launch it again.",
	}
	AutostopDropped = Entry{
		Code: "autostop.dropped", Title: "SkyPilot has dropped the autostop",
		Message: "SkyPilot has dropped the autostop that was set: the server does not end itself any more.",
		Hint:    "Set autostop again, or stop the server yourself.",
	}
	AutostopNoEffect = Entry{
		Code: "autostop.no_effect", Title: "Autostop has no effect",
		Message: "Autostop is set, but has no effect.",
	}
	AutostopStops = Entry{
		Code: "autostop.stops", Title: "The server stops itself when it is idle",
		Message: "The server stops itself after {minutes} minutes without a job or an SSH session. Traffic to the Gatekeeper does not count.",
		Hint:    "Cancel autostop if the Gatekeeper has to stay reachable.",
	}
	AutostopDestroys = Entry{
		Code: "autostop.destroys", Title: "The server destroys itself when it is idle",
		Message: "The server destroys itself after {minutes} minutes without a job or an SSH session. Traffic to the Gatekeeper does not count.",
		Hint:    "Cancel autostop if the Gatekeeper has to stay reachable.",
	}
	VaultDiffers = Entry{
		Code: "vault.differs", Title: "A vault on the server is not up to date",
		Message: "The {vault} vault on the server is not the same as here.",
	}
)
