// Command gen writes what other languages need of the protocol: the OpenRPC
// document, the JSON Schema, the TypeScript types and docs/protocol.md. Run it
// with `go generate ./schema`.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"carapace/schema/gen/generate"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := generate.FindRoot()
	if err != nil {
		return err
	}
	files, err := generate.Files(filepath.Join(root, "schema"))
	if err != nil {
		return err
	}
	packed, err := generate.Packed(filepath.Join(root, "schema"))
	if err != nil {
		return err
	}
	for _, f := range append(files, packed...) {
		path := filepath.Join(root, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
