package sky

import (
	"carapace/schema"
	"carapace/schema/text"
)

// Where the rules' codes and words are from.
const (
	ofSkyPilot   = "SkyPilot 0.14.1, and the transcripts"
	ofAWS        = "AWS: EC2 API error codes; common errors of the query API; STS and IAM"
	ofGoogle     = "Google Cloud: Compute Engine API errors, troubleshooting of VM creation; OAuth 2.0"
	ofAzure      = "Azure: common deployment errors, allocation failures; Microsoft Entra: AADSTS codes"
	ofOracle     = "Oracle Cloud: API errors"
	ofKubernetes = "Kubernetes: API reasons, images, scheduling events"
	ofStatuses   = "gRPC status codes; RFC 9110 section 15, RFC 6585"
	ofSmall      = "Lambda, RunPod, DigitalOcean, Paperspace, Nebius, Vast.ai: API references, and SkyPilot's code for them"
)

// rules is the one table, in order. The rules of SkyPilot's own affairs come first.
var rules = []rule{
	{
		kind: schema.KindAPIServer, tells: &text.SkyPilotStaleIdentity, all: []string{"No usable subnets matching availability zone", "-az"}, mute: true, source: ofSkyPilot,
	},
	{kind: schema.KindCanceled, tells: &text.SkyPilotCanceled, any: []string{"RequestCancelled", "is cancelled by another process"}, mute: true, source: ofSkyPilot},
	{
		kind: schema.KindSkyPilotUnsupported, tells: &text.SkyPilotMismatch, source: ofSkyPilot,
		any: []string{"APIVersionMismatchError", "is not compatible with the client", "client version is too old", "API server version is too old", "SkyPilot version is different from the running code", "No such option", "No such command"},
	},
	{
		kind: schema.KindSkyPilotUnsupported, tells: &text.SkyPilotNoPip, any: []string{"Failed to build pip wheel", "Failed to find pip wheel", "No module named pip", "pip module not found"}, mute: true, source: ofSkyPilot,
	},
	// Before what a full disk makes of SkyPilot's API server.
	{
		kind: schema.KindDiskFull, tells: &text.SkyPilotDiskFull, mute: true, source: ofSkyPilot,
		any:  []string{"No space left on device", "ENOSPC", "Disk quota exceeded", "not enough disk space", "Extracting this upload needs"},
		says: []string{"no space left on device", "disk quota exceeded"},
	},
	{
		kind: schema.KindUnsupported, tells: &text.SkyPilotProgramMissing, any: []string{"is required for provisioning and it is not installed", "and it is not installed", "rsync is not installed"}, source: ofSkyPilot,
	},
	{
		kind: schema.KindAPIServer, tells: &text.SkyPilotPortTaken, prefix: "RuntimeError: Port ", all: []string{" is not available"}, source: ofSkyPilot,
	},
	{kind: schema.KindAPIServer, tells: &text.SkyPilotPortTaken, any: []string{"SkyPilot API server fails to start as port"}, source: ofSkyPilot},
	{kind: schema.KindInterrupted, tells: &text.SkyPilotInterrupted, any: []string{"RequestInterruptedError"}, mute: true, source: ofSkyPilot},
	{kind: schema.KindAPIServer, tells: &text.SkyPilotServerGone, mute: true, source: ofSkyPilot, any: []string{
		"ApiServerConnectionError", "Could not connect to SkyPilot API server", "SkyPilot API server process exited unexpectedly",
		"Failed to start SkyPilot API server", "ServerTemporarilyUnavailableError", "ConcurrentWorkerExhaustedError",
		"sky.exceptions.ClientError", "SkyPilot API server is not running",
		"HTTPConnectionPool(host='127.0.0.1', port=46580)", "/api/stream", "local API server on this machine is disabled",
	}},
	// The CLI talks to nothing but its API server. That one raises what a cloud's API answered with the same
	// class, but for an address that is no SkyPilot's.
	{kind: schema.KindAPIServer, tells: &text.SkyPilotServerGone, mute: true, prefix: "requests.exceptions.", unless: []string{"HTTPSConnectionPool(host='", " for url: https://"}, source: ofSkyPilot},
	{kind: schema.KindTimeout, tells: &text.CloudTimeout, any: []string{"Maximum number of polls", "Exceeded maximum retries"}, source: ofSkyPilot},
	{
		kind: schema.KindClusterNotFound, tells: &text.SkyPilotNoLog, any: []string{"tail_provision_logs", "Provision log path is not recorded"}, mute: true, source: ofSkyPilot,
	},
	{
		kind: schema.KindAPIServer, tells: &text.SkyPilotLogin, any: []string{"ApiServerAuthenticationError", "Authentication required for SkyPilot API server"}, mute: true, source: ofSkyPilot,
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.SkyPilotName, any: []string{"InvalidClusterNameError"}, field: "spec.name", mute: true, source: ofSkyPilot,
	},
	{
		kind: schema.KindCredentialsInvalid, tells: &text.SkyPilotOtherAccount, any: []string{"ClusterOwnerIdentityMismatchError"}, source: ofSkyPilot,
	},
	{
		kind: schema.KindPermission, tells: &text.SkyPilotPolicy, source: ofSkyPilot,
		any: []string{"PermissionDeniedError", "NoWorkspaceAccessError", "UserRequestRejectedByPolicy", "RestfulPolicyError", "WorkspaceAmbiguousError", "InvalidWorkspaceNameError"},
	},
	{kind: schema.KindClusterNotFound, tells: &text.SkyPilotNoServer, any: []string{"ClusterDoesNotExist", "Cluster(s) not found", "cluster not found. Please specify"}, mute: true, source: ofSkyPilot},
	{
		kind: schema.KindUnsupported, tells: &text.SkyPilotNotRunning, any: []string{"ClusterNotUpError", "is not in UP status", "only allowed for UP"}, mute: true, source: ofSkyPilot,
	},
	{
		kind: schema.KindUnsupported, tells: &text.CloudUnsupported, source: ofSkyPilot,
		any: []string{"NotSupportedError", "ProvisionUnsupportedError", "APINotSupportedError", "ing is currently not supported", "Autostop is not supported on", "topping is not supported"},
	},
	{
		kind: schema.KindMountFailed, tells: &text.FilesMissing, all: []string{"File mount source", "does not exist"}, source: ofSkyPilot,
	},
	{
		kind: schema.KindMountFailed, tells: &text.FilesPlaceTaken, any: []string{"!!! Failed mounting because path exists", "Failed to create symlinks"}, source: ofSkyPilot,
	},
	{
		kind: schema.KindMountFailed, tells: &text.FilesNotBrought, source: ofSkyPilot,
		any: []string{
			"Failed to rsync", "mkdir: cannot create directory", "rsync error", "rsync: ", "Mount paths cannot end with a slash", "StorageError", "StorageUploadError",
			"StorageSourceError", "StorageBucketCreateError", "StorageBucketGetError", "StorageSpecError", "StorageInitError", "StorageNameError", "StorageModeError",
		},
	},

	// What only this computer's clock mends looks like a wrong key: it stands before.
	{
		kind: schema.KindClockWrong, tells: &text.CloudClock, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle,
		codes: []string{"requesttimetooskewed", "requestinthefuture", "invalidclienttime", "aadsts700024", "aadsts50013"},
		says: []string{
			"signature expired…earlier than", "signature not yet current", "request time and the current time", "request time and the server time", "clock skew", "clock…skew", "time skew",
			"check your iat", "iat and exp", "token used too early", "used too early", "is not yet valid", "within its valid time range", "valid time range", "your clock", "system clock", "clock is",
			"clock of", "system time", "local time", "timestamp…too far", "timestamp…too old", "date header…too", "request timestamp", "date…too skewed",
		},
	},

	// A blocked or unpaid account is told with codes of permissions and quotas, too.
	{
		kind: schema.KindCredentialsInvalid, tells: &text.CloudAccountDisabled, says: []string{"service account…disabled", "service account…does not exist", "service account…not exist", "key…is disabled", "key…is inactive", "token…disabled"}, source: ofGoogle,
	},
	{
		kind: schema.KindBilling, tells: &text.CloudChecking, codes: []string{"pendingverification"}, says: []string{"request for accessing resources in this region is being validated"}, source: ofAWS,
	},
	{
		kind: schema.KindBilling, tells: &text.CloudBilling, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofSmall,
		any: []string{"Azure subscription is read-only"},
		codes: []string{
			"blocked", "billingdisabled", "billingnotenabled", "ureqprojectbilling*", "accountinactive", "accountsuspended", "accountdisabled", "accountlocked", "accountblocked", "accountonhold",
			"global/invalidaddress", "invalidbillingaddress", "invalidpaymentmethod", "paymentrequired", "paymentmethod*", "insufficientcredit*", "insufficientfunds", "insufficientbalance", "notenoughcredit*",
			"lowbalance", "nobalance", "readonlydisabledsubscription", "disabledsubscription", "subscriptiondisabled", "subscriptionsuspended", "subscriptioninactive", "spendlimit*", "spendinglimit*",
			"billing*", "overduepayment", "tenantsuspended", "consumersuspended", "accountproblem", "accountislocked", "accountisdisabled",
		},
		says: []string{
			"insufficient…credit", "insufficient balance", "insufficient account balance", "insufficient…fund", "enough…fund", "enough…credit", "enough…balance", "at least…credit", "at least…balance", "minimum balance", "not enough credit", "not enough balance", "not enough fund", "not enough money",
			"balance…too low", "balance…insufficient", "balance…not sufficient", "balance is", "low balance", "negative balance", "zero balance", "lacks credit", "no credit", "out of credit",
			"run out of credit", "credits…exhausted", "credit…expired", "add funds", "add more funds", "add credit", "add a payment", "add payment", "add a credit card", "top up", "payment method",
			"at least $", "credit limit", "card…declined", "past-due", "deposit", "wallet", "paid plan", "paid subscription", "topped up", "upgrade to a pay", "account is in pending", "contract…terminated", "additional payment", "payment…required", "payment…overdue", "payment…failed", "payment…declined", "credit card", "past due", "overdue", "unpaid", "outstanding balance", "outstanding invoice",
			"billing account", "billing…disabled", "billing…required", "billing…must", "billing to be enabled", "enable billing", "billing address", "billing info", "billing issue", "billing problem",
			"billing details", "billing is not", "billing not enabled", "spend limit", "spending limit", "spend cap", "account…suspended", "account…blocked", "account…inactive",
			"account is not active", "account…deactivated", "account…locked", "account…on hold", "account…disabled", "account…frozen", "account…restricted", "account…terminated", "account…closed",
			"account…not verified", "verify your account", "account verification", "account…unable to create", "recognized as a valid account", "suspended account", "subscription…disabled", "subscription…suspended", "subscription…expired",
			"subscription…not active", "subscription…past due", "tenancy…suspended", "tenancy…inactive", "tenant…suspended", "project…suspended", "organization…suspended", "team…suspended", "team…locked", "user…suspended",
			"trial…expired", "trial…ended", "trial period", "free trial", "upgrade your account", "upgrade to a paid", "delinquent", "prepay", "pre-pay",
		},
	},

	{
		kind: schema.KindCredentialsMissing, tells: &text.CloudNoKey, source: ofSkyPilot + "; " + ofAWS + "; " + ofGoogle,
		any: []string{
			"credentials are not set", "Unable to locate credentials", "NoCredentialsError", "could not be found (profile)", "ProfileNotFound",
			"DefaultCredentialsError", "Could not automatically determine credentials", "No GCP account is activated", "Failed to get activated Azure account",
			"Please run 'az login'", "credentials file not found", "Credentials not found", "tools are not installed", "dependencies are not installed",
		},
		codes: []string{"seewebapikeymissing", "seewebcredentialsfilenotfound", "configfilenotfound", "credentialsmissing", "nocredentialserror", "nocredentials", "profilenotfound", "defaultcredentialserror", "credentialsnotfound", "credentialunavailableerror", "partialcredentialserror", "missingauthenticationtoken"},
		says: []string{
			"unable to locate credentials", "no credentials", "no authentication credentials", "no valid credentials", "partial credentials", "no usable credentials", "credentials…not configured", "credentials not found", "credentials were not found", "credentials file not found", "credentials are not set", "credentials not set",
			"could not find credentials", "could not automatically determine credentials", "default credentials were not found", "missing credential", "credentials…do not exist", "api key not found",
			"api key is empty", "api key is not set", "api key not set", "api key is missing", "no api key", "no api token", "missing api key", "api token not found", "token not found",
			"is missing api_key", "but the file does not exist", "import dependencies", "failed to import", "cli dependency", "make sure you have run", "is missing…api_key", "config.toml does not exist", "config.toml is missing", "config file…does not exist", "config…could not be found", "please run 'az login'", "az login",
			"no such file or directory", "not found at", "missing…key file", "empty api_key", "missing api_key", "missing…in credentials file", "credentials file not found", "could not find config", "config file not found", "config file is missing", "have logged in", "context…not found in kubeconfig", "no kubeconfig", "project id not found", "profile…not found", "is not configured", "not logged in", "no active account", "no…account…activated", "no configuration has been provided", "kubeconfig…not found", "kubeconfig…no such file", "kube-config file. no configuration", "no configuration found",
			"no kubernetes context", "credentials could not be found", "dependencies are not installed", "tools are not installed", "not installed",
		},
	},
	// Where only the credentials are spoken of, what is not there is one of them.
	{
		kind: schema.KindCredentialsMissing, tells: &text.CloudNoKey, check: true, source: ofSkyPilot,
		says: []string{
			"~/…does not exist", "file…does not exist", "configuration not found", "config not found", "missing or empty", "missing field", "required key", "is not set", "are not set", "not found in kubeconfig", "context found in kubeconfig",
			"please configure at least one", "found in ~/", "pools are up", "save it to file", "is not set up", "parser is available",
		},
	},
	{
		kind: schema.KindCredentialsInvalid, tells: &text.CloudKeyExpired, source: ofAWS + "; " + ofGoogle + "; " + ofAzure,
		any: []string{
			"ExpiredToken", "token has expired", "TokenRefreshRequired", "session has expired", "SSOTokenLoadError", "access token is expired",
			"Reauthentication is needed", "Reauthentication failed", "invalid_grant", "ReauthUnattendedError",
			"UnauthorizedSSOTokenError", "TokenRetrievalError", "Token has expired", "has expired or is otherwise invalid",
		},
		codes: []string{
			"expiredtoken*", "requestexpired", "tokenrefreshrequired", "expiredauthenticationtoken", "tokenexpired", "aadsts70043", "aadsts700082", "aadsts50173", "aadsts700081", "aadsts50078", "aadsts7000222",
			"unauthorizedssotokenerror", "tokenretrievalerror", "ssotokenloaderror", "reauthunattendederror", "accesstokenexpired", "authenticationtokenexpired",
		}, sorts: []string{"invalidgrant"},
		says: []string{
			"token…expired", "session…expired", "credentials…expired", "credential…expired", "certificate…expired", "secret…expired", "refresh failed", "reauthentication is needed", "reauthentication failed", "login…expired",
			"token expiry", "request has expired",
		},
	},
	{kind: schema.KindCapacityUnavailable, tells: &text.CloudNotOffered, final: true, says: []string{"is not found or access is unauthorized"}, by: "", source: ofGoogle},
	{
		kind: schema.KindCredentialsInvalid, tells: &text.CloudKeyRefused, source: ofAWS + "; " + ofAzure + "; " + ofOracle + "; " + ofStatuses + "; " + ofSmall,
		any: []string{
			"Invalid AWS configuration", "AWSAzFetchingError", "ClientAuthenticationError",
			"'NoneType' object has no attribute 'droplets'", // what is left of a token that DigitalOcean refused: sky/provision/do/utils.py
		},
		codes: []string{
			"invalidclienttokenid", "invalididentitytoken", "unrecognizedclient*", "invalidaccesskeyid", "invalidaccesskey*", "incompletesignature", "invalidsignature*", "invalidkeyid",
			"invalidauthenticationtoken*", "invalidauthenticationinfo", "authenticationrequired", "aadsts*",
			"invalidapikey", "apikeyinvalid", "invalidtoken", "invalidclient", "unauthorizedclient", "invalidcredentials", "badcredentials",
			"credentialsinvalid", "seewebauthenticationerror", "credentialretrievalerror", "invalidlogin", "invalidconfig", "invalidprivatekey", "invalidkeyfilepath", "unauthorizedrequest", "unauthorizedexception", "bxnim*", "apikeyinvalid", "keyinvalid", "accessdeniedinvalidtoken", "accesstokentypeunsupported", "invalidsecuritytoken", "invalidsecurity",
		}, sorts: []string{"signaturedoesnotmatch", "notauthenticated", "unauthenticated", "unauthorized", "autherror", "authfailure", "authenticationfailed", "authenticationerror", "clientauthenticationerror"},
		says: []string{
			"api key…invalid", "invalid…api key", "invalid api token", "invalid…access token", "invalid token", "token…invalid", "token is not valid", "token…revoked", "key…revoked", "invalid…access key", "access key…invalid", "key is not valid",
			"invalid authentication", "invalid credential", "bad credential", "credential…invalid", "credentials…incorrect", "credential is not correct", "incorrect credential", "could not authenticate", "couldn't authenticate",
			"unable to authenticate", "failed to authenticate", "cannot authenticate", "authentication failed", "authentication failure", "authentication error", "authentication required", "not authenticated",
			"authentication credentials", "complete authentication", "validate the provided access credentials", "invalid user key", "login required", "must be logged in", "you must be logged in", "no valid api token",
			"security token included in the request is invalid", "signature we calculated", "getting credentials", "failed to access…with credentials", "incorrect user name", "permission denied (publickey", "publickey,password", "not a private key", "passphrase is incorrect", "provided api key", "api key…could not be found", "access token is missing", "token is missing or invalid", "token authentication", "invalid session", "api key…does not exist", "bad api key", "x-api-key", "could not validate token", "signature mismatch", "signature does not match", "token…malformed", "token…wrong", "unauthenticated", "formatted improperly", "failed to parse…config", "error parsing…credentials", "error reading…credentials", "invalid or expired", "failed to load…configuration", "failed to load ssh configuration", "auth-plugin", "invalid kube-config", "not a valid toml", "not a valid json", "invalid configuration", "check your api key", "wrong issuer", "invalid username or password", "incorrect username or password",
			"invalid login", "cannot complete login", "validate credentials", "invalid auth", "wrong api key", "api key…not valid", "api key…expired", "unknown api key", "api key does not exist", "please log in", "please login", "re-authenticate", "reauthenticate", "login failed", "check that your api key", "invalid client secret", "invalid jwt",
		},
	},

	{
		kind: schema.KindRateLimited, tells: &text.CloudRateLimit, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofStatuses,
		codes: []string{
			"requestlimitexceeded", "throttl*", "*throttled", "*throttling", "*throttlingexception", "requestthrottled*", "slowdown", "toomanyrequests*", "*ratelimitexceeded", "ratelimit*", "*rateexceeded", "rateexceeded*",
			"toofrequent*", "*requeststhrottled", "callratelimit*", "concurrentrequestlimit*",
		},
		says: []string{
			"rate limit", "rate-limit", "ratelimit", "rate exceeded", "too many requests", "too many…calls", "too many api", "throttl", "per minute", "per second", "per 100 seconds", "request limit exceeded", "requests too quickly",
			"slow down", "retry-after", "too frequent", "requests…too fast", "try again in a few seconds",
		},
	},

	{
		kind: schema.KindInvalidSpec, tells: &text.CloudDiskSize, field: "spec.diskSize", final: true, source: ofAWS + "; " + ofGoogle + "; " + ofAzure,
		codes: []string{"invalidblockdevicemapping", "invaliddisksize", "*disksize", "*disksizegb", "invalidvolume*", "osdisksize*"},
		says: []string{
			"smaller than…snapshot", "smaller than…image", "smaller than the size", "disk…smaller", "volume…smaller", "disk size", "volume size", "size of…disk", "disk…too small", "disk…too large", "volume…too small", "volume…too large", "disksizegb", "boot volume size", "diskgb", "disk must be",
			"storage size",
		},
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.CloudSpec, final: true, source: ofAWS + "; " + ofGoogle + "; " + ofAzure,
		says: []string{"time limit is invalid", "vnet with name", "vnets with name", "vpc with name", "characters", "too long", "user data is limited", "name…must match", "invalid name", "name is invalid", "name…already in use", "label…invalid", "invalid label", "invalid tag", "tag…invalid"},
	},
	{kind: schema.KindCapacityUnavailable, tells: &text.CloudCapacity, says: []string{"requested, try another"}, source: ofSkyPilot},
	{
		kind: schema.KindQuotaExceeded, tells: &text.CloudQuota, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofSmall,
		any: []string{"Found no quota for"},
		codes: []string{
			"*limitexceeded", "limitexceeded*", "*limitsexceeded", "*quotaexceeded*", "*countexceeded", "*countlimitreached", "*limitreached", "*quotareached", "overquota", "assocgrp*", "qosmax*", "qosgrp*", "assocmax*", "quotafailure", "*insufficientquota*", "outofquota", "*quotalimit*", "*exceedsquota", "quotareached",
			"exceededquota", "userprojectlimit", "maxinstances*", "toomany*", "limitreached*", "resourcequota*", "notenoughlicenses",
		},
		says: []string{
			"quota…exceed", "exceed…quota", "quota…exhaust", "exhaust…quota", "quota…reached", "reached…quota", "quota limit", "quota failure", "insufficient quota", "insufficient…quota", "not enough quota", "no quota", "not have…quota", "lack…quota", "quota of 0",
			"quota is 0", "quota…insufficient", "quota…not sufficient", "quota…not enough", "quota…allows", "out of quota", "over quota", "over…quota", "increase…quota", "quota…increase", "exceeding approved", "service limit", "limit increase",
			"limit…has been reached", "limit…was reached", "limit…reached", "reached…limit", "reached the maximum", "reached…maximum number", "limit exceeded", "limit…exceeded", "exceeded…limit", "exceed…limit", "exceeds…limit", "exceed the maximum number",
			"exceeded the maximum number", "exceeds the maximum number", "maximum number of", "max number of", "cannot create more than", "can't create more than", "cannot have more than", "may not have more than", "only allowed to have",
			"limit of 0", "current…limit of", "limit on the number", "droplet limit", "machine limit", "instance limit", "vcpu limit", "resource limitation", "resource limit", "account limit", "at your limit", "over your limit", "hit…limit", "above…limit", "limits: ", "limit is ", "limit for this",
			"maximum…usage per", "violates accounting/qos", "qos policy", "job submit limit", "submit limit", "licenses", "exceeds maximum allowed", "maximum allowed", "too many instances", "too many running", "maximum of", "exceeds…allowed", "more than the allowed", "too many", "max limit", "allowance", "limit: ", "raise…limit", "request…increase", "increase your limit", "concurrent instances", "max instances", "instances limit", "limit for", "limits for", "too many servers", "too many…addresses", "can only have", "can only create", "can only run", "allowed per", "allowed at most", "cap reached", "have used all", "usage threshold", "allotment", "maximum…has been reached",
		},
	},

	// Images, disks and types, before what a registry's "access denied" looks like.
	{
		kind: schema.KindInvalidSpec, tells: &text.CloudImage, field: "spec.imageId", final: true, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofKubernetes,
		any: []string{"Insufficient system privileges detected"},
		codes: []string{
			"invalidamiid*", "invalidaminame*", "invalidamiattribute*", "imagenotfound", "platformimagenotfound", "galleryimagenotfound", "imageversionnotfound", "vmimagenotfound", "invalidimage*", "errimagepull", "imagepullbackoff", "crashloopbackoff",
			"errimageneverpull", "registryunavailable", "imageinspecterror", "amiunavailable",
		},
		says: []string{
			"image…not found", "image…does not exist", "image…doesn't exist", "image…not exist", "image…cannot be found", "image…could not be found", "image…is not available", "image…not available", "no such image", "could not find image", "couldn't find image", "find…image",
			"image…invalid", "invalid image", "template not found", "template…does not exist", "invalid template", "invalid…image id", "unknown image", "no image", "no…image with", "images/…not found", "pull…image", "image pull", "pull access denied", "manifest unknown", "manifest for…not found", "repository…does not exist", "image…deprecated", "image…not supported", "image…incompatible",
			"image…architecture", "architecture…image", "image id…does not", "insufficient system privileges",
		},
	},
	{
		kind: schema.KindCapacityUnavailable, tells: &text.CloudNotOffered, final: true, source: ofAWS + "; " + ofGoogle + "; " + ofAzure,
		any:   []string{"is not supported in your requested Availability Zone", "NotAvailableForSubscription", "is not supported in your requested Region", "does not exist in zone", "is not available in location"},
		codes: []string{"unsupported", "notavailableforsubscription"},
		says: []string{
			"not supported in your requested", "not supported in the requested", "not supported in this region", "not supported in this zone", "not supported in region", "not supported in zone", "not supported in location", "does not exist in zone", "is not available in location", "not available in location", "not available in this region",
			"not available in the region", "not available in region", "not available in the selected region", "not available in your", "not offered in", "not available for this subscription", "not available in this zone", "not available in zone", "unavailable in this region", "unavailable in region", "requested configuration is currently not supported",
		},
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.CloudInstanceType, any: []string{"Invalid instance type", "No instance type "}, field: "spec.instanceType", final: true, source: ofSkyPilot + "; " + ofAWS + "; " + ofAzure,
		codes: []string{"invalidinstancetype*", "instancetypenotfound", "invalidvmsize", "vmsizenotsupported", "invalidmachinetype", "resource.machinetype", "invalidsize", "invalidshape"},
		says: []string{
			"instance type…invalid", "invalid instance type", "instance type…does not exist", "instance type…not found", "for instancetype", "unsupported instance type", "instance type…is not supported", "unknown instance type", "vm size is not valid", "vm size…not valid", "vm size…invalid", "invalid vm size", "machine type…invalid", "invalid machine type", "machine type…not found",
			"machine type…does not exist", "machinetypes/…not found", "resource.machinetype", "invalid shape", "shape…invalid", "shape…not found", "shape…not valid", "preset…not valid", "preset…invalid", "invalid preset", "preset…not found", "platform…not found", "invalid platform", "invalid size", "size…you specified", "size is invalid", "invalid plan", "plan…not found", "acceleratortypes/…not found", "no gpu found", "gpu…not found", "unknown gpu", "invalid gpu", "gpu type…invalid", "invalid…gpu type", "invalid…machine type", "vmsize",
		},
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.CloudRegion, any: []string{"Invalid region", "Invalid zone", "is not a valid region"}, field: "spec.region", final: true, source: ofSkyPilot,
		codes: []string{"invalidavailabilityzone*", "invalidzone*", "invalidregion*", "invalidlocation*", "locationnotavailable*", "regionnotfound", "unknownregion", "invalidresourcelocation"},
		says:  []string{"invalid partition", "partition…not found", "wrong region", "invalid availability zone", "invalid zone", "invalid region", "invalid location", "unknown region", "unknown zone", "region…does not exist", "region…not valid", "region…not found", "zone…does not exist", "region…invalid", "location…is not available for resource", "value for field 'zone'"},
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.CloudNoMachine, any: []string{"Catalog does not contain any instances"}, field: "spec.cpus", final: true, mute: true, source: ofSkyPilot,
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.SkyPilotUnknownCloud, all: []string{"is not a valid cloud among"}, field: "spec.cloud", mute: true, source: ofSkyPilot,
	},
	{
		kind: schema.KindUnsupported, tells: &text.CloudNetwork, any: []string{"No usable subnets", "VPC_NOT_FOUND", "SUBNET_NOT_FOUND_FOR_VPC", "VPCIdNotSpecified", "No default VPC"}, source: ofAWS + "; " + ofGoogle,
		codes: []string{"vpcidnotspecified", "vpcnotfound", "subnetnotfound*", "networknotfound", "invalidsubnet*", "invalidvpc*", "missinginput", "defaultvpc*", "invalidgroup.notfound"},
		says:  []string{"no default vpc", "no default subnet", "no usable subnet", "no subnet", "no vpc", "subnet…not found", "subnet…does not exist", "vpc…does not exist", "vpc…not found", "networks/…not found", "network…was not found", "multiple default vpcs", "subnetworks/…not found"},
	},

	{
		kind: schema.KindPermission, tells: &text.CloudPermission, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofKubernetes + "; " + ofStatuses,
		any: []string{"is not included in allowed_clouds", "Policy update access denied", "not having the required permissions", "The following permissions are not enabled"},
		codes: []string{
			"unauthorizedoperation", "accessdenied*", "iampermissiondenied", "permissionserror", "authorizationfailed", "linkedauthorizationfailed", "authorizationpermissionmismatch", "insufficientprivileges",
			"requestdisallowedby*", "notauthorized*", "relatedresourcenotauthorized*", "explicitdeny", "optinrequired", "signuprequired", "missingsubscriptionregistration", "subscriptionnotregistered", "noregisteredproviderfound", "subscriptionnotfound",
			"servicedisabled", "accessnotconfigured", "accesstokenscopeinsufficient", "conditionnotmet", "orgpolicy*", "policyviolation", "marketplacepurchase*", "resourcepurchase*", "operationnotpermitted", "projectnotfound", "notallowed", "invaliduserid*",
			"scopelocked", "denyassignment*", "nopermission", "podsecurity", "locationpolicyviolated", "securitypolicyviolated", "userprojectdenied", "consumerinvalid", "domainpolicy", "invalidsubscriptionid", "notsignedup", "disallowed*", "regiondoesnotallowprovisioning", "cannotdeleteresource", "restrictedversion", "privilegednotallowed",
		}, sorts: []string{"permissiondenied", "insufficientpermission*"},
		says: []string{
			"not authorized", "not authorised", "unauthorised", "permission denied", "permissions denied", "permission to", "permissions to", "permission for", "permissions for", "permission on", "lack…permission", "lack…privilege", "insufficient permission", "insufficient privilege", "insufficient right", "required permission",
			"does not have…permission", "don't have…permission", "do not have…permission", "requires…permission", "missing…permission", "no permission", "permissions are not", "permission is not", "required '", "does not have authorization", "have authorization", "do not have access", "don't have access", "does not have access",
			"access denied", "access is denied", "access was denied", "not allowed to", "not permitted", "isn't permitted", "explicit deny", "organization policy", "org policy", "constraint constraints/", "constraints/", "violates…polic", "violat…polic", "disallowed by", "denied by", "blocked by…policy", "insufficient…scope", "scope…insufficient",
			"required scope", "missing…scope", "read-only token", "has not been used in project", "api…is disabled", "api…not enabled", "service…not enabled", "not registered to use", "accept…terms", "terms…accepted", "terms of", "agree to the", "not subscribed", "opt-in", "opt in", "admission webhook", "denied the request", "attachable", "projects/…was not found",
			"project…not found", "project…does not exist", "subscription…could not be found", "subscription…not found", "forbidden: user", "cannot create resource", "cannot list resource", "cannot get resource", "termination protection", "deletion protection",
			"verify your email", "invalid account", "invalid qos", "access/permission denied", "no project found", "no access to", "not entitled", "entitlement", "owner role", "admin role", "early access", "private beta", "no rights", "authorization failed", "must be verified", "looking up service account", "not a member", "role assignment", "has no access", "is restricted", "restricted from", "contact your administrator", "not whitelisted", "not allowlisted", "request access", "requires approval", "not enabled for", "not available to your", "not eligible", "does not have rights", "privileges", "rbac", "requires…role", "cannot access",
		},
	},

	{
		kind: schema.KindTerminatedExternally, tells: &text.MachineRemoved, mute: true, source: ofSkyPilot,
		unless: []string{"OperationPreempted"}, any: []string{"terminated on the cloud", "may have been terminated or failed unexpectedly", "was preempted", "Preempted", "Spot interruption", "Server.SpotInstanceTermination"},
	},
	{
		kind: schema.KindMountFailed, tells: &text.FilesVolume, source: ofKubernetes, codes: []string{"failedmount", "failedattachvolume", "failedbinding", "persistentvolumeclaims", "mountvolume*"}, says: []string{"attach or mount", "storage class specified", "default storageclass", "unbound…persistentvolumeclaim", "persistentvolumeclaim…not found", "persistentvolumeclaim…pending", "storageclass…not found"},
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.MachineOutOfMemory, field: "spec.memory", final: true, source: ofKubernetes, codes: []string{"oomkilled"}, says: []string{"oomkilled", "out of memory"},
	},
	{
		kind: schema.KindTerminatedExternally, tells: &text.MachineRemoved, existing: true, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofSmall,
		codes: []string{"invalidinstanceid*", "instancenotfound", "virtualmachinenotfound", "resourcegroupnotfound", "managedobjectnotfound", "podnotfound", "dropletnotfound", "resourcenotfound", "objectdoesnotexist"},
		says: []string{
			"instance…not found", "instance…does not exist", "instance…doesn't exist", "instance…no longer exist", "instances/…not found", "machine…not found", "machine…does not exist", "virtual machine…not found", "droplet…not found", "pod…not found", "pod…evicted", "server…not found", "server…does not exist",
			"vm…not found", "vm…does not exist", "node…not found", "job not found", "already been deleted", "already deleted", "already terminated", "no longer exists", "resource you were accessing could not be found", "resource…could not be found", "resource…not found", "no such instance", "unknown instance", "invalid job id",
		},
	},
	{
		kind: schema.KindNetwork, tells: &text.CloudFault, source: ofGoogle + "; " + ofStatuses,
		says: []string{"service is currently unavailable", "service is unavailable", "service unavailable", "service is temporarily unavailable", "service temporarily unavailable", "service is not available", "api is…unavailable", "unable to handle the request", "server is…unavailable", "website is…unavailable"},
	},
	{
		kind: schema.KindCapacityUnavailable, tells: &text.CloudCapacity, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofKubernetes + "; " + ofSmall,
		any: []string{"Insufficient resource capacity", "Cluster does not have sufficient", "could not find an offer"},
		codes: []string{
			"insufficient*capacity*", "insufficient*resources*", "tenantcapacityexceeded", "cannotstartcapacity", "cannotstartcompute", "reqnodenotavail*", "nodedown", "ipspaceexhausted", "insufficientfreeaddresses*", "unfulfillablecapacity", "reservationcapacityexceeded", "*poolexhausted*", "stockout", "skunotavailable", "*allocationfailed", "allocationfailed*", "overconstrained*",
			"outofcapacity", "outofhostcapacity", "outofstock", "notenoughresources", "notenoughcapacity", "spotmaxpricetoolow", "maxspotpricetoolow", "bidtoolow", "nosuchask", "nocapacity*", "capacityerror", "capacitynotavailable", "resourceunavailable", "resourcesunavailable", "resourceexhaustedcapacity", "failedscheduling", "unschedulable", "evicted", "nohostavailable", "nocompatiblehost", "insufficientstoragespace", "nodiskspace", "outofcpu", "outofmemory", "outofpods", "preempting", "nottriggerscaleup", "nodenotready", "vmmincountnotreached", "subnetisfull",
		},
		says: []string{
			"insufficient…capacity", "insufficient cpu", "insufficient memory", "insufficient gpu", "insufficient nvidia", "insufficient resource", "insufficient pods", "insufficient hugepages", "insufficient ephemeral", "not enough…capacity", "not enough resource", "not enough…available", "not enough gpu", "isn't enough", "is not enough", "sufficient…capacity", "enough…capacity", "lack of capacity", "lack…capacity",
			"no capacity", "no more capacity", "no…capacity", "out of capacity", "out of…capacity", "out of stock", "sold out", "out of resources", "at capacity", "capacity…exhausted", "capacity…unavailable", "capacity…not available", "capacity is", "capacity constraint", "regions with capacity available", "reserved capacity", "does not have the resources", "does not have enough", "do not have enough", "do not have sufficient", "not have sufficient", "sufficient resources",
			"no longer any instances", "no instances available", "no…instances…available", "no…available with", "no available", "no gpu nodes", "no longer available", "node configuration is not available", "nodes allocated within", "nodes…allocated within", "too many pods", "scheduling gates", "required nodes", "waiting for resources", "no resources available", "no gpus available", "no gpu available", "no…gpu…available", "none available", "no machine…available", "no server…available", "no host", "no offers", "could not find an offer", "no matching offer", "no…offers found", "no nodes", "nodes are available", "no preemption victims", "unschedulable", "didn't match",
			"currently unavailable", "currently not available", "temporarily unavailable", "temporarily not available", "instance…unavailable", "gpu…unavailable", "type…unavailable", "machine…unavailable", "offer…unavailable", "spot…unavailable", "zone…unavailable", "region…unavailable", "shape…unavailable", "not available in the selected", "no availability", "only created", "not enough free", "node not available", "nodes match", "gpu…in use", "gpus…in use", "machines…in use", "instances…in use", "servers…in use", "not in stock", "no stock", "could not schedule", "failed to schedule", "cannot be scheduled", "resources exhausted", "resources have been exhausted", "availability exhausted", "oversubscribed", "accommodate", "no machines", "no servers", "machine is offline", "host is offline", "has been taken by", "no longer rentable", "resources are lacking", "could not allocate", "cannot allocate", "could not be placed", "cannot be placed", "not available now", "nodes are busy", "too fragmented", "partition not available", "can not start immediately", "cannot start immediately", "not usable now", "trigger scale-up", "affinity conflict", "low on resource", "waitlist", "plan…unavailable", "gpu…not available", "type…not available", "machine…not available", "plan…not available", "offer…not available", "shape…not available", "size…not available", "spot…not available", "no inventory", "out of inventory", "insufficient inventory", "inventory…exhausted", "lack of inventory", "shortage", "depleted", "fully booked", "fully utilized", "no free", "no idle", "no suitable", "no eligible", "not rentable", "not currently available", "currently…unavailable", "temporarily out", "resources…unavailable", "resource…unavailable", "instance…not available", "size is not available", "is unavailable in", "is not available in", "is not available", "are not available", "is not currently", "try a different zone", "try another zone", "try a different region", "try another region", "try a different gpu", "may be out of",
			"being preempted", "max price", "maximum price", "bid…too low", "bid price", "price…lower than the minimum", "price is too low", "high demand", "being used by another", "already been rented", "already rented", "can't fulfill", "cannot fulfill", "unable to fulfill", "could not be fulfilled", "unable to provision", "unable to allocate", "failed to allocate", "allocation failed", "insufficient",
		},
	},
	{kind: schema.KindCapacityUnavailable, tells: &text.CloudCapacity, by: "gcp", codes: []string{"unsupportedoperation", "resourcenotfound"}, source: "SkyPilot: what Google answers where a machine was taken back, or none is left, while it is made"},

	{
		kind: schema.KindOperationInProgress, tells: &text.CloudBusy, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofSmall,
		codes: []string{
			"incorrect*state*", "invalidstate", "invalidinstancestate", "anotheroperationinprogress", "resourcegroupbeingdeleted", "operationpreempted", "resourcenotready", "resourceinuse*", "operationinprogress", "conflictingoperation*", "invalidresourcestate", "retryableerror", "dependencyviolation", "vmstartingstopping*", "conflictingserveroperation",
			"resourceinusebyanotherresource", "externalresourceinuse", "provisioningnotcomplete", "taskinprogress", "invalidpowerstate", "conflictingconcurrentwritenotallowed", "externalserverincorrectstate", "noetagmatch", "inuse", "volumeinuse", "inusesubnetcannotbedeleted", "nicreservedforanothervm", "deploymentactive*",
		},
		sorts: []string{"conflict", "aborted"},
		says: []string{
			"being deleted", "deprovisioning", "pending event", "operation…in progress", "operation is already", "not in a state", "not in the correct state", "is not ready", "is currently being", "already in progress", "still in progress", "is still being", "in use by another", "already powered", "being created", "is loading", "wrong state", "ongoing request", "are being stopped", "are being terminated", "already being used", "operation conflict", "is busy", "is locked", "in a transitional state", "transitioning", "invalid state for", "cannot be performed in the current state", "in the current state", "current state of", "while it is", "cannot be stopped", "cannot be started", "has a pending",
		},
	},

	{kind: schema.KindCredentialsMissing, tells: &text.SkyPilotNotEnabled, any: []string{"which is not enabled. To enable access"}, mute: true, source: ofSkyPilot},
	{kind: schema.KindCredentialsInvalid, tells: &text.SkyPilotNoCloud, any: []string{"NoCloudAccessError", "Cloud access is not set up"}, mute: true, source: ofSkyPilot},
	{
		kind: schema.KindUnreachable, tells: &text.MachineNoSSH, source: ofSkyPilot, mute: true,
		any: []string{"Failed to SSH to", "Failed to establish SSH connection", "failed to get SSH destination", "No SSH command available", "kex_exchange_identification", "Host key verification failed", "ssh: connect to host", "Timeout waiting for SSH", "Timeout: SSH connection to", "SSH connection is not ready", "Connection timed out during banner exchange"},
	},
	{
		kind: schema.KindUnreachable, tells: &text.MachineNoRuntime, source: ofSkyPilot, mute: true,
		any: []string{"ray cluster is unhealthy", "Failed getting cluster status despite all nodes being up", "Cluster is abnormal", "SkyPilot runtime is not", "SkyPilot runtime needs to be updated", "ray status not showing all nodes", "Failed to check ray cluster", "SkyletUnavailableError"},
	},
	{kind: schema.KindSetupFailed, tells: &text.SetupFailed, any: []string{"setup failed with return code", "Failed to setup with return code", "FAILED_SETUP", "ClusterSetUpError", "'s setup failed"}, mute: true, source: ofSkyPilot},
	{
		kind: schema.KindSetupFailed, tells: &text.SetupRuntime, any: []string{"Failed to set up SkyPilot runtime", "Failed to run setup commands on an instance", "Failed to start ray on the", "Failed to start skylet", "Failed to setup logging agent", "Failed to retrieve docker user", "Failed to set autostop", "sky.exceptions.CommandError", "FAILED_DRIVER"}, mute: true, source: ofSkyPilot,
		unless: []string{"Failed to submit Slurm job"}, // there is no machine yet
	},

	{
		kind: schema.KindNetwork, tells: &text.CloudNoAnswer, any: answerLost, mute: true, source: ofSkyPilot,
		says: []string{"read timeout on endpoint", "connection was closed before we received a valid response", "read timed out", "read operation timed out", "closed connection without response"},
	},
	{
		kind: schema.KindNetwork, tells: &text.CloudUnreachable, mute: true, source: ofSkyPilot,
		any: []string{
			"EndpointConnectionError", "Could not connect to the endpoint URL", "Name or service not known", "Temporary failure in name resolution", "nodename nor servname",
			"Network is unreachable", "No route to host", "Max retries exceeded", "Failed to establish a new connection", "ConnectTimeout", "ReadTimeout",
			"Connection refused", "Connection reset", "Connection timed out", "ServerNotFoundError", "Network seems down", "SSLError", "ProxyError", "KubeAPIUnreachableError",
		},
		codes: []string{"endpointconnectionerror", "connecttimeout*", "readtimeout*", "servernotfounderror", "maxretryerror", "newconnectionerror", "nameresolutionerror", "sslerror", "proxyerror", "connectionerror", "servicerequesterror", "serviceresponse*error", "transporterror", "connectionclosederror", "httpclienterror"},
		says: []string{
			"could not connect to the endpoint", "name or service not known", "name resolution", "nodename nor servname", "network is unreachable", "no route to host", "max retries exceeded", "failed to establish a new connection", "connection refused", "connection reset", "connection timed out", "connection aborted", "connection error",
			"unable to find the server", "failed to communicate", "check if your network", "check your network", "network error", "network connection", "could not resolve host", "no such host", "lost connectivity", "unable to connect", "could not connect", "couldn't connect", "failed to connect", "cannot connect", "certificate verify failed", "tls handshake", "proxy error", "connect to proxy", "through proxy", "i/o timeout", "dial tcp", "x509", "server disconnected", "eof occurred", "connection broken", "connection closed", "connection was forcibly closed", "connection…lost", "can't connect", "unable to contact", "unable to reach", "could not reach", "cannot reach", "socket timed out", "host is down", "host…unreachable", "unreachable", "getaddrinfo failed", "expecting value: line 1", "unexpected eof", "remote end closed",
		},
	},
	{
		kind: schema.KindNetwork, tells: &text.CloudFault, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofStatuses,
		sorts: []string{
			"unavailable", "serviceunavailable*", "serverbusy", "internalerror", "internalfailure", "internalservererror", "internalserver*", "internalexecutionerror", "internaloperationerror", "internal", "backenderror", "servererror", "badgateway", "gatewaytimeout", "unknownerror", "requesttimeout", "servicefailure", "hostnotconnected", "hostcommunication", "hostnotreachable", "failedcreatepodsandbox", "networknotready", "networkpluginnotready", "serviceerror", "servertimeout", "unknown", "dataloss", "internalapierror",
		},
		says: []string{
			"internal error", "internal server error", "internal execution error", "an internal", "service unavailable", "service is unavailable", "service…unavailable", "service…not available", "bad gateway", "gateway time", "temporary failure", "temporary error", "server error", "cannot be parsed into json", "could not be parsed into json", "server…overloaded", "overloaded", "upstream", "down for maintenance", "under maintenance", "failed to respond", "system error", "maintenance window", "something went wrong", "connection failure", "message receive failure", "message send failure", "zero bytes", "unable to return a response", "unexpected server", "backend error",
			"unknown error occurred", "try again later",
		},
	},
	{
		kind: schema.KindTimeout, tells: &text.CloudTimeout, any: []string{"TimeoutError", "timed out", "Timed out", "DeadlineExceeded"}, source: ofSkyPilot + "; " + ofStatuses,
		sorts: []string{"waitererror", "deadlineexceeded", "operationtimedout", "*provisioningtimedout", "*timedout", "vmprovisioningtimeout", "timeout"}, says: []string{"timed out", "deadline exceeded", "time out", "timeout", "maximum retries", "maximum number of polls", "while waiting for", "did not finish in", "after max retries", "has not started running", "stuck on the same condition", "not stopped within", "did not become ready"},
	},

	// Codes that say no more than what sort of thing it is.
	{
		kind: schema.KindQuotaExceeded, tells: &text.CloudQuota, source: ofStatuses + "; " + ofGoogle,
		sorts: []string{"resourceexhausted", "quota*"}, says: []string{"quota", "limit of", "more than…allowed", "exceeds the limit", "upper limit"},
	},
	{
		kind: schema.KindInvalidSpec, tells: &text.CloudSpec, final: true, source: ofAWS + "; " + ofGoogle + "; " + ofAzure + "; " + ofOracle + "; " + ofStatuses,
		sorts: []string{
			"invalidparameter*", "paramvalidationerror", "noregionerror", "missingparameter*", "invalidargument*", "validationerror*", "validationexception", "invalidrequestcontent", "invalidtemplate*", "invalidrequest*", "badrequest", "invalidfieldvalue", "missingrequired*", "malformed*", "*.malformed", "invalidinput", "invalid", "cannotparserequest", "propertychangenotallowed", "unknownparameter", "invalidresourcename",
			"invalidname*", "fieldsizetoolarge", "invaliddeployment*", "badfield", "invalidvalue", "unprocessableentity", "payloadtoolarge", "outofrangeinput", "reservedresourcename", "linkedinvalid*", "*invalidinput", "wrongurlformat", "duplicatename", "invaliddatastore*", "filealreadyexists", "missingnetworkipconfig", "unsupportedhibernation*", "invalidsnapshot", "diskencryptionsetnotfound", "keynotfound", "instanceprofilenotfound", "createcontainer*", "runcontainererror", "conflictinguserinput", "invalidkeypair*", "invalidspot*", "invaliduserdata*", "invalidtag*", "tagpolicy*", "outofrange", "invalidresource*",
		},
		says: []string{"invalid value for", "invalid value", "invalid parameter", "invalid argument", "validation error", "validation failed", "failed validation", "invalid request", "is not a valid", "is not valid", "is invalid", "must be between", "can not be satisfied", "cannot be satisfied", "must be unique", "too large to fit", "unknown operating system", "count not allowed", "already taken", "not usable", "profile…could not be found", "plan…unknown", "specification invalid", "specification is invalid", "must be a valid", "invalid args", "no partition specified", "not in this partition", "requested than permitted", "specification needs", "invalid node name", "invalid feature", "invalid license", "required type", "invalid ssh key", "already exists", "reference format", "must be at least", "must be at most", "must match", "must be one of", "malformed", "unknown field", "is required", "unrecognized", "must specify", "must provide", "cannot be empty", "out of range", "incompatible", "not compatible", "conflicts with", "cannot be specified", "may not be specified", "mutually exclusive", "can't be blank", "bad request data"},
	},
	{
		kind: schema.KindUnsupported, tells: &text.CloudUnsupported, source: ofAWS + "; " + ofStatuses, sorts: []string{"unsupportedoperation", "unsupportedhost*", "notsupported", "unimplemented", "operationnotsupported", "featurenotsupported", "methodnotimplemented", "methodnotallowed"},
	},
	{kind: schema.KindPermission, tells: &text.CloudPermission, sorts: []string{"forbidden"}, says: []string{"forbidden", "permission"}, source: ofStatuses},
	{kind: schema.KindTerminatedExternally, tells: &text.MachineRemoved, existing: true, sorts: []string{"notfound"}, status: []int{404, 410}, source: ofStatuses},
	// Where a machine was to be made, the offer is what is gone.
	{kind: schema.KindCapacityUnavailable, tells: &text.CloudCapacity, by: "vast", status: []int{404, 410}, source: ofSmall},
	{kind: schema.KindCredentialsInvalid, tells: &text.CloudKeyRefused, says: []string{"unauthorized", "authenticat"}, source: ofStatuses},
	{kind: schema.KindCredentialsInvalid, tells: &text.CloudKeyRefused, status: []int{401}, source: ofStatuses},
	{kind: schema.KindBilling, tells: &text.CloudBilling, status: []int{402}, source: ofStatuses},
	{kind: schema.KindPermission, tells: &text.CloudPermission, status: []int{403}, source: ofStatuses},
	{kind: schema.KindRateLimited, tells: &text.CloudRateLimit, status: []int{429}, source: ofStatuses},
	{
		kind: schema.KindNetwork, tells: &text.CloudFault, status: []int{408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529}, source: ofStatuses,
	},

	{kind: schema.KindInvalidSpec, tells: &text.SkyPilotSpec, source: ofSkyPilot, any: []string{
		"InvalidSkyPilotConfigError", "ResourcesMismatchError", "InvalidCloudConfigs", "due to invalid cloud config", "looks like a yaml path but", "Invalid task YAML", "Invalid resources YAML",
		"ValueError: ", "Error: Invalid value", "Error: Missing argument",
	}, last: true},
	{
		kind: schema.KindUnsupported, tells: &text.CloudUnsupported, last: true, source: ofStatuses, says: []string{"not supported", "does not support", "doesn't support", "unsupported", "command not found", "presently disabled"},
	},
	// What SkyPilot wraps a reason in tells something where the reason does not.
	{kind: schema.KindCredentialsInvalid, tells: &text.CloudKeyRefused, any: []string{"InvalidCloudCredentials", "invalid cloud credentials", "CloudUserIdentityError"}, last: true, source: ofSkyPilot},
	{kind: schema.KindNetwork, tells: &text.CloudUnreachable, any: []string{"sky.exceptions.NetworkError", "FetchClusterInfoError", "ClusterStatusFetchingError"}, mute: true, last: true, source: ofSkyPilot},
	// RunPod's package takes any JSON without "errors" for an answer: what Python says is the name that it misses there.
	{kind: schema.KindNetwork, tells: &text.CloudUnreadable, by: "runpod", prefix: "'data'", mute: true, last: true, source: ofSmall},
	{kind: schema.KindNetwork, tells: &text.CloudUnreadable, by: "runpod", any: []string{"KeyError: 'data'"}, mute: true, last: true, source: ofSmall},
	// A cloud's word that none of the above knows is still its word.
	{kind: schema.KindProviderRefused, tells: &text.CloudRefused, refused: true, last: true, source: ofSkyPilot},
	{
		kind: schema.KindCapacityUnavailable, tells: &text.SkyPilotNoPlace, mute: true, final: true, last: true, nothing: true, source: ofSkyPilot, any: []string{
			"Failed to acquire resources", "Failed to provision all possible", "ResourcesUnavailableError", "Failed to launch cluster",
		},
	},
}
