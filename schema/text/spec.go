package text

// What a spec asks for and that can't be. These name fields as the caller wrote them.
var (
	SpecName = Entry{
		Code: "spec.name", Title: "This can't be a server's name",
		Message: "{value} can't be a server's name.",
		Hint:    "Use a letter, then letters, digits, '.', '_' or '-', at most 63 in all; for example carapace-node.",
	}
	SpecNameReserved = Entry{
		Code: "spec.name_reserved", Title: "The name belongs to SkyPilot",
		Message: "Names that begin with {value} belong to SkyPilot itself.", Hint: "Choose another name.",
	}
	SpecNameOfFile = Entry{
		Code: "spec.name_of_file", Title: "The name looks like a file's",
		Message: "A server's name can't end in {value}.", Hint: "Choose a name that does not look like a file's.",
	}
	SpecCloud = Entry{
		Code: "spec.cloud", Title: "SkyPilot knows no such cloud",
		Message: "{value} is no cloud that SkyPilot knows.", Hint: "Use one of: {clouds}.",
	}
	SpecNoZones = Entry{
		Code: "spec.no_zones", Title: "This cloud has no zones",
		Message: "{cloud} has no zones.", Hint: "Leave the zone out.",
	}
	SpecRegion = Entry{
		Code: "spec.region", Title: "This can't be a region",
		Message: "{value} can't be a region.", Hint: "Write it as the cloud does; for example us-east-1.",
	}
	SpecZone = Entry{
		Code: "spec.zone", Title: "This can't be a zone",
		Message: "{value} can't be a zone.", Hint: "Write it as the cloud does; for example us-east-1.",
	}
	SpecRegionAlone = Entry{
		Code: "spec.region_alone", Title: "The region has no cloud",
		Message: "A region means nothing without its cloud.", Hint: "Name the cloud too, or leave the region out.",
	}
	SpecZoneAlone = Entry{
		Code: "spec.zone_alone", Title: "The zone has no cloud",
		Message: "A zone means nothing without its cloud.", Hint: "Name the cloud too, or leave the zone out.",
	}
	SpecProfileElsewhere = Entry{
		Code: "spec.profile_elsewhere", Title: "This cloud has no profiles",
		Message: "Profiles are for Amazon Web Services; {cloud} has none.", Hint: "Leave the profile out.",
	}
	SpecProfile = Entry{
		Code: "spec.profile", Title: "This can't be a profile's name",
		Message: "{value} can't be a profile's name.", Hint: "Use the name of a profile in ~/.aws/config or ~/.aws/credentials.",
	}
	SpecScript = Entry{
		Code: "spec.script", Title: "The script is too long",
		Message: "The script is {amount} KiB long; {most} KiB is the most that is sent.",
		Hint:    "Put the script into a file, bring it with spec.mounts and call it here.",
	}
	SpecNUL = Entry{
		Code: "spec.nul", Title: "A character can't be brought to the server",
		Message: "A NUL character can't be brought to the server.", Hint: "Remove the NUL character.",
	}
	SpecUTF8 = Entry{
		Code: "spec.utf8", Title: "The text is not valid UTF-8",
		Message: "The text is not valid UTF-8.", Hint: "Write it in UTF-8.",
	}

	// The machine.

	SpecInstanceType = Entry{
		Code: "spec.instance_type", Title: "This can't be an instance type",
		Message: "{value} can't be an instance type.", Hint: "Write it as the cloud does; for example m6i.xlarge.",
	}
	SpecDiskSize = Entry{
		Code: "spec.disk_size", Title: "The disk can't have this size",
		Message: "A disk of {disk} GB can't be.", Hint: "Use a number of gigabytes from {least} to {most}.",
	}
	SpecSpot = Entry{
		Code: "spec.spot", Title: "This cloud has no spot machines",
		Message: "{cloud} has no spot machines.", Hint: "Leave useSpot out, or choose another cloud.",
	}
	SpecCPUs = Entry{
		Code: "spec.cpus", Title: "This is no number of virtual CPUs",
		Message: "{value} is no number of virtual CPUs.", Hint: `Use a number, such as "4", or "4+" for at least so many.`,
	}
	SpecMemory = Entry{
		Code: "spec.memory", Title: "This is no number of gigabytes",
		Message: "{value} is no number of gigabytes of memory.", Hint: `Use a number, such as "4", or "4+" for at least so many.`,
	}
	SpecCPUsRange = Entry{
		Code: "spec.cpus_range", Title: "No machine has so many CPUs",
		Message: "{amount} virtual CPUs can't be.", Hint: "Use more than 0 and at most {most}.",
	}
	SpecMemoryRange = Entry{
		Code: "spec.memory_range", Title: "No machine has so much memory",
		Message: "{amount} gigabytes of memory can't be.", Hint: "Use more than 0 and at most {most}.",
	}
	SpecDiskTier = Entry{
		Code: "spec.disk_tier", Title: "There is no such disk tier",
		Message: "{value} is no disk tier.", Hint: "Use one of: {options}.",
	}
	SpecNoDiskTiers = Entry{
		Code: "spec.no_disk_tiers", Title: "This cloud has no disk tiers",
		Message: "{cloud} has no disk tiers.", Hint: "Leave the disk tier out, or choose another cloud.",
	}
	SpecDiskTierOf = Entry{
		Code: "spec.disk_tier_of", Title: "This cloud has no such disk tier",
		Message: "{cloud} has no disk tier {value}.", Hint: "Use one of: {options}.",
	}
	SpecNoPorts = Entry{
		Code: "spec.no_ports", Title: "Ports can't be opened on this cloud",
		Message: "SkyPilot can't open ports on {cloud}.", Hint: "Leave the ports out, or choose another cloud.",
	}
	SpecPort = Entry{
		Code: "spec.port", Title: "This is no port",
		Message: "{value} is neither a port nor a range of ports.", Hint: `Use a port from 1 to 65535, such as "443", or a range, such as "8000-8010".`,
	}
	SpecHealthPath = Entry{
		Code: "spec.health_path", Title: "This is no path of a web page",
		Message: "{value} is no path of a web page.", Hint: "Begin it with /, such as /healthz, without spaces, in {most} characters at most.",
	}
	SpecImage = Entry{
		Code: "spec.image", Title: "This can't be an image",
		Message: "{value} can't be an image.", Hint: "Write it as the cloud does, without spaces.",
	}
	SpecNoContainer = Entry{
		Code: "spec.no_container", Title: "This cloud runs no container images",
		Message: "SkyPilot can't run a container image on {cloud}.", Hint: "Leave the image out, or choose another cloud.",
	}
	SpecNoImage = Entry{
		Code: "spec.no_image", Title: "No image can be chosen on this cloud",
		Message: "SkyPilot can't choose a disk image on {cloud}.", Hint: "Leave the image out, or choose another cloud.",
	}
	SpecDockerInContainer = Entry{
		Code: "spec.docker_in_container", Title: "Docker can't be in a container image",
		Message: "Docker can't be installed inside a container image.", Hint: "Set docker to false, or use a disk image.",
	}
	SpecLabelAmazon = Entry{
		Code: "spec.label_amazon", Title: "The label belongs to Amazon",
		Message: "Labels that begin with aws: belong to Amazon.", Hint: "Choose another name for the label.",
	}
	SpecLabelName = Entry{
		Code: "spec.label_name", Title: "This can't be a label's name",
		Message: "{value} can't be a label's name.", Hint: "Use letters, digits, '-', '_', '.', '/' and ':', at most 63 of them.",
	}
	SpecLabelValue = Entry{
		Code: "spec.label_value", Title: "A label can't have this value",
		Message: "A label can't have the value {value}.", Hint: "Use at most 63 printable characters without spaces.",
	}
	SpecLabelGoogle = Entry{
		Code: "spec.label_google", Title: "Google Cloud does not take this label",
		Message: "Google Cloud does not take the label {other} with the value {value}.",
		Hint:    "Use lower-case letters, digits, '-' and '_', a letter first in the name.",
	}

	// Autostop.

	SpecIdleMinutes = Entry{
		Code: "spec.idle_minutes", Title: "The idle time can't be",
		Message: "A server can't end itself after {minutes} idle minutes.", Hint: "Use a number of minutes from 1 to {most}.",
	}
	SpecSpotStops = Entry{
		Code: "spec.spot_stops", Title: "An idle spot machine would not end",
		Message: "On most clouds a spot machine can't be stopped: an idle one would not end.",
		Hint:    "Set autostop.down to true, or name a cloud whose spot machines can stop (gcp, nebius).",
	}
	SpecNoAutostop = Entry{
		Code: "spec.no_autostop", Title: "This cloud's servers can't end themselves",
		Message: "On {cloud} a server can't end itself.", Hint: "Leave autostop out and destroy the server yourself, or choose another cloud.",
	}
	SpecSpotNoStop = Entry{
		Code: "spec.spot_no_stop", Title: "An idle spot machine would not end",
		Message: "On {cloud} a spot machine can't be stopped: an idle one would not end.",
		Hint:    "Set autostop.down to true: the idle server is then destroyed.",
	}
	SpecNoStop = Entry{
		Code: "spec.no_stop", Title: "An idle server would not end",
		Message: "On {cloud} a server can't be stopped: an idle one would not end.",
		Hint:    "Set autostop.down to true: the idle server is then destroyed.",
	}

	// Variables and mounts.

	SpecVariableName = Entry{
		Code: "spec.variable_name", Title: "This can't be a variable's name",
		Message: "{value} can't be the name of an environment variable.", Hint: "Use letters, digits and '_', no digit first.",
	}
	SpecVariableOfShell = Entry{
		Code: "spec.variable_of_shell", Title: "The variable belongs to the shell",
		Message: "{variable} belongs to the shell: the server would not get its value.", Hint: "Choose another name.",
	}
	SpecVariableOfSkyPilot = Entry{
		Code: "spec.variable_of_skypilot", Title: "The variable belongs to SkyPilot",
		Message: "Names that begin with SKYPILOT_ belong to SkyPilot.", Hint: "Choose another name.",
	}
	SpecVariableLong = Entry{
		Code: "spec.variable_long", Title: "The variable's value is too long",
		Message: "The value is {amount} KiB long; {most} KiB is the most that a variable can hold.",
		Hint:    "Put it into a file and bring it with spec.mounts.",
	}
	SpecVariablesLong = Entry{
		Code: "spec.variables_long", Title: "The variables are too long together",
		Message: "The variables are {amount} KiB together; {most} KiB is the most.",
		Hint:    "Put large values into files and bring them with spec.mounts.",
	}
	SpecVariableTwice = Entry{
		Code: "spec.variable_twice", Title: "A variable is there twice",
		Message: "{variable} is among the envs and among the secrets.", Hint: "Keep one of the two.",
	}
	SpecMountEmpty = Entry{
		Code: "spec.mount_empty", Title: "The mount has no local path",
		Message: "The mount has no local path.", Hint: "Name a file or folder on this machine.",
	}
	SpecMountInside = Entry{
		Code: "spec.mount_inside", Title: "One mount is inside the other",
		Message: "{folder} and {path} can't both be mounted: one is inside the other.", Hint: "Choose a path apart from the others.",
	}
	SpecMountPath = Entry{
		Code: "spec.mount_path", Title: "This can't be a path on the server",
		Message: "{value} can't be a path on the server.",
		Hint:    "Use an absolute path, or one that begins with ~/, of letters, digits, '/', '_', '-' and '.', without a slash at its end.",
	}
	SpecMountSystem = Entry{
		Code: "spec.mount_system", Title: "The folder belongs to the server's system",
		Message: "Nothing can be mounted under /{folder}: it belongs to the server's system.", Hint: "Use a path under ~/ or /opt.",
	}
	SpecMountSkyPilot = Entry{
		Code: "spec.mount_skypilot", Title: "SkyPilot needs the folder",
		Message: "Nothing can be mounted under ~/{folder}: SkyPilot needs it.", Hint: "Choose another folder.",
	}
)
