// Package cloud is the clouds that SkyPilot knows, as a table: what each is called
// and what it can do. It reads no file and no variable; package credentials does.
// What the table says was read from SkyPilot 0.14.1 by asking every cloud class.
package cloud

import (
	"slices"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// Cloud is one cloud. The zero value is no cloud. Values are read-only and safe
// for concurrent use.
type Cloud struct {
	// ID is SkyPilot's canonical name, what Spec.Cloud and `--infra` take: aws.
	ID string
	// Name is for a person: Amazon Web Services.
	Name string
	// Short is what a sentence calls it, "" where that is Name: AWS.
	Short string
	// Aliases are further names that SkyPilot takes.
	Aliases []string

	// Stop: a machine can be stopped with its disk kept, and started again.
	Stop bool
	// StopSpot: a spot machine can be stopped too.
	StopSpot bool
	// Autostop: an idle machine can stop itself. SkyPilot's launch does not ask
	// for Stop and so accepts an autostop on clouds where it can never happen
	// (lambda, runpod, fluidstack, cudo, shadeform): the machine bills on. Here
	// those are false.
	Autostop bool
	// Autodown: an idle machine can destroy itself.
	Autodown bool
	// Spot: there are cheaper machines that the provider may take back.
	Spot bool
	// Zones: a region has zones, so that Spec.Zone can be asked for.
	Zones bool
	// Ports: Spec.Ports can be opened, at launch at least.
	Ports bool
	// MapsPorts: the internet reaches an open port of the machine at another port, or at
	// another address, which only SkyPilot can tell.
	MapsPorts bool
	// ImageID: Spec.ImageID may be a disk image.
	ImageID bool
	// DockerImage: Spec.ImageID may be "docker:" and a container image, in which
	// the server then runs.
	DockerImage bool
	// DiskTiers are the values of Spec.DiskTier that are taken; best, which each cloud takes, is not among them.
	DiskTiers []string

	// Stopped says what goes on costing while a machine is stopped. It is
	// StoppedUnknown where Stop is false. See CostsWhenStopped.
	Stopped StoppedCost
	// StoppedSource is the address of the provider's page that says so, or that
	// says why it can't be told of all machines; "" where no page was found.
	StoppedSource string
	// Disks are the prices of disks that are known; see DiskPriceIn.
	Disks []DiskPrice

	// IdentityCheck: SkyPilot compares the account whose credentials it has with
	// the one that a cluster was launched with, before it touches or looks at the
	// cluster (get_user_identities of the cloud's class). Where it is false,
	// SkyPilot asked with another account's credentials finds no machine, reports
	// "All nodes terminated" and removes the record although the machine runs and
	// bills: a caller must compare the accounts itself before it asks.
	IdentityCheck bool

	// Docs is the address of a page on setting the cloud up.
	Docs string

	// Setup is how a person gets credentials: a sentence with the exact command or file.
	Setup *text.Entry
	// Tools are the programs that SkyPilot runs for this cloud.
	Tools []string
}

// All lists every cloud, the best known first. The slice is the caller's own.
func All() []Cloud { return slices.Clone(table()) }

// Find returns the cloud of an id or alias, letter case ignored.
func Find(id string) (Cloud, bool) {
	return first(func(c Cloud) bool { return c.answersTo(id) })
}

func first(want func(Cloud) bool) (Cloud, bool) {
	for _, c := range table() {
		if want(c) {
			return c, true
		}
	}
	return Cloud{}, false
}

func (c Cloud) answersTo(id string) bool {
	if strings.EqualFold(c.ID, id) {
		return true
	}
	for _, alias := range c.Aliases {
		if strings.EqualFold(alias, id) {
			return true
		}
	}
	return false
}

// Called is the cloud's name in a sentence.
func (c Cloud) Called() string {
	if c.Short != "" {
		return c.Short
	}
	return c.Name
}

// Where is a place in a sentence of any language: the cloud as people call it, its id where that is
// words, or where the cloud is not known; and the region or zone. "" where id is.
func Where(id, region string) string {
	if c, known := Find(id); known && c.Called() != text.CloudOwnMachines.Message {
		id = c.Called()
	}
	if id == "" || region == "" {
		return id
	}
	return id + " " + region
}

// CanStop reports whether a machine, spot or not, can be stopped and keep its
// disk.
func (c Cloud) CanStop(spot bool) bool {
	if spot {
		return c.StopSpot
	}
	return c.Stop
}

// CanAutostop reports whether an idle machine, spot or not, can stop itself
// (down false) or destroy itself (down true).
func (c Cloud) CanAutostop(spot, down bool) bool {
	if down {
		return c.Autodown
	}
	return c.Autostop && c.CanStop(spot)
}

// Provider is the cloud's entry in provider.list, with the credentials that were
// found for it. SupportsAutostop is true where an idle machine can end itself in
// any way; without SupportsStop that is destroying.
func (c Cloud) Provider(found schema.Credentials) schema.Provider {
	return schema.Provider{
		ID:               c.ID,
		Name:             c.Name,
		Credentials:      found,
		SupportsStop:     c.Stop,
		SupportsSpot:     c.Spot,
		SupportsAutostop: c.Autostop || c.Autodown,
		Extra:            c.ID, // SkyPilot names its extras as its clouds
	}
}
