package host

import (
	"encoding/json"
	"fmt"
	"testing"
)

// listOf is an API server's list of requests, the newest first (GET /api/status of 0.14.1).
func listOf(t *testing.T, requests ...map[string]any) string {
	t.Helper()
	if requests == nil {
		requests = []map[string]any{}
	}
	list, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	return string(list)
}

const serverCommand = "/venv/lib/python3.11/site-packages/sky/server/server.py --host=127.0.0.1 --port=46580"

// requestOf is a request as it is listed: of somebody with a mark, by a command, at a time.
func requestOf(id, status, mark, command string, created float64) map[string]any {
	env := `"SKYPILOT_USER":"root"`
	if mark != "" {
		env += fmt.Sprintf(`,"SKYPILOT_CARAPACE":%q`, mark)
	}
	body := fmt.Sprintf(`{"env_vars":{%s},"entrypoint_command":%q,"task":%q}`, env, command, `{"envs":{"SKYPILOT_CARAPACE":"nobody"}}`)
	return map[string]any{"request_id": id, "name": "sky.status", "status": status, "user_id": "fcd1e5cf", "request_body": body, "created_at": created}
}

// ownRequest is one that the server makes of itself, with the environment of whoever started it.
func ownRequest(id, status string, created float64) map[string]any {
	r := requestOf(id, status, "abc", serverCommand, created)
	r["user_id"] = "skypilot-system"
	return r
}

func TestKeptByRequests(t *testing.T) {
	daemon := ownRequest("skypilot-status-refresh-daemon", "RUNNING", 999)
	boot := ownRequest("skypilot-server-on-boot-check", "SUCCEEDED", 1000)
	first := requestOf("first", "SUCCEEDED", "abc", "sky launch", 1020)
	last := requestOf("last", "FAILED", "abc", "sky status", 2000)
	get := func(at float64) map[string]any { return requestOf("get", "SUCCEEDED", "abc", serverCommand, at) }
	of := func(status, mark string) map[string]any { return requestOf("x", status, mark, "sky status", 3000) }
	for _, c := range []struct {
		name, list, before, why, newest string
	}{
		{"ours alone", listOf(t, last, first, boot, daemon), "", "", "last"},
		{"none but the server's", listOf(t, boot, daemon), "", "", onBoot},
		{"a person's", listOf(t, of("SUCCEEDED", ""), last, first, boot), "", ServerOthers, ""},
		{"a person's before ours", listOf(t, last, requestOf("x", "FAILED", "", "sky status", 1500), first, boot), "", ServerOthers, ""},
		{"another state folder's", listOf(t, of("SUCCEEDED", "abd"), last, first, boot), "", ServerOthers, ""},
		{"a person's whose task names our variable", listOf(t, requestOf("x", "SUCCEEDED", "", `{"SKYPILOT_CARAPACE":"abc"}`, 3000), boot), "", ServerOthers, ""},
		{"the dashboard's", listOf(t, requestOf("x", "SUCCEEDED", "", "", 3000), boot), "", ServerOthers, ""},
		{"a GET of our `sky`", listOf(t, last, get(1999), first, get(1019), boot), "", "", "last"},
		{"a GET after ours", listOf(t, get(2001), last, boot), "", "", "get"},
		{"a GET right after the start", listOf(t, last, get(1014), boot), "", "", "last"},
		{"a GET of somebody else", listOf(t, get(2600), last, first, boot), "", ServerOthers, ""},
		{"two GETs of somebody else", listOf(t, get(2600), get(2010), last, first, boot), "", ServerOthers, ""},
		{"a GET between", listOf(t, last, get(1500), first, boot), "", ServerOthers, ""},
		{"a GET alone", listOf(t, get(2600)), "get", ServerOthers, ""},
		{"a GET right before ours, after another's", listOf(t, last, get(1990), get(1500), first, boot), "", ServerOthers, ""},
		{"one that goes on", listOf(t, last, requestOf("x", "RUNNING", "abc", "sky logs", 1500), boot), "", ServerInUse, ""},
		{"one that waits", listOf(t, of("PENDING", "abc"), first, boot), "", ServerInUse, ""},
		{"a status that is not known", listOf(t, of("PAUSED", "abc"), first, boot), "", ServerInUse, ""},
		{"one canceled", listOf(t, of("CANCELLED", "abc"), first, boot), "", "", "x"},
		{"the start is forgotten", listOf(t, last, first, daemon), "", ServerOthers, ""},
		{"the start is forgotten, and the newest of before", listOf(t, last, daemon), "first", ServerOthers, ""},
		{"what is forgotten was seen", listOf(t, last, first, daemon), "first", "", "last"},
		{"a daemon is no proof that nothing is forgotten", listOf(t, last, daemon), "skypilot-status-refresh-daemon", ServerOthers, ""},
		{"all is forgotten", listOf(t, daemon), "", ServerOthers, ""},
		{"nothing", listOf(t), "", ServerOthers, ""},
		{"a body that is kept from us", `[{"request_id":"a","status":"SUCCEEDED","request_body":"null","created_at":1}]`, "a", ServerOthers, ""},
		{"no names", `[{"status":"SUCCEEDED","request_body":"\"SKYPILOT_CARAPACE\":\"abc\""}]`, "", ServerOthers, ""},
		{"no list", `{"detail":"no"}`, "", ServerInUse, ""},
		{"cut off", listOf(t, last, first, boot)[:200], "", ServerInUse, ""},
	} {
		if why, newest := keptByRequests(c.list, inBody("abc"), c.before); why != c.why || newest != c.newest {
			t.Errorf("%s: kept because %q, newest %q; want %q, %q", c.name, why, newest, c.why, c.newest)
		}
	}
}

func TestMayAsk(t *testing.T) {
	for args, want := range map[string]bool{
		"/venv/bin/python /venv/bin/sky status ":        true,
		"/venv/bin/python -c import sys /venv/bin/sky ": true,
		"sky status ":                                   true,
		"python -u -msky.jobs.controller 1 ":            true,
		"python -m sky.serve.service --service-name x ": true,
		"go test ./provision/sky ":                      false,
		"ssh carapace-node ":                            false,
		"/app/carapace-sidecar ":                        false,
		"/venv/bin/python -m sky.server.server --host=127.0.0.1 --port=46999 ": false,
	} {
		if got := mayAsk(args); got != want {
			t.Errorf("%q: %v, want %v", args, got, want)
		}
	}
}
