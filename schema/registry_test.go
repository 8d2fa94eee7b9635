package schema_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// The specification of JSON-RPC 2.0 keeps -32768 to -32000 for itself and gives
// -32099 to -32000 to servers.
func TestEveryKindHasItsCode(t *testing.T) {
	byCode := map[int]schema.Kind{}
	for _, info := range schema.Kinds {
		own := info.Code <= -32000 && info.Code >= -32099
		shared := info.Code == schema.CodeInvalidParams || info.Code == schema.CodeInternal
		if !own && !shared {
			t.Errorf("%s: the code %d is not a server's", info.Kind, info.Code)
		}
		other, taken := byCode[info.Code]
		pair := info.Kind == schema.KindInvalidSpec && other == schema.KindInvalidParams
		if taken && !pair {
			t.Errorf("%s and %s have the same code %d", info.Kind, other, info.Code)
		}
		byCode[info.Code] = info.Kind
	}
}

func TestEveryKindSaysWhatItMeans(t *testing.T) {
	seen := map[schema.Kind]bool{}
	for _, info := range schema.Kinds {
		if seen[info.Kind] {
			t.Errorf("%s is there twice", info.Kind)
		}
		seen[info.Kind] = true
		if !strings.HasSuffix(info.Meaning, ".") {
			t.Errorf("%s: the meaning %q is no sentence", info.Kind, info.Meaning)
		}
		if info.Kind.Info() != info {
			t.Errorf("%s.Info() = %+v", info.Kind, info.Kind.Info())
		}
	}
}

func TestUnknownKindIsInternal(t *testing.T) {
	if got := schema.Kind("no_such_kind").Info().Kind; got != schema.KindInternal {
		t.Errorf("got %s", got)
	}
}

func TestErrorCarriesItsKindsRow(t *testing.T) {
	for _, info := range schema.Kinds {
		err := schema.Fail(info.Kind, &text.LookTimeout)
		if err.RPCCode() != info.Code || err.Retryable != info.Retryable || err.RPCData() != any(err) {
			t.Errorf("%s: %+v", info.Kind, err)
		}
	}
}

func TestErrorWithLeavesTheOriginalAlone(t *testing.T) {
	original := &schema.Error{Kind: schema.KindNetwork, Message: "m", Hint: "h", Retryable: true}
	got := original.WithDetail("d").WithField("f").WithProvider("aws")
	want := schema.Error{Kind: schema.KindNetwork, Message: "m", Hint: "h", Retryable: true, Detail: "d", Field: "f", Provider: "aws"}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v", *got)
	}
	if !reflect.DeepEqual(original, &schema.Error{Kind: schema.KindNetwork, Message: "m", Hint: "h", Retryable: true}) {
		t.Errorf("the original became %+v", *original)
	}
	if got.Error() != "m" {
		t.Errorf("Error() = %q", got.Error())
	}
}

func TestOnlyRunningHasNotEnded(t *testing.T) {
	for _, state := range schema.OperationStates {
		if got := (schema.Operation{State: state}).Ended(); got != (state != schema.OperationRunning) {
			t.Errorf("%s: Ended() is %t", state, got)
		}
	}
}

func TestMethodNamesAreUnique(t *testing.T) {
	seen, signatures := map[string]bool{}, schema.Signatures()
	for _, m := range schema.Methods {
		if seen[m.Name] || m.Summary == "" {
			t.Errorf("%q is there twice or has no summary", m.Name)
		}
		seen[m.Name] = true
		if m.SimulateOnly != strings.HasPrefix(m.Name, "simulate.") {
			t.Errorf("%s: SimulateOnly is %t", m.Name, m.SimulateOnly)
		}
		types, known := signatures[m.Name]
		if !known {
			t.Errorf("%s has no signature", m.Name)
			continue
		}
		if named := hasMember(types.Params, "name"); m.Named != named {
			t.Errorf("%s: Named is %t, and its params say %t", m.Name, m.Named, named)
		}
	}
	for _, n := range schema.Notifications {
		if seen[n.Name] || n.Summary == "" {
			t.Errorf("%q is there twice or has no summary", n.Name)
		}
		seen[n.Name] = true
		if _, known := signatures[n.Name]; !known {
			t.Errorf("%s has no signature", n.Name)
		}
	}
	if len(seen) != len(signatures) {
		t.Errorf("%d methods and notifications are listed, and %d have a signature", len(seen), len(signatures))
	}
}

// hasMember reports whether a value of a type has a member of that name in JSON.
func hasMember(of reflect.Type, member string) bool {
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); name == member {
			return true
		}
	}
	return false
}

func TestDefaults(t *testing.T) {
	on, off := true, false
	cases := []struct{ name, got, want string }{
		{
			"an empty spec", encoded(t, schema.Spec{}.WithDefaults()),
			`{"name":"carapace-node","cpus":"4+","memory":"16+","diskSize":100,"docker":true}`,
		},
		{
			"an instance type decides the size", encoded(t, schema.Spec{InstanceType: "m6i.large"}.WithDefaults()),
			`{"name":"carapace-node","instanceType":"m6i.large","diskSize":100,"docker":true}`,
		},
		{
			"what is given stays", encoded(t, schema.Spec{Name: "x", CPUs: "2", Memory: "8", DiskSize: 50, Docker: &off}.WithDefaults()),
			`{"name":"x","cpus":"2","memory":"8","diskSize":50,"docker":false}`,
		},
		{"launch", encoded(t, schema.LaunchParams{}.WithDefaults()), `{"checkCredentials":true}`},
		{"launch unchecked", encoded(t, schema.LaunchParams{CheckCredentials: &off}.WithDefaults()), `{"checkCredentials":false}`},
		{"launch checked", encoded(t, schema.LaunchParams{CheckCredentials: &on}.WithDefaults()), `{"checkCredentials":true}`},
		{"logs", encoded(t, schema.LogsParams{Source: "run"}.WithDefaults()), `{"source":"run","tail":100}`},
		{"logs, five", encoded(t, schema.LogsParams{Source: "run", Tail: 5}.WithDefaults()), `{"source":"run","tail":5}`},
		{"operations", encoded(t, schema.OperationListParams{}.WithDefaults()), `{"limit":50}`},
		{"events", encoded(t, schema.EventListParams{}.WithDefaults()), `{"limit":50}`},
		{"events, five", encoded(t, schema.EventListParams{Limit: 5}.WithDefaults()), `{"limit":5}`},
		{"operations, five", encoded(t, schema.OperationListParams{Limit: 5}.WithDefaults()), `{"limit":5}`},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A value that goes out and comes back must be the same: a field that was
// misspelt in one direction would be lost silently.
func TestExamplesSurviveJSON(t *testing.T) {
	for name, typ := range protocolTypes() {
		want := example(typ, full)
		back := reflect.New(typ)
		if err := json.Unmarshal([]byte(encoded(t, want.Interface())), back.Interface()); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(back.Elem().Interface(), want.Interface()) {
			t.Errorf("%s: %+v came back as %+v", name, want, back.Elem())
		}
	}
}

// An error is told from its code and arguments, further texts follow where they belong, and what is not
// ours in it can be changed at every depth.
func TestErrorIsSaidFromItsTexts(t *testing.T) {
	provider := &schema.Error{Kind: schema.KindNetwork, Message: "The key s3cret is bad.", Hint: "Ask s3cret."}
	e := schema.Fail(schema.KindUnsupported, &text.StopUnsupported, text.Args{"cloud": "Lambda"}).
		AndHint(text.New(&text.MoneyUntilDestroyed)).And(provider.Texts()...).AndHint(provider.HintTexts()...).WithDetail("s3cret")
	clean := e.Map(func(s string) string { return strings.ReplaceAll(s, "s3cret", "***") })
	want := []string{
		"This cloud can't stop a server", "Lambda can't stop a server and keep its disk. The key *** is bad.",
		"Destroy it instead; what is only on the server is lost then. Until it is destroyed it costs money. Ask ***.", "***",
	}
	if got := []string{clean.Title, clean.Message, clean.Hint, clean.Detail}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if strings.Contains(encoded(t, clean), "s3cret") || !strings.Contains(encoded(t, e), "s3cret") {
		t.Errorf("the secret is in %s, or not in %s", encoded(t, clean), encoded(t, e))
	}
	var back schema.Error
	if err := json.Unmarshal([]byte(encoded(t, e)), &back); err != nil || !reflect.DeepEqual(&back, e) {
		t.Errorf("%+v came back as %+v (%v)", e, back, err)
	}
	if words := provider.And(text.New(&text.MoneyMayCost)); words.Message != "The key s3cret is bad. It may be costing money." || words.Hint != "Ask s3cret." {
		t.Errorf("words with a text: %+v", words)
	}
	if newer := (&schema.Error{Code: "new.code", Message: "Something new.", Hint: "Update."}).AndHint(text.New(&text.MoneyUntilThen)); newer.Message != "Something new." || !strings.HasPrefix(newer.Hint, "Update. Until") {
		t.Errorf("a code of a newer version: %+v", newer)
	}
}
