// Command picture draws what a command printed, read from stdin, as an SVG on stdout: a
// terminal's window with the command above it. The same text gives the same picture.
// docs/picture.sh draws the demo with it.
package main

import (
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

const (
	rowHeight   = 19
	columnWidth = 7.83 // of the font at 13 px; textLength holds a row to it whatever font there is
	margin      = 20
	columns     = 120 // of the window; longer lines are broken
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		_, err = io.WriteString(os.Stdout, picture(strings.Join(os.Args[1:], " "), string(text)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// picture draws a command and its output.
func picture(command, text string) string {
	rows := []string{"$ " + command}
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		rows = append(rows, broken(strings.TrimRight(line, "\n"))...)
	}
	width, height := columns*columnWidth+2*margin, float64(len(rows)*rowHeight+2*margin)
	var svg strings.Builder
	fmt.Fprintf(&svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=%q>\n", width, height, "What "+command+" prints")
	fmt.Fprintf(&svg, "<rect width=\"%.0f\" height=\"%.0f\" rx=\"8\" fill=\"#14181f\"/>\n", width, height)
	svg.WriteString("<g font-family=\"ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace\" font-size=\"13\" xml:space=\"preserve\">\n")
	with := ""
	for i, row := range rows {
		if strings.TrimSpace(row) == "" {
			continue
		}
		with = look(row, with)
		fmt.Fprintf(&svg, "<text x=\"%d\" y=\"%d\" textLength=\"%.1f\"%s>%s</text>\n",
			margin, margin+rowHeight*(i+1)-5, float64(utf8.RuneCountInString(row))*columnWidth, with, html.EscapeString(row))
	}
	svg.WriteString("</g>\n</svg>\n")
	return svg.String()
}

// look returns the color and weight of a row by its mark. One that goes on where another was broken has that one's.
func look(row, before string) string {
	text := strings.TrimLeft(row, " ")
	switch mark, _ := utf8.DecodeRuneInString(text); mark {
	case '✓':
		return ` fill="#7ee787"`
	case '⊘', '✗':
		return ` fill="#ff9c8f"`
	case '▶', '$':
		return ` fill="#ffffff" font-weight="bold"`
	case '·':
		return ` fill="#98a4b3"`
	}
	if strings.HasPrefix(row, goesOn) {
		return before
	}
	return ` fill="#d5dde8"`
}

// goesOn begins the rest of a line that was broken.
const goesOn = "\u00a0\u00a0\u00a0\u00a0"

// broken breaks a line at spaces into rows of the window's width.
func broken(line string) (rows []string) {
	for utf8.RuneCountInString(line) > columns {
		runes := []rune(line)
		at := columns
		for at > 0 && runes[at] != ' ' {
			at--
		}
		if at == 0 {
			break // one long word
		}
		rows, line = append(rows, string(runes[:at])), goesOn+string(runes[at+1:])
	}
	return append(rows, line)
}
