package sky

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// explained is one failure and what a person is told.
type explained struct {
	name     string
	failure  Failure
	kind     schema.Kind
	provider string
	says     []string // in the message
	hints    []string // in the hint
}

func fromRecording(t *testing.T, name string, op schema.OperationKind) Failure {
	r := recording(t, name)
	return Failure{Operation: op, Cluster: "carapace-node", Stdout: r.Stdout, Stderr: r.Stderr}
}

func check(t *testing.T, tt explained) {
	t.Helper()
	tt.said(t, Explain(tt.failure))
}

// said holds an error to what a person is to be told.
func (tt explained) said(t *testing.T, e *schema.Error) {
	t.Helper()
	if e.Kind != tt.kind || e.Provider != tt.provider {
		t.Errorf("kind %s, provider %q, want %s, %q: %s", e.Kind, e.Provider, tt.kind, tt.provider, e.Message)
	}
	for _, want := range tt.says {
		if !strings.Contains(e.Message, want) {
			t.Errorf("the message does not hold %q: %s", want, e.Message)
		}
	}
	for _, want := range tt.hints {
		if !strings.Contains(e.Hint, want) {
			t.Errorf("the hint does not hold %q: %s", want, e.Hint)
		}
	}
	fitForAPerson(t, e)
}

// fitForAPerson is the rule for every message (docs/protocol.md).
func fitForAPerson(t *testing.T, e *schema.Error) {
	t.Helper()
	if e.Message == "" || e.Hint == "" {
		t.Errorf("nothing is said: %+v", e)
	}
	lower := strings.ToLower(e.Message)
	for _, no := range []string{"traceback", "see log", "see error log", "log above", "logs above", "exit status", "exit code", "return code", "{cloud}", "{region}", "{where}"} {
		if strings.Contains(lower, no) || strings.Contains(strings.ToLower(e.Hint), no) {
			t.Errorf("%q in %q, %q", no, e.Message, e.Hint)
		}
	}
	for _, printed := range []string{e.Message, e.Hint, e.Detail} {
		if strings.ContainsAny(printed, "\x1b\r") {
			t.Errorf("escape codes in %q", printed)
		}
	}
	if strings.Contains(e.Message, "\n") || len(e.Message) > 900 {
		t.Errorf("not a sentence: %q", e.Message)
	}
}

func TestExplainTranscripts(t *testing.T) {
	const launch, start, stop, down, look = schema.OperationLaunch, schema.OperationStart, schema.OperationStop, schema.OperationDestroy, ""
	for _, tt := range []struct {
		recording string
		op        schema.OperationKind
		kind      schema.Kind
		provider  string
		says      []string
		hints     []string
	}{
		{"launch-quota", launch, schema.KindQuotaExceeded, "aws", []string{"could not be launched", "us-east-1", "AWS says: “You have requested more vCPU capacity than your current vCPU limit of 0"}, []string{"Service Quotas", "us-east-1", "On-Demand Standard"}},
		{"rec/api-logs-quota", launch, schema.KindQuotaExceeded, "aws", []string{"us-west-2", "vCPU limit of 0"}, []string{"us-west-2"}},
		{"rec/api-logs-request-limit", launch, schema.KindRateLimited, "aws", []string{"AWS says: “RequestLimitExceeded”"}, []string{"minutes"}},
		{"rec/api-logs-throttling", launch, schema.KindRateLimited, "aws", []string{"AWS says: “Rate exceeded”"}, []string{"minutes"}},
		{"rec/api-logs-cloud-hangs", launch, schema.KindNetwork, "aws", []string{"did not answer in time in us-west-2"}, []string{"status page"}},
		{"launch-capacity", launch, schema.KindCapacityUnavailable, "aws", []string{"us-east-1", "AWS says: “We currently do not have sufficient m6i.xlarge capacity"}, []string{"another region", "keep trying"}},
		{"rec/api-logs-start-refused", start, schema.KindCapacityUnavailable, "aws", []string{"could not be started", "sufficient m6i.xlarge capacity"}, nil},
		{"launch-unauthorized", launch, schema.KindPermission, "aws", []string{"AWS says: “You are not authorized to perform this operation”"}, []string{"rights"}},
		{"launch-permission", launch, schema.KindPermission, "aws", []string{"AmazonEC2FullAccess does not exist or is not attachable"}, []string{"IAM"}},
		{"launch-credentials-missing", launch, schema.KindCredentialsMissing, "aws", []string{"Unable to locate credentials"}, []string{"aws configure"}},
		{"launch-credentials-invalid", launch, schema.KindCredentialsInvalid, "", nil, []string{"sky check"}},
		{"launch-cloud-disabled", launch, schema.KindCredentialsMissing, "gcp", []string{"Google Cloud"}, []string{"gcloud"}},
		{"launch-bad-name", launch, schema.KindInvalidSpec, "", []string{"name"}, []string{"letter"}},
		{"launch-mount-missing", launch, schema.KindMountFailed, "", []string{"/home/me/carapace/missing"}, nil},
		{"launch-apiserver-dies", launch, schema.KindAPIServer, "", nil, []string{"server.log"}},
		{"launch-setup-fails-attached", launch, schema.KindSetupFailed, "aws", []string{"setup"}, nil},
		{"api-logs-stale-identity", launch, schema.KindAPIServer, "", []string{"credentials that have been changed"}, []string{"Restart it"}},
		{"api-logs-cancelled", launch, schema.KindCanceled, "", nil, nil},
		{"rec/api-logs-cancelled", launch, schema.KindCanceled, "", nil, nil},
		{"rec/launch-async-bogustype", launch, schema.KindInvalidSpec, "aws", []string{"x99.bogus"}, []string{"another type"}},
		{"rec/launch-async-bogusregion", launch, schema.KindInvalidSpec, "", []string{"us-bogus-9", "us-west-2"}, []string{"region"}},
		{"rec/api-logs-huge", launch, schema.KindInvalidSpec, "aws", []string{"No machine that AWS offers"}, []string{"Ask for less"}},
		{"rec/api-logs-badmount", launch, schema.KindSetupFailed, "aws", []string{"runtime"}, nil},
		{"stop-refused", stop, schema.KindPermission, "aws", []string{"could not be stopped", "You are not authorized"}, nil},
		{"0.12.0/stop-refused", stop, schema.KindPermission, "aws", nil, nil},
		{"rec/api-logs-stop-refused", stop, schema.KindPermission, "aws", []string{"AWS says: “You are not authorized to perform this operation”"}, nil},
		{"down-refused", down, schema.KindPermission, "aws", []string{"could not be destroyed", "You are not authorized"}, nil},
		{"rec/api-logs-down-refused", down, schema.KindPermission, "aws", nil, nil},
		{"stop-unknown", stop, schema.KindClusterNotFound, "", nil, nil},
		{"start-unknown", start, schema.KindClusterNotFound, "", nil, nil},
		{"down-unknown", down, schema.KindClusterNotFound, "", nil, nil},
		{"rec/api-logs-exec-stopped", start, schema.KindUnsupported, "", []string{"not running"}, nil},
		{"rec/autostop-stopped", look, schema.KindUnsupported, "", nil, nil},
		{"rec/logs-provision-unknown", look, schema.KindClusterNotFound, "", []string{"no log"}, nil},
		{"status-throttled", look, schema.KindRateLimited, "aws", []string{"AWS says: “Request limit exceeded"}, []string{"minutes"}},
		{"status-apiserver-restarting", look, schema.KindAPIServer, "", nil, nil},
		{"check-aws-invalid", look, schema.KindCredentialsInvalid, "aws", []string{"The security token included in the request is invalid"}, []string{"aws configure"}},
		{"check-aws-missing", look, schema.KindCredentialsMissing, "aws", []string{"AWS"}, []string{"aws configure"}},
		{"check-gcp", look, schema.KindCredentialsMissing, "gcp", []string{"GCP tools are not installed"}, []string{"gcloud"}},
		{"launch-ratelimited-silent", launch, schema.KindInternal, "", []string{"gave no reason"}, nil},
		{"status-cloud-unreachable", look, schema.KindInternal, "", nil, nil},
	} {
		t.Run(tt.recording, func(t *testing.T) {
			check(t, explained{"", fromRecording(t, tt.recording, tt.op), tt.kind, tt.provider, tt.says, tt.hints})
		})
	}
}

// Whatever was recorded, and whatever was tried: nothing unfit for a person.
func TestExplainIsAlwaysFit(t *testing.T) {
	var names []string
	for _, pattern := range []string{"testdata/transcripts/*.std*", "testdata/transcripts/*/*.std*", "testdata/recordings/*.std*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) < 100 {
		t.Fatalf("%d recordings", len(names))
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range append(schema.OperationKinds, "") {
			fitForAPerson(t, Explain(Failure{Operation: op, Stdout: string(raw)}))
			fitForAPerson(t, Explain(Failure{Operation: op, Stderr: string(raw), Cloud: "gcp"}))
			fitForAPerson(t, Explain(Failure{Operation: op, InitReason: string(raw)}))
			fitForAPerson(t, Explain(Failure{Operation: op, Job: strings.Split(string(raw), "\n")}))
		}
	}
}

// Providers' texts, as their documentation and SkyPilot's issues have them.
func TestExplainProviders(t *testing.T) {
	aws := func(code, call, words string) string {
		return "⚙︎ Launching on AWS eu-west-1 (eu-west-1a).\n\x1b[2mW 11-23 06:36:12.023 PID=1 instance.py:415] create_instances: Attempt failed with An error occurred (" +
			code + ") when calling the " + call + " operation (reached max retries: 0): " + words + "\x1b[0m\nAWS handler error: Failed to launch instances. Max attempts exceeded.\n"
	}
	gcp := func(code, words string) string {
		return "⚙︎ Launching on GCP us-west1 (us-west1-a).\nGot return code '" + code + "' in us-west1-a: \"" + words + "\"\n"
	}
	azure := func(code, words string) string {
		return "⚙︎ Launching on Azure eastus.\nE 11-23 06:36:12.023 PID=1 instance.py:531] Failed to create instances: [azure.core.exceptions.HttpResponseError] (" + code + ") " + words + "\nCode: " + code + "\n"
	}
	for _, tt := range []explained{
		{"aws spot quota", Failure{Stdout: aws("MaxSpotInstanceCountExceeded", "RunInstances", "Max spot instance count exceeded.")}, schema.KindQuotaExceeded, "aws", []string{"eu-west-1", "Max spot instance count exceeded"}, []string{"Spot"}},
		{"aws instances", Failure{Stdout: aws("InstanceLimitExceeded", "RunInstances", "Your quota allows for 0 more running instance(s).")}, schema.KindQuotaExceeded, "aws", []string{"0 more running"}, nil},
		{"aws volumes", Failure{Stdout: aws("VolumeLimitExceeded", "RunInstances", "You have exceeded your maximum gp3 storage limit.")}, schema.KindQuotaExceeded, "aws", []string{"gp3"}, nil},
		{"aws expired", Failure{Stdout: aws("ExpiredToken", "DescribeInstances", "The security token included in the request is expired")}, schema.KindCredentialsInvalid, "aws", []string{"have expired"}, []string{"sso login"}},
		{"aws wrong key", Failure{Stdout: aws("AuthFailure", "RunInstances", "AWS was not able to validate the provided access credentials")}, schema.KindCredentialsInvalid, "aws", []string{"not able to validate"}, nil},
		{"aws wrong secret", Failure{Stderr: "sky.exceptions.CloudError: botocore error (ClientError): An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we calculated does not match"}, schema.KindCredentialsInvalid, "aws", []string{"signature"}, nil},
		{"aws throttles", Failure{Stdout: aws("RequestLimitExceeded", "RunInstances", "Request limit exceeded.")}, schema.KindRateLimited, "aws", nil, nil},
		{"aws not there", Failure{Stdout: aws("Unsupported", "RunInstances", "Your requested instance type (m7i.xlarge) is not supported in your requested Availability Zone (eu-west-1a).")}, schema.KindCapacityUnavailable, "aws", []string{"does not offer this machine in eu-west-1", "m7i.xlarge"}, []string{"another region"}},
		{"aws new account", Failure{Stdout: aws("PendingVerification", "RunInstances", "Your request for accessing resources in this region is being validated.")}, schema.KindBilling, "aws", []string{"still checking the account", "validated"}, []string{"mail"}},
		{"aws region off", Failure{Stdout: aws("OptInRequired", "RunInstances", "You are not subscribed to this service.")}, schema.KindPermission, "aws", nil, nil},
		{"gcp quota", Failure{Stdout: gcp("QUOTA_EXCEEDED", "Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1.")}, schema.KindQuotaExceeded, "gcp", []string{"Google Cloud says: “Quota 'CPUS' exceeded. Limit: 24.0 in region us-west1”"}, []string{"us-west1", "Quotas"}},
		{"gcp capacity", Failure{Stdout: gcp("ZONE_RESOURCE_POOL_EXHAUSTED", "The zone 'projects/p/zones/us-west1-a' does not have enough resources available to fulfill the request.")}, schema.KindCapacityUnavailable, "gcp", []string{"does not have enough resources"}, nil},
		{"gcp rate", Failure{Stdout: gcp("rateLimitExceeded", "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'")}, schema.KindRateLimited, "gcp", nil, nil},
		{"gcp permission", Failure{Stdout: gcp("IAM_PERMISSION_DENIED", "Required 'compute.instances.create' permission for 'projects/p'")}, schema.KindPermission, "gcp", []string{"compute.instances.create"}, []string{"roles"}},
		{"gcp API off", Failure{Stderr: "sky.exceptions.CloudError: googleapiclient error (HttpError): <HttpError 403 when requesting https://compute.googleapis.com returned \"Compute Engine API has not been used in project 1 before or it is disabled. Enable it by visiting https://console\">"}, schema.KindPermission, "gcp", []string{"Compute Engine API"}, nil},
		{"gcp expired", Failure{Stderr: "Exception: RefreshError: google.auth.exceptions.RefreshError: ('invalid_grant: Bad Request', {})"}, schema.KindCredentialsInvalid, "gcp", nil, []string{"gcloud"}},
		{"azure quota", Failure{Stdout: azure("OperationNotAllowed", "Operation could not be completed as it results in exceeding approved standardDSv3Family Cores quota.")}, schema.KindQuotaExceeded, "azure", []string{"standardDSv3Family"}, []string{"eastus", "Quotas"}},
		{"azure capacity", Failure{Stdout: azure("SkuNotAvailable", "The requested VM size for resource 'Standard_D4s_v5' is currently not available in location 'eastus'.")}, schema.KindCapacityUnavailable, "azure", []string{"Standard_D4s_v5"}, nil},
		{"azure zonal", Failure{Stdout: azure("ZonalAllocationFailed", "Allocation failed. We do not have sufficient capacity.")}, schema.KindCapacityUnavailable, "azure", nil, nil},
		{"azure permission", Failure{Stdout: azure("AuthorizationFailed", "The client 'x' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/write'.")}, schema.KindPermission, "azure", []string{"virtualMachines/write"}, []string{"Contributor"}},
		{"azure sign-in", Failure{Stderr: "Exception: ClientAuthenticationError: AADSTS7000215: Invalid client secret provided."}, schema.KindCredentialsInvalid, "", []string{"Invalid client secret"}, nil},
		{"azure addresses", Failure{Stdout: azure("PublicIPCountLimitReached", "Cannot create more than 3 public IP addresses for this subscription in this region.")}, schema.KindQuotaExceeded, "azure", []string{"3 public IP addresses"}, nil},
		{"azure, any other", Failure{Stdout: azure("NeverHeardOf", "The moon is in the wrong house.")}, schema.KindProviderRefused, "azure", []string{"Azure refused in eastus", "Azure says: “The moon is"}, []string{"mend that"}},
		{"lambda capacity", Failure{Stdout: "⚙︎ Launching on Lambda us-east-1.\nsky.provision.lambda_cloud.lambda_utils.LambdaCloudError: instance-operations/launch/insufficient-capacity: Not enough capacity to fulfill launch request. Regions with capacity available: us-west-1"}, schema.KindCapacityUnavailable, "lambda", []string{"us-west-1"}, nil},
		{"lambda rate", Failure{Stdout: "⚙︎ Launching on Lambda us-east-1.\nLambdaCloudError: Your API requests are being rate limited."}, schema.KindRateLimited, "lambda", nil, nil},
		{"lambda key", Failure{Cloud: "lambda", Stderr: "Exception: LambdaCloudError: global/invalid-api-key: API key was invalid, expired, or deleted. Invalid API key"}, schema.KindCredentialsInvalid, "lambda", nil, []string{"lambda_keys"}},
		{"aws blocked", Failure{Operation: schema.OperationLaunch, Stdout: aws("Blocked", "RunInstances", "This account is currently blocked and not recognized as a valid account. Please contact AWS.")}, schema.KindBilling, "aws", []string{"billing", "eu-west-1", "AWS says: “This account is currently blocked"}, []string{"support"}},
		{"aws without a word", Failure{Operation: schema.OperationLaunch, Stdout: "⚙︎ Launching on AWS eu-west-1 (eu-west-1a).\nAWS handler error: Failed to launch instances. Max attempts exceeded.\nsky.exceptions.ResourcesUnavailableError: Failed to acquire resources in all zones in eu-west-1\n"}, schema.KindCapacityUnavailable, "aws", []string{"was not told why"}, nil},
		{"aws without a right", Failure{Stdout: aws("UnauthorizedOperation", "RunInstances", "You are not authorized to perform this operation. Encoded authorization failure message: "+strings.Repeat("aB3", 200))}, schema.KindPermission, "aws", []string{"AWS says: “You are not authorized to perform this operation”."}, nil},
		{"aws SSO expired", Failure{Cloud: "aws", Stderr: "sky.exceptions.CloudError: botocore error (UnauthorizedSSOTokenError): The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding profile."}, schema.KindCredentialsInvalid, "aws", []string{"have expired"}, []string{"aws sso login"}},
		{"aws SSO token", Failure{Cloud: "aws", Stderr: "Exception: TokenRetrievalError: Error when retrieving token from sso: Token has expired and refresh failed"}, schema.KindCredentialsInvalid, "aws", []string{"have expired"}, []string{"aws sso login"}},
		{"aws type", Failure{Cloud: "aws", Operation: schema.OperationLaunch, Stderr: "ValueError: No instance type m9.giant found."}, schema.KindInvalidSpec, "aws", []string{"There is no machine of that type.", "m9.giant"}, []string{"another type"}},
		{"gcp details", Failure{Stderr: "sky.exceptions.CloudError: googleapiclient error (HttpError): <HttpError 403 when requesting https://compute.googleapis.com/x?alt=json returned \"Required 'compute.instances.stop' permission for 'projects/p'\". Details: \"[{'message': 'Required', 'domain': 'global', 'reason': 'forbidden'}]\">"}, schema.KindPermission, "gcp", []string{"Google Cloud says: “Required 'compute.instances.stop' permission for 'projects/p'”."}, nil},
		{"oci capacity", Failure{Stdout: "⚙︎ Launching on OCI us-ashburn-1.\noci.exceptions.ServiceError: {'status': 500, 'code': 'InternalError', 'message': 'Out of host capacity.'}"}, schema.KindCapacityUnavailable, "oci", []string{"Oracle Cloud says: “Out of host capacity”"}, nil},
		{"kubernetes capacity", Failure{Stdout: "⚙︎ Launching on Kubernetes.\nInsufficient resource capacity on the cluster. Required resources (cpu=64, memory=256) were not found in a single node."}, schema.KindCapacityUnavailable, "kubernetes", []string{"single node"}, nil},
		{"lambda key, bare", Failure{Cloud: "lambda", Stderr: "Exception: LambdaCloudError: global/invalid-api-key: API key was invalid, expired, or deleted."}, schema.KindCredentialsInvalid, "lambda", nil, []string{"lambda_keys"}},
		{"no quota at a lesser cloud", Failure{Cloud: "fluidstack", Stdout: "W 11-24 10:00:00.000 PID=7 instance.py:108] run_instances error: Quota exceeded"}, schema.KindQuotaExceeded, "fluidstack", []string{"FluidStack refused", "FluidStack says: “Quota exceeded”"}, nil},
		{"stop not possible", Failure{Operation: schema.OperationStop, Stdout: "Stopping cluster 'n'... skipped.\n  Stopping is currently not supported for lambda.\n  To terminate the cluster instead, run: sky down n\n"}, schema.KindUnsupported, "lambda", []string{"currently not supported"}, []string{"destroy"}},
		{"owner", Failure{Stderr: "sky.exceptions.ClusterOwnerIdentityMismatchError: 'n' (AWS) is owned by account ['a'], but the activated account is ['b']."}, schema.KindCredentialsInvalid, "aws", []string{"another", "owned by account"}, []string{"account that launched"}},
		{"version", Failure{Stderr: "sky.exceptions.APIVersionMismatchError: The local SkyPilot API server is not compatible with the client. Please restart the API server with: sky api stop; sky api start"}, schema.KindSkyPilotUnsupported, "", nil, []string{"install SkyPilot " + Tested}},
		{"too old", Failure{Stderr: "Usage: sky status [OPTIONS]\nTry 'sky status -h' for help.\n\nError: No such option: -o"}, schema.KindSkyPilotUnsupported, "", nil, nil},
		{"no pip", Failure{Stderr: "RuntimeError: Failed to build pip wheel for SkyPilot.\npip module not found."}, schema.KindSkyPilotUnsupported, "", []string{"pip"}, []string{"--with pip"}},
		{"no rsync", Failure{Stderr: "RuntimeError: `rsync` is required for provisioning and it is not installed. For Debian/Ubuntu system, install it with: apt install rsync"}, schema.KindUnsupported, "", []string{"rsync"}, []string{"rsync"}},
		{"port taken", Failure{Stderr: "RuntimeError: Port 46580 is not available"}, schema.KindAPIServer, "", []string{"port"}, []string{"SKYPILOT_API_SERVER_LOCAL_PORT"}},
		{"login wanted", Failure{Stderr: "sky.exceptions.ApiServerAuthenticationError: Authentication required for SkyPilot API server at https://x. sky api login -e https://x"}, schema.KindAPIServer, "", []string{"log in"}, []string{"sky api login"}},
		{"interrupted", Failure{Stderr: "sky.exceptions.RequestInterruptedError: the connection was interrupted"}, schema.KindInterrupted, "", nil, []string{"again"}},
		{"interrupted stop", Failure{Operation: schema.OperationStop, Stderr: "sky.exceptions.RequestInterruptedError: the connection was interrupted"}, schema.KindInterrupted, "", []string{"could not be stopped"}, []string{"Ask for it again", "that finishes it"}},
		{"no network", Failure{Cloud: "aws", Stderr: "sky.exceptions.CloudError: botocore error (EndpointConnectionError): Could not connect to the endpoint URL: \"https://ec2.us-east-1.amazonaws.com/\""}, schema.KindNetwork, "aws", []string{"can't be reached"}, []string{"connection"}},
		{"no SSH", Failure{Operation: schema.OperationLaunch, Stderr: "RuntimeError: Failed to SSH to 1.2.3.4 after timeout 600s, with Connection refused"}, schema.KindUnreachable, "", []string{"SSH"}, nil},
		{"policy", Failure{Stderr: "sky.exceptions.UserRequestRejectedByPolicy: no spot, says the administrator"}, schema.KindPermission, "", []string{"no spot, says the administrator"}, nil},
		{"disk full here", Failure{Stderr: "OSError: [Errno 28] No space left on device: '/home/me/.sky'"}, schema.KindDiskFull, "", nil, []string{"Make room"}},
		{"rsync fails", Failure{Stderr: "sky.exceptions.CommandError: Command rsync -Pavz failed with return code 23.\nFailed to rsync up: /a -> /b\nrsync: mkdir failed: Permission denied (13)"}, schema.KindMountFailed, "", []string{"could not be brought"}, nil},
		{"no place for the files", Failure{Stdout: "mkdir: cannot create directory ‘/home/ubuntu/.sky/file_mounts/opt’: Permission denied\n\nsky.exceptions.CommandError: Command mkdir -p ~/.sky/file_mounts/opt failed with return code 1.\nFailed to run command before rsync /a -> ~/.sky/file_mounts/opt. View logs: sky api logs -l x/file_mounts.log\nmkdir: cannot create directory ‘/home/ubuntu/.sky/file_mounts/opt’: Permission denied"}, schema.KindMountFailed, "", []string{"could not be brought", "Permission denied"}, nil},
		{"the line is cut", Failure{Stdout: "Connection timed out during banner exchange\n\n⨯ Failed to set up SkyPilot runtime on cluster.  View logs: sky api logs -l x/provision.log", Stderr: "sky.exceptions.CommandError: Command mkdir -p ~/.sky/.runtime_files failed with return code 255.\nFailed to run command before rsync /a -> ~/.sky/.runtime_files.\nConnection timed out during banner exchange"}, schema.KindUnreachable, "", []string{"SSH"}, nil},
		{"symlink", Failure{Stderr: "sky.exceptions.CommandError: Command x failed with return code 1.\nFailed to create symlinks. The target destination may already exist. Log: /x"}, schema.KindMountFailed, "", []string{"taken"}, nil},
		{"bad YAML", Failure{Stderr: "sky.exceptions.InvalidSkyPilotConfigError: Invalid task YAML: Found unsupported field 'foo'."}, schema.KindInvalidSpec, "", []string{"unsupported field 'foo'"}, nil},
		{"a folder's name", Failure{Stdout: "⚙︎ Syncing files.\n  Syncing (to 1 node): /home/me/Throttling and Quota exceeded -> ~/.sky/file_mounts/opt/x\n⨯ Failed to set up SkyPilot runtime on cluster."}, schema.KindSetupFailed, "", []string{"runtime"}, nil},
		{"terminated", Failure{Stdout: "Cluster terminated on the cloud: n"}, schema.KindTerminatedExternally, "", nil, nil},
		{"unhealthy", Failure{InitReason: `Cluster is abnormal because ray cluster is unhealthy (health probe failed: <sky-payload>{"ray_port": 6380}</sky-payload>). Transitioned to INIT`}, schema.KindUnreachable, "", []string{"runtime"}, nil},
		{"nothing", Failure{Operation: schema.OperationLaunch, Cloud: "aws"}, schema.KindInternal, "aws", []string{"gave no reason"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt) })
	}
}

// Of several reasons the one that a person can act on is told, with the places
// in which it was given.
func TestExplainChooses(t *testing.T) {
	out := `⚙︎ Launching on AWS us-east-1 (us-east-1a).
create_instances: Attempt failed with An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation: none here
⚙︎ Launching on AWS us-west-2 (us-west-2a).
create_instances: Attempt failed with An error occurred (VcpuLimitExceeded) when calling the RunInstances operation: limit of 0
⚙︎ Launching on AWS eu-west-1 (eu-west-1a).
create_instances: Attempt failed with An error occurred (VcpuLimitExceeded) when calling the RunInstances operation: limit of 1
`
	check(t, explained{"", Failure{Stdout: out}, schema.KindQuotaExceeded, "aws", []string{"us-west-2, eu-west-1", "limit of 0"}, []string{"us-west-2"}})
	blocks := `sky.exceptions.ResourcesUnavailableError: Failed to provision all possible launchable resources.
Provision failures (tried 2 infra):

✗ AWS (us-east-1) — (cpus=4)
  Failed to acquire resources in all zones in us-east-1 for {AWS(cpus=4+)}.

✗ GCP (us-west1) — (cpus=4)
  Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1.
`
	check(t, explained{"", Failure{Stderr: blocks}, schema.KindQuotaExceeded, "gcp", []string{"us-west1", "Quota 'CPUS' exceeded"}, nil})
}

func TestExplainJob(t *testing.T) {
	setup := strings.Split(recording(t, "rec/logs-job-setup-fails").Stdout, "\n")
	for _, tt := range []explained{
		{"from the log", Failure{Job: setup}, schema.KindSetupFailed, "", []string{"setup failed. The log says: “E: Unable to locate package docker-ce”."}, []string{"setup log"}},
		{"by status", Failure{JobStatus: "FAILED_SETUP", Cloud: "aws"}, schema.KindSetupFailed, "aws", nil, nil},
		{"driver", Failure{JobStatus: "FAILED_DRIVER"}, schema.KindSetupFailed, "", []string{"runtime"}, []string{"Launch again"}},
		{"run", Failure{JobStatus: "FAILED", Job: []string{"(setup pid=1) fine", "(n, pid=1) panic: no database"}}, schema.KindRunFailed, "", []string{"run command failed", "panic: no database"}, nil},
		{"disk", Failure{Job: []string{"(setup pid=1) write: No space left on device", "✓ Job finished (status: FAILED_SETUP)."}}, schema.KindDiskFull, "", []string{"server's disk"}, []string{"larger disk"}},
		{"a stack trace", Failure{JobStatus: "FAILED_SETUP", Job: []string{
			"(setup pid=1) could not read the settings", "(setup pid=1) Traceback (most recent call last):", `(setup pid=1)   File "/x.py", line 3, in <module>`, "(setup pid=1)     raise CalledProcessError(code, cmd)",
			"(setup pid=1) subprocess.CalledProcessError: Command '['x']' returned non-zero exit status 1.",
		}}, schema.KindSetupFailed, "", []string{"setup failed. The log says: “could not read the settings”."}, nil},
		{"words of the script mislead nobody", Failure{Job: []string{"(setup pid=1) QUOTA_EXCEEDED ExpiredToken", "✓ Job finished (status: FAILED_SETUP)."}}, schema.KindSetupFailed, "", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt) })
	}
	e := Explain(Failure{Stdout: "(setup pid=1) QUOTA_EXCEEDED\n(n, pid=2) Unable to locate credentials\n"})
	if e.Kind != schema.KindInternal {
		t.Errorf("a script's words gave %s", e.Kind)
	}
}

func TestStaleIdentity(t *testing.T) {
	for name, want := range map[string]bool{"api-logs-stale-identity": true, "launch-quota": false, "launch-capacity": false} {
		if got := StaleIdentity(recording(t, name).Stdout); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if StaleIdentity("No usable subnets matching availability zone ['us-east-1a'] found.") {
		t.Error("a real zone")
	}
}

// A launch that the cloud did not answer may have made a machine all the same.
func TestAnswerLost(t *testing.T) {
	for name, want := range map[string]bool{"rec/api-logs-cloud-hangs": true, "rec/api-logs-throttling": false, "launch-quota": false, "launch-capacity": false} {
		if got := AnswerLost(recording(t, name).Stdout); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Every rule says what to do: its own entry, or an advice for its kind. What the entries name is what
// a finding has.
func TestAdvice(t *testing.T) {
	for i := range rules {
		r := &rules[i]
		if r.tells == nil || r.tells.Title == "" || r.tells.Hint == "" && hintOf(r.kind, "", nil) == nil {
			t.Errorf("rule %d (%s): no entry, no title or no hint", i, r.kind)
		}
		arguments(t, r.tells)
		if len(r.any)+len(r.all)+len(r.prefix) == 0 && !r.ofProviders() && !r.refused {
			t.Errorf("rule %d (%s) fits all", i, r.kind)
		}
		if r.source == "" {
			t.Errorf("rule %d (%s): nobody knows where it is from", i, r.kind)
		}
		for _, code := range slices.Concat(r.codes, r.sorts) {
			if code != sameCode(code) {
				t.Errorf("rule %d (%s): no code is kept as %q", i, r.kind, code)
			}
		}
		for _, phrase := range r.says {
			if phrase != strings.ToLower(phrase) || strings.TrimSpace(phrase) == "" {
				t.Errorf("rule %d (%s): %q can't be said", i, r.kind, phrase)
			}
		}
	}
}

func TestAdvicesNameWhatIsKnown(t *testing.T) {
	for _, a := range advices {
		arguments(t, a.says)
	}
}

// arguments holds the placeholders of a table's entry to the arguments of a finding.
func arguments(t *testing.T, e *text.Entry) {
	t.Helper()
	known := finding{rule: &rules[0]}.arguments("")
	for _, name := range e.Placeholders() {
		if _, ok := known[name]; !ok {
			t.Errorf("%s: nobody gives %q", e.Code, name)
		}
	}
}

func FuzzExplain(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add(r.Stdout, r.Stderr)
	}
	f.Add("An error occurred (X) when calling the Y operation (reached max retries: 0): Traceback. exit code 1", "✗ A (b) — ")
	f.Add("Error: : \n", "[a.b] (c) d error (e): f")
	f.Fuzz(func(t *testing.T, stdout, stderr string) {
		fitForAPerson(t, Explain(Failure{Operation: schema.OperationLaunch, Stdout: stdout, Stderr: stderr}))
		fitForAPerson(t, Explain(Failure{Job: []string{stdout, stderr}}))
		parseCheck(stdout)
		ParseSubmission(stdout)
	})
}
