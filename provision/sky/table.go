package sky

import (
	"strings"
	"unicode/utf8"

	"carapace/provision/cloud"
	"carapace/schema"
)

// offerTable reads SkyPilot's table of machines line by line (transcript
// launch-dryrun). Columns are found by the header's offsets: a cell may hold
// single spaces, and one column more or less must not shift the others.
type offerTable struct {
	columns []column
	rules   int // lines of dashes seen: before the header, after it, at the end
	offers  []schema.Offer
}

type column struct {
	name       string
	start, end int // in runes
}

// line takes the next line, cleaned, and reports whether it belongs to a table.
func (t *offerTable) line(line string) bool {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(trimmed, "Considered resources ("):
		*t = offerTable{}
		return true
	case trimmed != "" && strings.Trim(trimmed, "-") == "":
		t.rules++
		if t.rules == 3 {
			t.columns = nil
		}
		return t.rules <= 3
	case strings.HasPrefix(trimmed, "INFRA ") && strings.Contains(line, "COST"):
		t.columns = headerColumns(line)
		return true
	case t.columns == nil || t.rules > 2:
		return false
	}
	offer, ok := t.row([]rune(line))
	if ok {
		t.offers = append(t.offers, offer)
	}
	return ok
}

// headerColumns cuts a header where two spaces or more stand: "COST ($)" is one
// name.
func headerColumns(line string) []column {
	var columns []column
	runes := []rune(line)
	for i := 0; i < len(runes); {
		if runes[i] == ' ' {
			i++
			continue
		}
		start := i
		for i < len(runes) && (runes[i] != ' ' || i+1 < len(runes) && runes[i+1] != ' ') {
			i++
		}
		if n := len(columns); n > 0 {
			columns[n-1].end = start
		}
		columns = append(columns, column{name: string(runes[start:i]), start: start, end: len(runes)})
	}
	return columns
}

func (t *offerTable) row(line []rune) (schema.Offer, bool) {
	var o schema.Offer
	priced := false
	for i, c := range t.columns {
		end := c.end
		if i == len(t.columns)-1 {
			end = len(line) // the mark of the chosen row may stand beyond the header
		}
		if c.start >= len(line) {
			break
		}
		cell := strings.TrimSpace(string(line[c.start:min(end, len(line))]))
		priced = priced || strings.HasPrefix(c.name, "COST") && cell != "" && isDigit(cell[0])
		setCell(&o, c.name, cell)
	}
	at, known := cloud.Find(o.Cloud)
	if known {
		o.Region, o.Zone = at.Place(o.Region, o.UseSpot)
	}
	o.Currency = currency
	return o, priced && o.Cloud != ""
}

// currency is that of SkyPilot's catalogs (its header is "COST ($)").
const currency = "USD"

func setCell(o *schema.Offer, column, cell string) {
	switch {
	case column == "INFRA":
		name, region, _ := strings.Cut(cell, " (")
		o.Cloud, o.Region = cloudID(name), wholePlace(strings.TrimSuffix(region, ")"))
	case column == "INSTANCE":
		o.InstanceType, o.UseSpot = strings.CutSuffix(cell, "[Spot]")
		o.InstanceType = strings.Trim(o.InstanceType, "-") // "-": none
	case column == "vCPUs":
		o.VCPUs = parseFloat(cell)
	case strings.HasPrefix(column, "Mem"):
		o.MemoryGB = parseFloat(cell)
	case strings.HasPrefix(column, "COST"):
		o.HourlyCost = parseFloat(cell)
	case column == "CHOSEN":
		o.Chosen = cell != ""
	}
}

// wholePlace is a place's name, "" of one whose middle SkyPilot has left out, as it does
// with more than 25 characters (utils/infra_utils.py): no launch takes what is left.
func wholePlace(name string) string {
	if utf8.RuneCountInString(name) == 25 && strings.Contains(name, "...") {
		return ""
	}
	return name
}
