package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Public  string `json:"public,omitempty"`
	Private string `json:"private,omitempty"`
}

type level int

type base struct {
	Kind string `json:"kind,omitempty"`
}

type upper string

func (u *upper) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("it is empty")
	}
	*u = upper(strings.ToUpper(string(b)))
	return nil
}

// everything has a field of each sort.
type everything struct {
	base
	Name     string            `json:"name"`
	DiskSize int               `json:"diskSize,omitempty"`
	Small    int8              `json:"small,omitempty"`
	Count    uint              `json:"count,omitempty"`
	Byte     uint8             `json:"byte,omitempty"`
	Cost     float64           `json:"cost,omitempty"`
	Single   float32           `json:"single,omitempty"`
	Spot     bool              `json:"spot,omitempty"`
	Docker   *bool             `json:"docker,omitempty"`
	Vaults   *inner            `json:"vaults,omitempty"`
	Plain    inner             `json:"plain,omitzero"`
	Ports    []string          `json:"ports,omitempty"`
	Pair     [2]int            `json:"pair,omitzero"`
	Envs     map[string]string `json:"envs,omitempty"`
	Deep     map[string][]inner
	Level    level           `json:"level,omitempty"`
	At       time.Time       `json:"at,omitzero"`
	Upper    upper           `json:"upper,omitempty"`
	Raw      json.RawMessage `json:"raw,omitempty"`
	Any      any             `json:"any,omitempty"`
	Blob     []byte          `json:"blob,omitempty"`
	ByNumber map[int]string  `json:"byNumber,omitempty"`
	Hidden   int             `json:"-"`
	private  int             //nolint:unused // a field that is not exported must not be decodable
}

func TestDecode(t *testing.T) {
	yes := true
	for _, c := range []struct {
		in   string
		want everything
	}{
		{`{"name":"n","Deep":{}}`, everything{Name: "n", Deep: map[string][]inner{}}},
		{` { "Deep" : { "a" : [ ] , "b" : [ { "public" : "p" } , {} ] } , "name" : "" } `, everything{Deep: map[string][]inner{"a": {}, "b": {{Public: "p"}, {}}}}},
		{
			`{"kind":"k","name":"n","Deep":{},"diskSize":-5,"small":-128,"count":7,"byte":255,"cost":1e-3,"single":2.5,"spot":true}`,
			everything{base: base{"k"}, Name: "n", Deep: map[string][]inner{}, DiskSize: -5, Small: -128, Count: 7, Byte: 255, Cost: 1e-3, Single: 2.5, Spot: true},
		},
		{
			`{"name":"n","Deep":{},"docker":true,"vaults":{"public":"p"},"plain":{"private":"x"},"ports":["1","2"],"pair":[1,2],"envs":{"A":"1","B":""}}`,
			everything{Name: "n", Deep: map[string][]inner{}, Docker: &yes, Vaults: &inner{Public: "p"}, Plain: inner{Private: "x"}, Ports: []string{"1", "2"}, Pair: [2]int{1, 2}, Envs: map[string]string{"A": "1", "B": ""}},
		},
		{`{"name":"n","Deep":{},"docker":null,"vaults":null,"any":null,"raw":null}`, everything{Name: "n", Deep: map[string][]inner{}, Raw: json.RawMessage("null")}},
		{
			`{"name":"n","Deep":{},"level":3,"at":"2026-01-02T03:04:05Z","upper":"x","raw": [1, 2] ,"any":{"a":[1,"2"]},"blob":"AQI=","byNumber":{"1":"a"}}`,
			everything{Name: "n", Deep: map[string][]inner{}, Level: 3, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Upper: "X", Raw: json.RawMessage("[1, 2]"), Any: map[string]any{"a": []any{1.0, "2"}}, Blob: []byte{1, 2}, ByNumber: map[int]string{1: "a"}},
		},
		{`{"n\u0061me":"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t\u0000: {{ é😀","Deep":{}}`, everything{Name: "é😀\"\\/\b\f\n\r\t\x00: {{ é😀", Deep: map[string][]inner{}}},
	} {
		var got everything
		if err := Decode([]byte(c.in), &got); err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(everything{})); diff != "" {
			t.Errorf("%s: %s", c.in, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{``, "name is required"},
		{`{}`, "name is required"},
		{`{"name":"n"}`, "Deep is required"},
		{`[]`, "params must be an object, not an array"},
		{`{"nmae":1}`, "nmae is not a known field; did you mean name?"},
		{`{"Name":"n"}`, "Name is not a known field; did you mean name?"},
		{`{"disksize":1}`, "disksize is not a known field; did you mean diskSize?"},
		{`{"something else":1}`, `["something else"] is not a known field`},
		{`{"":1}`, `[""] is not a known field`},
		{`{"Hidden":1}`, "Hidden is not a known field"},
		{`{"private":1}`, "private is not a known field"},
		{`{"base":{}}`, "base is not a known field; did you mean name?"},
		{`{"name":1}`, "name must be a string, not a number"},
		{`{"name":null}`, "name must be a string, not null"},
		{`{"name":["a"]}`, "name must be a string, not an array"},
		{`{"name":"a\ud800b"}`, "name " + halfPair},
		{`{"diskSize":"1"}`, "diskSize must be a whole number, not a string"},
		{`{"diskSize":1.5}`, "diskSize must be a whole number; 1.5 is not, or is out of range"},
		{`{"diskSize":1.0}`, "diskSize must be a whole number; 1.0 is not, or is out of range"},
		{`{"diskSize":1e2}`, "diskSize must be a whole number; 1e2 is not, or is out of range"},
		{`{"diskSize":9223372036854775808}`, "diskSize must be a whole number; 9223372036854775808 is not, or is out of range"},
		{`{"small":128}`, "small must be a whole number of 8 bits; 128 is not, or is out of range"},
		{`{"count":-1}`, "count must be a whole number; -1 is not, or is out of range"},
		{`{"cost":1e999}`, "cost must be a number; 1e999 is not, or is out of range"},
		{`{"single":1e39}`, "single must be a number; 1e39 is not, or is out of range"},
		{`{"cost":true}`, "cost must be a number, not a truth value"},
		{`{"spot":1}`, "spot must be true or false, not a number"},
		{`{"spot":null}`, "spot must be true or false, not null"},
		{`{"docker":"yes"}`, "docker must be true or false, not a string"},
		{`{"vaults":[]}`, "vaults must be an object, not an array"},
		{`{"vaults":{"public":5}}`, "vaults.public must be a string, not a number"},
		{`{"vaults":{"publc":"x"}}`, "vaults.publc is not a known field; did you mean public?"},
		{`{"plain":null}`, "plain must be an object, not null"},
		{`{"ports":null}`, "ports must be an array, not null"},
		{`{"ports":"443"}`, "ports must be an array, not a string"},
		{`{"ports":["1","2",3]}`, "ports[2] must be a string, not a number"},
		{`{"pair":[1]}`, "pair must have 2 elements, not 1"},
		{`{"pair":[1,2,3]}`, "pair must have 2 elements, not more"},
		{`{"envs":{"A":1}}`, "envs.A must be a string, not a number"},
		{`{"envs":{"a b":1}}`, `envs["a b"] must be a string, not a number`},
		{`{"envs":{"a.b":null}}`, `envs["a.b"] must be a string, not null`},
		{`{"envs":{"\udc00":"x"}}`, `envs["\xed\xb0\x80"] ` + halfPair},
		{`{"envs":[]}`, "envs must be an object, not an array"},
		{`{"Deep":{"a":[{},{"x":1}]}}`, "Deep.a[1].x is not a known field"},
		{`{"at":"yesterday"}`, `at is refused: parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
		{`{"upper":""}`, "upper is refused: it is empty"},
		{`{"upper":1}`, "upper must be a string, not a number"},
		{`{"blob":"?"}`, "blob must be base64"},
		{`{"blob":[1]}`, "blob must be a string, not an array"},
		{`{"byNumber":{"x":"a"}}`, "byNumber is refused: json: cannot unmarshal number x into Go value of type int"},
		{`{"` + strings.Repeat("x", 200) + `":1}`, `["` + strings.Repeat("x", longName) + `…"] is not a known field`},
	} {
		var got everything
		err := Decode([]byte(c.in), &got)
		if _, ok := errors.AsType[*ParamsError](err); !ok || err.Error() != c.want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.in, err, c.want)
		}
	}
}

func TestDecodeOtherTypes(t *testing.T) {
	var list []int
	if err := Decode([]byte("[1,2]"), &list); err != nil || !reflect.DeepEqual(list, []int{1, 2}) {
		t.Errorf("%v, %v", list, err)
	}
	var table map[string]int
	if err := Decode(nil, &table); err != nil || table == nil {
		t.Errorf("%v, %v", table, err)
	}
	var c chan int
	if err := Decode([]byte("1"), &c); err == nil {
		t.Error("decoded into a channel")
	}
	var f float64
	if err := Decode([]byte("1e308"), &f); err != nil || f != 1e308 {
		t.Errorf("%v, %v", f, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the tag's option string was taken")
		}
	}()
	_ = Decode([]byte("{}"), &struct {
		N int `json:"n,string"`
	}{})
}

// An app may be newer than its sidecar: what is not known is named, in the order of the text, and all else is as strict as ever.
func TestDecodeOpen(t *testing.T) {
	type inner struct {
		Name string `json:"name,omitempty"`
	}
	type params struct {
		Name  string  `json:"name"`
		Deep  inner   `json:"deep,omitzero"`
		Items []inner `json:"items,omitempty"`
	}
	known := params{Name: "n", Deep: inner{"d"}, Items: []inner{{"i"}}}
	many, first := `{"name":"n"`, []string{}
	for i := range 30 {
		many += fmt.Sprintf(`,"x%d":0`, i)
		if i < maxIgnored {
			first = append(first, fmt.Sprintf("x%d", i))
		}
	}
	for _, c := range []struct {
		in      string
		want    params
		ignored []string
		refused string
	}{
		{`{"name":"n","deep":{"name":"d"},"items":[{"name":"i"}]}`, known, nil, ""},
		{`{"new":{"name":[1,{"a":2}]},"name":"n","deep":{"newer":null,"name":"d"},"items":[{"name":"i","a b":1}]}`, known, []string{"new", "deep.newer", `items[0]["a b"]`}, ""},
		{`{"Name":"n"}`, params{}, nil, "name is required"},
		{`{"name":1,"new":2}`, params{}, nil, "name must be a string, not a number"},
		{many + "}", params{Name: "n"}, first, ""},
	} {
		var got params
		ignored, err := DecodeOpen([]byte(c.in), &got)
		if c.refused != "" {
			if err == nil || err.Error() != c.refused || ignored != nil {
				t.Errorf("%s: %v, ignored %q", c.in, err, ignored)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) || !slices.Equal(ignored, c.ignored) {
			t.Errorf("%s: %+v, ignored %q, %v", c.in, got, ignored, err)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "axc", 1}, {"abc", "abcd", 1}, {"abc", "bac", 2}, {"kitten", "sitting", 3}, {"a", "abcdefgh", 7}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %d", c.a, c.b, got)
		}
	}
}

// FuzzDecode: what is accepted is what encoding/json makes of it, and nothing that
// is JSON makes it panic.
func FuzzDecode(f *testing.F) {
	for _, text := range isJSON {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"name":"n","Deep":{"a":[{"public":"p"}]},"ports":["1"],"cost":1.5,"vaults":{"private":null},"at":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"name":"\ud800","Deep":{},"any":[1,{"a":null}],"raw":{"x":[]},"pair":[1,2],"byNumber":{"1":"x"},"blob":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s scanner
		if !s.scan(text) || len(s.elements) == 0 || s.elements[0].twice || s.elements[0].nestedTooFar || s.batch() {
			return
		}
		var strict, lenient everything
		if err := Decode(text, &strict); err != nil {
			if _, ok := errors.AsType[*ParamsError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if err := json.Unmarshal(text, &lenient); err != nil {
			t.Fatalf("%s: encoding/json refuses it: %v", text, err)
		}
		if diff := cmp.Diff(lenient, strict, cmp.AllowUnexported(everything{})); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
	})
}
