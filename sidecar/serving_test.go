package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var initialized = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, \S+ ms clock, (\d+) bytes, (\d+) allocs$`)

// A host that is served pays nothing for what people read: no package of ours that makes help, tables or bars has
// anything to initialize, and what they import makes no more than a few variables. Nor do packages of ours compile
// expressions or build tables before they are asked: install and cloud made 274 and 211 allocations, schema 70.
func TestServingInitializesNothingForPeople(t *testing.T) {
	t.Parallel()
	cmd := command(t)
	cmd.Env = append(cmd.Env, "GODEBUG=inittrace=1")
	messages, trace, code := output(t, cmd, `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	if code != exitOK || len(messages) != 1 {
		t.Fatalf("exit %d, %+v", code, messages)
	}
	found := initialized.FindAllStringSubmatch(trace, -1)
	allocations := map[string]int{}
	for _, f := range found {
		allocations[f[1]], _ = strconv.Atoi(f[3])
	}
	if len(found) < 20 || allocations["gopkg.in/yaml%2ev3"] == 0 {
		t.Fatalf("the trace has %d packages: this tests nothing", len(found))
	}
	for name := range allocations {
		if strings.HasPrefix(name, "carapace/sidecar/") {
			t.Errorf("%s has something to initialize", name)
		}
	}
	for name, most := range map[string]int{
		"github.com/spf13/cobra": 20, "github.com/spf13/pflag": 5, "text/template": 5, "text/template/parse": 5,
		"carapace/schema": 0, "carapace/provision/lifecycle": 0, "carapace/provision/install": 20, "carapace/provision/cloud": 20,
	} {
		if n := allocations[name]; n > most {
			t.Errorf("%s allocates %d times, want %d at most", name, n, most)
		}
	}
}
