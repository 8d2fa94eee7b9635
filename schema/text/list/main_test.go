package main

import (
	"bytes"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An entry that is not in the list has no code when a text of it comes from the disk.
func TestTheListIsCurrent(t *testing.T) {
	want, err := List("..")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("../registry.go"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("registry.go is not current: go generate ./schema (%v)", err)
	}
	if bytes.Count(want, []byte("&")) < 100 {
		t.Error("the list has few entries")
	}
}
