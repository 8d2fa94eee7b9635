package sky

import (
	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// advice is what to do about a kind of failure at one cloud or, where cloud is empty, at
// any, and the page that helps.
type advice struct {
	kind  schema.Kind
	cloud string
	says  *text.Entry
	docs  string
}

// hintOf is what to do about a kind of failure at a cloud, empty where nothing is known but what
// the entry of the rule says. known are the arguments that there are.
func hintOf(kind schema.Kind, by string, known text.Args) []text.Text {
	a := lookupAdvice(kind, by)
	if a.cloud == "" && (kind == schema.KindCredentialsMissing || kind == schema.KindCredentialsInvalid) {
		if c, ok := cloud.Find(by); ok { // the cloud's own way to get credentials is better than that of all
			return []text.Text{text.New(&text.HintSetUpAgain, text.Args{"setup": text.New(c.Setup)})}
		}
	}
	if a.says == nil {
		return nil
	}
	return []text.Text{text.New(a.says, a.says.Pick(known))}
}

// docs is the page that helps, "" if there is none.
func docs(kind schema.Kind, cloud string) string { return lookupAdvice(kind, cloud).docs }

func lookupAdvice(kind schema.Kind, cloud string) (found advice) {
	for _, a := range advices {
		switch {
		case a.kind != kind:
		case a.cloud == cloud:
			return a
		case a.cloud == "":
			found = a
		}
	}
	return found
}

var advices = []advice{
	{kind: schema.KindQuotaExceeded, says: &text.HintQuota},
	{kind: schema.KindQuotaExceeded, cloud: "aws", says: &text.HintQuotaAWS, docs: "https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas"},
	{kind: schema.KindQuotaExceeded, cloud: "gcp", says: &text.HintQuotaGoogle, docs: "https://console.cloud.google.com/iam-admin/quotas"},
	{kind: schema.KindQuotaExceeded, cloud: "azure", says: &text.HintQuotaAzure, docs: "https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas"},

	{kind: schema.KindPermission, says: &text.HintRights, docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/index.html"},
	{kind: schema.KindPermission, cloud: "aws", says: &text.HintRightsAWS, docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/aws.html"},
	{kind: schema.KindPermission, cloud: "gcp", says: &text.HintRightsGoogle, docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/gcp.html"},
	{kind: schema.KindPermission, cloud: "azure", says: &text.HintRightsAzure, docs: "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/index.html"},

	{kind: schema.KindCredentialsMissing, says: &text.HintNoKey, docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html"},
	{kind: schema.KindCredentialsMissing, cloud: "aws", says: &text.HintNoKeyAWS, docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#aws"},
	{kind: schema.KindCredentialsMissing, cloud: "gcp", says: &text.HintNoKeyGoogle, docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#gcp"},
	{kind: schema.KindCredentialsMissing, cloud: "azure", says: &text.HintNoKeyAzure, docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#azure"},
	{kind: schema.KindCredentialsMissing, cloud: "lambda", says: &text.HintNoKeyLambda},

	{kind: schema.KindCredentialsInvalid, says: &text.HintBadKey, docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html"},
	{kind: schema.KindCredentialsInvalid, cloud: "aws", says: &text.HintBadKeyAWS, docs: "https://docs.skypilot.co/en/latest/getting-started/installation.html#aws"},
	{kind: schema.KindCredentialsInvalid, cloud: "gcp", says: &text.HintBadKeyGoogle},
	{kind: schema.KindCredentialsInvalid, cloud: "azure", says: &text.HintBadKeyAzure},
	{kind: schema.KindCredentialsInvalid, cloud: "lambda", says: &text.HintBadKeyLambda},
}
