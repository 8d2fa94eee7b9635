package cloud

import (
	"net/url"
	"strings"
	"testing"
)

// A person is sent to these pages: each is a secure one, and in the region that is meant.
func TestPages(t *testing.T) {
	found := 0
	for _, c := range All() {
		for which := PageConsole; which <= PageKeys; which++ {
			for _, region := range []string{"", "us-west-2", "a&b"} {
				page := c.Page(which, region)
				if page == "" {
					continue
				}
				found++
				if u, err := url.Parse(page); err != nil || u.Scheme != "https" || u.Host == "" || strings.Contains(page, "{") {
					t.Errorf("%s, page %d in %q: %q (%v)", c.ID, which, region, page, err)
				}
			}
		}
		if command := c.SignIn(); command != "" && !strings.Contains(c.Setup.Message, `"`+command+`"`) {
			t.Errorf("%s: %q is not what %q says", c.ID, command, c.Setup.Message)
		}
	}
	if found < 60 {
		t.Errorf("%d pages: this tests nothing", found)
	}
	aws, _ := Find("aws")
	if got, want := aws.Page(PageQuota, "us-west-2"), "https://console.aws.amazon.com/servicequotas/home?region=us-west-2#!/services/ec2/quotas"; got != want {
		t.Errorf("the quotas are at %s, want %s", got, want)
	}
	if got, want := aws.Page(PageQuota, ""), "https://console.aws.amazon.com/servicequotas/home#!/services/ec2/quotas"; got != want {
		t.Errorf("the quotas of no region are at %s, want %s", got, want)
	}
}
