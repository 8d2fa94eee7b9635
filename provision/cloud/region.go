package cloud

import "strings"

// RegionName is a region's name for a person, its id where none is known. The names were not compared
// with the providers' own lists, so an app shows the id beside them.
func (c Cloud) RegionName(id string) string {
	for line := range strings.Lines(regionNames(c.ID)) {
		if region, name, _ := strings.Cut(line, " "); region == id {
			return strings.TrimSpace(name)
		}
	}
	return id
}

// regionNames are a cloud's regions for people: lines of an id and a name. A text costs a host that is
// served no start-up and the program less space than a map.
func regionNames(cloud string) string { //nolint:funlen // it is a table
	switch cloud {
	case "aws":
		return `us-east-1 Northern Virginia, United States
us-east-2 Ohio, United States
us-west-1 Northern California, United States
us-west-2 Oregon, United States
af-south-1 Cape Town, South Africa
ap-east-1 Hong Kong
ap-south-1 Mumbai, India
ap-south-2 Hyderabad, India
ap-northeast-1 Tokyo, Japan
ap-northeast-2 Seoul, South Korea
ap-northeast-3 Osaka, Japan
ap-southeast-1 Singapore
ap-southeast-2 Sydney, Australia
ap-southeast-3 Jakarta, Indonesia
ap-southeast-4 Melbourne, Australia
ca-central-1 Montréal, Canada
ca-west-1 Calgary, Canada
eu-central-1 Frankfurt, Germany
eu-central-2 Zurich, Switzerland
eu-west-1 Ireland
eu-west-2 London, United Kingdom
eu-west-3 Paris, France
eu-north-1 Stockholm, Sweden
eu-south-1 Milan, Italy
eu-south-2 Spain
il-central-1 Tel Aviv, Israel
me-central-1 United Arab Emirates
me-south-1 Bahrain
sa-east-1 São Paulo, Brazil`
	case "gcp":
		return `us-central1 Iowa, United States
us-east1 South Carolina, United States
us-east4 Northern Virginia, United States
us-east5 Columbus, United States
us-south1 Dallas, United States
us-west1 Oregon, United States
us-west2 Los Angeles, United States
us-west3 Salt Lake City, United States
us-west4 Las Vegas, United States
northamerica-northeast1 Montréal, Canada
northamerica-northeast2 Toronto, Canada
southamerica-east1 São Paulo, Brazil
southamerica-west1 Santiago, Chile
europe-central2 Warsaw, Poland
europe-north1 Hamina, Finland
europe-southwest1 Madrid, Spain
europe-west1 St. Ghislain, Belgium
europe-west2 London, United Kingdom
europe-west3 Frankfurt, Germany
europe-west4 Eemshaven, Netherlands
europe-west6 Zurich, Switzerland
europe-west8 Milan, Italy
europe-west9 Paris, France
europe-west10 Berlin, Germany
europe-west12 Turin, Italy
asia-east1 Changhua, Taiwan
asia-east2 Hong Kong
asia-northeast1 Tokyo, Japan
asia-northeast2 Osaka, Japan
asia-northeast3 Seoul, South Korea
asia-south1 Mumbai, India
asia-south2 Delhi, India
asia-southeast1 Singapore
asia-southeast2 Jakarta, Indonesia
australia-southeast1 Sydney, Australia
australia-southeast2 Melbourne, Australia
me-central1 Doha, Qatar
me-west1 Tel Aviv, Israel
africa-south1 Johannesburg, South Africa`
	case "azure":
		return `eastus Virginia, United States
eastus2 Virginia, United States
centralus Iowa, United States
northcentralus Illinois, United States
southcentralus Texas, United States
westus California, United States
westus2 Washington, United States
westus3 Phoenix, United States
canadacentral Toronto, Canada
canadaeast Quebec, Canada
brazilsouth São Paulo, Brazil
northeurope Ireland
westeurope Netherlands
uksouth London, United Kingdom
ukwest Cardiff, United Kingdom
francecentral Paris, France
germanywestcentral Frankfurt, Germany
swedencentral Gävle, Sweden
switzerlandnorth Zurich, Switzerland
norwayeast Norway
italynorth Milan, Italy
polandcentral Warsaw, Poland
spaincentral Madrid, Spain
eastasia Hong Kong
southeastasia Singapore
japaneast Tokyo, Japan
japanwest Osaka, Japan
koreacentral Seoul, South Korea
centralindia Pune, India
southindia Chennai, India
australiaeast Sydney, Australia
australiasoutheast Melbourne, Australia
southafricanorth Johannesburg, South Africa
uaenorth Dubai, United Arab Emirates
qatarcentral Doha, Qatar
israelcentral Israel`
	case "do":
		return `nyc1 New York, United States
nyc2 New York, United States
nyc3 New York, United States
sfo2 San Francisco, United States
sfo3 San Francisco, United States
tor1 Toronto, Canada
ams3 Amsterdam, Netherlands
lon1 London, United Kingdom
fra1 Frankfurt, Germany
sgp1 Singapore
blr1 Bangalore, India
syd1 Sydney, Australia
atl1 Atlanta, United States`
	}
	return ""
}
