package lifecycle

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carapace/schema"
	"carapace/schema/text"
)

// stored returns a state as it is read after it was written.
func stored(t testing.TB, s *State) *State {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	read := Empty()
	if err := json.Unmarshal(data, read); err != nil {
		t.Fatal(err)
	}
	return read
}

// TestACloneIsWhatARestartReads, whatever is in the state: a process that did not decode its own file must
// not know anything else than one that did. Each field of each type is filled in by turns.
func TestACloneIsWhatARestartReads(t *testing.T) {
	everything := cmp.Options{
		cmp.Exporter(func(reflect.Type) bool { return true }),
		cmp.Comparer(func(a, b time.Time) bool { return reflect.DeepEqual(a, b) }),
	}
	for seed := range uint64(40) {
		s := randomState(seed)
		clone := s.Clone()
		if want := stored(t, s); !reflect.DeepEqual(clone, want) {
			t.Fatalf("seed %d, - stored, + clone:\n%s", seed, cmp.Diff(want, clone, everything))
		}
		if again := clone.Clone(); !reflect.DeepEqual(again, clone) {
			t.Fatalf("seed %d: a clone's clone is another:\n%s", seed, cmp.Diff(clone, again, everything))
		}
	}
}

// TestACloneSharesNothing that anybody can change: neither with the state, nor within itself.
func TestACloneSharesNothing(t *testing.T) {
	for seed := range uint64(5) {
		s := randomState(seed)
		spec := &schema.Spec{Name: "n", Labels: map[string]string{"a": "b"}}
		s.Ensure("n").Spec = spec // as a launch has it that was just accepted
		s.Operations = append(s.Operations, &Operation{Operation: schema.Operation{ID: "n"}, Spec: spec})
		before := stored(t, s)
		clone := s.Clone()
		mine := map[uintptr]string{}
		memory(reflect.ValueOf(clone), "clone", func(at uintptr, path string) {
			if other, twice := mine[at]; twice {
				t.Errorf("seed %d: %s is %s", seed, path, other)
			}
			mine[at] = path
		})
		memory(reflect.ValueOf(s), "state", func(at uintptr, path string) {
			if other, shared := mine[at]; shared {
				t.Errorf("seed %d: %s is %s", seed, path, other)
			}
		})
		if len(mine) < 10 {
			t.Fatalf("seed %d: only %d places were looked at", seed, len(mine))
		}
		if !reflect.DeepEqual(stored(t, s), before) {
			t.Errorf("seed %d: cloning has changed the state", seed)
		}
	}
}

// memory calls see for each place in memory that a value refers to and that can be changed through it. Members of a
// newer version are left out: nobody changes them.
func memory(v reflect.Value, path string, see func(at uintptr, path string)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			see(v.Pointer(), path)
			memory(v.Elem(), path, see)
		}
	case reflect.Interface:
		memory(v.Elem(), path, see)
	case reflect.Slice:
		if v.Cap() > 0 {
			see(v.Pointer(), path)
		}
		for i := range v.Len() {
			memory(v.Index(i), fmt.Sprintf("%s[%d]", path, i), see)
		}
	case reflect.Map:
		if !v.IsNil() {
			see(v.Pointer(), path)
		}
		for _, key := range v.MapKeys() {
			memory(v.MapIndex(key), fmt.Sprintf("%s[%v]", path, key), see)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				memory(v.Field(i), path+"."+v.Type().Field(i).Name, see)
			}
		}
	}
}

func TestACloneOfNothingCanBeWrittenTo(t *testing.T) {
	if c := (&State{}).Clone(); c.Clusters == nil {
		t.Error("it has no map of clusters")
	}
}

func randomState(seed uint64) *State {
	r := rand.New(rand.NewPCG(seed, 0))
	s := &State{}
	scatter(r, reflect.ValueOf(s).Elem())
	if s.Clusters == nil {
		s.Clusters = map[string]*Cluster{}
	}
	newer := map[string]json.RawMessage{"ofANewerVersion": json.RawMessage(`{"a":[1,null]}`)}
	if r.IntN(2) == 0 {
		s.unknown, s.Config.unknown = newer, newer
	}
	for name, c := range s.Clusters {
		if c == nil {
			delete(s.Clusters, name) // Validate refuses it
		} else if r.IntN(2) == 0 {
			c.unknown = newer
		}
	}
	for i, op := range s.Operations {
		if op == nil {
			s.Operations[i] = &Operation{unknown: newer}
		}
	}
	return s
}

// scatter fills a value in: sometimes nothing, sometimes something empty, mostly something of any kind
// that code may put there.
func scatter(r *rand.Rand, v reflect.Value) {
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		now := time.Unix(1_800_000_000+r.Int64N(1e6), r.Int64N(1e9))
		*at = []time.Time{{}, now.UTC(), time.Now(), now.In(time.FixedZone("CET", 3600))}[r.IntN(4)]
		return
	case *json.RawMessage:
		*at = []json.RawMessage{nil, json.RawMessage(`{"name":"a"}`)}[r.IntN(2)]
		return
	case *text.Args:
		story := []text.Text{text.Words("deep"), {Code: "bare"}}
		*at = []text.Args{nil, {}, {"s": "x", "n": 1.5, "b": true, "l": []string{"y"}, "t": story[0], "all": story}}[r.IntN(3)]
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64N(3) * r.Int64N(1<<40))
	case reflect.Uint64:
		v.SetUint(r.Uint64N(3) * r.Uint64())
	case reflect.Float64:
		v.SetFloat(float64(r.IntN(3)) * r.Float64())
	case reflect.String:
		v.SetString([]string{"", "plain", "<ü> \u2028 \ufffd \"\n"}[r.IntN(3)])
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			scatter(r, v.Elem())
		}
	case reflect.Slice:
		if n := r.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n+1))
			for i := range n - 1 {
				scatter(r, v.Index(i))
			}
		}
	case reflect.Map:
		if n := r.IntN(4); n > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for i := range n - 1 {
				value := reflect.New(v.Type().Elem()).Elem()
				scatter(r, value)
				v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", i)).Convert(v.Type().Key()), value)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scatter(r, v.Field(i))
			}
		}
	default:
		panic(fmt.Sprint("there is a field of a kind that this does not know: ", v.Type()))
	}
}

// BenchmarkClone measures three ways to a state of one's own, of one with all that is kept: as a file is read, as a clone
// is made, and as it would be made if it shared the operations and the events, which change seldom.
func BenchmarkClone(b *testing.B) {
	s := Empty()
	for i := range KeepOperations {
		at := time.Unix(int64(i), 0).UTC()
		spec := &schema.Spec{Name: "n", Cloud: "aws", Envs: map[string]string{"KEY": "value"}}
		s.Operations = append(s.Operations, &Operation{Spec: spec, Operation: schema.Operation{
			ID: fmt.Sprint(i), Cluster: "n", State: schema.OperationSucceeded, StartedAt: at, EndedAt: at, Message: "The server is running.",
			Phases: []schema.PhaseTime{{Phase: "provisioning", StartedAt: at, Seconds: 60}, {Phase: "setting_up", StartedAt: at, Seconds: 30}},
		}})
		s.Feed.Events = append(s.Feed.Events, FeedEvent{Event: schema.Event{At: at, Cluster: "n", Texts: []text.Text{text.Words("The server is running.")}}})
	}
	s.Ensure("n").Spec = s.Operations[0].Spec
	data, err := json.Marshal(s)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if err := json.Unmarshal(data, Empty()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("clone", func(b *testing.B) {
		for b.Loop() {
			s.Clone()
		}
	})
	b.Run("clone of what changes", func(b *testing.B) {
		for b.Loop() {
			less := *s
			less.Operations, less.Feed.Events = nil, nil
			shared := less.Clone()
			shared.Operations, shared.Feed.Events = slices.Clone(s.Operations), slices.Clone(s.Feed.Events)
		}
	})
}
