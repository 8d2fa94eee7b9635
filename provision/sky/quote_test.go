package sky

import "testing"

// What DigitalOcean said stood twice in the quotation, with "Code: None" between
// (docs/failures.md, produced in the lab): so azure-core, which its SDK is made with, prints it.
func TestWordsAreQuotedOnce(t *testing.T) {
	for text, want := range map[string]string{
		"sky.provision.do.utils.DigitalOceanError: Error: 422 Unprocessable Entity: too many\nCode: None\nMessage: too many":           "too many",
		"azure.core.exceptions.HttpResponseError: (SkuNotAvailable) not to be had\nCode: SkuNotAvailable\nMessage: not to be had":      "not to be had",
		"sky.provision.do.utils.DigitalOceanError: Error: 422 Unprocessable Entity: a line\nCode: 4711 is what the door wants to hear": "a line Code: 4711 is what the door wants to hear",
	} {
		if got := providerWords(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
