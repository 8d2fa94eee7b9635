package rpc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTranscripts plays the files of testdata/transcripts: --> is sent, <-- must
// come back before anything else is sent, compared as JSON. A line that must not
// be answered is followed at once by the next one, whose answer comes first.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { playTranscript(t, file) })
	}
}

func playTranscript(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := newPeer(t, exampleTable(), Options{ErrorFor: specErrors})
	for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		switch message, ok := strings.CutPrefix(line, "-->"); {
		case ok:
			p.send(strings.TrimPrefix(message, " "))
		case strings.HasPrefix(line, "<-- "):
			if got := p.receive(); !sameJSON(t, got, line[4:]) {
				t.Fatalf("%s:%d: got\n%s\nwant\n%s", file, n+1, got, line[4:])
			}
		}
	}
	p.send(`{"jsonrpc":"2.0","id":"last","method":"ping"}`)
	p.expect(`{"jsonrpc":"2.0","id":"last","result":{}}`)
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-p.done; err != nil {
		t.Fatalf("Serve: %v", err)
	}
}
