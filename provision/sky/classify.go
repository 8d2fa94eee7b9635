package sky

import (
	"slices"
	"strings"

	"carapace/schema"
)

// rule says what sort of failure a text is about. Within a text the first rule
// that fits wins; among several texts of one failure, the one whose rule stands
// first: so what a person can act on stands before what may pass by itself, and
// what says nothing stands last (contract.md 10, changed by transcripts).
type rule struct {
	kind schema.Kind
	// any: one of these is in the text, or there are none.
	any []string
	// all of these are in it too.
	all []string
	// prefix is what the text begins with.
	prefix string
	// lead is the sentence for a person; "" for that of the kind. {cloud} and
	// {region} are replaced.
	lead string
	// hint is what to do; "" for that of the kind and cloud.
	hint string
	// field is the path of the spec's field that is to be changed.
	field string
	// mute: the text has no words worth quoting.
	mute bool
	// quoted: the text holds words of the cloud's own.
	quoted bool
	// final: nothing changes by trying again, whatever the kind's registry says.
	final bool
}

func (r *rule) fits(text string) bool {
	if !strings.HasPrefix(text, r.prefix) || r.quoted && (!quotesProvider(text) || providerWords(text) == "") {
		return false
	}
	for _, part := range r.all {
		if !strings.Contains(text, part) {
			return false
		}
	}
	for _, part := range r.any {
		if strings.Contains(text, part) {
			return true
		}
	}
	return len(r.any) == 0
}

// classify finds a text's rule and its rank, the lower the more it says.
func classify(text string) (*rule, int) {
	for rank := range rules {
		if rules[rank].fits(text) {
			return &rules[rank], rank
		}
	}
	return nil, len(rules)
}

// StaleIdentity reports whether a launch failed because SkyPilot's API server
// goes on with credentials that were corrected since: it then asks for zones by
// ids such as use1-az1 (transcript api-logs-stale-identity). Restarting the
// server mends it. Pure.
func StaleIdentity(output string) bool {
	for line := range strings.Lines(Clean(output)) {
		if rules[staleIdentity].fits(line) {
			return true
		}
	}
	return false
}

const staleIdentity = 0

// AnswerLost reports whether a launch's output says that a call reached the cloud
// and its answer never came (recording api-logs-cloud-hangs). What was asked for
// may have been done all the same, and SkyPilot, which gives up, will not know of
// it. Pure.
func AnswerLost(output string) bool {
	return slices.ContainsFunc(answerLost, func(said string) bool { return strings.Contains(output, said) })
}

// answerLost is what botocore, then urllib3 and http.client, say of it.
var answerLost = []string{
	"Read timeout on endpoint URL", "Connection was closed before we received a valid response",
	"Read timed out", "read operation timed out", "Remote end closed connection without response",
}

var rules = []rule{
	{
		kind: schema.KindAPIServer, all: []string{"No usable subnets matching availability zone", "-az"}, mute: true,
		lead: "SkyPilot's API server still works with credentials that have been changed since it read them.",
		hint: "Restart it (sky api stop; sky api start), then launch again.",
	},
	{kind: schema.KindCanceled, any: []string{"RequestCancelled", "is cancelled by another process"}, mute: true},
	{
		kind: schema.KindSkyPilotUnsupported, any: []string{"APIVersionMismatchError", "is not compatible with the client", "client version is too old", "API server version is too old", "No such option", "No such command"},
		lead: "This SkyPilot does not fit: it is too old, or its API server is of another version.",
	},
	{
		kind: schema.KindSkyPilotUnsupported, any: []string{"Failed to build pip wheel", "No module named pip", "pip module not found"}, mute: true,
		lead: "SkyPilot's Python has no pip, which it needs to set a server up.",
		hint: `Install SkyPilot again with pip beside it: uv tool install --with pip "skypilot[aws]".`,
	},
	// Before what a full disk makes of SkyPilot's API server.
	{kind: schema.KindDiskFull, any: []string{"No space left on device", "ENOSPC", "Disk quota exceeded", "not enough disk space"}, mute: true},
	{
		kind: schema.KindUnsupported, any: []string{"is required for provisioning and it is not installed", "rsync is not installed"},
		lead: "A program that SkyPilot needs is missing on this machine.", hint: "Install rsync and an SSH client with your system's package manager.",
	},
	{
		kind: schema.KindAPIServer, prefix: "RuntimeError: Port ", all: []string{" is not available"},
		lead: "SkyPilot's API server can't start: another program has taken its port.",
		hint: "End the program that uses that port, or set SKYPILOT_API_SERVER_LOCAL_PORT to a free one for SkyPilot and Carapace.",
	},
	{kind: schema.KindInterrupted, any: []string{"RequestInterruptedError"}, mute: true},
	{kind: schema.KindAPIServer, mute: true, any: []string{
		"ApiServerConnectionError", "Could not connect to SkyPilot API server", "SkyPilot API server process exited unexpectedly",
		"Failed to start SkyPilot API server", "ServerTemporarilyUnavailableError", "ConcurrentWorkerExhaustedError",
		"sky.exceptions.ClientError", "SkyPilot API server is not running",
		"HTTPConnectionPool(host='127.0.0.1', port=46580)", "/api/stream", "local API server on this machine is disabled",
	}},
	// The CLI talks to nothing but its API server; a cloud's own errors come with another prefix.
	{kind: schema.KindAPIServer, mute: true, prefix: "requests.exceptions."},
	{
		kind: schema.KindClusterNotFound, any: []string{"tail_provision_logs", "Provision log path is not recorded"}, mute: true,
		lead: "SkyPilot has no log of how this server was made.", hint: "The log is there again after the next launch.",
	},
	{
		kind: schema.KindAPIServer, any: []string{"ApiServerAuthenticationError", "Authentication required for SkyPilot API server"}, mute: true,
		lead: "SkyPilot's API server wants you to log in.", hint: "Run sky api login, then try again.",
	},
	{
		kind: schema.KindInvalidSpec, any: []string{"InvalidClusterNameError"}, field: "spec.name", mute: true,
		lead: "SkyPilot does not take this name for a server.", hint: "Take a letter, then letters, digits, '.', '_' or '-', with a letter or digit last.",
	},
	{
		kind: schema.KindCredentialsInvalid, any: []string{"ClusterOwnerIdentityMismatchError"},
		lead: "The server belongs to another {cloud} account than the one that is signed in now.", hint: "Sign in to {cloud} with the account that launched the server.",
	},
	{
		kind: schema.KindPermission, any: []string{"PermissionDeniedError", "NoWorkspaceAccessError", "UserRequestRejectedByPolicy", "RestfulPolicyError", "WorkspaceAmbiguousError", "InvalidWorkspaceNameError"},
		lead: "SkyPilot's own policy does not permit it.", hint: "Ask whoever runs your SkyPilot API server.",
	},
	{kind: schema.KindClusterNotFound, any: []string{"ClusterDoesNotExist", "Cluster(s) not found", "cluster not found. Please specify"}, mute: true},
	{
		kind: schema.KindUnsupported, any: []string{"ClusterNotUpError", "is not in UP status", "only allowed for UP"}, mute: true,
		lead: "The server is not running.", hint: "Start it first.",
	},
	{
		kind: schema.KindUnsupported, any: []string{"NotSupportedError", "ProvisionUnsupportedError", "APINotSupportedError", "is currently not supported", "Autostop is not supported on", "topping is not supported"},
		lead: "{cloud} does not allow it.", hint: "Ask for something else, or choose another cloud. A server that a cloud can't stop can be destroyed instead.",
	},
	{
		kind: schema.KindMountFailed, all: []string{"File mount source", "does not exist"},
		lead: "A folder or file to bring onto the server is not there.",
	},
	{
		kind: schema.KindMountFailed, any: []string{"!!! Failed mounting because path exists", "Failed to create symlinks"},
		lead: "A place on the server that files were to be brought to is taken by something else.", hint: "Mount them somewhere else, under /opt/carapace for example.",
	},
	{kind: schema.KindMountFailed, any: []string{"Failed to rsync", "mkdir: cannot create directory", "rsync error", "rsync: ", "Mount paths cannot end with a slash", "StorageError", "StorageUploadError", "StorageSourceError", "StorageBucketCreateError", "StorageBucketGetError", "StorageSpecError", "StorageInitError", "StorageNameError", "StorageModeError"}},
	{kind: schema.KindCredentialsMissing, any: []string{
		"credentials are not set", "Unable to locate credentials", "NoCredentialsError", "could not be found (profile)", "ProfileNotFound",
		"DefaultCredentialsError", "Could not automatically determine credentials", "No GCP account is activated", "Failed to get activated Azure account",
		"Please run 'az login'", "credentials file not found", "Credentials not found", "tools are not installed", "dependencies are not installed",
	}},
	{kind: schema.KindCredentialsInvalid, any: []string{
		"ExpiredToken", "RequestExpired", "token has expired", "TokenRefreshRequired", "session has expired", "SSOTokenLoadError", "access token is expired",
		"Reauthentication is needed", "Reauthentication failed", "invalid_grant", "AADSTS70043", "AADSTS700082", "ReauthUnattendedError",
		"UnauthorizedSSOTokenError", "TokenRetrievalError", "Token has expired", "has expired or is otherwise invalid",
	}, lead: "The credentials for {cloud} have expired."},
	{kind: schema.KindCredentialsInvalid, any: []string{
		"InvalidClientTokenId", "AuthFailure", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidAccessKeyId", "IncompleteSignature",
		"ClientAuthenticationError", "InvalidAuthenticationToken", "AADSTS", "InvalidCloudCredentials", "invalid cloud credentials", "CloudUserIdentityError",
		"Invalid API key", "API key is invalid", "API key was invalid", "invalid api key", "Unauthorized request", "Unable to authenticate you", "Invalid AWS configuration", "AWSAzFetchingError", "401 Unauthorized", "Unauthorized: 401",
	}},
	{kind: schema.KindRateLimited, any: []string{
		"RequestLimitExceeded", "Throttling", "RATE_EXCEEDED", "RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "RateLimitExceeded", "TooManyRequests",
		"rate limited", "Rate limit", "rate limit", "Too Many Requests", "Too many requests", "per minute",
	}},
	{
		kind: schema.KindQuotaExceeded, any: []string{"PendingVerification"},
		lead: "{cloud} is still checking the account, and gives it no machine{region} until then.", hint: "Wait until {cloud} says by mail that it is done, some hours at most, or choose another region.",
	},
	{kind: schema.KindQuotaExceeded, any: []string{
		"VcpuLimitExceeded", "SpotInstanceCountExceeded", "InstanceLimitExceeded", "VolumeLimitExceeded", "AddressLimitExceeded", "VpcLimitExceeded",
		"SecurityGroupLimitExceeded", "MaxSpotInstanceCountExceeded", "QUOTA_EXCEEDED", "quotaExceeded", "QuotaExceeded", "QuotaFailure", "exceeding approved",
		"Found no quota for", "' exceeded.  Limit", "' exceeded. Limit", "quota limit", "Quota limit", "quota exceeded", "Quota exceeded", "exceeded your quota", "exceeds your quota",
		"instance quota", "reached the maximum number of instances", "droplet limit", "service limits were exceeded", "CountLimitReached",
	}},
	{kind: schema.KindPermission, any: []string{
		"UnauthorizedOperation", "AccessDenied", "is not authorized to perform", "not authorized to perform", "OptInRequired",
		"IAM_PERMISSION_DENIED", "PERMISSION_DENIED", "Policy update access denied", "AuthorizationFailed", "does not have authorization",
		"does not have the required permissions", "LinkedAuthorizationFailed", "RequestDisallowedByPolicy", "ReadOnlyDisabledSubscription",
		"SERVICE_DISABLED", "accessNotConfigured", "has not been used in project", "BILLING_DISABLED", "billing to be enabled", "403 Forbidden",
	}},
	{kind: schema.KindPermission, all: []string{"(NoSuchEntity)", "RolePolicy"}},
	{kind: schema.KindPermission, all: []string{"Required '", "permission for"}},
	{
		kind: schema.KindInvalidSpec, any: []string{"Invalid instance type", "No instance type "}, field: "spec.instanceType", final: true,
		lead: "There is no machine of that type.", hint: "Choose another instanceType, or leave it out and say cpus and memory.",
	},
	{
		kind: schema.KindInvalidSpec, any: []string{"Invalid region", "Invalid zone", "is not a valid region"}, field: "spec.region", final: true,
		lead: "{cloud} has no such region or zone, or SkyPilot does not know it.", hint: "Choose another region, or leave it out.",
	},
	{
		kind: schema.KindInvalidSpec, any: []string{"Catalog does not contain any instances"}, field: "spec.cpus", final: true, mute: true,
		lead: "No machine that {cloud} offers is what the spec asks for.", hint: `Ask for less, with "+" after the number of CPUs and the memory, or leave the region out.`,
	},
	{
		kind: schema.KindInvalidSpec, all: []string{"is not a valid cloud among"}, field: "spec.cloud", mute: true,
		lead: "SkyPilot does not know this cloud.", hint: "Choose one that provider.list names.",
	},
	{kind: schema.KindCapacityUnavailable, final: true, any: []string{
		"is not supported in your requested Availability Zone", "(Unsupported)", "NotAvailableForSubscription", "is not found or access is unauthorized",
		"is not supported in your requested Region", "does not exist in zone", "is not available in location",
	}, lead: "{cloud} does not offer this machine{region}.", hint: "Choose another region or another kind of machine."},
	{kind: schema.KindCapacityUnavailable, any: []string{
		"InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientCapacity", "insufficientCapacity", "ZONE_RESOURCE_POOL_EXHAUSTED",
		"SkuNotAvailable", "AllocationFailed", "OverconstrainedAllocationRequest", "OverconstrainedZonalAllocationRequest", "Regions with capacity available",
		"MaxSpotPriceTooLow", "no more capacity", "Insufficient reserved capacity", "insufficient-capacity", "Not enough capacity", "not enough capacity",
		"could not find an", "No instances available", "no longer any instances available",
		"Out of host capacity", "NotEnoughResources", "Insufficient CPU", "Insufficient memory", "Insufficient GPU", "Insufficient resource capacity", "does not have enough resources available",
	}},
	{kind: schema.KindCredentialsMissing, any: []string{"which is not enabled. To enable access"}, mute: true, lead: "SkyPilot has not enabled {cloud}: it has no credentials for it, or they don't work."},
	{kind: schema.KindCredentialsInvalid, any: []string{"NoCloudAccessError", "Cloud access is not set up"}, mute: true, lead: "SkyPilot can use no cloud: there are no credentials, or those it found are not accepted."},
	{
		kind: schema.KindUnsupported, any: []string{"No usable subnets", "VPC_NOT_FOUND", "SUBNET_NOT_FOUND_FOR_VPC", "VPCIdNotSpecified", "No default VPC"},
		lead: "The {cloud} account has no network that a machine can be put into{region}.", hint: "Create a default VPC with public subnets there, or choose another region.",
	},
	{kind: schema.KindTerminatedExternally, any: []string{"terminated on the cloud", "was preempted", "Preempted", "Spot interruption", "Server.SpotInstanceTermination"}, mute: true},
	{
		kind: schema.KindUnreachable, any: []string{"Failed to SSH to", "ssh: connect to host", "Timeout waiting for SSH", "SSH connection is not ready", "Connection timed out during banner exchange"}, mute: true,
		lead: "The machine was made, but it does not answer on SSH.",
	},
	{
		kind: schema.KindUnreachable, any: []string{"ray cluster is unhealthy", "Failed getting cluster status despite all nodes being up", "Cluster is abnormal", "SkyPilot runtime is not"}, mute: true,
		lead: "The machine runs, but SkyPilot's runtime on it does not answer.",
	},
	{kind: schema.KindSetupFailed, any: []string{"setup failed with return code", "FAILED_SETUP", "ClusterSetUpError", "'s setup failed"}, mute: true},
	{
		kind: schema.KindSetupFailed, any: []string{"Failed to set up SkyPilot runtime", "Failed to set autostop", "sky.exceptions.CommandError", "FAILED_DRIVER"}, mute: true,
		lead: "SkyPilot could not set its runtime up on the machine.", hint: "Launch again to finish, or destroy the server.",
	},
	{
		kind: schema.KindNetwork, any: answerLost, mute: true,
		lead: "{cloud} was asked and did not answer in time{region}.", hint: "Check this machine's connection and the cloud's status page, then try again.",
	},
	{kind: schema.KindNetwork, mute: true, any: []string{
		"EndpointConnectionError", "Could not connect to the endpoint URL", "Name or service not known", "Temporary failure in name resolution", "nodename nor servname",
		"Network is unreachable", "No route to host", "Max retries exceeded", "Failed to establish a new connection", "ConnectTimeout", "ReadTimeout",
		"Connection refused", "Connection reset", "Connection timed out", "ServerNotFoundError", "NetworkError", "FetchClusterInfoError", "ClusterStatusFetchingError", "SSLError", "ProxyError", "KubeAPIUnreachableError",
	}},
	{kind: schema.KindTimeout, any: []string{"TimeoutError", "timed out", "Timed out", "DeadlineExceeded"}},
	{kind: schema.KindInvalidSpec, any: []string{
		"InvalidSkyPilotConfigError", "ResourcesMismatchError", "InvalidCloudConfigs", "looks like a yaml path but", "Invalid task YAML", "Invalid resources YAML",
		"ValueError: ", "Error: Invalid value", "Error: Missing argument",
	}},
	{ // a cloud's word that none of the above knows is still its word
		kind: schema.KindInternal, quoted: true,
		lead: "{cloud} refused{region}.", hint: "What {cloud} says is the reason: mend that, then try again.",
	},
	{kind: schema.KindCapacityUnavailable, mute: true, any: []string{
		"Failed to acquire resources in all zones", "Failed to provision all possible", "ResourcesUnavailableError", "Failed to launch cluster",
	}, lead: "SkyPilot found no place that would give the machine, and was not told why."},
}
