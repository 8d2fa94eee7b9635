package generate

import (
	"fmt"
	"reflect"
	"slices"

	"carapace/schema"
	"carapace/schema/text"
)

// registries are the lists of values that the schema package keeps, by Go type.
func registries() map[string][]string {
	kinds := make([]string, 0, len(schema.Kinds))
	for _, info := range schema.Kinds {
		kinds = append(kinds, string(info.Kind))
	}
	lists := map[string][]string{"Kind": kinds, codeType: codes()}
	addRegistry(lists, schema.Statuses)
	addRegistry(lists, schema.OperationKinds)
	addRegistry(lists, schema.OperationStates)
	addRegistry(lists, schema.Phases)
	addRegistry(lists, schema.Bases)
	addRegistry(lists, schema.ChangeSources)
	addRegistry(lists, schema.LogSources)
	addRegistry(lists, schema.Streams)
	addRegistry(lists, schema.CheckStatuses)
	addRegistry(lists, schema.ProblemKinds)
	addRegistry(lists, schema.Machines)
	addRegistry(lists, schema.ServiceStates)
	addRegistry(lists, schema.Spendings)
	addRegistry(lists, schema.Checks)
	addRegistry(lists, schema.Causes)
	addRegistry(lists, schema.EventTypes)
	addRegistry(lists, schema.VaultNames)
	addRegistry(lists, schema.Comparisons)
	addRegistry(lists, schema.VaultSyncs)
	addRegistry(lists, schema.VaultWatchWorks)
	return lists
}

// codeType is the name of the type of a text's code. Its values have no constants: package text
// holds them to its own registry.
var codeType = reflect.TypeFor[text.Code]().Name()

func codes() (list []string) {
	for _, e := range text.All() {
		list = append(list, string(e.Code))
	}
	return list
}

func addRegistry[T ~string](lists map[string][]string, values []T) {
	name := reflect.TypeFor[T]().Name()
	for _, v := range values {
		lists[name] = append(lists[name], string(v))
	}
}

func (m *model) enumRef(t reflect.Type) (ref, error) {
	if known := m.byName[t.Name()]; known != nil {
		return ref{Kind: kindNamed, Type: known}, nil
	}
	list, ok := registries()[t.Name()]
	if !ok {
		return ref{}, fmt.Errorf("the generator knows no list of the values of %s", t.Name())
	}
	added := m.addType(t.Name())
	for _, v := range list {
		added.Values = append(added.Values, value{v, m.valueDoc(t.Name(), v)})
	}
	return ref{Kind: kindNamed, Type: added}, nil
}

func (m *model) valueDoc(typeName, v string) string {
	switch typeName {
	case "Kind":
		return schema.Kind(v).Info().Meaning
	case codeType:
		e, _ := text.Find(text.Code(v))
		return e.Message
	}
	return m.docs.text[typeName+"="+v]
}

// checkEnums holds the lists to the constants: one that was added to the one and
// forgotten in the other would be missing in every output.
func (m *model) checkEnums() error {
	for name, list := range registries() {
		if name == codeType {
			continue
		}
		constants := m.docs.constants[name]
		for _, v := range list {
			if !slices.Contains(constants, v) {
				return fmt.Errorf("%s: %q is in the list and has no constant", name, v)
			}
		}
		for _, v := range constants {
			if !slices.Contains(list, v) {
				return fmt.Errorf("%s: the constant %q is not in the list", name, v)
			}
		}
	}
	return nil
}
