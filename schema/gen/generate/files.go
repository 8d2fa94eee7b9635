// Package generate turns the Go types of carapace/schema into documents for
// other languages. It works in memory, so that a test can compare its outcome
// with the files that are committed. Nothing of it is linked into the sidecar.
package generate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is one generated file.
type File struct {
	Path    string // from the repository's root, with slashes
	Content []byte
}

// Files generates every file, from the types that are compiled in and from the
// doc comments in the Go files of schemaDir. It writes nothing. The error tells
// what in the types it does not understand.
func Files(schemaDir string) ([]File, error) {
	m, err := newModel(schemaDir)
	if err != nil {
		return nil, err
	}
	outputs := []struct {
		path   string
		render func(*model) ([]byte, error)
	}{
		{"schema/openrpc.json", renderOpenRPC},
		{"schema/openrpc.json.deflate", packOpenRPC},
		{"schema/protocol.schema.json", renderJSONSchema},
		{"schema/client/src/protocol.ts", renderTypeScript},
		{"docs/protocol.md", renderMarkdown},
		{"docs/messages.md", renderMessages},
		{"schema/text/catalogs/en.json", renderCatalog},
	}
	var files []File
	for _, o := range outputs {
		content, err := o.render(m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.path, err)
		}
		files = append(files, File{o.path, content})
	}
	return files, nil
}

// FindRoot returns the folder of the nearest go.mod, from the working directory
// upwards: `go generate` runs in schema, a person in the root.
func FindRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}
