package sky

import (
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
)

// advice is what a kind of failure is called and what to do about it, for one
// cloud or, where Cloud is empty, for any.
type advice struct {
	kind  schema.Kind
	cloud string
	lead  string // only where cloud is empty
	hint  string
	docs  string
}

// leadOf is the sentence for a kind.
func leadOf(kind schema.Kind) string {
	for _, a := range advices {
		if a.kind == kind && a.lead != "" {
			return a.lead
		}
	}
	return kind.Info().Meaning
}

// hintOf is what to do about a kind of failure at a cloud.
func hintOf(kind schema.Kind, by string) string {
	a := lookupAdvice(kind, by)
	if a.cloud == "" && (kind == schema.KindCredentialsMissing || kind == schema.KindCredentialsInvalid) {
		if c, ok := cloud.Find(by); ok { // the cloud's own way to get credentials is better than that of all
			return strings.TrimSuffix(c.Setup, ".") + ". Then try again."
		}
	}
	return a.hint
}

// docs is the page that helps, "" if there is none.
func docs(kind schema.Kind, cloud string) string { return lookupAdvice(kind, cloud).docs }

func lookupAdvice(kind schema.Kind, cloud string) advice {
	general := advice{hint: "Look at the detail, then try again."}
	for _, a := range advices {
		switch {
		case a.kind != kind:
		case a.cloud == cloud:
			return a
		case a.cloud == "":
			general = a
		}
	}
	return general
}

var advices = []advice{
	{
		kind: schema.KindQuotaExceeded, cloud: "aws",
		hint: "Ask AWS for a higher quota in {where} (Service Quotas, Amazon EC2, “Running On-Demand Standard instances” or, for spot, “All Standard Spot Instance Requests”), or choose a smaller machine or another region.",
		docs: "https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas",
	},
	{
		kind: schema.KindQuotaExceeded, cloud: "gcp",
		hint: "Ask Google for a higher quota in {where} (IAM & Admin, Quotas; the name of the quota stands in the message), or choose a smaller machine or another region.",
		docs: "https://console.cloud.google.com/iam-admin/quotas",
	},
	{
		kind: schema.KindQuotaExceeded, cloud: "azure",
		hint: "Ask Azure for a higher quota in {where} (Quotas, Compute; the family of machines stands in the message), or choose a smaller machine or another region.",
		docs: "https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas",
	},
	{
		kind: schema.KindQuotaExceeded, lead: "{cloud} refused the machine{region}: the account's quota does not allow it.",
		hint: "Ask {cloud} for a higher quota, or choose a smaller machine or another region.",
	},

	{
		kind: schema.KindCapacityUnavailable, lead: "{cloud} has no such machine to give{region} right now.",
		hint: "Try again later, choose another region or another kind of machine, or set retryUntilUp.",
	},

	{
		kind: schema.KindPermission, cloud: "aws",
		hint: "Give the AWS user or role the rights that SkyPilot needs (EC2, and IAM for the instance's role), or use another profile.",
		docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/aws.html",
	},
	{
		kind: schema.KindPermission, cloud: "gcp",
		hint: "Give the Google Cloud account the roles that SkyPilot needs in this project, and enable the Compute Engine API and billing.",
		docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/gcp.html",
	},
	{
		kind: schema.KindPermission, cloud: "azure",
		hint: "Give the Azure account the Contributor role on the subscription, and see that the subscription is active.",
		docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/index.html",
	},
	{
		kind: schema.KindPermission, lead: "{cloud} does not permit it{region}: the account lacks a right that is needed.",
		hint: "Give the account the rights that SkyPilot needs, or use another one.",
		docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/index.html",
	},

	{
		kind: schema.KindBilling, lead: "{cloud} gives no machine{region} before the account's billing is in order.",
		hint: "Look at the account in {cloud}'s console: add a payment method or credit, pay what is open, or ask {cloud}'s support why it is blocked.",
	},
	{
		kind: schema.KindClockWrong, lead: "The clock of this computer is wrong, so that {cloud} does not accept its requests.",
		hint: "Have this computer set its date and time by itself, in its settings, then try again. The credentials are not the cause.",
	},
	{
		kind: schema.KindProviderRefused, lead: "{cloud} refused{region}.",
		hint: "What {cloud} says is the reason: mend that, then try again.",
	},
	{kind: schema.KindOperationInProgress, lead: "An earlier operation has not ended yet.", hint: "Wait a few minutes, then try again."},

	{
		kind: schema.KindRateLimited, lead: "{cloud} is refusing calls because there were too many.",
		hint: "Wait a few minutes, then try again. Other programs that use the same account count too.",
	},

	{
		kind: schema.KindCredentialsMissing, cloud: "aws", hint: "Run aws configure (or aws sso login), then try again. sky check aws shows whether it works.",
		docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#aws",
	},
	{
		kind: schema.KindCredentialsMissing, cloud: "gcp", hint: "Install the Google Cloud CLI, run gcloud init and gcloud auth application-default login, then try again. sky check gcp shows whether it works.",
		docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#gcp",
	},
	{
		kind: schema.KindCredentialsMissing, cloud: "azure", hint: "Run az login, then try again. sky check azure shows whether it works.",
		docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#azure",
	},
	{kind: schema.KindCredentialsMissing, cloud: "lambda", hint: "Write your API key into ~/.lambda_cloud/lambda_keys (api_key = …), then try again."},
	{
		kind: schema.KindCredentialsMissing, lead: "SkyPilot has no credentials for {cloud}.", hint: "Set the credentials of a cloud up, then try again. sky check shows whether they work.",
		docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html",
	},

	{
		kind: schema.KindCredentialsInvalid, cloud: "aws", hint: "Run aws configure with a valid key (or aws sso login if you use single sign-on), then try again. aws sts get-caller-identity shows whether it works.",
		docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#aws",
	},
	{kind: schema.KindCredentialsInvalid, cloud: "gcp", hint: "Run gcloud auth login and gcloud auth application-default login, then try again."},
	{kind: schema.KindCredentialsInvalid, cloud: "azure", hint: "Run az login, then try again."},
	{kind: schema.KindCredentialsInvalid, cloud: "lambda", hint: "Put a valid API key into ~/.lambda_cloud/lambda_keys, then try again."},
	{
		kind: schema.KindCredentialsInvalid, lead: "{cloud} does not accept the credentials.", hint: "Renew the credentials, then try again. sky check shows whether they work.",
		docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html",
	},

	{
		kind: schema.KindAPIServer, lead: "SkyPilot's API server can't be reached, or ended in the middle.",
		hint: "Try again; it is started anew. If that does not help, run sky api stop and sky api start and read ~/.sky/api_server/server.log.",
	},
	{kind: schema.KindSkyPilotUnsupported, hint: "Upgrade SkyPilot to " + Tested + " (skypilot.install does), and restart its API server: sky api stop; sky api start."},
	{kind: schema.KindInterrupted, lead: "SkyPilot's API server was restarted and lost the operation half way.", hint: "Ask for it again: that finishes it."},
	{kind: schema.KindCanceled, lead: "It was canceled.", hint: "What was made at the cloud until then may still be there: look at the server's status."},
	{kind: schema.KindClusterNotFound, lead: "SkyPilot has no server of that name.", hint: "Look at cluster.list with refresh for the servers there are."},
	{kind: schema.KindUnsupported, lead: "That can't be done.", hint: "A cloud that can't stop a server can destroy it instead."},
	{kind: schema.KindDiskFull, lead: "There is no space left on the disk.", hint: "Make room on this machine; if the server's own disk is full, launch with a greater diskSize."},
	{kind: schema.KindMountFailed, lead: "The files could not be brought onto the server.", hint: "Check that the folders are there and readable, then launch again."},
	{kind: schema.KindInvalidSpec, lead: "SkyPilot does not take what the spec asks for.", hint: "Change the spec, then launch again."},
	{kind: schema.KindTerminatedExternally, lead: "The server was removed outside of Carapace.", hint: "Launch a new one."},
	{kind: schema.KindUnreachable, lead: "The server does not answer.", hint: "Wait a minute and look again; start mends the runtime, destroy removes the machine."},
	{kind: schema.KindSetupFailed, lead: "The machine runs, but its setup did not succeed.", hint: "Mend the setup script and launch again, or destroy the server."},
	{kind: schema.KindNetwork, lead: "{cloud} can't be reached from here.", hint: "Check this machine's connection, proxy and firewall, then try again."},
	{kind: schema.KindTimeout, lead: "It took longer than it may.", hint: "Look at the server's status before you try again."},
}
