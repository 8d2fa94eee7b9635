package cloud

import (
	"net/url"
	"strings"
)

// Page is one of a provider's own pages that a person goes to.
type Page int

// The pages.
const (
	PageConsole Page = iota // where the machines are shown
	PageQuota               // where more quota is asked for, or how
	PageBilling             // where the account is paid for, or how
	PageKeys                // where keys are made, or how
)

// pages are the addresses of a cloud's pages by the constants; "" where no page of the
// provider's was found. "{?region}" stands for a query that names the region.
type pages [4]string

// pagesOf returns a cloud's pages, each at the provider's own address. None was opened. Beside an address stands who names it, as an
// excerpt of a search had it; the others are from what is generally known. Open each before a release.
func pagesOf(id string) pages {
	switch id {
	case "aws":
		return pages{
			PageConsole: "https://console.aws.amazon.com/ec2/home{?region}",                                 // the EC2 User Guide names console.aws.amazon.com/ec2
			PageQuota:   "https://console.aws.amazon.com/servicequotas/home{?region}#!/services/ec2/quotas", // as in the MediaStore API reference, PutMetricPolicy, for its service
			PageBilling: "https://console.aws.amazon.com/billing/home#/paymentpreferences",                  // docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-cc.html
			PageKeys:    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
		}
	case "gcp":
		return pages{
			PageConsole: "https://console.cloud.google.com/",
			PageQuota:   "https://console.cloud.google.com/iam-admin/quotas", // Compute Engine's own error of a quota: "View and manage quotas at"
			PageBilling: "https://docs.cloud.google.com/billing/docs/how-to/manage-billing-account",
		}
	case "azure":
		return pages{
			PageConsole: "https://portal.azure.com/",
			PageQuota:   "https://learn.microsoft.com/azure/quotas/quotas-overview",
			PageBilling: "https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled", // Azure's own error of a disabled subscription
		}
	case "lambda":
		return pages{PageKeys: "https://cloud.lambdalabs.com/api-keys"} // SkyPilot's installation page
	case "runpod":
		return pages{
			PageConsole: "https://www.console.runpod.io/",
			PageBilling: "https://www.console.runpod.io/user/billing",  // docs.runpod.io/accounts-billing/billing
			PageKeys:    "https://www.console.runpod.io/user/settings", // docs.runpod.io/get-started/api-keys
		}
	case "do":
		return pages{
			PageConsole: "https://cloud.digitalocean.com/",
			PageBilling: "https://docs.digitalocean.com/platform/billing/",
			PageKeys:    "https://cloud.digitalocean.com/account/api/tokens", // the tutorials of DigitalOcean's partners
		}
	case "paperspace":
		return pages{PageKeys: "https://docs.digitalocean.com/reference/paperspace/api-keys/"}
	case "vast":
		return pages{
			PageConsole: "https://cloud.vast.ai/",             // docs.vast.ai/guides/reference/api-keys
			PageBilling: "https://cloud.vast.ai/billing/",     // docs.vast.ai/billing, "Use the add credit button"
			PageKeys:    "https://cloud.vast.ai/manage-keys/", // the same
		}
	case "oci":
		return pages{
			PageConsole: "https://cloud.oracle.com/",
			PageQuota:   "https://docs.oracle.com/en-us/iaas/Content/GSG/support/create-incident-limit.htm",
		}
	}
	return pages{}
}

// Page returns the address of a page of the provider's, "" where none is known. region may be empty;
// a page that shows one region then shows the one that was looked at last.
func (c Cloud) Page(which Page, region string) string {
	query := ""
	if region != "" {
		query = "?region=" + url.QueryEscape(region)
	}
	return strings.Replace(pagesOf(c.ID)[which], "{?region}", query, 1)
}

// SignIn returns the command with which a person gets credentials of a cloud, "" where they are got in
// another way. The command asks for what it needs.
func (c Cloud) SignIn() string {
	switch c.ID {
	case "aws":
		return "aws configure"
	case "gcp":
		return "gcloud auth application-default login"
	case "azure":
		return "az login"
	case "runpod":
		return "runpod config"
	case "do":
		return "doctl auth init"
	case "cudo":
		return "cudoctl init"
	case "primeintellect":
		return "prime login"
	}
	return ""
}
