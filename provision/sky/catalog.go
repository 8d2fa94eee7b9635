package sky

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"carapace/schema"
)

// CatalogRow is one machine type in one region, as SkyPilot's catalog of a cloud has it. A number
// is 0 where the catalog has none.
type CatalogRow struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	InstanceType, Region, Accelerator, Arch string
	VCPUs, MemoryGB, Price, SpotPrice       float64 // gigabytes, USD for an hour
}

// CatalogPattern is, below SkyPilot's folder, where the catalog of a cloud is, for each version of its
// form (catalog/common.py: get_catalog_path).
func CatalogPattern(cloud string) string { return "catalogs/v*/" + cloud + "/vms.csv" }

// ParseCatalog reads SkyPilot's catalog of a cloud, one row for each machine type and region: the
// zones of a region are one, with the least of their prices. Clouds have other columns in another order;
// those that are not known are left. A row without a machine type, region or price is left out. Pure.
func ParseCatalog(file io.Reader) ([]CatalogRow, error) {
	r := csv.NewReader(file)
	r.ReuseRecord, r.FieldsPerRecord, r.LazyQuotes = true, -1, true
	head, err := r.Read()
	if err != nil {
		return nil, err
	}
	columns := slices.Clone(head)
	var rows []CatalogRow
	at := map[[2]string]int{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := catalogRow(columns, record)
		if row.InstanceType == "" || row.Region == "" || row.Price <= 0 && row.SpotPrice <= 0 {
			continue
		}
		key := [2]string{row.InstanceType, row.Region}
		i, known := at[key]
		if !known {
			at[key] = len(rows)
			rows = append(rows, row)
			continue
		}
		rows[i].Price = least(rows[i].Price, row.Price)
		rows[i].SpotPrice = least(rows[i].SpotPrice, row.SpotPrice)
	}
}

// PriceRounding is what a price in SkyPilot's table of offers, in USD, may differ from the real
// one: the table has whole cents (transcript launch-dryrun shows 0.192 as 0.19).
const PriceRounding = 0.005

// CatalogPrice returns what an hour of an offer's machine costs, in USD, by SkyPilot's catalog of its cloud. The offer has that
// within PriceRounding. It is 0 where the catalog has no such machine, or a price that is
// not the offer's when it is rounded: SkyPilot has asked another catalog then. Pure.
func CatalogPrice(rows []CatalogRow, o schema.Offer) float64 {
	for _, row := range rows {
		if row.InstanceType != o.InstanceType || row.Region != o.Region {
			continue
		}
		price := row.Price
		if o.UseSpot {
			price = row.SpotPrice
		}
		if math.Abs(price-o.HourlyCost) < PriceRounding+1e-9 {
			return price
		}
	}
	return 0
}

// catalogRow reads one record. Its strings are copies.
func catalogRow(columns, record []string) (row CatalogRow) {
	count := ""
	for i, value := range record[:min(len(record), len(columns))] {
		switch columns[i] {
		case "InstanceType":
			row.InstanceType = strings.Clone(value)
		case "Region":
			row.Region = strings.Clone(value)
		case "AcceleratorName":
			row.Accelerator = strings.Clone(value)
		case "AcceleratorCount":
			count = strings.TrimSuffix(value, ".0")
		case "Arch":
			row.Arch = strings.Clone(value)
		case "vCPUs":
			row.VCPUs = catalogNumber(value)
		case "MemoryGiB":
			row.MemoryGB = catalogNumber(value)
		case "Price":
			row.Price = catalogNumber(value)
		case "SpotPrice":
			row.SpotPrice = catalogNumber(value)
		}
	}
	if row.Accelerator != "" && count != "" {
		row.Accelerator += ":" + count
	}
	return row
}

// catalogNumber is a catalog's number, 0 where it has none.
func catalogNumber(value string) float64 {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n >= 0 && n < 1e9) {
		return 0
	}
	return n
}

// least is the lower of two prices, of which one may not be known.
func least(a, b float64) float64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
