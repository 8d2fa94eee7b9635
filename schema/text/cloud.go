package text

// Why a cloud did not do what it was asked for, as the rules in provision/sky/rules.go find it. Where an
// entry has no hint, the hints below say it for each cloud.
var (
	CloudUnknown = Entry{Code: "cloud.unknown", Message: "the cloud"} // the argument cloud where it is not known

	// CloudOwnMachines is the argument cloud for the machines that somebody has listed for SkyPilot.
	CloudOwnMachines = Entry{Code: "cloud.own_machines", Message: "the SSH pool"}

	CloudClock = Entry{
		Code: "cloud.clock", Title: "This computer's clock is wrong",
		Message: "{attempt}The clock of this computer is wrong, so that {cloud} does not accept its requests.",
		Hint:    "Have this computer set its date and time by itself, in its settings, then try again. The credentials are not the cause.",
	}
	CloudAccountDisabled = Entry{
		Code: "cloud.account_disabled", Title: "The key or account is disabled",
		Message: "{attempt}{cloud} does not accept the credentials.",
	}
	CloudKeyExpired = Entry{
		Code: "cloud.key_expired", Title: "The credentials have expired",
		Message: "{attempt}The credentials for {cloud} have expired.",
	}
	CloudKeyRefused = Entry{
		Code: "cloud.key_refused", Title: "The cloud does not accept the credentials",
		Message: "{attempt}{cloud} does not accept the credentials.",
	}
	CloudNoKey = Entry{
		Code: "cloud.no_key", Title: "There are no credentials for the cloud",
		Message: "{attempt}SkyPilot has no credentials for {cloud}.",
	}
	CloudChecking = Entry{
		Code: "cloud.checking", Title: "The cloud is still checking the account",
		Message: "{attempt}{cloud} is still checking the account, and gives it no machine{where} until then.",
		Hint:    "Wait until {cloud} says by mail that it is done, some hours at most, or choose another region.",
	}
	CloudBilling = Entry{
		Code: "cloud.billing", Title: "The account's billing is not in order",
		Message: "{attempt}{cloud} gives no machine{where} before the account's billing is in order.",
		Hint:    "Look at the account in {cloud}'s console: add a payment method or credit, pay what is open, or ask {cloud}'s support why it is blocked.",
	}
	CloudRateLimit = Entry{
		Code: "cloud.rate_limit", Title: "The cloud refuses calls for a while",
		Message: "{attempt}{cloud} is refusing calls because there were too many.",
		Hint:    "Wait a few minutes, then try again. Other programs that use the same account count too.",
	}
	CloudQuota = Entry{
		Code: "cloud.quota", Title: "The account's quota does not allow it",
		Message: "{attempt}{cloud} refused the machine{where}: the account's quota does not allow it.",
	}
	CloudPermission = Entry{
		Code: "cloud.permission", Title: "The account lacks a right",
		Message: "{attempt}{cloud} does not permit it{where}: the account lacks a right that is needed.",
	}
	CloudCapacity = Entry{
		Code: "cloud.capacity", Title: "The cloud has no such machine right now",
		Message: "{attempt}{cloud} has no such machine to give{where} right now.",
		Hint:    "Try again later, choose another region or another kind of machine, or keep trying until there is one.",
	}
	CloudNotOffered = Entry{
		Code: "cloud.not_offered", Title: "The cloud does not offer this machine there",
		Message: "{attempt}{cloud} does not offer this machine{where}.", Hint: "Choose another region or another kind of machine.",
	}
	CloudDiskSize = Entry{
		Code: "cloud.disk_size", Title: "The cloud does not take this disk size",
		Message: "{attempt}{cloud} does not take a disk of this size.",
		Hint:    "Choose another size of the disk: as large as the image needs, and no larger than the cloud allows.",
	}
	CloudImage = Entry{
		Code: "cloud.image", Title: "No machine starts from this image",
		Message: "{attempt}{cloud} can't start a machine from this image.", Hint: "Choose another image, or leave it out.",
	}
	CloudInstanceType = Entry{
		Code: "cloud.instance_type", Title: "There is no machine of that type",
		Message: "{attempt}There is no machine of that type.", Hint: "Choose another type, or leave it out and say how many CPUs and how much memory it is to have.",
	}
	CloudRegion = Entry{
		Code: "cloud.region", Title: "There is no such region or zone",
		Message: "{attempt}{cloud} has no such region or zone, or SkyPilot does not know it.", Hint: "Choose another region, or leave it out.",
	}
	CloudNoMachine = Entry{
		Code: "cloud.no_machine", Title: "The cloud offers no such machine",
		Message: "{attempt}No machine that {cloud} offers is what the spec asks for.",
		Hint:    `Ask for less, with "+" after the number of CPUs and the memory, leave the region out, or raise the highest price where one is set.`,
	}
	CloudSpec = Entry{
		Code: "cloud.spec", Title: "The cloud does not take what was asked for",
		Message: "{attempt}{cloud} does not take what the spec asks for{where}.",
		Hint:    "What {cloud} says is the reason: change the spec, then launch again.",
	}
	CloudNetwork = Entry{
		Code: "cloud.network", Title: "The account has no network for a machine",
		Message: "{attempt}The {cloud} account has no network that a machine can be put into{where}.",
		Hint:    "Create a default VPC with public subnets there, or choose another region.",
	}
	CloudUnsupported = Entry{
		Code: "cloud.unsupported", Title: "The cloud does not allow it",
		Message: "{attempt}{cloud} does not allow it.",
		Hint:    "Ask for something else, or choose another cloud. A server that a cloud can't stop can be destroyed instead.",
	}
	CloudBusy = Entry{
		Code: "cloud.busy", Title: "The cloud is still at work",
		Message: "{attempt}{cloud} is still at work on an earlier request.", Hint: "Wait a few minutes, then try again.",
	}
	CloudFault = Entry{
		Code: "cloud.fault", Title: "The cloud has a fault of its own",
		Message: "{attempt}{cloud} has a fault of its own{where} right now.",
		Hint:    "Look at the cloud's status page, and try again in some minutes.",
	}
	CloudUnreadable = Entry{
		Code: "cloud.unreadable", Title: "The cloud's answer could not be read",
		Message: "{attempt}{cloud} gave an answer{where} that SkyPilot can't read. It may be refusing calls because there were too many.",
		Hint:    "Wait a few minutes, then try again.",
	}
	CloudNoAnswer = Entry{
		Code: "cloud.no_answer", Title: "The cloud did not answer in time",
		Message: "{attempt}{cloud} was asked and did not answer in time{where}.",
		Hint:    "Check this machine's connection and the cloud's status page, then try again.",
	}
	CloudUnreachable = Entry{
		Code: "cloud.unreachable", Title: "The cloud can't be reached",
		Message: "{attempt}{cloud} can't be reached from here.", Hint: "Check this machine's connection, proxy and firewall, then try again.",
	}
	CloudTimeout = Entry{
		Code: "cloud.timeout", Title: "It took too long",
		Message: "{attempt}It took longer than it may.", Hint: "Look at the server's status before you try again.",
	}
	CloudRefused = Entry{
		Code: "cloud.refused", Title: "The cloud refused",
		Message: "{attempt}{cloud} refused{where}.", Hint: "What {cloud} says is the reason: mend that, then try again. If it says too little, look at the account's credit and limits in {cloud}'s console.",
	}
)

// What to do about a quota, a right or credentials at one cloud, or at any.
var (
	HintQuota = Entry{Code: "hint.quota", Message: "Ask {cloud} for a higher quota, or choose a smaller machine or another region."}

	HintQuotaAWS = Entry{
		Code:    "hint.quota_aws",
		Message: "Ask AWS for a higher quota{where} (Service Quotas, Amazon EC2, “Running On-Demand Standard instances” or, for spot, “All Standard Spot Instance Requests”), or choose a smaller machine or another region.",
	}
	HintQuotaGoogle = Entry{
		Code:    "hint.quota_google",
		Message: "Ask Google for a higher quota{where} (IAM & Admin, Quotas; the name of the quota stands in the message), or choose a smaller machine or another region.",
	}
	HintQuotaAzure = Entry{
		Code:    "hint.quota_azure",
		Message: "Ask Azure for a higher quota{where} (Quotas, Compute; the family of machines stands in the message), or choose a smaller machine or another region.",
	}
	HintRights = Entry{
		Code: "hint.rights", Message: "Give the account the rights that SkyPilot needs, or use another one.",
	}
	HintRightsAWS = Entry{
		Code: "hint.rights_aws", Message: "Give the AWS user or role the rights that SkyPilot needs (EC2, and IAM for the instance's role), or use another profile.",
	}
	HintRightsGoogle = Entry{
		Code: "hint.rights_google", Message: "Give the Google Cloud account the roles that SkyPilot needs in this project, and enable the Compute Engine API and billing.",
	}
	HintRightsAzure = Entry{
		Code: "hint.rights_azure", Message: "Give the Azure account the Contributor role on the subscription, and see that the subscription is active.",
	}
	HintNoKey = Entry{
		Code: "hint.no_key", Message: "Set the credentials of a cloud up, then try again. sky check shows whether they work.",
	}
	HintNoKeyAWS = Entry{
		Code: "hint.no_key_aws", Message: "Run aws configure (or aws sso login), then try again. sky check aws shows whether it works.",
	}
	HintNoKeyGoogle = Entry{
		Code: "hint.no_key_google", Message: "Install the Google Cloud CLI, run gcloud init and gcloud auth application-default login, then try again. sky check gcp shows whether it works.",
	}
	HintNoKeyAzure = Entry{
		Code: "hint.no_key_azure", Message: "Run az login, then try again. sky check azure shows whether it works.",
	}
	HintNoKeyLambda = Entry{
		Code: "hint.no_key_lambda", Message: "Write your API key into ~/.lambda_cloud/lambda_keys (api_key = …), then try again.",
	}
	HintBadKey = Entry{
		Code: "hint.bad_key", Message: "Renew the credentials, then try again. sky check shows whether they work.",
	}
	HintBadKeyAWS = Entry{
		Code: "hint.bad_key_aws", Message: "Run aws configure with a valid key (or aws sso login if you use single sign-on), then try again. aws sts get-caller-identity shows whether it works.",
	}
	HintBadKeyGoogle = Entry{
		Code: "hint.bad_key_google", Message: "Run gcloud auth login and gcloud auth application-default login, then try again.",
	}
	HintBadKeyAzure  = Entry{Code: "hint.bad_key_azure", Message: "Run az login, then try again."}
	HintBadKeyLambda = Entry{Code: "hint.bad_key_lambda", Message: "Put a valid API key into ~/.lambda_cloud/lambda_keys, then try again."}
	HintSetUpAgain   = Entry{Code: "hint.set_up_again", Message: "{setup} Then try again."}
)
