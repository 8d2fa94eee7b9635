package skysim

import (
	"fmt"
	"strings"
	"time"
)

// The escape codes that SkyPilot prints even where nobody has a terminal
// (transcript launch-fresh).
const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	grey   = "\x1b[90m"
	// showCursor stands before a line that interrupts a progress display.
	showCursor = "\x1b[?25h"
)

// spotWarning is what SkyPilot says of every new spot cluster (recording
// launch-spot1).
const spotWarning = yellow + "Launching a spot job that does not automatically recover from preemptions. To get automatic recovery, use managed job instead: " +
	reset + bold + "sky jobs launch" + reset + " " + yellow + "or" + reset + " " + bold + "sky.jobs.launch()" + reset + "."

func strong(text string) string { return bold + text + reset }

// working is the line of something that SkyPilot begins.
func working(text string) string { return reset + "⚙︎ " + text }

// finished is the line of something that SkyPilot has done.
func finished(text string) string { return reset + green + "✓ " + text + reset + reset }

// branch and leaf are lines of SkyPilot's little trees.
func branch(text string) string { return dim + "├── " + reset + text }

func leaf(text string) string { return dim + "└── " + reset + text }

func faint(text string) string { return dim + text + reset }

// notFound is how every command names a cluster that there is none of, before it
// goes on and succeeds.
func notFound(names ...string) string {
	return "Cluster(s) not found: " + strong(strings.Join(names, ", ")) + "."
}

// abnormal is what SkyPilot says when the machine runs and its runtime does not
// answer (transcript status-recovered-vm).
func abnormal(name string) string {
	return yellow + "Failed getting cluster status despite all nodes being up ('" + name +
		"'). If the cluster was restarted manually, try running: " + reset +
		strong("sky start "+name) + " " + yellow + "to recover from INIT status." + reset
}

// logLine is one line of SkyPilot's own log, as it shows through.
func logLine(level string, at time.Time, place, text string) string {
	return dim + fmt.Sprintf("%s %s PID=%d %s] %s", level, at.Format("01-02 15:04:05.000"), 14116, place, text) + reset
}

// ago is SkyPilot's way to say how long ago something was.
func ago(d time.Duration) string {
	switch seconds := int(d.Seconds()); {
	case seconds < 10:
		return "a few secs ago"
	case seconds < 60:
		return fmt.Sprintf("%d secs ago", seconds)
	case seconds < 3600:
		return count(seconds/60, "min") + " ago"
	case seconds < 86400:
		return count(seconds/3600, "hr") + " ago"
	default:
		return count(seconds/86400, "day") + " ago"
	}
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// bar is the last state of the progress bar of stop, down and autostop: 40
// columns, fewer where the line would pass 80 (transcript stop-ok).
func bar(what string, done bool) string {
	width := max(1, min(40, 80-len(what)-len("  100% 0:00:00")))
	if !done {
		return what + " " + strings.Repeat(" ", width) + "   0% -:--:--"
	}
	return what + " " + strings.Repeat("━", width) + " 100% 0:00:00"
}

// columns lays rows out as SkyPilot's borderless tables: each column as wide as
// its widest cell, two spaces after each.
func columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	lines := make([]string, 0, len(rows))
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-len([]rune(cell))+2))
		}
		lines = append(lines, b.String())
	}
	return lines
}
