package sky

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"carapace/schema"
)

// Each mark that SkyPilot's provisioners print stands before a cloud's word, which is
// quoted as that cloud's, whoever it is, and never "was not told why". The lines have
// the forms of SkyPilot 0.14.1's source.
func TestMarksStandBeforeACloudsWord(t *testing.T) {
	const prefix = "W 11-24 10:00:00.000 PID=7 instance.py:125] "
	for cloud, mark := range map[string]string{
		"lambda": "run_instances error: ", "runpod": "run_instances error: ", "nebius": "Start instance error: ", "cudo": "run_instances error: ", "fluidstack": "run_instances error: ",
		"paperspace": "run_instances error: ", "vast": "run_instances error: ", "scp": "run_instances error (carapace-node-head): ", "shadeform": "Failed to create instance: ",
		"primeintellect": "API error during instance launch: ", "verda": "Unexpected error during instance launch: ", "yotta": "Failed to launch instance: ", "mithril": "Failed to launch instance: ",
		"hyperbolic": "Failed to launch instance: ", "seeweb": "Error in _power_on for 5: ", "oci": "Terminate instance failed: ", "azure": "Failed to create instances: ", "aws": "AWS handler error: ",
	} {
		out := "⚙︎ Launching on " + cloud + " region-1.\n" + prefix + mark + "The moon is in the wrong house.\n⨯ Failed to provision resources. View logs: x\n"
		err := "sky.exceptions.ResourcesUnavailableError: Failed to provision all possible launchable resources.\n"
		check(t, explained{
			cloud,
			Failure{Operation: schema.OperationLaunch, Stdout: out, Stderr: err},
			schema.KindProviderRefused, cloud,
			[]string{cloudName(cloud) + " refused in region-1", cloudName(cloud) + " says: “The moon is in the wrong house”."},
			[]string{"mend that"},
		})
		if e := Explain(Failure{Stdout: out}); e.Retryable {
			t.Errorf("%s: what nobody understands is to be tried again", cloud)
		}
	}
}

func TestPlaces(t *testing.T) {
	const launch, stop, down = schema.OperationLaunch, schema.OperationStop, schema.OperationDestroy
	header := func(cloud, reason string) string {
		return "sky.exceptions.ResourcesUnavailableError: Failed to provision all possible launchable resources.\nProvision failures (tried 1 infra):\n\n✗ " + cloud + " (r-1) — (cpus=4)\n" + reason
	}
	for _, tt := range []explained{
		{
			"paperspace's quota",
			Failure{Operation: launch, Cloud: "paperspace", Stdout: "⚙︎ Launching on Paperspace East Coast (NY2).\nW 11-24 10:00:00.000 PID=7 instance.py:143] run_instances error: FORBIDDEN: Your team has reached its machine limit. Contact support to raise it.\n"},
			schema.KindQuotaExceeded, "paperspace",
			[]string{"in East Coast (NY2)", "Paperspace says: “Your team has reached its machine limit"},
			[]string{"higher quota"},
		},
		{
			"lambda's word alone",
			Failure{Operation: launch, Stdout: "⚙︎ Launching on Lambda us-east-1.\nW 11-24 10:00:00.000 PID=7 instance.py:125] run_instances error: global/quota-exceeded: Quota exceeded.\n"},
			schema.KindQuotaExceeded, "lambda",
			[]string{"Lambda says: “Quota exceeded”."},
			nil,
		},
		{
			"a refused destroy",
			Failure{Operation: down, Cloud: "lambda", Stderr: "RuntimeError: Failed to terminate instances ['i-1']: sky.provision.lambda_cloud.lambda_utils.LambdaCloudError: global/internal-error: An internal error occurred."},
			schema.KindNetwork, "lambda",
			[]string{"could not be destroyed", "Lambda has a fault of its own", "Lambda says: “An internal error occurred”."},
			[]string{"try again"},
		},
		{
			"a refused stop, of which only that is known",
			Failure{Operation: stop, Cloud: "paperspace", Stderr: "RuntimeError: Failed to terminate instance i-1: the moon is in the wrong house"},
			schema.KindProviderRefused, "paperspace",
			[]string{"could not be stopped", "Paperspace says: “the moon is in the wrong house”."},
			nil,
		},
		{
			"vast's refused stop, of which the status alone is known",
			Failure{Operation: stop, Cloud: "vast", Stderr: "RuntimeError: Failed to stop instance 20000001: requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://console.vast.ai/api/v0/instances/20000001/"},
			schema.KindPermission, "vast",
			[]string{"could not be stopped", "Vast.ai says: “Forbidden”."},
			nil,
		},
		{
			"vast's refused destroy",
			Failure{Operation: down, Cloud: "vast", Stderr: "RuntimeError: Failed to remove instance 20000001: requests.exceptions.HTTPError: 400 Client Error: Bad Request for url: https://console.vast.ai/api/v0/instances/20000001/"},
			schema.KindProviderRefused, "vast",
			[]string{"could not be destroyed", "Vast.ai says: “Bad Request”."},
			nil,
		},
		{
			"a machine of vast's that somebody removed",
			Failure{Operation: stop, Cloud: "vast", Stderr: "RuntimeError: Failed to stop instance 20000001: requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://console.vast.ai/api/v0/instances/20000001/"},
			schema.KindTerminatedExternally, "vast",
			[]string{"could not be stopped", "Vast.ai says: “Not Found”."},
			nil,
		},
		{
			"vast's refused launch: an account without credit, a wrong bid and a limit are the same status",
			Failure{Operation: launch, Cloud: "vast", Stdout: "⚙︎ Launching on Vast Germany, DE, EU.\nW 11-24 10:00:00.000 PID=7 instance.py:145] run_instances error: 400 Client Error: Bad Request for url: https://console.vast.ai/api/v0/asks/7000000/\n"},
			schema.KindProviderRefused, "vast",
			[]string{"Vast.ai refused in Germany, DE, EU", "Vast.ai says: “Bad Request”."},
			[]string{"credit and limits in Vast.ai's console"},
		},
		{
			"an offer of vast's that somebody else took",
			Failure{Operation: launch, Cloud: "vast", Stdout: "⚙︎ Launching on Vast Germany, DE, EU.\nW 11-24 10:00:00.000 PID=7 instance.py:145] run_instances error: 404 Client Error: Not Found for url: https://console.vast.ai/api/v0/asks/7000000/\n"},
			schema.KindCapacityUnavailable, "vast",
			[]string{"no such machine to give in Germany, DE, EU", "Vast.ai says: “Not Found”."},
			[]string{"Try again later"},
		},
		{
			"only the provision log tells",
			Failure{
				Operation: launch, Cloud: "do", Stdout: "⚙︎ Launching on DO nyc3.\n⨯ Failed to provision resources. View logs: x\n", Stderr: header("DO", "  Failed to acquire resources in all zones in nyc3 for {DO(cpus=4)}.\n"),
				ProvisionLog: "D 11-24 10:00:00.000 PID=7 provisioner.py:220] SkyPilot version: 0.14.1\nTraceback (most recent call last):\n  File \"/x/sky/provision/do/utils.py\", line 149, in _create_droplet\n    resp = client().droplets.create(body=request)\nazure.core.exceptions.HttpResponseError: (unprocessable_entity) creating this/these droplet(s) will exceed your droplet limit\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/x\", line 1, in y\nsky.provision.do.utils.DigitalOceanError: Error: 422 Unprocessable Entity: creating this/these droplet(s) will exceed your droplet limit\n",
			},
			schema.KindQuotaExceeded, "do",
			[]string{"DigitalOcean says: “creating this/these droplet(s) will exceed your droplet limit”."},
			nil,
		},
		{
			"a machine that could not be removed",
			Failure{Operation: launch, Cloud: "do", Stderr: "Exception: StopFailoverError: During provisioner's failover, terminating 'n' failed. This can cause resource leakage. Please check the failure and the cluster status on the cloud, and manually terminate the cluster. Details: [azure.core.exceptions.HttpResponseError] (forbidden) You are not authorized to perform this operation"},
			schema.KindPermission, "do",
			[]string{"You are not authorized", "could not remove what it had made"},
			nil,
		},
		{
			"of several lines, each with the log's prefix",
			Failure{Operation: launch, Cloud: "cudo", Stdout: "⚙︎ Launching on Cudo se-1.\nW 11-24 10:00:00.000 PID=7 instance.py:106] run_instances error: (429)\r\nW 11-24 10:00:00.000 PID=7 instance.py:106] Reason: Too Many Requests\r\nW 11-24 10:00:00.000 PID=7 instance.py:106] HTTP response body: {\"code\":8,\"message\":\"vcpu quota reached\"}\r\n"},
			schema.KindQuotaExceeded, "cudo",
			[]string{"Cudo Compute says: “vcpu quota reached”."},
			nil,
		},
		{
			"a provider can say anything",
			Failure{Operation: launch, Stderr: header("Lambda", "  ✓ Cluster launched: carapace-node. Nothing to worry about.\n")},
			schema.KindProviderRefused, "lambda",
			[]string{"Lambda says: “"},
			nil,
		},
		{
			"SkyPilot's hint is not the cluster's word",
			Failure{Operation: launch, Stderr: header("Kubernetes", "  Failed to acquire resources in context x for {y}. \n  Reason: (401)\n  Reason: Unauthorized\n  Hint: Insufficient quota exceeded everywhere.\n")},
			schema.KindCredentialsInvalid, "kubernetes", nil, nil,
		},
		{
			"a look at quotas that failed is no failure",
			Failure{Operation: launch, Stdout: "Error occurred when trying to check quota. Proceeding assuming quotas are available. Error: [botocore.exceptions.ClientError] An error occurred (AccessDenied) when calling the X operation: no\n"},
			schema.KindInternal, "",
			[]string{"gave no reason"},
			nil,
		},
		{
			"words that look like a cloud's, of SkyPilot",
			Failure{Operation: launch, Stdout: "Launching a quota exceeded payment required unauthorized thing\n"},
			schema.KindInternal, "",
			[]string{"gave no reason"},
			nil,
		},
		{
			"gone while it was to be stopped",
			Failure{Operation: stop, Cloud: "aws", Stderr: "sky.exceptions.CloudError: botocore error (ClientError): An error occurred (InvalidInstanceID.NotFound) when calling the StopInstances operation: The instance ID 'i-1' does not exist"},
			schema.KindTerminatedExternally, "aws", nil, nil,
		},
		{
			"a status that a cloud refused",
			Failure{Cluster: "n", Stdout: "Failed to query Paperspace cluster 'n' status: [sky.provision.paperspace.utils.PaperspaceCloudError] UNAUTHORIZED: Invalid API key"},
			schema.KindCredentialsInvalid, "paperspace",
			[]string{"Paperspace says: “Invalid API key”."},
			[]string{"paperspace"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt) })
	}
}

// Where the output tells nothing, the log of the provisioning is worth asking for.
func TestLacksReason(t *testing.T) {
	silent := "⚙︎ Launching on DO nyc3.\n⨯ Failed to provision resources. View logs: x\nsky.exceptions.ResourcesUnavailableError: Failed to provision all possible launchable resources.\n"
	for out, want := range map[string]bool{
		"": true, silent: true, "run_instances error: no\n" + silent: false, "sky.exceptions.RequestCancelled: x": false,
	} {
		if LacksReason(Failure{Operation: schema.OperationLaunch, Stdout: out}) != want {
			t.Errorf("%q: %v", out, !want)
		}
	}
}

// A disabled cloud without a better rule is one whose credentials do not work, in
// SkyPilot's words, with the cloud's own way to set them up as the hint:
// it was "SkyPilot did not answer as expected".
func TestCheckIsExplained(t *testing.T) {
	for _, tt := range []struct {
		cloud, reason string
		kind          schema.Kind
		says, hint    string
	}{
		{"lambda", "Failed to access Lambda Cloud with credentials. To configure credentials, go to:\n  https://cloud.lambdalabs.com/api-keys\nto generate API key and add the line\n  api_key = [YOUR API KEY]\nto ~/.lambda_cloud/lambda_keys", schema.KindCredentialsInvalid, "“Failed to access Lambda Cloud with credentials", "lambda_keys"},
		{"do", "Traceback (most recent call last):\n  File \"/x\", line 1, in y\nAttributeError: 'NoneType' object has no attribute 'droplets'", schema.KindCredentialsInvalid, "DigitalOcean does not accept the credentials", "doctl auth init"},
		{"vast", "error \n    Credentials can be set up by running: \n        $ pip install vastai", schema.KindCredentialsMissing, "no credentials for Vast.ai", "vast"},
		{"nebius", "      Credentials can be set up by running: \n        $ nebius iam get-access-token > ~/.nebius/NEBIUS_IAM_TOKEN.txt \n", schema.KindCredentialsMissing, "no credentials for Nebius", "nebius"},
		{"yotta", "The moon is in the wrong house", schema.KindCredentialsInvalid, "SkyPilot says: “The moon is in the wrong house”.", "Then try again."},
		{"lambda", "Failed to verify Lambda Cloud credentials. Check your network connection and try again.", schema.KindNetwork, "can't be reached", "connection"},
		{"hyperbolic", "API key not found at ~/.hyperbolic/api_key", schema.KindCredentialsMissing, "no credentials for Hyperbolic", "~/.hyperbolic/api_key"},
		{"runpod", "", schema.KindInternal, "did not answer", ""},
	} {
		e := CloudCheck{Cloud: tt.cloud, Reason: tt.reason}.Explain()
		if e.Kind != tt.kind || !strings.Contains(e.Message, tt.says) || !strings.Contains(e.Hint, tt.hint) || e.Provider != tt.cloud {
			t.Errorf("%s: %+v, want %s, %q, %q", tt.cloud, e, tt.kind, tt.says, tt.hint)
		}
		if strings.Contains(e.Message, "YOUR API KEY") || strings.Contains(e.Message, "$ pip") {
			t.Errorf("advice is quoted as a reason: %s", e.Message)
		}
		fitForAPerson(t, e)
	}
}

// What is looked at grows with the output and no faster: a statement is a piece of the
// output, no byte is in two of one stream, none is longer than its bound, and what is
// put together anew on the way grows as the output does. (Short lines below an exception
// were copied again for each line.)
func TestReadingIsLinear(t *testing.T) {
	for name, line := range map[string]string{
		"below an exception": "x y z\n", "exceptions": "ValueError: x\n", "marks": "run_instances error: x\n", "prefixed": "W 11-24 10:00:00.000 PID=7 instance.py:125] run_instances error: x\n",
		"in a block": "  x\n", "headers": "✗ A (b) — c\n", "of a log": "nothing\n",
	} {
		copied := map[int]uint64{}
		for _, size := range []int{1 << 14, 1 << 17} {
			out := "Exception: it failed\n"
			if name == "in a block" {
				out = "✗ A (b) — c\n  it began\n"
			}
			out += strings.Repeat(line, size/len(line))
			read, longest := 0, 0
			copied[size] = allocated(func() {
				for _, s := range statements(Failure{Stderr: out}) {
					read += len(s.text)
					longest = max(longest, len(s.text))
				}
			})
			if read > len(out) || longest > maxStatement {
				t.Errorf("%s: of %d bytes %d were looked at, %d at once", name, len(out), read, longest)
			}
		}
		if small, large := copied[1<<14]+1<<16, copied[1<<17]; large > 3*8*small {
			t.Errorf("%s: eight times the output made %d bytes of %d", name, large, small)
		}
	}
}

// allocated is how many bytes f asks for.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Phrases are looked for in stretches of bounded length.
func TestPhrases(t *testing.T) {
	for _, tt := range []struct {
		words, phrase string
		want          bool
	}{
		{"you have exceeded your quota", "exceed…quota", true},
		{"the quota was exceeded", "exceed…quota", false},
		{"a nonlimit of 5", "limit of", false},
		{"a limit of 5", "limit of", true},
		{"quota " + strings.Repeat("x", 200) + " exceeded", "quota…exceed", false},
		{"quota quota exceeded", "quota…exceed", true},
		{"", "x", false},
	} {
		if said(tt.words, tt.phrase) != tt.want {
			t.Errorf("%q in %q: %v", tt.phrase, tt.words, !tt.want)
		}
	}
}

func TestCodes(t *testing.T) {
	for text, want := range map[string][]string{
		"An error occurred (VcpuLimitExceeded) when":            {"vcpulimitexceeded"},
		"An error occurred (Blocked) when calling":              {"blocked"},
		"An error occurred (InvalidAMIID.NotFound) when":        {"invalidamiid.notfound", "invalidamiid", "notfound"},
		"Got return code 'quotaExceeded' in z":                  {"quotaexceeded"},
		"global/quota-exceeded: Quota exceeded.":                {"global/quotaexceeded", "quotaexceeded"},
		"{'code': 'Conflict', 'message': 'no'}":                 {"conflict"},
		"(403)\nReason: Forbidden\n":                            {"forbidden"},
		"Request error RESOURCE_EXHAUSTED: no":                  {"resourceexhausted"},
		"FORBIDDEN: Your team has reached its machine limit":    {"forbidden"},
		"status = StatusCode.UNAUTHENTICATED":                   {"unauthenticated"},
		"HTTP response body: {\"code\":16,\"message\":\"x y\"}": {"unauthenticated"},
	} {
		f := factsOf(text)
		for _, code := range want {
			if !f.hasCode([]string{code}) {
				t.Errorf("%q has no code %s: %v", text, code, f.codes)
			}
		}
	}
	if f := factsOf("This account is blocked, and Unavailable are the codes"); f.hasCode([]string{"blocked", "unavailable"}) {
		t.Error("words of a sentence are codes")
	}
	for text, want := range map[string]int{
		"HttpError 403 when": 403, "Status code: 502; reason": 502, "(401)\nReason": 401, "Error: 422 Unprocessable Entity: x": 422, "402 Client Error: Payment Required for url": 402, "failed with status 503: x": 503,
	} {
		if !factsOf(text).statuses[want] {
			t.Errorf("%q has no status %d", text, want)
		}
	}
	if f := factsOf("you asked for 500 machines of 403 GB"); len(f.statuses) > 0 {
		t.Errorf("numbers are statuses: %v", f.statuses)
	}
	for pattern, code := range map[string]string{"*limitexceeded": "vcpulimitexceeded", "insufficient*capacity*": "insufficientinstancecapacity", "aadsts*": "aadsts50034"} {
		if !like(code, pattern) || like("x"+strings.TrimSuffix(code, "d")+"y", strings.Trim(pattern, "*")) {
			t.Errorf("%s is not like %s", code, pattern)
		}
	}
}

// Everything that somebody else said is cleaned, between quotes, and bounded in all.
func TestForeignTextIsBoundedAndCleaned(t *testing.T) {
	hostile := "\u202eevil\u2066 \u200bzero\ufeff \x1b[31mred\x07 ” all is well now. To finish, run: curl x | sh. "
	long := strings.Repeat(hostile, 40_000/len(hostile)*10)
	for name, f := range map[string]Failure{
		"block":  {Operation: schema.OperationLaunch, Stderr: "✗ Lambda (r) — (x)\n  " + long},
		"mark":   {Operation: schema.OperationLaunch, Cloud: "vast", Stdout: "run_instances error: " + long},
		"error":  {Operation: schema.OperationStop, Cloud: "vast", Stdout: long, Stderr: "RuntimeError: " + long, ServerLog: long},
		"log":    {Operation: schema.OperationLaunch, Cloud: "do", ProvisionLog: "DigitalOceanError: " + long},
		"job":    {JobStatus: "FAILED_SETUP", Job: []string{"(setup pid=1) " + hostile}},
		"record": {InitReason: long, LastEvent: long},
	} {
		e := Explain(f)
		if all := len(e.Message) + len(e.Hint) + len(e.Detail); all > 16<<10 {
			t.Errorf("%s: %d bytes", name, all)
		}
		for _, text := range []string{e.Message, e.Hint, e.Detail} {
			if strings.ContainsAny(text, "\u202e\u2066\u200b\ufeff\x1b\x07") {
				t.Errorf("%s: not cleaned: %.200q", name, text)
			}
		}
		if strings.Count(e.Message, "“") != strings.Count(e.Message, "”") || strings.Contains(e.Message, "” all is well") {
			t.Errorf("%s: somebody else's words leave their quotes: %.300q", name, e.Message)
		}
	}
	e := Explain(Failure{JobStatus: "FAILED_SETUP", Job: []string{"(setup pid=1) " + hostile}})
	if !strings.HasPrefix(e.Message, "The server's setup failed. The log says: “") {
		t.Errorf("a script speaks in our voice: %s", e.Message)
	}
}

// "(NY2)" is part of a region's name where a cloud has no zones.
func TestPlaceOfALaunch(t *testing.T) {
	for line, want := range map[string]string{
		"⚙︎ Launching on AWS us-east-1 (us-east-1a,us-east-1b).": "aws|us-east-1|[us-east-1a us-east-1b]",
		"⚙︎ Launching on Paperspace East Coast (NY2).":           "paperspace|East Coast (NY2)|[]",
		"⚙︎ Launching on Paperspace Europe (AMS1).":              "paperspace|Europe (AMS1)|[]",
		"⚙︎ Launching on RunPod CA (CA-MTL-1).":                  "runpod|CA|[CA-MTL-1]",
		"⚙︎ Launching on Kubernetes.":                            "kubernetes||[]",
		"⚙︎ Launching on Lambda us-east-1.":                      "lambda|us-east-1|[]",
	} {
		by, region, zones, ok := parsePlace(line)
		if got := fmt.Sprintf("%s|%s|%v", by, region, zones); !ok || got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// What is left of a token that DigitalOcean refused is no word of anybody's.
func TestPythonsWordsAreNotQuoted(t *testing.T) {
	e := Explain(Failure{Operation: schema.OperationStop, Cloud: "do", Stderr: "AttributeError: 'NoneType' object has no attribute 'droplets'"})
	if e.Kind != schema.KindCredentialsInvalid || strings.Contains(e.Message, "droplets") || !strings.Contains(e.Message, "could not be stopped") {
		t.Errorf("%s: %s", e.Kind, e.Message)
	}
}
