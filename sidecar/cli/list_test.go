package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

// What was canceled by the command is what was asked for: it is no failure.
func TestCanceledIsNoFailure(t *testing.T) {
	canceled := schema.Operation{ID: "1", Kind: schema.OperationLaunch, State: schema.OperationCanceled, Message: "The launch was canceled."}
	for _, line := range []string{"cancel", "call cluster.cancel --wait"} {
		s := &stub{t: t}
		s.answers = map[string]func([]byte) (any, error){"cluster.cancel": func([]byte) (any, error) {
			s.host.Finished(schema.Finished{Operation: canceled, Cluster: schema.Cluster{Status: schema.StatusNoServer}})
			return schema.OperationResult{Operation: schema.Operation{ID: "1", State: schema.OperationRunning}}, nil
		}}
		stdout, stderr, code := s.run(t.Context(), false, strings.Fields(line)...)
		if code != exitOK || !strings.Contains(stdout, "The launch was canceled.") || strings.Contains(stdout, "✗") {
			t.Errorf("%s: exit %d, %s%s", line, code, stdout, stderr)
		}
	}
}

// A server is taken off the list when that was said twice.
func TestForget(t *testing.T) {
	var called []string
	s := &stub{t: t, answers: map[string]func([]byte) (any, error){"cluster.forget": func([]byte) (any, error) {
		called = append(called, "cluster.forget")
		return schema.Cluster{Name: "n", Status: schema.StatusNoServer, Description: "It is off the list."}, nil
	}}}
	if _, stderr, code := s.run(t.Context(), false, "forget"); code != exitUsage || !strings.Contains(stderr, "--yes") {
		t.Errorf("unasked: exit %d, %s", code, stderr)
	}
	stdout, _, code := s.run(t.Context(), false, "forget", "--yes")
	if code != exitOK || !strings.Contains(stdout, "It is off the list.") || !slices.Equal(called, []string{"cluster.forget"}) {
		t.Errorf("exit %d, %q was called, it said %s", code, called, stdout)
	}
}

// What is installed for is what was named.
func TestInstallForClouds(t *testing.T) {
	var got schema.SkyPilotInstallParams
	s := &stub{t: t}
	s.answers = map[string]func([]byte) (any, error){"skypilot.install": func(params []byte) (any, error) {
		s.host.Finished(schema.Finished{Operation: schema.Operation{State: schema.OperationSucceeded}})
		return schema.InstallResult{}, json.Unmarshal(params, &got)
	}}
	if _, stderr, code := s.run(t.Context(), false, "install", "--cloud", "aws,gcp"); code != exitOK || !slices.Equal(got.Clouds, []string{"aws", "gcp"}) {
		t.Errorf("exit %d, %+v: %s", code, got, stderr)
	}
}

// An empty log is no silence.
func TestALogWithNothingInIt(t *testing.T) {
	s := &stub{t: t, answers: map[string]func([]byte) (any, error){"cluster.logs": func([]byte) (any, error) { return schema.LogsResult{}, nil }}}
	if stdout, stderr, code := s.run(t.Context(), false, "logs", "--source", "setup"); code != exitOK || stdout != "" || stderr != "There is nothing in the setup log.\n" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// What an operation prints meanwhile, which another process may drive, is no line of the log that was asked for.
func TestALogHasItsOwnLinesOnly(t *testing.T) {
	s := &stub{t: t}
	s.answers = map[string]func([]byte) (any, error){"cluster.logs": func(params []byte) (any, error) {
		var p schema.LogsParams
		if err := json.Unmarshal(params, &p); err != nil {
			return nil, err
		}
		s.host.Log(schema.LogLine{Operation: "a", Line: "of an operation", Source: p.Source})
		s.host.Log(schema.LogLine{Line: "of the log", Source: p.Source, Subscription: p.Subscription})
		return schema.LogsResult{}, nil
	}}
	if stdout, stderr, code := s.run(t.Context(), false, "logs", "-f"); code != exitOK || stdout != "of the log\n" || stderr != "" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// The log of an operation comes in pages, and goes on until the operation has ended.
func TestTheLogOfAnOperation(t *testing.T) {
	running := schema.Operation{ID: "a", Kind: schema.OperationLaunch, Cluster: "n", State: schema.OperationRunning}
	ended := running
	ended.State = schema.OperationSucceeded
	line := func(seq int) schema.LogLine {
		return schema.LogLine{Operation: "a", Line: fmt.Sprint("line ", seq), Seq: seq}
	}
	for _, c := range []struct {
		args   []string
		kept   int
		stdout string
		stderr string
	}{
		{nil, 3, "line 1\nline 2\nline 3\n", ""},
		{[]string{"-n", "2"}, 5, "line 4\nline 5\n", ""},
		{[]string{"-f"}, 3, "line 1\nline 2\nline 3\nline 4\n", ""}, // the fourth comes while it is waited for
		{nil, 0, "", "Nothing was printed during the launch of n.\n"},
	} {
		waited := 0
		s := &stub{t: t}
		s.answers = map[string]func([]byte) (any, error){
			"operation.list": func([]byte) (any, error) {
				return schema.OperationListResult{Operations: []schema.Operation{running}}, nil
			},
			"operation.wait": func([]byte) (any, error) { waited++; return ended, nil },
			"operation.log": func(params []byte) (any, error) {
				var p schema.OperationLogParams
				if err := json.Unmarshal(params, &p); err != nil || p.ID != "a" {
					return nil, fmt.Errorf("%s: %w", params, err)
				}
				if last := c.kept + waited; p.After+2 < last {
					return schema.OperationLogResult{Lines: []schema.LogLine{line(p.After + 1), line(p.After + 2)}, More: true}, nil
				} else if p.After < last {
					var rest []schema.LogLine
					for seq := p.After + 1; seq <= last; seq++ {
						rest = append(rest, line(seq))
					}
					return schema.OperationLogResult{Lines: rest}, nil
				}
				return schema.OperationLogResult{Lines: []schema.LogLine{}}, nil
			},
		}
		stdout, stderr, code := s.run(t.Context(), false, append([]string{"logs", "--source", "operation"}, c.args...)...)
		if code != exitOK || stdout != c.stdout || stderr != c.stderr {
			t.Errorf("%v: exit %d, %q, %q", c.args, code, stdout, stderr)
		}
	}
}

// A number of lines that there can't be is refused, whichever log is asked for.
func TestTheLogOfAnOperationHasNoNegativeTail(t *testing.T) {
	s := &stub{t: t}
	if stdout, stderr, code := s.run(t.Context(), false, "logs", "--source", "operation", "-n", "-5"); code != exitUsage || stdout != "" || !strings.Contains(stderr, "--tail") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// All servers are listed, whatever name was given or left out.
func TestList(t *testing.T) {
	for want, clusters := range map[string][]schema.Cluster{
		"No server is known here.": {},
		"other: running":           {{Name: "n", Status: schema.StatusStopped}, {Name: "other", Status: schema.StatusRunning}},
	} {
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){"cluster.list": func([]byte) (any, error) {
			return schema.ListResult{Clusters: clusters}, nil
		}}}
		if stdout, stderr, code := s.run(t.Context(), false, "list"); code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, %s%s", code, stdout, stderr)
		}
	}
}

// Whoever launches reads that secrets are about to be shown to the world; and of all that stands in the way.
func TestWhatIsSaidBeforeALaunch(t *testing.T) {
	secrets := func(vault schema.VaultName) schema.VaultUpload {
		return schema.VaultUpload{Vault: vault, Local: "/v/" + string(vault), Secrets: 3, FirstSecrets: []schema.SecretFile{{Path: "id_rsa"}, {Path: ".env"}}}
	}
	preview := schema.PreviewResult{Upload: &schema.Upload{Vaults: []schema.VaultUpload{secrets(schema.VaultPublic), secrets(schema.VaultPrivate)}}}
	s := &stub{t: t, answers: map[string]func([]byte) (any, error){
		"cluster.preview": func([]byte) (any, error) { return preview, nil },
		"cluster.launch":  func([]byte) (any, error) { return schema.OperationResult{}, nil },
	}}
	stdout, _, code := s.run(t.Context(), false, "launch", "--yes", "--detach")
	if code != exitOK || !strings.Contains(stdout, "! The public vault, /v/public, has files that look like secrets: id_rsa, .env, 1 more.") || strings.Contains(stdout, "private") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	preview = schema.PreviewResult{Problems: []schema.Error{{Message: "There is no vault."}, {Message: "There is no SkyPilot."}}}
	if _, stderr, code := s.run(t.Context(), false, "launch", "--yes"); code != exitError || !strings.Contains(stderr, "no vault") || !strings.Contains(stderr, "no SkyPilot") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	preview.Problems = append([]schema.Error{{Kind: schema.KindInvalidSpec, Field: "spec.cloud", Message: "There is no such cloud."}}, preview.Problems...)
	if _, stderr, code := s.run(t.Context(), false, "launch", "--yes"); code != exitUsage || !strings.Contains(stderr, "no vault") || !strings.Contains(stderr, "no such cloud") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
