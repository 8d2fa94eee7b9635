package skysim

import (
	"slices"
	"strings"
	"time"
)

// check is `sky check`. Reasons stand in the table only; it exits 0 when nothing
// is enabled (transcripts check-aws-missing, check-aws-missing-json).
func (p *process) check(o *options) error {
	if err := p.pause(2 * time.Second); err != nil {
		return err
	}
	asked := vendors()
	if len(o.args) > 0 {
		asked = nil
	}
	for _, name := range o.args {
		v, ok := vendorOf(name)
		if !ok {
			return fail("ValueError: Cloud '" + name + "' is not a valid cloud among [" + cloudOrder + "].")
		}
		asked = append(asked, v)
	}
	if err := p.server(); err != nil {
		return err
	}
	if err := p.pause(4 * time.Second); err != nil {
		return err
	}
	return p.world.readLocked(func(w *world) error {
		if o.json() {
			return p.sayJSON(map[string]any{"default": w.capabilities(asked)})
		}
		p.sayCheck(w, asked)
		return nil
	})
}

// abilities are what a cloud can be used for: storage is not everywhere.
func (v vendor) abilities() []string {
	if slices.Contains([]string{"aws", "azure", "gcp", "oci", "ibm", "nebius"}, v.id) {
		return []string{"compute", "storage"}
	}
	return []string{"compute"}
}

func (w *world) capabilities(asked []vendor) map[string][]string {
	enabled := map[string][]string{}
	for _, v := range asked {
		if w.enabled(v.id) {
			enabled[v.repr] = v.abilities()
		}
	}
	return enabled
}

func (p *process) sayCheck(w *world, asked []vendor) {
	p.say("Checking credentials to enable infra for SkyPilot.")
	none := true
	for _, v := range asked {
		can := "[" + strings.Join(v.abilities(), ", ") + "]"
		if w.enabled(v.id) {
			p.say(green + "\x1b[22m  " + v.repr + ": enabled " + can + reset + reset)
			none = false
			continue
		}
		p.say(dim+"  "+v.repr+": disabled "+reset+reset, "    Reason "+can+": "+w.disabledReason(v))
	}
	p.say("", green+"🎉 Enabled infra 🎉"+reset)
	for _, v := range asked {
		if w.enabled(v.id) {
			p.say("  " + green + v.repr + " [" + strings.Join(v.abilities(), ", ") + "]" + reset)
		}
	}
	if none {
		p.say("  No infra to check/enabled.")
	}
	p.say(dim, "To enable a cloud, follow the hints above and rerun: "+reset+strong("sky check"),
		dim+"If any problems remain, refer to detailed docs at: https://docs.skypilot.co/en/latest/getting-started/installation.html"+reset,
		"", "Using SkyPilot API server: "+serverURL)
}
