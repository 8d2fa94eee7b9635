package generate

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"carapace/schema/text"
)

// said is what a message catalogue has for a code.
type said struct {
	Title   string `json:"title,omitempty"`
	Message string `json:"message,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// renderCatalog writes the registry as a message catalogue: what apps and translators read. Those of the other
// languages are written by hand, in the same form.
func renderCatalog(*model) ([]byte, error) {
	all := map[text.Code]said{}
	for _, e := range text.All() {
		all[e.Code] = said{e.Title, e.Message, e.Hint}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(all)
	return out.Bytes(), err
}

// Packed returns the catalogue of each language but English in the form that the binary holds. It is apart from
// [Files], because the bytes may be others with another version of Go; what is in them is tested in schema/text.
func Packed(schemaDir string) ([]File, error) {
	var files []File
	for _, tag := range text.Tags()[1:] {
		words, err := readCatalog(filepath.Join(schemaDir, "text", "catalogs", tag+".json"))
		if err != nil {
			return nil, err
		}
		var packed bytes.Buffer
		out, err := flate.NewWriter(&packed, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := out.Write([]byte(text.Pack(words))); err != nil {
			return nil, err
		}
		if err := out.Close(); err != nil {
			return nil, err
		}
		files = append(files, File{"schema/text/catalogs/" + tag + ".deflate", packed.Bytes()})
	}
	return files, nil
}

func readCatalog(path string) (map[text.Code]text.Entry, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all map[text.Code]said
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	words := make(map[text.Code]text.Entry, len(all))
	for code, s := range all {
		words[code] = text.Entry{Code: code, Title: s.Title, Message: s.Message, Hint: s.Hint}
	}
	return words, nil
}
