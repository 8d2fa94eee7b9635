package generate

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// schemaDir is the package that the generator is made for.
const schemaDir = "../.."

func realModel(t *testing.T) *model {
	t.Helper()
	m, err := newModel(schemaDir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
