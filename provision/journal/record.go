package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// storedRecord is a record with the JSON members that this version does not know. A newer
// sidecar wrote them, so they are written back.
type storedRecord struct {
	Record

	unknown map[string]json.RawMessage
}

// damagedRecordError is returned for a record's file that can't be decoded.
type damagedRecordError struct {
	path  string
	cause error
}

func (e *damagedRecordError) Error() string {
	return fmt.Sprintf("the record of a server, %s, is damaged: %v", e.path, e.cause)
}

func (e *damagedRecordError) Unwrap() error { return e.cause }

var (
	errNoName     = errors.New("the record of a server needs its name")
	errLongRecord = fmt.Errorf("a record has %d bytes at most", recordLimit)
)

func decodeRecord(data []byte) (storedRecord, error) {
	if len(data) > recordLimit {
		return storedRecord{}, errLongRecord
	}
	var stored storedRecord
	if err := json.Unmarshal(data, &stored.Record); err != nil {
		return storedRecord{}, err
	}
	if stored.Name == "" {
		return storedRecord{}, errNoName
	}
	if err := json.Unmarshal(data, &stored.unknown); err != nil {
		return storedRecord{}, err
	}
	for _, name := range recordMembers {
		delete(stored.unknown, name)
	}
	return stored, nil
}

// encode returns what decodeRecord reads. It leaves the unknown members out if they would make
// the record too long to be read again, rather than fail a launch.
func (s storedRecord) encode() ([]byte, error) {
	known, err := json.Marshal(s.Record)
	if err != nil {
		return nil, err
	}
	all := map[string]json.RawMessage{}
	for name, value := range s.unknown {
		all[name] = value
	}
	if err := json.Unmarshal(known, &all); err != nil {
		return nil, err
	}
	data, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	if len(data) >= recordLimit {
		data = known
	}
	if len(data) >= recordLimit {
		return nil, errLongRecord
	}
	return append(data, '\n'), nil
}

// recordMembers are the JSON names of a Record's fields.
var recordMembers = membersOf(reflect.TypeFor[Record]())

func membersOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
