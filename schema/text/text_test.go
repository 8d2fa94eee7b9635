package text_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"carapace/schema/text"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

type kind string

func TestMessages(t *testing.T) {
	for want, said := range map[string]text.Text{
		"m6i.large costs about $0.096 an hour in aws us-east-1, more than the limit of $0.05.": text.New(&text.PriceAboveLimit, text.Args{"size": "m6i.large", "price": 0.096, "limit": 0.05, "place": "aws us-east-1"}),
		"The server is running and costs about $0.1664 an hour.":                               text.New(&text.MoneyRunning, text.Args{"hourly": 0.1664}),
		"There is a server already: c is being launched.":                                      text.New(&text.LaunchActive, text.Args{"name": "c", "status": kind("provisioning")}),
		"There is a server already: c is dancing.":                                             text.New(&text.LaunchActive, text.Args{"name": "c", "status": "dancing"}),
		"The server ended at " + noon.Local().Format("15:04") + ".":                            text.New(&text.ServerEnded, text.Args{"at": noon}),
		"A stop of c is in progress.":                                                          text.New(&text.BusyOperationEnding, text.Args{"operation": kind("stop"), "name": "c", "holder": text.Text{}}),
		"Another Carapace is working on c (launch, process 4711, since " + noon.Local().Format("15:04:05") + ").": text.New(&text.BusyElsewhere, text.Args{
			"name": "c", "holder": text.New(&text.BusyHolder, text.Args{"doing": "launch", "pid": 4711, "since": noon}),
		}),
		"SkyPilot says \"NEW\" of the server, which this version of Carapace does not know.": text.New(&text.ServerStateUnknown, text.Args{"state": "NEW"}),
		"SkyPilot 0.14.1 is installed, with what it needs for aws, gcp.":                     text.New(&text.InstallDone, text.Args{"version": "0.14.1", "clouds": []string{"aws", "gcp"}}),
		"It was so.": text.Words("It was so"),
		"The launch took too long: more than 5 minutes for one step. The last that was heard: Connecting.": text.New(&text.EndTookTooLong, text.Args{
			"operation": "launch", "seconds": 300, "heard": []text.Text{text.Words("Connecting")},
		}),
		"Still waiting, 8 s so far.":        text.New(&text.ProgressWaiting, text.Args{"waited": 8}),
		"Still waiting, 1 min 20 s so far.": text.New(&text.ProgressWaiting, text.Args{"waited": 80}),
		"Still waiting, 2 h 5 min so far.":  text.New(&text.ProgressWaiting, text.Args{"waited": 7520}),
	} {
		if got := said.Message(); got != want {
			t.Errorf("%s is said as %q, want %q", said.Code, got, want)
		}
		back := said
		written, err := json.Marshal(said)
		if err == nil {
			back = text.Text{}
			err = json.Unmarshal(written, &back)
		}
		if err != nil || !reflect.DeepEqual(back, said) {
			t.Errorf("%#v came back as %#v (%v)", said, back, err)
		}
	}
}

// An amount has the decimals that it has, under a dollar up to four digits that count; what was reckoned has cents.
func TestMoney(t *testing.T) {
	for amount, want := range map[float64]string{
		0: "$0.00", 0.0104: "$0.0104", 0.00344: "$0.00344", 0.003456789: "$0.003457", 0.0768: "$0.0768", 0.192: "$0.192", 0.19: "$0.19", 0.19200000001: "$0.192",
		0.5: "$0.50", 0.999999: "$1.00", 1.2: "$1.20", 1.006: "$1.006", 3.123456: "$3.1235", 24: "$24.00",
	} {
		if got := text.New(&text.MoneyRunning, text.Args{"hourly": amount}).Message(); got != "The server is running and costs about "+want+" an hour." {
			t.Errorf("%v: %s, want %s", amount, got, want)
		}
	}
	for amount, want := range map[float64]string{0: "about $0.00", 0.00357: "less than a cent", 0.01643: "about $0.02", 1.2345: "about $1.23"} {
		if got := text.New(&text.MoneyTotal, text.Args{"total": amount}).Message(); !strings.Contains(got, want+".") {
			t.Errorf("%v is reckoned: %s", amount, got)
		}
	}
}

// Words are cut at a character, and never longer than they may be.
func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		words string
		most  int
		want  string
	}{
		{"", 3, ""},
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abc…"},
		{"abüdefg", 6, "ab…"}, // ü has two bytes
		{strings.Repeat("ü", 41), 80, strings.Repeat("ü", 38) + "…"},
		{strings.Repeat("€", 101), 300, strings.Repeat("€", 99) + "…"},
	} {
		if got := text.Shorten(tt.words, tt.most); got != tt.want || len(got) > tt.most {
			t.Errorf("%q becomes %q (%d bytes)", tt.words, got, len(got))
		}
	}
}

func TestEverySettingHasItsWords(t *testing.T) {
	if got := text.New(&text.LaunchOtherSpec, text.Args{"name": "c", "setting": "instanceType"}).Message(); !strings.Contains(got, "another machine type") {
		t.Error(got)
	}
}

// A text that came from a newer version, or lost an argument, is said as far as it can be.
func TestWhatIsMissingDoesNotPanic(t *testing.T) {
	for want, said := range map[string]text.Text{
		"new.code":                 {Code: "new.code", Args: text.Args{"x": 1.0}},
		"The server ended at ….":   {Code: text.ServerEnded.Code},
		"The server ended at now.": {Code: text.ServerEnded.Code, Args: text.Args{"at": "now"}},
		"The server ended at 7.":   {Code: text.ServerEnded.Code, Args: text.Args{"at": 7.0}},
		"":                         {},
	} {
		if got := said.Message(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestResources(t *testing.T) {
	for want, got := range map[string]string{
		"4 vCPUs, 16 GB memory, 100 GB disk": text.Resources(4, 16, 100).Message(),
		"0.5 vCPUs":                          text.Resources(0.5, 0, 0).Message(),
		"":                                   text.Resources(0, 0, 0).Message(),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A list without texts says nothing, also after it was stored.
func TestNoTextsSayNothing(t *testing.T) {
	said := text.New(&text.CloudRefused, text.Args{"attempt": []text.Text(nil), "cloud": "AWS", "where": []text.Text(nil)})
	stored, err := json.Marshal(said)
	var back text.Text
	if err != nil || json.Unmarshal(stored, &back) != nil || back.Message() != said.Message() || said.Message() != "AWS refused." {
		t.Errorf("%s became %q (%v)", stored, back.Message(), err)
	}
}

// A list of texts is read as one also where a person's eyes were thought of when it was written.
func TestIndentedTexts(t *testing.T) {
	said := text.Resources(4, 16, 0)
	indented, err := json.MarshalIndent(said, "", "  ")
	var back text.Text
	if err != nil || json.Unmarshal(indented, &back) != nil || !reflect.DeepEqual(back, said) {
		t.Errorf("%s came back as %#v (%v)", indented, back, err)
	}
}

// What is not ours is reached in every argument, and our words are not.
func TestMap(t *testing.T) {
	said := text.New(&text.ServerCantBeLooked, text.Args{"status": "running", "why": []text.Text{text.Words("key s3cret"), text.New(&text.InstallDone, text.Args{"version": "s3cret", "clouds": []string{"s3cret"}})}})
	got := said.Map(func(s string) string { return strings.ReplaceAll(s, "s3cret", "***") })
	if all, _ := json.Marshal(got); strings.Contains(string(all), "s3cret") || !strings.Contains(got.Message(), "key ***.") {
		t.Errorf("%s", all)
	}
	if all, _ := json.Marshal(said); strings.Count(string(all), "s3cret") != 3 {
		t.Errorf("the original became %s", all)
	}
}

// A cloud that is not known has words, with a capital letter where a sentence begins; somebody else's
// words stand between quotes of their own.
func TestCloudsAndForeignWords(t *testing.T) {
	known := text.Args{"attempt": text.New(&text.AttemptLaunch), "cloud": "", "where": []text.Text{}, "version": "1"}
	for want, got := range map[string]string{
		"The server could not be launched. The cloud refused.": text.New(&text.CloudRefused, text.CloudRefused.Pick(known)).Message(),
		"What the cloud says is the reason: mend that, then try again. If it says too little, look at the account's credit and limits in the cloud's console.": text.New(&text.CloudRefused, text.CloudRefused.Pick(known)).Hint(),
		"The SSH pool says: “no 'such' node”.":                                 text.New(&text.SaidByCloud, text.Args{"cloud": "the SSH pool", "said": "no “such” node"}).Message(),
		"There are no credentials for X on this machine: there is no a, no b.": text.New(&text.CredentialsMissing, text.Args{"cloud": "X", "looked": []string{"a", "b"}}).Message(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if picked := text.CloudRateLimit.Pick(known); len(picked) != 2 {
		t.Errorf("arguments that nobody names: %v", picked)
	}
}
