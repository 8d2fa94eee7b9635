package remedy

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"carapace/schema"
	"carapace/schema/text"
)

// everything is a situation in which each method would be accepted.
func everything(failed schema.OperationKind) *Situation {
	s := &Situation{
		Server: "node", Failed: failed, Running: schema.OperationLaunch, Logs: schema.LogSources, Cloud: "aws", Region: "us-west-2", System: "linux",
		Launched: &schema.Spec{Name: "node", Cloud: "aws", Region: "us-west-2", CPUs: "4+", Memory: "16+", Profile: "work"},
	}
	for _, m := range schema.Methods {
		s.Admitted = append(s.Admitted, m.Name)
	}
	return s
}

func ids(remedies []schema.Remedy) string {
	var all []string
	for _, r := range remedies {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestRulesByKind(t *testing.T) {
	launch, sync := schema.OperationLaunch, schema.OperationSync
	tests := map[schema.Kind]struct {
		failed schema.OperationKind
		want   string
	}{
		schema.KindInvalidParams:        {"", ""},
		schema.KindBusy:                 {"", ""},
		schema.KindProtocolUnsupported:  {"", ""},
		schema.KindStateUnwritable:      {"", ""},
		schema.KindDiskFull:             {launch, "show_disks launch_again destroy"},
		schema.KindRunFailed:            {"", "run_log stop start"},
		schema.KindSkyPilotNotFound:     {"", "install"},
		schema.KindSkyPilotUnsupported:  {launch, "install"},
		schema.KindAPIServer:            {launch, "launch_again look restart_server"},
		schema.KindCredentialsMissing:   {"", "sign_in keys_page check_cloud"},
		schema.KindCredentialsInvalid:   {launch, "sign_in keys_page check_cloud"},
		schema.KindClusterActive:        {"", "start look destroy"},
		schema.KindClusterNotFound:      {"", "list"},
		schema.KindOperationInProgress:  {"", "cancel look"},
		schema.KindInvalidSpec:          {launch, "offers"},
		schema.KindVaultMissing:         {"", ""},
		schema.KindQuotaExceeded:        {launch, "quota_page any_region offers launch_again"},
		schema.KindCapacityUnavailable:  {launch, "any_region launch_again keep_trying offers"},
		schema.KindPermission:           {schema.OperationStop, "console check_cloud stop"},
		schema.KindRateLimited:          {schema.OperationDestroy, "look destroy"},
		schema.KindNetwork:              {launch, "look launch_again"},
		schema.KindUnreachable:          {sync, "sync start look destroy"},
		schema.KindSetupFailed:          {launch, "setup_log launch_again destroy"},
		schema.KindMountFailed:          {launch, "launch_again destroy"},
		schema.KindUnsupported:          {"", ""},
		schema.KindTerminatedExternally: {"", "launch_again"},
		schema.KindInterrupted:          {schema.OperationStart, "start launch_again provision_log look"},
		schema.KindTimeout:              {launch, "launch_again provision_log look forget"},
		schema.KindCanceled:             {launch, ""},
		schema.KindNotYours:             {"", ""},
		schema.KindHostKeyChanged:       {sync, "console look"},
		schema.KindDeletionsRefused:     {sync, "dry_run allow_deletions"},
		schema.KindBilling:              {launch, "billing_page console launch_again"},
		schema.KindClockWrong:           {launch, "set_clock launch_again"},
		schema.KindProviderRefused:      {launch, "console check_cloud launch_again"},
		schema.KindNotice:               {"", ""},
		schema.KindInternal:             {"", "look"},
	}
	for _, info := range schema.Kinds {
		test, there := tests[info.Kind]
		if !there {
			t.Errorf("%s is in no row", info.Kind)
		}
		if got := ids(For(&schema.Error{Kind: info.Kind}, everything(test.failed))); got != test.want {
			t.Errorf("%s: %q, want %q", info.Kind, got, test.want)
		}
	}
}

func TestRulesByCode(t *testing.T) {
	for _, test := range []struct {
		entry text.Entry
		want  string
	}{
		{text.ServerOldHere, "restart_server"},
		{text.SkyPilotMismatch, "install restart_server"},
		{text.SkyPilotServerSilent, "look"},
		{text.LostUnknown, "look console forget"},
		{text.LaunchLost, "look console forget"},
		{text.MachineUnheard, "look console forget"},
		{text.OrphanMayRun, "console"},
		{text.MachineNone, "launch_again"},
		{text.StopUnsupportedSpot, "destroy"},
		{text.SyncNotRunning, "start look"},
		{text.SyncUnusable, "start look"},
		{text.CancelStop, "look"},
		{text.EndStoppedMayStart, "look stop"},
		{text.EndNotShownYet, "look launch_again destroy"},
		{text.AutostopDropped, "stop destroy"},
		{text.VaultDiffers, "dry_run sync"},
	} {
		if got := ids(For(&schema.Error{Kind: schema.KindUnsupported, Code: test.entry.Code}, everything(""))); got != test.want {
			t.Errorf("%s: %q, want %q", test.entry.Code, got, test.want)
		}
	}
}

// SkyPilot's server runs from what an installation would replace: it is that one which has to be stopped, by its own path.
func TestStopTheServerThatRuns(t *testing.T) {
	refused := schema.Fail(schema.KindAPIServer, &text.InstallServerRuns, text.Args{"program": "/home/o'neil/.carapace/skypilot/bin/sky"})
	remedies := For(refused, everything(""))
	if len(remedies) != 1 || remedies[0].ID != "stop_server" || remedies[0].Command != `'/home/o'\''neil/.carapace/skypilot/bin/sky' api stop` || !remedies[0].Confirm {
		t.Errorf("%+v", remedies)
	}
}

// A SkyPilot that Carapace installed is not in a terminal's PATH: its server is restarted by its path, where that is known.
func TestRestartTheServerOfThisSky(t *testing.T) {
	for sky, want := range map[string]string{
		"": "sky api stop; sky api start", "/home/a b/.carapace/skypilot-0.14.1-1/bin/sky": "'/home/a b/.carapace/skypilot-0.14.1-1/bin/sky' api stop; '/home/a b/.carapace/skypilot-0.14.1-1/bin/sky' api start",
	} {
		sit := everything("")
		sit.Sky = sky
		if got := For(&schema.Error{Kind: schema.KindSkyPilotUnsupported, Code: text.ServerOldHere.Code}, sit); len(got) != 1 || got[0].Command != want {
			t.Errorf("%q: %+v", sky, got)
		}
	}
}

// What a situation decides beyond the kind.
func TestSituations(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    schema.Error
		failed schema.OperationKind
		change func(*Situation)
		want   string
	}{
		{"nothing would be accepted", schema.Error{Kind: schema.KindTimeout}, schema.OperationLaunch, func(s *Situation) { s.Admitted = nil }, ""},
		{"nothing would be accepted, and there is a page", schema.Error{Kind: schema.KindQuotaExceeded}, schema.OperationLaunch, func(s *Situation) { s.Admitted = nil }, "quota_page"},
		{"the provider is another cloud", schema.Error{Kind: schema.KindQuotaExceeded, Provider: "lambda"}, schema.OperationStart, nil, "offers start"},
		{"a cloud that nobody knows", schema.Error{Kind: schema.KindCredentialsMissing}, "", func(s *Situation) { s.Cloud = "" }, ""},
		{"a cloud without a page or a command for keys", schema.Error{Kind: schema.KindCredentialsMissing, Provider: "nebius"}, "", nil, "set_up_page check_cloud"},
		{"a request was refused, which asked for something else than was launched", schema.Error{Kind: schema.KindInvalidSpec}, "", nil, ""},
		{"what was launched is not known", schema.Error{Kind: schema.KindInvalidSpec}, "", func(s *Situation) { s.Launched = nil }, ""},
		{"what a failed launch asked for is not known", schema.Error{Kind: schema.KindCapacityUnavailable}, schema.OperationLaunch, func(s *Situation) { s.Launched, s.Admitted = nil, nil }, ""},
		{"it is trying until there is one", schema.Error{Kind: schema.KindCapacityUnavailable}, schema.OperationLaunch, func(s *Situation) { s.Launched.RetryUntilUp = true }, "any_region launch_again offers"},
		{"it was launched in any region", schema.Error{Kind: schema.KindCapacityUnavailable}, schema.OperationLaunch, func(s *Situation) { s.Launched.Region = "" }, "launch_again keep_trying offers"},
		{"a machine is there", schema.Error{Kind: schema.KindQuotaExceeded}, schema.OperationLaunch, func(s *Situation) { s.Machine = true }, "quota_page offers launch_again"},
		{"a start finds no capacity", schema.Error{Kind: schema.KindCapacityUnavailable}, schema.OperationStart, nil, "start offers"},
		{"the server's disk is full", schema.Error{Kind: schema.KindDiskFull}, schema.OperationSync, func(s *Situation) { s.Machine = true }, "sync destroy"},
		{"no setup began", schema.Error{Kind: schema.KindSetupFailed}, schema.OperationLaunch, func(s *Situation) { s.Logs = nil }, "launch_again destroy"},
		{"a start would delete", schema.Error{Kind: schema.KindDeletionsRefused}, schema.OperationStart, func(s *Situation) { s.Admitted = []string{"cluster.start"} }, "allow_deletions"},
		{"another system", schema.Error{Kind: schema.KindClockWrong}, "", func(s *Situation) { s.System = "plan9" }, ""},
	} {
		s := everything(test.failed)
		if test.change != nil {
			test.change(s)
		}
		if got := ids(For(&test.err, s)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// each calls visit with every remedy that any kind, code, operation and system can have, once.
func each(t *testing.T, visit func(at string, r schema.Remedy)) {
	t.Helper()
	seen := map[string]bool{}
	for _, e := range errors() {
		for _, failed := range append([]schema.OperationKind{""}, schema.OperationKinds...) {
			for _, system := range []string{"linux", "darwin", "windows"} {
				for _, running := range schema.OperationKinds[:2] {
					s := everything(failed)
					s.System, s.Running, s.Fresh = system, running, running == schema.OperationLaunch
					for id := range strings.FieldsSeq(rule(&e)) {
						r := press(id, &e, s)
						if key := fmt.Sprint(r); r.Method+r.URL+r.Command != "" && !seen[key] {
							seen[key] = true
							visit(fmt.Sprintf("%s %s, %s failed: %s", e.Kind, e.Code, failed, id), r)
						}
					}
				}
			}
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d remedies: this tests nothing", len(seen))
	}
}

// errors are one of each kind and one of each code.
func errors() (all []schema.Error) {
	for _, info := range schema.Kinds {
		all = append(all, schema.Error{Kind: info.Kind})
	}
	for _, e := range text.All() {
		all = append(all, schema.Error{Code: e.Code})
	}
	return all
}

// A button does one thing, and says on itself if that spends money or deletes something.
func TestButtons(t *testing.T) {
	spends := []string{"launch_again", "keep_trying", "any_region", "start"}
	each(t, func(at string, r schema.Remedy) {
		does := 0
		for _, what := range []string{r.Method, r.URL, r.Command} {
			if what != "" {
				does++
			}
		}
		if does != 1 || (r.Method != "") != (len(r.Params) > 0) {
			t.Errorf("%s does not do one thing: %+v", at, r)
		}
		if n := utf8.RuneCountInString(r.Label); n == 0 || n > 60 || strings.ContainsAny(r.Label, "…{}") || strings.HasSuffix(r.Label, ".") {
			t.Errorf("%s: the label is %q", at, r.Label)
		}
		label := strings.ToLower(r.Label)
		for _, id := range spends {
			if r.ID == id && !strings.Contains(label, "costs money") {
				t.Errorf("%s spends money and does not say so: %q", at, r.Label)
			}
		}
		says := strings.Contains(label, "costs money") || strings.Contains(label, "delet") && r.ID != "dry_run" || strings.Contains(label, "destroy") ||
			strings.Contains(label, "remove") || strings.Contains(label, "loses")
		if says != r.Confirm {
			t.Errorf("%s: confirm is %t, and the label is %q", at, r.Confirm, r.Label)
		}
	})
}

// What a button calls is of the protocol, with params that the schema takes.
func TestParamsAreOfTheSchema(t *testing.T) {
	methods := paramsByMethod(t)
	called := map[string]bool{}
	each(t, func(at string, r schema.Remedy) {
		if r.Method == "" {
			return
		}
		called[r.Method] = true
		var params any
		if err := json.Unmarshal(r.Params, &params); err != nil {
			t.Fatal(err)
		}
		if err := methods.Validate(map[string]any{r.Method: params}); err != nil {
			t.Errorf("%s: %s %s: %v", at, r.Method, r.Params, err)
		}
	})
	if len(called) < 12 || methods.Validate(map[string]any{"cluster.stop": map[string]any{"nane": "x"}}) == nil || methods.Validate(map[string]any{"cluster.stpo": map[string]any{}}) == nil {
		t.Errorf("%d methods are called, or anything is valid: this tests nothing", len(called))
	}
}

// paramsByMethod returns the schema of an object whose members are methods' params, by the methods' names.
func paramsByMethod(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	file, err := os.ReadFile("../../schema/protocol.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Methods map[string]struct{ Params *jsonschema.Schema } `json:"x-methods"`
	}
	var root jsonschema.Schema
	for _, into := range []any{&index, &root} {
		if err := json.Unmarshal(file, into); err != nil {
			t.Fatal(err)
		}
	}
	root.Properties = map[string]*jsonschema.Schema{}
	for name, method := range index.Methods {
		root.Properties[name] = method.Params
	}
	root.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	resolved, err := root.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// A page of the region that the server is in, and not of another cloud's.
func TestPageOfTheRegion(t *testing.T) {
	s := everything("")
	r := For(&schema.Error{Kind: schema.KindQuotaExceeded, Provider: "aws"}, s)[0]
	if want := "https://console.aws.amazon.com/servicequotas/home?region=us-west-2#!/services/ec2/quotas"; r.URL != want || r.Label != "Ask for more quota" {
		t.Errorf("%+v, want %s", r, want)
	}
	s.Cloud, s.Region = "gcp", "us-central1"
	if r := For(&schema.Error{Kind: schema.KindQuotaExceeded, Provider: "aws"}, s)[0]; strings.Contains(r.URL, "region") {
		t.Errorf("the region of another cloud is in %s", r.URL)
	}
}
