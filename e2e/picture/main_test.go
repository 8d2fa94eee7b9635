package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPicture(t *testing.T) {
	long := "  ✓ " + strings.Repeat("It is done. ", 20)
	svg := picture("sidecar demo", "▶ Launching <a server> & more\n\n"+long+"\n    running\n")
	var words []string
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			words = append(words, strings.Fields(string(text))...)
			if n := utf8.RuneCountInString(string(text)); n > columns+len(goesOn) {
				t.Errorf("a row of %d columns: %s", n, text)
			}
		}
	}
	want := strings.Fields("$ sidecar demo ▶ Launching <a server> & more" + long + "running")
	if got := strings.Join(words, " "); got != strings.Join(want, " ") {
		t.Errorf("it shows\n%s\nwant\n%s", got, strings.Join(want, " "))
	}
	if strings.Count(svg, "#7ee787") != 3 {
		t.Errorf("the rest of a line that was broken has another color:\n%s", svg)
	}
	if svg != picture("sidecar demo", "▶ Launching <a server> & more\n\n"+long+"\n    running\n") {
		t.Error("the same text gives another picture")
	}
}
